// PHP.
#include "code_graph/parse/actions.h"
#include "code_graph/parse/languages/languages.h"

extern "C" const TSLanguage* tree_sitter_php();

namespace code_graph::parse {
namespace {

std::string_view last_of(std::string_view path) { return path.substr(path.find_last_of('\\') + 1); }

void namespace_(Outliner& o, TSNode node, const Rule&) {
  const std::string_view name = o.text(Outliner::field(node, "name"));
  if (!name.empty()) o.set_package(name);
}

void use(Outliner& o, TSNode node, const Rule&) {
  o.skip_children();
  std::string above;
  if (const TSNode prefix = Outliner::child_of_kind(node, "namespace_name"); !ts_node_is_null(prefix))
    above = std::string(o.text(prefix)) + "\\";
  const auto clause = [&](TSNode one) {
    if (Outliner::kind(one) != "namespace_use_clause") return;
    const TSNode alias = Outliner::field(one, "alias");
    const std::string path = above + std::string(o.text(ts_node_named_child(one, 0)));
    o.bind_import(ts_node_is_null(alias) ? last_of(path) : o.text(alias), o.add_import(path, node), path, {});
  };
  Outliner::each_named_child(node, clause);
  Outliner::each_named_child(Outliner::field(node, "body"), clause);
}

void include(Outliner& o, TSNode node, const Rule&) {
  const std::string_view text = o.text(node);
  const std::size_t from = text.find_first_of("'\"");
  const std::size_t end = text.find_last_of("'\"");
  if (from == std::string_view::npos || end <= from) return;
  std::string_view path = text.substr(from + 1, end - from - 1);
  while (path.starts_with('/')) path.remove_prefix(1);  // __DIR__ . '/x.php'
  o.bind_import("", o.add_import(path, node), path, {});
}

void class_(Outliner& o, TSNode node, const Rule& rule) {
  const DefinitionIndex d = o.define(rule.type, rule.node_kind, o.text(Outliner::field(node, "name")), node);
  document_from_comment_above(o, d, node);
  Outliner::each_named_child(Outliner::child_of_kind(node, "base_clause"), [&](TSNode t) { add_base(o, d, t); });
  Outliner::each_named_child(Outliner::child_of_kind(node, "class_interface_clause"),
                             [&](TSNode t) { add_base(o, d, t, SiteKind::kImplements); });
  o.open_scope(ScopeKind::kClass, d);
}

void trait_use(Outliner& o, TSNode node, const Rule&) {
  if (o.scope_kind() == ScopeKind::kClass) {
    Outliner::each_named_child(node, [&](TSNode t) { add_base(o, o.current(), t); });
  }
  o.skip_children();
}

void method(Outliner& o, TSNode node, const Rule& rule) {
  define_function(o, node, rule);
  const DefinitionIndex d = o.current();
  if (o.text_of(o.definition(d).name) == "__construct") o.definition(d).kind = NodeKind::kConstructor;
  set_result(o, d, Outliner::field(node, "return_type"));
}

void parameter(Outliner& o, TSNode node, const Rule& rule) {
  bind_parameter(o, node, rule);
  if (Outliner::kind(node) == "property_promotion_parameter" && o.own_class() != kNone) {
    const std::string_view name = o.text(Outliner::field(node, "name"));
    const TSNode type = Outliner::field(node, "type");
    if (const auto held = ts_node_is_null(type) ? std::nullopt : o.type_chain(type); held && name.starts_with('$')) {
      o.add_member_value(o.own_class(), name.substr(1), *held);
    }
  }
}

void property(Outliner& o, TSNode node, const Rule&) {
  const TSNode type = Outliner::field(node, "type");
  const auto held = ts_node_is_null(type) ? std::nullopt : o.type_chain(type);
  if (!held || o.scope_kind() != ScopeKind::kClass) return;
  Outliner::each_named_child(node, [&](TSNode element) {
    if (Outliner::kind(element) != "property_element") return;
    const std::string_view name = o.text(ts_node_named_child(element, 0));
    if (name.starts_with('$')) o.add_member_value(o.current(), name.substr(1), *held);
  });
}

void assignment(Outliner& o, TSNode node, const Rule&) {
  const TSNode left = Outliner::field(node, "left");
  const TSNode right = Outliner::field(node, "right");
  if (ts_node_is_null(left) || ts_node_is_null(right)) return;
  auto held = o.chain(right);
  if (held && held->start == Chain::Start::kUnknown) held.reset();
  if (Outliner::kind(left) == "variable_name") {
    if (held) {
      o.bind_value(o.text(left), *held);
    } else {
      o.bind_local(o.text(left));
    }
  } else if (Outliner::kind(left) == "member_access_expression" && o.own_class() != kNone &&
             o.text(Outliner::field(left, "object")) == "$this") {
    o.add_member_value(o.own_class(), o.text(Outliner::field(left, "name")), held ? *held : Chain{});
  }
}

void new_(Outliner& o, TSNode node, const Rule&) {
  const TSNode type = ts_node_named_child(node, 0);
  if (ts_node_is_null(type)) return;
  if (const auto target = o.chain(type)) {
    o.add_site(SiteKind::kCall, *target, node, count_arguments(o, Outliner::child_of_kind(node, "arguments")));
    o.consume(type);
  }
}

void call_name(Outliner& o, TSNode node, const Rule& rule) {
  // $f() calls what a variable holds.
  call(o, node, rule);
}

void match_arm(Outliner& o, TSNode, const Rule&) { o.add_branch(); }

constexpr Rule kRules[] = {
    {"namespace_definition", namespace_},
    {"namespace_use_declaration", use},
    {"include_expression", include},
    {"include_once_expression", include},
    {"require_expression", include},
    {"require_once_expression", include},
    {"class_declaration", class_, "name", "", NodeType::kClass},
    {"trait_declaration", class_, "name", "", NodeType::kClass, NodeKind::kTrait},
    {"interface_declaration", class_, "name", "", NodeType::kInterface},
    {"enum_declaration", class_, "name", "", NodeType::kEnum},
    {"use_declaration", trait_use},
    {"function_definition", method, "name", "parameters"},
    {"method_declaration", method, "name", "parameters", NodeType::kFunction, NodeKind::kMethod},
    {"anonymous_function", enter_lambda},
    {"arrow_function", enter_lambda},
    {"simple_parameter", parameter, "name", "type"},
    {"property_promotion_parameter", parameter, "name", "type"},
    {"variadic_parameter", bind_local, "name"},
    {"property_declaration", property},
    {"assignment_expression", assignment},
    {"catch_clause",
     [](Outliner& o, TSNode n, const Rule&) { o.add_branch(), o.bind_pattern(Outliner::field(n, "name")); }},
    {"function_call_expression", call_name, "function", "arguments"},
    {"member_call_expression", call_member, "", "arguments"},
    {"nullsafe_member_call_expression", call_member, "", "arguments"},
    {"scoped_call_expression", call_member, "", "arguments"},
    {"object_creation_expression", new_},
    {"name", mention},
    {"if_statement", branch},
    {"else_if_clause", branch},
    {"for_statement", branch},
    {"foreach_statement", branch},
    {"while_statement", branch},
    {"do_statement", branch},
    {"case_statement", branch},
    {"match_conditional_expression", match_arm},
    {"conditional_expression", branch},
    {"binary_expression", branch_on_logic, "operator"},
    {"comment", skip},
};
constexpr std::string_view kNames[] = {"name", "variable_name", "relative_scope"};
constexpr MemberRule kMembers[] = {
    {"member_access_expression", "object", "name"},     {"nullsafe_member_access_expression", "object", "name"},
    {"member_call_expression", "object", "name", true}, {"nullsafe_member_call_expression", "object", "name", true},
    {"scoped_call_expression", "scope", "name", true},  {"qualified_name", "prefix", ">"}};
constexpr std::string_view kOwn[] = {"$this", "self", "static"};
constexpr std::string_view kBase[] = {"parent"};
constexpr std::string_view kTransparent[] = {"parenthesized_expression", "named_type", "optional_type",
                                             "clone_expression"};
constexpr std::string_view kCalls[] = {"function_call_expression", "object_creation_expression"};

}  // namespace

const LanguageRules kPhpRules = {
    .language = Language::kPhp,
    .grammar = tree_sitter_php,
    .rules = kRules,
    .names = kNames,
    .members = kMembers,
    .own = kOwn,
    .base = kBase,
    .transparent = kTransparent,
    .calls = kCalls,
    .call_field = "function",
    .other_call_field = "<",
    .free_names = true,
};

}  // namespace code_graph::parse
