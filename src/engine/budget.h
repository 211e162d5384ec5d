// How many requests a shard may still send, and how they are numbered. Shared by the loads of one shard.
#pragma once

#include <cstdint>
#include <optional>

namespace loadstone::engine {

class Budget {
 public:
  // Numbers run in steps of `stride`, so that those of all shards differ.
  Budget(std::optional<std::uint64_t> measured_requests, std::uint64_t first_number, std::uint64_t stride)
      : left_(measured_requests), number_(first_number), stride_(stride) {}

  // Whether one more measured request may be sent; takes it.
  bool take() {
    if (!left_) return true;
    if (*left_ == 0) return false;
    --*left_;
    return true;
  }
  [[nodiscard]] bool is_spent() const { return left_ && *left_ == 0; }
  std::uint64_t next_number() {
    const std::uint64_t n = number_;
    number_ += stride_;
    return n;
  }

 private:
  std::optional<std::uint64_t> left_;
  std::uint64_t number_;
  std::uint64_t stride_;
};

}  // namespace loadstone::engine
