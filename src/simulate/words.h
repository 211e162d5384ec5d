// 'key=value key=value', as rules and stream faults are written: cut, checked and read.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace loadstone::simulate {

// Reads the value of one key, or says what is wrong with it.
using WordReader = std::function<Status(std::string_view)>;
using WordReaders = std::map<std::string_view, WordReader>;

// What stands between blanks.
[[nodiscard]] std::vector<std::string_view> split_words(std::string_view text);
// Every word from the `first` on by the reader of its key. `what` names the whole in messages.
Status read_words(const std::vector<std::string_view>& words, std::size_t first, const WordReaders& readers,
                  std::string_view what);

// Readers of one value each. They leave the target alone when they fail.
Status read_share(std::string_view text, double& into);         // '0.1%', '0.001': 0 to 1
Status read_whole(std::string_view text, std::uint64_t& into);  // '7', '10k': a whole number from 0
Status read_yes_or_no(std::string_view text, bool& into);
template <class T>
Status assign(Result<T> value, T& into) {
  if (!value) return fail(value.error());
  into = std::move(*value);
  return {};
}

}  // namespace loadstone::simulate
