// Swift.
#include "code_graph/parse/actions.h"
#include "code_graph/parse/languages/languages.h"

extern "C" const TSLanguage* tree_sitter_swift();

namespace code_graph::parse {
namespace {

void import_(Outliner& o, TSNode node, const Rule&) {
  o.skip_children();
  const TSNode name = Outliner::child_of_kind(node, "identifier");
  o.bind_import("", o.add_import(o.text(name), node), o.text(name), {});
}

void class_(Outliner& o, TSNode node, const Rule& rule) {
  const std::string_view word = o.text(Outliner::field(node, "declaration_kind"));
  const TSNode name = Outliner::field(node, "name");
  std::string_view text = o.text(name);
  if (text.empty()) return;
  if (word == "extension") {
    // More of a class: its members belong to the class, in this file or another.
    if (const DefinitionIndex known = o.class_named(text); known != kNone) {
      o.open_scope(ScopeKind::kClass, known);
      return;
    }
  }
  NodeType type = rule.type;
  NodeKind kind = rule.node_kind;
  if (word == "enum") type = NodeType::kEnum;
  if (word == "struct") kind = NodeKind::kStruct;
  const DefinitionIndex d = o.define(type, kind, text, node);
  document_from_comment_above(o, d, node);
  Outliner::each_named_child(node, [&](TSNode child) {
    if (Outliner::kind(child) == "inheritance_specifier") add_base(o, d, Outliner::field(child, "inherits_from"));
  });
  o.consume(name);
  o.open_scope(ScopeKind::kClass, d);
}

void function(Outliner& o, TSNode node, const Rule& rule) {
  const bool init = rule.kind == "init_declaration";
  const TSNode name_node = Outliner::child_of_kind(node, "simple_identifier");
  const std::string_view name = init ? "init" : o.text(name_node);
  if (name.empty()) return;
  const bool member = o.scope_kind() == ScopeKind::kClass;
  const DefinitionIndex d = o.define(NodeType::kFunction,
                                     init     ? NodeKind::kConstructor
                                     : member ? NodeKind::kMethod
                                              : NodeKind::kPlain,
                                     name, node);
  document_from_comment_above(o, d, node);
  std::uint8_t most = 0;
  std::uint8_t defaults = 0;
  Outliner::each_named_child(node, [&](TSNode child) { most += Outliner::kind(child) == "parameter" ? 1 : 0; });
  for (std::uint32_t i = 0; i < ts_node_child_count(node); ++i)
    defaults += Outliner::kind(ts_node_child(node, i)) == "=" ? 1 : 0;
  o.definition(d).most_arguments = most;
  o.definition(d).least_arguments = most > defaults ? static_cast<std::uint8_t>(most - defaults) : 0;
  o.consume(name_node);
  o.open_scope(ScopeKind::kFunction, d);
  if (const TSNode result = Outliner::field(node, "return_type"); !ts_node_is_null(result)) set_result(o, d, result);
  if (name == "main") o.add_entry(d, node, "main_function", 10, 2.0);
}

void parameter(Outliner& o, TSNode node, const Rule&) {
  // func f(label name: Type): fields of name and type have the same word in this grammar.
  TSNode name{};
  TSNode type{};
  Outliner::each_named_child(node, [&](TSNode child) {
    const std::string_view kind = Outliner::kind(child);
    if (kind == "simple_identifier") name = child;
    if (kind == "user_type" || kind == "optional_type") type = child;
  });
  bind_typed(o, node, name, type, {});
}

void property(Outliner& o, TSNode node, const Rule&) {
  const TSNode pattern = Outliner::field(node, "name");
  const TSNode name = Outliner::child_of_kind(pattern, "simple_identifier");
  const TSNode annotation = Outliner::child_of_kind(node, "type_annotation");
  const TSNode type = ts_node_is_null(annotation) ? annotation : ts_node_named_child(annotation, 0);
  bind_typed(o, node, name, type, Outliner::field(node, "value"));
}

void call_(Outliner& o, TSNode node, const Rule&) {
  const TSNode callee = ts_node_named_child(node, 0);
  const auto target = o.chain(callee);
  if (!target) return;
  const TSNode suffix = Outliner::child_of_kind(node, "call_suffix");
  const TSNode arguments = ts_node_is_null(suffix) ? suffix : Outliner::child_of_kind(suffix, "value_arguments");
  std::uint8_t count = ts_node_is_null(arguments) ? 0 : count_arguments(o, arguments);
  if (!ts_node_is_null(suffix) && !ts_node_is_null(Outliner::child_of_kind(suffix, "lambda_literal"))) ++count;
  o.add_site(SiteKind::kCall, *target, node, count);
  o.consume(callee);
  look_for_evidence(o, node, *target, arguments);
}

void entry(Outliner& o, TSNode node, const Rule&) {
  o.add_branch();
  if (o.text(node).starts_with("default")) o.add_branch(-1);
}

void attribute(Outliner& o, TSNode node, const Rule&) {
  if (o.text(node) == "@main") o.add_entry(o.current(), node, "main_attribute", 9, 1.8);
  o.skip_children();
}

constexpr Rule kRules[] = {
    {"import_declaration", import_},
    {"class_declaration", class_, "name", "", NodeType::kClass},
    {"protocol_declaration", class_, "name", "", NodeType::kInterface},
    {"function_declaration", function},
    {"protocol_function_declaration", function},
    {"init_declaration", function},
    {"lambda_literal", enter_lambda},
    {"parameter", parameter},
    {"property_declaration", property},
    {"call_expression", call_},
    {"navigation_expression", mention_member},
    {"simple_identifier", mention},
    {"type_identifier", mention},
    {"attribute", attribute},
    {"if_statement", branch},
    {"guard_statement", branch},
    {"for_statement",
     [](Outliner& o, TSNode n, const Rule&) { o.add_branch(), o.bind_pattern(Outliner::field(n, "item")); }},
    {"while_statement", branch},
    {"repeat_while_statement", branch},
    {"switch_entry", entry},
    {"catch_block", branch},
    {"ternary_expression", branch},
    {"conjunction_expression", branch},
    {"disjunction_expression", branch},
    {"nil_coalescing_expression", branch},
    {"comment", skip},
    {"multiline_comment", skip},
};
constexpr std::string_view kNames[] = {"simple_identifier", "type_identifier"};
constexpr MemberRule kMembers[] = {{"navigation_expression", "target", "suffix"}};
constexpr std::string_view kOwn[] = {"self_expression", "self"};
constexpr std::string_view kBase[] = {"super_expression"};
constexpr std::string_view kTransparent[] = {"user_type", "optional_type", "await_expression", "try_expression"};
constexpr std::string_view kCalls[] = {"call_expression"};

}  // namespace

const LanguageRules kSwiftRules = {
    .language = Language::kSwift,
    .grammar = tree_sitter_swift,
    .rules = kRules,
    .names = kNames,
    .members = kMembers,
    .own = kOwn,
    .base = kBase,
    .transparent = kTransparent,
    .calls = kCalls,
    .call_field = "<",
    .members_in_scope = true,
    .free_names = true,
};

}  // namespace code_graph::parse
