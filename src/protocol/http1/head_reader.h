// A head that may come in pieces, for who reads few of them: the answer that opens a WebSocket or an event stream.
#pragma once

#include <string>
#include <string_view>

#include "protocol/http1/head.h"

namespace loadstone::http1 {

class HeadReader {
 public:
  struct Step {
    HeadResult result;
    std::string_view head;     // kComplete: valid as long as the bytes given, and until the next call
    std::size_t consumed = 0;  // kComplete: how many of the bytes given end with it. Else all have been taken
  };
  // Takes bytes until the head of a final answer is complete; interim ones are passed over.
  [[nodiscard]] Step read(std::string_view bytes) {
    for (std::size_t passed = 0;;) {
      Step step = read_one(bytes.substr(passed));
      if (step.result.state != HeadResult::State::kComplete) return step;
      passed += step.consumed;
      step.consumed = passed;
      if (!step.result.head.is_interim()) return step;
      if (passed == bytes.size()) return {};
    }
  }
  // Whether a head has begun that is not complete.
  [[nodiscard]] bool is_within() const { return !is_complete_ && !pieces_.empty(); }

 private:
  [[nodiscard]] Step read_one(std::string_view bytes) {
    if (is_complete_) *this = HeadReader();
    // Nearly every head comes whole and is read where it lies.
    const std::size_t before = pieces_.size();
    if (before > 0) {
      pieces_.append(bytes);
      // Nothing new can be known before another line has ended, its very beginning apart.
      if (before >= kStatusLineBegins.size() && bytes.find('\n') == std::string_view::npos &&
          pieces_.size() <= kMaxHead)
        return {};
    }
    const std::string_view all = before > 0 ? std::string_view(pieces_) : bytes;
    Step step{read_head(all, false), {}, 0};
    if (step.result.state == HeadResult::State::kIncomplete && before == 0) pieces_.assign(bytes);
    if (step.result.state != HeadResult::State::kComplete) return step;
    is_complete_ = true;
    step.head = all.substr(0, step.result.size);
    step.consumed = step.result.size - before;
    return step;
  }

  std::string pieces_;
  bool is_complete_ = false;
};

}  // namespace loadstone::http1
