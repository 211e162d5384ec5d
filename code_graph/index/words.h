// Numbers for texts, the same for equal texts of all files. Grows only; owned and used by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace code_graph::index {

using Word = std::uint32_t;  // 0 is the empty text
inline constexpr Word kNoWord = ~Word{0};

class Words {
 public:
  Words();
  [[nodiscard]] Word add(std::string_view text);
  [[nodiscard]] Word find(std::string_view text) const;  // kNoWord when it was never added
  [[nodiscard]] std::string_view text(Word w) const { return texts_[w]; }
  [[nodiscard]] std::size_t size() const { return texts_.size(); }
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  [[nodiscard]] std::size_t slot_of(std::string_view text) const;
  std::vector<std::string_view> texts_;
  std::vector<Word> slots_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_left_ = 0;
  char* block_at_ = nullptr;
};

}  // namespace code_graph::index
