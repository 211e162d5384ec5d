// Lua. A module is the table that its file returns.
#include "code_graph/parse/actions.h"
#include "code_graph/parse/languages/languages.h"

extern "C" const TSLanguage* tree_sitter_lua();

namespace code_graph::parse {
namespace {

// The module that a call requires: require("a.b").
std::string_view required(Outliner& o, TSNode value) {
  if (ts_node_is_null(value) || Outliner::kind(value) != "function_call") return {};
  if (o.text(Outliner::field(value, "name")) != "require") return {};
  return first_literal(o, Outliner::field(value, "arguments"));
}

void function(Outliner& o, TSNode node, const Rule&) {
  const TSNode name = Outliner::field(node, "name");
  if (ts_node_is_null(name)) return;
  const std::string_view kind = Outliner::kind(name);
  DefinitionIndex d = kNone;
  if (kind == "identifier") {
    d = o.define(NodeType::kFunction, NodeKind::kPlain, o.text(name), node);
  } else {
    // function M.f() and function M:f() belong to the table M.
    const bool method = kind == "method_index_expression";
    const TSNode last = Outliner::field(name, method ? "method" : "field");
    const std::string_view table = o.text(Outliner::field(name, "table"));
    d = o.define_apart(NodeType::kFunction, method ? NodeKind::kMethod : NodeKind::kPlain, o.text(last), node);
    if (const DefinitionIndex owner = o.variable(table); owner != kNone)
      o.add_member(owner, o.intern(o.text(last)), Member::What::kDefinition, d);
  }
  document_from_comment_above(o, d, node);
  set_arity(o, d, Outliner::field(node, "parameters"));
  o.consume(name);
  const TSNode table = kind == "method_index_expression" ? Outliner::field(name, "table") : TSNode{};
  std::optional<Chain> self;
  if (!ts_node_is_null(table)) self = o.chain(table);
  o.open_scope(ScopeKind::kFunction, d);
  if (self) o.bind_value("self", *self);
}

void assignment(Outliner& o, TSNode node, const Rule&) {
  const TSNode names = Outliner::child_of_kind(node, "variable_list");
  const TSNode values = Outliner::child_of_kind(node, "expression_list");
  const TSNode around = ts_node_parent(node);
  const bool local = !ts_node_is_null(around) && Outliner::kind(around) == "variable_declaration";
  const std::uint32_t count = ts_node_is_null(names) ? 0 : ts_node_named_child_count(names);
  for (std::uint32_t i = 0; i < count; ++i) {
    const TSNode name = ts_node_named_child(names, i);
    const TSNode value =
        ts_node_is_null(values) || i >= ts_node_named_child_count(values) ? TSNode{} : ts_node_named_child(values, i);
    const bool function = !ts_node_is_null(value) && Outliner::kind(value) == "function_definition";
    if (Outliner::kind(name) == "identifier") {
      if (const std::string_view module = required(o, value); !module.empty()) {
        o.bind_import(o.text(name), o.add_import(module, node), module, {});
      } else if (function && count == 1) {
        const DefinitionIndex d = o.define(NodeType::kFunction, NodeKind::kPlain, o.text(name), node);
        document_from_comment_above(o, d, local ? around : node);
        o.open_scope(ScopeKind::kFunction, d);
        return;
      } else if (local || o.at_top_level()) {
        bind_typed(o, node, name, {}, value);
      }
    } else if (function && count == 1 && Outliner::kind(name) == "dot_index_expression") {
      const std::string_view last = o.text(Outliner::field(name, "field"));
      const DefinitionIndex d = o.define_apart(NodeType::kFunction, NodeKind::kPlain, last, node);
      const DefinitionIndex owner = o.variable(o.text(Outliner::field(name, "table")));
      if (owner != kNone) o.add_member(owner, o.intern(last), Member::What::kDefinition, d);
      o.open_scope(ScopeKind::kFunction, d);
      return;
    }
  }
}

void call_(Outliner& o, TSNode node, const Rule& rule) {
  if (const std::string_view module = required(o, node); !module.empty()) {
    const TSNode list = ts_node_parent(node);
    const TSNode statement = ts_node_is_null(list) ? list : ts_node_parent(list);
    // An assignment has bound it already.
    if (ts_node_is_null(statement) || Outliner::kind(statement) != "assignment_statement")
      o.bind_import("", o.add_import(module, node), module, {});
    return;
  }
  call(o, node, rule);
}

void return_(Outliner& o, TSNode node, const Rule&) {
  if (o.scope_kind() != ScopeKind::kModule) return;
  const TSNode list = ts_node_named_child(node, 0);
  const TSNode value = ts_node_is_null(list) ? list : ts_node_named_child(list, 0);
  if (!ts_node_is_null(value) && Outliner::kind(value) == "identifier")
    o.add_member_value(0, kModuleValue, chain_of(o, {o.text(value)}));
}

void parameters(Outliner& o, TSNode node, const Rule&) {
  Outliner::each_named_child(node, [&](TSNode p) {
    if (Outliner::kind(p) == "identifier") o.bind_local(o.text(p));
  });
}

void generic_for(Outliner& o, TSNode node, const Rule&) {
  o.bind_pattern(Outliner::child_of_kind(node, "variable_list"));
}

constexpr Rule kRules[] = {
    {"function_declaration", function},
    {"function_definition", enter_lambda},
    {"assignment_statement", assignment},
    {"parameters", parameters},
    {"for_generic_clause", generic_for},
    {"for_numeric_clause", bind_local, "name"},
    {"return_statement", return_},
    {"function_call", call_, "name", "arguments"},
    {"dot_index_expression", mention_member},
    {"identifier", mention},
    {"if_statement", branch},
    {"elseif_statement", branch},
    {"for_statement", branch},
    {"while_statement", branch},
    {"repeat_statement", branch},
    {"binary_expression",
     [](Outliner& o, TSNode n, const Rule&) {
       // The operator has no field; it is the child between the two sides.
       if (ts_node_child_count(n) < 3) return;
       const std::string_view sign = o.text(ts_node_child(n, 1));
       if (sign == "and" || sign == "or") o.add_branch();
     }},
    {"comment", skip},
};
constexpr std::string_view kNames[] = {"identifier"};
constexpr MemberRule kMembers[] = {{"dot_index_expression", "table", "field"},
                                   {"method_index_expression", "table", "method"}};
constexpr std::string_view kTransparent[] = {"parenthesized_expression"};
constexpr std::string_view kCalls[] = {"function_call"};

}  // namespace

const LanguageRules kLuaRules = {
    .language = Language::kLua,
    .grammar = tree_sitter_lua,
    .rules = kRules,
    .names = kNames,
    .members = kMembers,
    .transparent = kTransparent,
    .calls = kCalls,
    .call_field = "name",
};

}  // namespace code_graph::parse
