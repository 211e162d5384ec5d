// Kotlin.
#include "code_graph/parse/actions.h"
#include "code_graph/parse/languages/languages.h"

extern "C" const TSLanguage* tree_sitter_kotlin();

namespace code_graph::parse {
namespace {

TSNode type_in(TSNode node) {
  for (const std::string_view kind : {"user_type", "nullable_type"}) {
    if (const TSNode type = Outliner::child_of_kind(node, kind); !ts_node_is_null(type)) return type;
  }
  return {};
}

void package(Outliner& o, TSNode node, const Rule&) {
  o.set_package(o.text(ts_node_named_child(node, 0)));
  o.skip_children();
}

void import_(Outliner& o, TSNode node, const Rule&) {
  o.skip_children();
  const std::string_view path = o.text(ts_node_named_child(node, 0));
  const bool star = o.text(node).ends_with("*");
  const std::uint32_t count = ts_node_named_child_count(node);
  const std::string_view name =
      count > 1 ? o.text(ts_node_named_child(node, count - 1)) : path.substr(path.find_last_of('.') + 1);
  o.bind_import(star ? std::string_view{} : name, o.add_import(path, node, 0, star), path, {});
}

void class_(Outliner& o, TSNode node, const Rule& rule) {
  const std::string_view text = o.text(node).substr(0, 4096);
  std::string_view name = o.text(Outliner::field(node, "name"));
  if (name.empty() && rule.kind == "companion_object") name = "Companion";
  NodeType type = rule.type;
  if (rule.kind == "class_declaration") {
    bool interface = false;
    for (std::uint32_t i = 0; i < ts_node_child_count(node); ++i)
      interface |= Outliner::kind(ts_node_child(node, i)) == "interface";
    if (interface) type = NodeType::kInterface;
    if (!ts_node_is_null(Outliner::child_of_kind(node, "enum_class_body"))) type = NodeType::kEnum;
  }
  (void)text;
  const DefinitionIndex d = o.define(type, rule.node_kind, name, node);
  document_from_comment_above(o, d, node);
  Outliner::each_named_child(Outliner::child_of_kind(node, "delegation_specifiers"), [&](TSNode specifier) {
    TSNode inner = ts_node_named_child(specifier, 0);
    const bool made = !ts_node_is_null(inner) && Outliner::kind(inner) == "constructor_invocation";
    if (made) inner = ts_node_named_child(inner, 0);
    if (!ts_node_is_null(inner)) add_base(o, d, inner, made ? SiteKind::kInherits : SiteKind::kImplements);
  });
  o.open_scope(ScopeKind::kClass, d);
}

void class_parameter(Outliner& o, TSNode node, const Rule&) {
  const TSNode name = Outliner::child_of_kind(node, "identifier");
  const TSNode type = type_in(node);
  if (o.scope_kind() == ScopeKind::kClass && !ts_node_is_null(type)) {
    if (const auto held = o.type_chain(type)) o.bind_value(o.text(name), *held);
  }
}

void function(Outliner& o, TSNode node, const Rule& rule) {
  define_function(o, node, rule);
  const DefinitionIndex d = o.current();
  set_arity(o, d, Outliner::child_of_kind(node, "function_value_parameters"));
  set_result(o, d, type_in(node));
  if (o.text_of(o.definition(d).name) == "main" && o.definition(d).parent == 0)
    o.add_entry(d, node, "main_function", 10, 2.0);
}

void parameter(Outliner& o, TSNode node, const Rule&) {
  if (o.scope_kind() == ScopeKind::kFunction)
    bind_typed(o, node, Outliner::child_of_kind(node, "identifier"), type_in(node), {});
}

void property(Outliner& o, TSNode node, const Rule&) {
  const TSNode variable = Outliner::child_of_kind(node, "variable_declaration");
  if (ts_node_is_null(variable)) {
    o.bind_pattern(Outliner::child_of_kind(node, "multi_variable_declaration"));
    return;
  }
  // The value is the last expression; accessors and delegates are none.
  TSNode value{};
  Outliner::each_named_child(node, [&](TSNode child) {
    const std::string_view kind = Outliner::kind(child);
    if (kind.ends_with("expression")) value = child;
  });
  bind_typed(o, node, Outliner::child_of_kind(variable, "identifier"), type_in(variable), value);
}

void variable(Outliner& o, TSNode node, const Rule&) {
  // Of lambdas, loops and when; a property has bound its own.
  const TSNode around = ts_node_parent(node);
  if (ts_node_is_null(around) || Outliner::kind(around) == "property_declaration") return;
  bind_typed(o, node, Outliner::child_of_kind(node, "identifier"), type_in(node), {});
}

void when_entry(Outliner& o, TSNode node, const Rule&) {
  if (!ts_node_is_null(Outliner::field(node, "condition"))) o.add_branch();
}

void call_(Outliner& o, TSNode node, const Rule&) {
  const TSNode callee = ts_node_named_child(node, 0);
  if (ts_node_is_null(callee)) return;
  const auto target = o.chain(callee);
  if (!target) return;
  const TSNode arguments = Outliner::child_of_kind(node, "value_arguments");
  std::uint8_t count = count_arguments(o, arguments);
  if (ts_node_is_null(arguments)) count = 0;
  if (!ts_node_is_null(Outliner::child_of_kind(node, "annotated_lambda")) && count != 255) ++count;
  o.add_site(SiteKind::kCall, *target, node, count);
  o.consume(callee);
  look_for_evidence(o, node, *target, arguments);
}

constexpr Rule kRules[] = {
    {"package_header", package},
    {"import", import_},
    {"class_declaration", class_, "name", "", NodeType::kClass},
    {"object_declaration", class_, "name", "", NodeType::kClass, NodeKind::kObject},
    {"companion_object", class_, "name", "", NodeType::kClass, NodeKind::kObject},
    {"class_parameter", class_parameter},
    {"function_declaration", function, "name"},
    {"anonymous_function", enter_lambda},
    {"lambda_literal", enter_lambda},
    {"parameter", parameter},
    {"property_declaration", property},
    {"variable_declaration", variable},
    {"call_expression", call_},
    {"navigation_expression", mention_member},
    {"identifier", mention},
    {"if_expression", branch},
    {"for_statement", branch},
    {"while_statement", branch},
    {"do_while_statement", branch},
    {"when_entry", when_entry},
    {"catch_block", branch},
    {"binary_expression", branch_on_logic, "operator"},
    {"line_comment", skip},
    {"block_comment", skip},
};
constexpr std::string_view kNames[] = {"identifier"};
constexpr MemberRule kMembers[] = {{"navigation_expression", "<", ">"}};
constexpr std::string_view kOwn[] = {"this_expression"};
constexpr std::string_view kBase[] = {"super_expression"};
constexpr std::string_view kTransparent[] = {"parenthesized_expression", "user_type", "nullable_type"};
constexpr std::string_view kCalls[] = {"call_expression"};

}  // namespace

const LanguageRules kKotlinRules = {
    .language = Language::kKotlin,
    .grammar = tree_sitter_kotlin,
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
