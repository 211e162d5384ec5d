#include "protocol/websocket/randomness.h"

#include <openssl/rand.h>

#include "base/check.h"

namespace loadstone::websocket {

void Randomness::refill(std::span<unsigned char> block) {
  CHECK(RAND_bytes(block.data(), static_cast<int>(block.size())) == 1, "OpenSSL has no random bytes");
}

}  // namespace loadstone::websocket
