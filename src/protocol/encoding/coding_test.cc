#include "protocol/encoding/coding.h"

#include <gtest/gtest.h>

namespace loadstone::encoding {
namespace {

TEST(Coding, IsReadFromTheField) {
  const struct {
    const char* value;
    Coding coding;
  } cases[] = {{"gzip", Coding::kGzip},      {"X-GZip", Coding::kGzip},    {"deflate", Coding::kDeflate},
               {"br", Coding::kBrotli},      {"zstd", Coding::kZstd},      {"", Coding::kNone},
               {"identity", Coding::kNone},  {" , gzip ,", Coding::kGzip}, {"identity, br", Coding::kBrotli},
               {"gzip, br", Coding::kOther}, {"compress", Coding::kOther}};
  for (const auto& c : cases) EXPECT_EQ(coding_of(c.value), c.coding) << c.value;
  EXPECT_EQ(coding_of("gzip", Coding::kGzip), Coding::kOther);
  EXPECT_EQ(name_of(Coding::kBrotli), "br");
}

}  // namespace
}  // namespace loadstone::encoding
