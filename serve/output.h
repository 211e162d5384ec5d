// Bytes waiting to be written to one socket, in order: small pieces are joined, large ones kept as they came.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace serve {

class Output {
 public:
  void append(std::string_view bytes);
  // Keeps a large string as it is instead of copying it.
  void take(std::string bytes);
  // At most into.size() pieces from the front; the number filled in.
  std::size_t pieces(std::span<iovec> into) const;
  // The first n bytes have gone.
  void consume(std::size_t n);
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  static constexpr std::size_t kJoin = 8192;  // pieces up to this are copied behind the one before
  static constexpr std::size_t kKeep = 4096;  // storage up to this is kept for the next reply
  std::vector<std::string> pieces_;
  std::size_t first_ = 0;   // index of the piece at the front
  std::size_t offset_ = 0;  // bytes of it that have gone
  std::size_t size_ = 0;
};

}  // namespace serve
