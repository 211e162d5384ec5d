#include "code_graph/parse/languages/languages.h"

namespace code_graph::parse {

std::span<const LanguageEntry> language_table() {
  static GrammarSlot slots[32];
  static const LanguageEntry kTable[] = {
      {&kPythonRules, "", &slots[0]},     {&kJavaScriptRules, "", &slots[1]}, {&kTsxRules, ".tsx", &slots[2]},
      {&kTypeScriptRules, "", &slots[3]}, {&kJavaRules, "", &slots[4]},       {&kGoRules, "", &slots[5]},
      {&kRustRules, "", &slots[6]},       {&kCRules, "", &slots[7]},          {&kCppRules, "", &slots[8]},
      {&kCSharpRules, "", &slots[9]},     {&kRubyRules, "", &slots[10]},      {&kPhpRules, "", &slots[11]},
      {&kKotlinRules, "", &slots[12]},    {&kScalaRules, "", &slots[13]},     {&kSwiftRules, "", &slots[14]},
      {&kLuaRules, "", &slots[15]},       {&kBashRules, "", &slots[16]},
  };
  return kTable;
}

}  // namespace code_graph::parse
