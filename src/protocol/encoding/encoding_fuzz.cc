// Whatever a body is, it is decoded alike however it is cut, to no more than it may, or said to be broken.
//   byte 0: which coding
//   byte 1: the length of pieces, 0 meaning all at once
// What follows is the body.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "protocol/encoding/body.h"

namespace {

using namespace loadstone::encoding;

constexpr std::size_t kMost = 50'000;

struct Decoded {
  std::string text, problem;
};

Decoded decode(Coding coding, std::string_view bytes, std::size_t piece) {
  Body body(kMost);
  body.begin(coding);
  while (!bytes.empty()) {
    const std::size_t n = piece == 0 ? bytes.size() : std::min(piece, bytes.size());
    body.add(bytes.substr(0, n));
    bytes.remove_prefix(n);
  }
  CHECK(body.text().size() <= kMost);
  return {body.text(), body.problem()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  constexpr Coding kCodings[] = {Coding::kGzip, Coding::kDeflate, Coding::kBrotli, Coding::kZstd};
  const Coding coding = kCodings[data[0] % 4];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Decoded whole = decode(coding, bytes, 0);
  const Decoded cut = decode(coding, bytes, data[1]);
  CHECK(whole.problem == cut.problem);
  // Of a broken body more or less may have been given before that was seen.
  if (whole.problem.empty()) CHECK(whole.text == cut.text);
  return 0;
}
