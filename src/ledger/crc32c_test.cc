#include "ledger/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace loadstone::ledger {
namespace {

// RFC 3720 appendix B.4, and the usual check value.
TEST(Crc32c, AgreesWithTheStandard) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  std::string rising;
  for (int i = 0; i < 32; ++i) rising.push_back(static_cast<char>(i));
  EXPECT_EQ(crc32c(rising), 0x46dd794eU);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(Crc32c, SeesEveryBitOfEveryLength) {
  for (std::size_t size = 1; size < 70; ++size) {
    std::string text(size, 'a');
    const std::uint32_t sum = crc32c(text);
    for (std::size_t bit = 0; bit < 8 * size; ++bit) {
      text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
      EXPECT_NE(crc32c(text), sum);
      text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
    }
  }
}

}  // namespace
}  // namespace loadstone::ledger
