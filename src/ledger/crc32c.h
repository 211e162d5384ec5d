// CRC-32C (Castagnoli, RFC 3720 section 12.1): the sum that messages of ours carry.
#pragma once

#include <cstdint>
#include <string_view>

namespace loadstone::ledger {

[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);

}  // namespace loadstone::ledger
