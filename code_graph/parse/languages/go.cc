// Go.
#include "code_graph/parse/actions.h"
#include "code_graph/parse/languages/languages.h"

extern "C" const TSLanguage* tree_sitter_go();

namespace code_graph::parse {
namespace {

void package(Outliner& o, TSNode node, const Rule&) {
  o.set_package(o.text(ts_node_named_child(node, 0)));
  o.skip_children();
}

void import_(Outliner& o, TSNode node, const Rule&) {
  o.skip_children();
  const std::string_view path = literal(o, Outliner::field(node, "path"));
  if (path.empty()) return;
  const TSNode alias = Outliner::field(node, "name");
  std::string_view name = path.substr(path.find_last_of('/') + 1);
  // .../v2 is a version of what stands before it.
  if (name.size() > 1 && name[0] == 'v' && name.find_first_not_of("0123456789", 1) == std::string_view::npos &&
      name.size() < path.size()) {
    const std::string_view before = path.substr(0, path.size() - name.size() - 1);
    name = before.substr(before.find_last_of('/') + 1);
  }
  if (!ts_node_is_null(alias)) name = o.text(alias);
  const bool star = name == ".";
  const std::uint32_t import = o.add_import(path, node, 0, star);
  o.bind_import(star || name == "_" ? std::string_view{} : name, import, path, {});
}

void function(Outliner& o, TSNode node, const Rule& rule) {
  define_function(o, node, rule);
  const DefinitionIndex d = o.current();
  set_result(o, d, Outliner::field(node, "result"));
  if (o.text(Outliner::field(node, "name")) == "main" && o.text_of(o.outline().package) == "main") {
    o.add_entry(d, node, "main_function", 10, 2.0);
  }
}

void method(Outliner& o, TSNode node, const Rule&) {
  const TSNode receiver = ts_node_named_child(Outliner::field(node, "receiver"), 0);
  const TSNode type = ts_node_is_null(receiver) ? receiver : Outliner::field(receiver, "type");
  const auto of = ts_node_is_null(type) ? std::nullopt : o.type_chain(type);
  const DefinitionIndex d =
      o.define_apart(NodeType::kFunction, NodeKind::kMethod, o.text(Outliner::field(node, "name")), node);
  document_from_comment_above(o, d, node);
  set_arity(o, d, Outliner::field(node, "parameters"));
  if (of) o.definition(d).owner = of->names.front();
  o.open_scope(ScopeKind::kFunction, d);
  set_result(o, d, Outliner::field(node, "result"));
}

void type_spec(Outliner& o, TSNode node, const Rule&) {
  const TSNode type = Outliner::field(node, "type");
  const std::string_view kind = ts_node_is_null(type) ? std::string_view{} : Outliner::kind(type);
  const bool interface = kind == "interface_type";
  const bool structure = kind == "struct_type";
  const DefinitionIndex d = o.define(interface ? NodeType::kInterface : NodeType::kClass,
                                     structure   ? NodeKind::kStruct
                                     : interface ? NodeKind::kPlain
                                                 : NodeKind::kTypeAlias,
                                     o.text(Outliner::field(node, "name")), node);
  const TSNode around = ts_node_parent(node);
  document_from_comment_above(o, d, ts_node_is_null(around) ? node : around);
  if (interface || structure) o.open_scope(ScopeKind::kClass, d);
}

void field(Outliner& o, TSNode node, const Rule&) {
  if (o.scope_kind() != ScopeKind::kClass) return;
  const TSNode name = Outliner::field(node, "name");
  const TSNode type = Outliner::field(node, "type");
  if (ts_node_is_null(type)) return;
  if (ts_node_is_null(name)) {
    add_base(o, o.current(), type);  // embedded
  } else if (const auto held = o.type_chain(type)) {
    o.add_member_value(o.current(), o.text(name), *held);
  }
}

void parameter(Outliner& o, TSNode node, const Rule&) {
  const TSNode type = Outliner::field(node, "type");
  const auto held = ts_node_is_null(type) || Outliner::kind(node) == "variadic_parameter_declaration"
                        ? std::nullopt
                        : o.type_chain(type);
  Outliner::each_named_child(node, [&](TSNode child) {
    if (Outliner::kind(child) != "identifier") return;
    if (held) {
      o.bind_value(o.text(child), *held);
    } else {
      o.bind_local(o.text(child));
    }
  });
}

void short_variable(Outliner& o, TSNode node, const Rule&) {
  const TSNode left = Outliner::field(node, "left");
  const TSNode right = Outliner::field(node, "right");
  if (ts_node_is_null(left)) return;
  // x, err := NewX(): the first of several is what a call's result type says, which only names one.
  const bool pair = !ts_node_is_null(right) && ts_node_named_child_count(left) == ts_node_named_child_count(right);
  const std::uint32_t count = ts_node_named_child_count(left);
  for (std::uint32_t i = 0; i < count; ++i) {
    bind_typed(o, node, ts_node_named_child(left, i), {}, pair ? ts_node_named_child(right, i) : TSNode{});
  }
}

void spec(Outliner& o, TSNode node, const Rule&) {
  const TSNode type = Outliner::field(node, "type");
  const TSNode values = Outliner::field(node, "value");
  std::uint32_t at = 0;
  Outliner::each_named_child(node, [&](TSNode child) {
    if (Outliner::kind(child) != "identifier") return;
    const TSNode value =
        ts_node_is_null(values) || at >= ts_node_named_child_count(values) ? TSNode{} : ts_node_named_child(values, at);
    ++at;
    if (o.text(child) != "_") bind_typed(o, node, child, type, value);
  });
}

constexpr Rule kRules[] = {
    {"package_clause", package},
    {"import_spec", import_},
    {"function_declaration", function, "name", "parameters"},
    {"method_declaration", method},
    {"method_elem", define_function, "name", "parameters", NodeType::kFunction, NodeKind::kMethod},
    {"func_literal", enter_lambda},
    {"type_spec", type_spec},
    {"type_alias", type_spec},
    {"field_declaration", field},
    {"parameter_declaration", parameter},
    {"variadic_parameter_declaration", parameter},
    {"short_var_declaration", short_variable},
    {"range_clause", bind_local, "left"},
    {"var_spec", spec},
    {"const_spec", spec},
    {"call_expression", call, "function", "arguments"},
    {"selector_expression", mention_member},
    {"qualified_type", mention_member},
    {"identifier", mention},
    {"type_identifier", mention},
    {"if_statement", branch},
    {"for_statement", branch},
    {"expression_case", branch},
    {"type_case", branch},
    {"communication_case", branch},
    {"binary_expression", branch_on_logic, "operator"},
    {"comment", skip},
};
constexpr std::string_view kNames[] = {"identifier", "type_identifier", "package_identifier"};
constexpr MemberRule kMembers[] = {{"selector_expression", "operand", "field"}, {"qualified_type", "package", "name"}};
constexpr std::string_view kTransparent[] = {"parenthesized_expression", "unary_expression",
                                             "type_instantiation_expression"};
constexpr std::string_view kCalls[] = {"call_expression", "composite_literal"};

}  // namespace

const LanguageRules kGoRules = {
    .language = Language::kGo,
    .grammar = tree_sitter_go,
    .rules = kRules,
    .names = kNames,
    .members = kMembers,
    .transparent = kTransparent,
    .calls = kCalls,
    .call_field = "function",
    .other_call_field = "type",
    .free_names = true,
};

}  // namespace code_graph::parse
