#include "code_graph/graph/kinds.h"

#include <algorithm>
#include <array>
#include <utility>

namespace code_graph::graph {
namespace {

constexpr std::array<std::string_view, kNodeTypeCount> kNodeTypeNames = {
    "module",    "class", "function",  "variable", "parameter", "conditional", "loop",     "exception",
    "interface", "enum",  "namespace", "import",   "literal",   "call",        "reference"};

constexpr std::array<std::string_view, kEdgeTypeCount> kEdgeTypeNames = {
    "contains",   "inherits",  "implements", "calls", "imports", "references",
    "depends_on", "overrides", "extends",    "uses",  "seam"};

constexpr std::array<std::string_view, kLanguageCount> kLanguageNames = {
    "Unknown", "Python", "JavaScript", "TypeScript", "Java",   "Rust",  "Go",   "C++", "C",
    "C#",      "PHP",    "Ruby",       "Swift",      "Kotlin", "Scala", "Dart", "Lua", "Haskell",
    "Elixir",  "Erlang", "R",          "MATLAB",     "Perl",   "HTML",  "CSS",  "Bash"};

constexpr std::array<std::string_view, 13> kKindNames = {"",         "method", "constructor", "getter", "setter",
                                                         "struct",   "union",  "trait",       "record", "object",
                                                         "constant", "macro",  "type"};

constexpr std::array<std::string_view, 9> kResolutionNames = {
    "syntax", "scope", "import", "own-class", "base-class", "member", "package", "unique-name", "evidence"};

constexpr std::pair<std::string_view, Language> kExtensions[] = {
    {"js", Language::kJavaScript},
    {"mjs", Language::kJavaScript},
    {"cjs", Language::kJavaScript},
    {"jsx", Language::kJavaScript},
    {"ts", Language::kTypeScript},
    {"tsx", Language::kTypeScript},
    {"mts", Language::kTypeScript},
    {"cts", Language::kTypeScript},
    {"py", Language::kPython},
    {"pyi", Language::kPython},
    {"pyw", Language::kPython},
    {"java", Language::kJava},
    {"rs", Language::kRust},
    {"go", Language::kGo},
    {"cpp", Language::kCpp},
    {"cc", Language::kCpp},
    {"cxx", Language::kCpp},
    {"hpp", Language::kCpp},
    {"h", Language::kCpp},
    {"hh", Language::kCpp},
    {"hxx", Language::kCpp},
    {"ipp", Language::kCpp},
    {"c", Language::kC},
    {"cs", Language::kCSharp},
    {"php", Language::kPhp},
    {"rb", Language::kRuby},
    {"swift", Language::kSwift},
    {"kt", Language::kKotlin},
    {"kts", Language::kKotlin},
    {"scala", Language::kScala},
    {"dart", Language::kDart},
    {"lua", Language::kLua},
    {"hs", Language::kHaskell},
    {"lhs", Language::kHaskell},
    {"ex", Language::kElixir},
    {"exs", Language::kElixir},
    {"erl", Language::kErlang},
    {"hrl", Language::kErlang},
    {"r", Language::kR},
    {"m", Language::kMatlab},
    {"pl", Language::kPerl},
    {"pm", Language::kPerl},
    {"html", Language::kHtml},
    {"htm", Language::kHtml},
    {"css", Language::kCss},
    {"sh", Language::kBash},
    {"bash", Language::kBash},
};

template <class Enum, std::size_t N>
std::optional<Enum> find_exact(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto at = std::ranges::find(names, name);
  if (at == names.end()) return std::nullopt;
  return static_cast<Enum>(at - names.begin());
}

}  // namespace

std::string_view name_of(NodeType type) { return kNodeTypeNames[static_cast<std::size_t>(type)]; }
std::string_view id_prefix_of(NodeType type) { return type == NodeType::kModule ? "file" : name_of(type); }
std::string_view name_of(EdgeType type) { return kEdgeTypeNames[static_cast<std::size_t>(type)]; }
std::string_view name_of(Language language) { return kLanguageNames[static_cast<std::size_t>(language)]; }
std::string_view name_of(NodeKind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }
std::string_view name_of(Resolution resolution) { return kResolutionNames[static_cast<std::size_t>(resolution)]; }

std::optional<NodeType> node_type_named(std::string_view name) { return find_exact<NodeType>(kNodeTypeNames, name); }
std::optional<EdgeType> edge_type_named(std::string_view name) { return find_exact<EdgeType>(kEdgeTypeNames, name); }

std::optional<Language> language_named(std::string_view name) {
  for (int i = 1; i < kLanguageCount; ++i) {
    if (equal_folded(kLanguageNames[static_cast<std::size_t>(i)], name)) return static_cast<Language>(i);
  }
  return std::nullopt;
}

Language language_of_path(std::string_view path) {
  const std::string_view base = path.substr(path.find_last_of('/') + 1);
  const std::size_t dot = base.find_last_of('.');
  if (dot == std::string_view::npos) return base == "Rakefile" || base == "Gemfile" ? Language::kRuby : Language::kNone;
  const std::string_view extension = base.substr(dot + 1);
  for (const auto& [known, language] : kExtensions) {
    if (equal_folded(known, extension)) return language;
  }
  return Language::kNone;
}

bool equal_folded(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return fold(x) == fold(y); });
}

}  // namespace code_graph::graph
