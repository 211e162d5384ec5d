// A command line cut into words as a POSIX shell would, with the $'...' of newer shells: browsers quote that way when
// they copy a request. Nothing is expanded; where a shell would, the text stays as it is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/diagnostic.h"

namespace loadstone::draft {

struct ShellWord {
  std::string text;
  config::Span span;
  bool has_expansion = false;  // a $NAME, $(...) or `...` that a shell would have replaced
};

struct ShellWords {
  std::vector<ShellWord> words;
  std::string rest;  // from the operator (| > & ; < or a line's end) that ends the command; empty when none does
};

inline constexpr std::size_t kMaxWords = 10'000;

// The first command of the text. Reports quotes that are never closed.
[[nodiscard]] std::optional<ShellWords> shell_words(const config::Source& source, config::Diagnostics& problems);

}  // namespace loadstone::draft
