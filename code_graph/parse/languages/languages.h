// The table of languages. Adding one: a file here with its rules, a line in languages.cc, a sample in testdata/.
#pragma once

#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "code_graph/parse/grammar.h"

namespace code_graph::parse {

struct GrammarSlot {
  std::once_flag once;
  Grammar grammar;
};

struct LanguageEntry {
  const LanguageRules* rules = nullptr;
  std::string_view extension = {};  // only for paths that end so; such lines come before the general one
  GrammarSlot* slot = nullptr;
};

[[nodiscard]] std::span<const LanguageEntry> language_table();

// Kinds and fields that the rules name and the grammar does not have: mistakes, or a grammar that changed. For tests.
[[nodiscard]] std::vector<std::string> unknown_kinds(const LanguageRules& rules);

extern const LanguageRules kPythonRules;
extern const LanguageRules kJavaScriptRules;
extern const LanguageRules kTypeScriptRules;
extern const LanguageRules kTsxRules;
extern const LanguageRules kJavaRules;
extern const LanguageRules kGoRules;
extern const LanguageRules kRustRules;
extern const LanguageRules kCRules;
extern const LanguageRules kCppRules;
extern const LanguageRules kCSharpRules;
extern const LanguageRules kRubyRules;
extern const LanguageRules kPhpRules;
extern const LanguageRules kKotlinRules;
extern const LanguageRules kScalaRules;
extern const LanguageRules kSwiftRules;
extern const LanguageRules kLuaRules;
extern const LanguageRules kBashRules;

}  // namespace code_graph::parse
