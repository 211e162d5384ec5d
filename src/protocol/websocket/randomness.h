// Unpredictable bytes for handshake keys and masks (RFC 6455 section 5.3), drawn from the system in blocks, since a
// mask is needed for every frame. One per thread; every byte is handed out once.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace loadstone::websocket {

class Randomness {
 public:
  Randomness() = default;
  virtual ~Randomness() = default;
  Randomness(const Randomness&) = delete;
  Randomness& operator=(const Randomness&) = delete;

  using Mask = std::array<unsigned char, 4>;
  [[nodiscard]] Mask mask() {
    Mask bytes;
    fill(bytes);
    return bytes;
  }
  void fill(std::span<unsigned char> bytes) {
    for (unsigned char& byte : bytes) {
      if (next_ == block_.size()) {
        refill(block_);
        next_ = 0;
      }
      byte = block_[next_++];
    }
  }

 protected:
  // Tests put a known sequence here.
  virtual void refill(std::span<unsigned char> block);

 private:
  std::array<unsigned char, 4096> block_{};
  std::size_t next_ = block_.size();
};

}  // namespace loadstone::websocket
