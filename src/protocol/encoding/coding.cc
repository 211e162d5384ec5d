#include "protocol/encoding/coding.h"

#include <algorithm>
#include <iterator>

#include "protocol/http1/field.h"

namespace loadstone::encoding {
namespace {

struct Named {
  std::string_view name;
  Coding coding;
};
// The first name of each is its own.
constexpr Named kNames[] = {{"gzip", Coding::kGzip}, {"x-gzip", Coding::kGzip}, {"deflate", Coding::kDeflate},
                            {"br", Coding::kBrotli}, {"zstd", Coding::kZstd},   {"identity", Coding::kNone}};

}  // namespace

Coding coding_of(std::string_view value, Coding before) {
  Coding coding = before;
  http1::each_element(value, [&](std::string_view element) {
    const auto* named = std::find_if(std::begin(kNames), std::end(kNames),
                                     [&](const Named& n) { return equals_ignoring_case(element, n.name); });
    const Coding one = named == std::end(kNames) ? Coding::kOther : named->coding;
    if (one != Coding::kNone) coding = coding == Coding::kNone ? one : Coding::kOther;
  });
  return coding;
}

std::string_view name_of(Coding coding) {
  const auto* named =
      std::find_if(std::begin(kNames), std::end(kNames), [&](const Named& n) { return n.coding == coding; });
  return named == std::end(kNames) ? "encoding" : named->name;
}

}  // namespace loadstone::encoding
