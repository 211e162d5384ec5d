// Shell scripts. A command is a call when a function has its name.
#include "code_graph/parse/actions.h"
#include "code_graph/parse/languages/languages.h"

extern "C" const TSLanguage* tree_sitter_bash();

namespace code_graph::parse {
namespace {

std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front())
    text = text.substr(1, text.size() - 2);
  // "$DIR/lib.sh" and "$(dirname "$0")/lib.sh": what follows the expansion.
  if (text.starts_with('$')) {
    const std::size_t slash =
        text.find_last_of(')') == std::string_view::npos ? text.find('/') : text.find('/', text.find_last_of(')'));
    text = slash == std::string_view::npos ? std::string_view{} : text.substr(slash + 1);
  }
  return text;
}

void function(Outliner& o, TSNode node, const Rule& rule) { define_function(o, node, rule); }

void command(Outliner& o, TSNode node, const Rule&) {
  const std::string_view name = o.text(Outliner::field(node, "name"));
  if (name.empty()) return;
  if (name == "source" || name == ".") {
    const std::string_view path = unquoted(o.text(Outliner::field(node, "argument")));
    if (!path.empty()) o.bind_import("", o.add_import(path, node), path, {});
    return;
  }
  if (name.find('/') == std::string_view::npos && name.front() != '$' && name.front() != '"') {
    o.add_site(SiteKind::kCall, chain_of(o, {name}), node);
  }
  // A script that is started: python3 tools/x.py, ./run.rb
  const auto script = [&](std::string_view word) {
    for (const std::string_view extension : {".py", ".js", ".rb", ".pl", ".php", ".ts", ".lua"}) {
      if (word.ends_with(extension)) o.add_evidence(Evidence::Kind::kSpawn, o.current(), node, "process", word);
    }
  };
  script(unquoted(name));
  const TSNode argument = Outliner::field(node, "argument");
  if (!ts_node_is_null(argument)) script(unquoted(o.text(argument)));
}

void variable(Outliner& o, TSNode node, const Rule&) {
  const TSNode name = Outliner::field(node, "name");
  if (o.scope_kind() == ScopeKind::kModule && !ts_node_is_null(name) && Outliner::kind(name) == "variable_name") {
    o.define_variable(NodeKind::kPlain, o.text(name), node);
  }
}

void case_item(Outliner& o, TSNode node, const Rule&) {
  if (o.text(Outliner::field(node, "value")) != "*") o.add_branch();
}

void list(Outliner& o, TSNode node, const Rule&) {
  for (std::uint32_t i = 0; i < ts_node_child_count(node); ++i) {
    const std::string_view kind = Outliner::kind(ts_node_child(node, i));
    if (kind == "&&" || kind == "||") o.add_branch();
  }
}

constexpr Rule kRules[] = {
    {"function_definition", function, "name"},
    {"command", command},
    {"variable_assignment", variable},
    {"if_statement", branch},
    {"elif_clause", branch},
    {"for_statement", branch},
    {"c_style_for_statement", branch},
    {"while_statement", branch},
    {"case_item", case_item},
    {"list", list},
    {"comment", skip},
};
constexpr std::string_view kNames[] = {"word"};

}  // namespace

const LanguageRules kBashRules = {
    .language = Language::kBash,
    .grammar = tree_sitter_bash,
    .rules = kRules,
    .names = kNames,
};

}  // namespace code_graph::parse
