#include "serve/output.h"

#include <algorithm>

namespace serve {

void Output::append(std::string_view bytes) {
  if (bytes.empty()) return;
  if (pieces_.size() == first_ || pieces_.back().size() + bytes.size() > 2 * kJoin) pieces_.emplace_back();
  pieces_.back().append(bytes);
  size_ += bytes.size();
}

void Output::take(std::string bytes) {
  if (bytes.size() <= kJoin) {
    append(std::string_view(bytes));
    return;
  }
  size_ += bytes.size();
  pieces_.push_back(std::move(bytes));
}

std::size_t Output::pieces(std::span<iovec> into) const {
  std::size_t n = 0;
  std::size_t offset = offset_;
  for (std::size_t i = first_; i < pieces_.size() && n < into.size(); ++i) {
    if (pieces_[i].size() > offset)
      into[n++] = {const_cast<char*>(pieces_[i].data()) + offset, pieces_[i].size() - offset};
    offset = 0;
  }
  return n;
}

void Output::consume(std::size_t n) {
  size_ -= n;
  while (first_ < pieces_.size()) {
    const std::size_t left = pieces_[first_].size() - offset_;
    if (n < left) {
      offset_ += n;
      return;
    }
    n -= left;
    offset_ = 0;
    // The last piece is emptied but kept, so that the next small reply needs no allocation.
    if (++first_ == pieces_.size()) {
      std::string kept = std::move(pieces_.back());
      pieces_.clear();
      first_ = 0;
      kept.clear();
      if (kept.capacity() > kKeep) kept.shrink_to_fit();
      pieces_.push_back(std::move(kept));
      return;
    }
    std::string().swap(pieces_[first_ - 1]);
    // Do not let a long stream pile up emptied pieces.
    if (first_ >= 64) {
      pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
  }
}

}  // namespace serve
