// Source text to outline. One parser per thread.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "code_graph/parse/outline.h"

namespace code_graph::parse {

class Parser {
 public:
  // After this much time a file is given up: tree-sitter can be slow on hostile input.
  static constexpr std::chrono::milliseconds kBudget{2000};

  Parser();
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // `path` decides dialects (tsx, pyi) and names the module; `text` is UTF-8 (invalid bytes are survived). Never fails:
  // what could not be read is said in Outline::state.
  [[nodiscard]] Outline read(std::string_view path, Language language, std::string_view text,
                             std::chrono::milliseconds budget = kBudget);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Is there a grammar for this language, or is a file of it only a module?
[[nodiscard]] bool has_grammar(Language language);

}  // namespace code_graph::parse
