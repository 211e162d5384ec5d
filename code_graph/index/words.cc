#include "code_graph/index/words.h"

#include <algorithm>
#include <cstring>

namespace code_graph::index {
namespace {

constexpr std::size_t kBlockBytes = 64 * 1024;

std::size_t hash_of(std::string_view text) {
  std::uint64_t h = 0xCBF29CE484222325;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return h ^ (h >> 31);
}

}  // namespace

Words::Words() {
  texts_.push_back({});
  slots_.assign(4096, kNoWord);
}

std::size_t Words::slot_of(std::string_view text) const {
  std::size_t at = hash_of(text) & (slots_.size() - 1);
  while (slots_[at] != kNoWord && texts_[slots_[at]] != text) at = (at + 1) & (slots_.size() - 1);
  return at;
}

Word Words::find(std::string_view text) const { return text.empty() ? 0 : slots_[slot_of(text)]; }

Word Words::add(std::string_view text) {
  if (text.empty()) return 0;
  if (texts_.size() * 2 > slots_.size()) {
    std::vector<Word> old(slots_.size() * 2, kNoWord);
    old.swap(slots_);
    for (Word w = 1; w < texts_.size(); ++w) slots_[slot_of(texts_[w])] = w;
  }
  const std::size_t at = slot_of(text);
  if (slots_[at] != kNoWord) return slots_[at];
  if (text.size() > block_left_) {
    const std::size_t bytes = std::max(kBlockBytes, text.size());
    blocks_.push_back(std::make_unique<char[]>(bytes));
    block_at_ = blocks_.back().get();
    block_left_ = bytes;
  }
  std::memcpy(block_at_, text.data(), text.size());
  texts_.emplace_back(block_at_, text.size());
  block_at_ += text.size();
  block_left_ -= text.size();
  return slots_[at] = static_cast<Word>(texts_.size() - 1);
}

std::size_t Words::memory_bytes() const {
  return blocks_.size() * kBlockBytes + texts_.capacity() * sizeof texts_[0] + slots_.capacity() * sizeof slots_[0];
}

}  // namespace code_graph::index
