// The last few heads that were read, with what they meant. A server under load answers with the same head again and
// again, but for the date that changes once a second; comparing costs a tenth of parsing.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "protocol/http1/head.h"

namespace loadstone::http1 {

class HeadMemory {
 public:
  // The same answer as read_head().
  [[nodiscard]] HeadResult read(std::string_view bytes, bool no_body) {
    for (const Entry& e : entries_)
      if (!e.bytes.empty() && e.no_body == no_body && bytes.starts_with(e.bytes)) return e.result;
    const HeadResult result = read_head(bytes, no_body);
    if (result.state == HeadResult::State::kComplete && result.size <= kMaxRemembered) {
      Entry& e = entries_[next_++ % entries_.size()];
      e.bytes.assign(bytes.substr(0, result.size));
      e.no_body = no_body;
      e.result = result;
    }
    return result;
  }

 private:
  static constexpr std::size_t kMaxRemembered = 2048;
  struct Entry {
    std::string bytes;
    bool no_body = false;
    HeadResult result;
  };
  std::array<Entry, 8> entries_;
  std::size_t next_ = 0;
};

}  // namespace loadstone::http1
