// C#.
#include "code_graph/parse/actions.h"
#include "code_graph/parse/languages/languages.h"

extern "C" const TSLanguage* tree_sitter_c_sharp();

namespace code_graph::parse {
namespace {

void using_(Outliner& o, TSNode node, const Rule&) {
  o.skip_children();
  const TSNode alias = Outliner::field(node, "name");
  const TSNode path = Outliner::field(node, ">");
  if (ts_node_is_null(path)) return;
  const bool star = ts_node_is_null(alias) || ts_node_eq(alias, path);
  const std::uint32_t import = o.add_import(o.text(path), node, 0, star);
  o.bind_import(star ? std::string_view{} : o.text(alias), import, o.text(path), {});
}

void class_(Outliner& o, TSNode node, const Rule& rule) {
  const DefinitionIndex d = o.define(rule.type, rule.node_kind, o.text(Outliner::field(node, "name")), node);
  document_from_comment_above(o, d, node);
  Outliner::each_named_child(Outliner::child_of_kind(node, "base_list"), [&](TSNode base) {
    if (Outliner::kind(base) != "argument_list") add_base(o, d, base);
  });
  o.open_scope(ScopeKind::kClass, d);
}

void method(Outliner& o, TSNode node, const Rule& rule) {
  define_function(o, node, rule);
  const DefinitionIndex d = o.current();
  const std::string_view name = o.text(Outliner::field(node, "name"));
  set_result(o, d, Outliner::field(node, rule.kind == "method_declaration" ? "returns" : "type"));
  if (name == "Main") o.add_entry(d, node, "main_function", 10, 2.0);
  bool imported = false;
  Outliner::each_named_child(node, [&](TSNode child) {
    if (Outliner::kind(child) == "attribute_list" && o.text(child).find("DllImport") != std::string_view::npos)
      imported = true;
  });
  if (imported) o.add_evidence(Evidence::Kind::kForeignUse, d, node, "p/invoke", name);
}

void attribute(Outliner& o, TSNode node, const Rule&) {
  const std::string_view name = o.text(Outliner::field(node, "name"));
  if (!name.starts_with("Http") || o.definition(o.current()).type != NodeType::kFunction) return;
  const std::string_view method = name == "HttpGet"      ? "GET"
                                  : name == "HttpPost"   ? "POST"
                                  : name == "HttpPut"    ? "PUT"
                                  : name == "HttpDelete" ? "DELETE"
                                                         : "";
  const std::string_view path = first_literal(o, Outliner::child_of_kind(node, "attribute_argument_list"));
  if (!path.empty()) o.add_evidence(Evidence::Kind::kRoute, o.current(), node, method, path);
}

void variables(Outliner& o, TSNode node, const Rule&) {
  const TSNode type = Outliner::field(node, "type");
  Outliner::each_named_child(node, [&](TSNode child) {
    if (Outliner::kind(child) != "variable_declarator") return;
    const TSNode value = ts_node_named_child_count(child) > 1 ? Outliner::field(child, ">") : TSNode{};
    bind_typed(o, child, Outliner::field(child, "name"), type, value);
  });
}

void property(Outliner& o, TSNode node, const Rule&) {
  if (o.scope_kind() != ScopeKind::kClass) return;
  if (const auto held = o.type_chain(Outliner::field(node, "type")))
    o.bind_value(o.text(Outliner::field(node, "name")), *held);
}

void foreach (Outliner& o, TSNode node, const Rule&) {
  o.add_branch();
  bind_typed(o, node, Outliner::field(node, "left"), Outliner::field(node, "type"), {});
}

void section(Outliner& o, TSNode node, const Rule&) {
  const std::string_view text = o.text(node);
  if (!text.starts_with("default")) o.add_branch();
}

void arm(Outliner& o, TSNode node, const Rule&) {
  if (!o.text(node).starts_with("_ ")) o.add_branch();
}

void lambda(Outliner& o, TSNode node, const Rule& rule) {
  enter_lambda(o, node, rule);
  if (const TSNode p = Outliner::field(node, "parameters");
      !ts_node_is_null(p) && Outliner::kind(p) != "parameter_list")
    o.bind_local(o.text(p));
}

void file_namespace(Outliner& o, TSNode node, const Rule&) { o.set_package(o.text(Outliner::field(node, "name"))); }

constexpr Rule kRules[] = {
    {"using_directive", using_},
    {"namespace_declaration", define_namespace, "name"},
    {"file_scoped_namespace_declaration", file_namespace},
    {"class_declaration", class_, "name", "", NodeType::kClass},
    {"struct_declaration", class_, "name", "", NodeType::kClass, NodeKind::kStruct},
    {"record_declaration", class_, "name", "", NodeType::kClass, NodeKind::kRecord},
    {"interface_declaration", class_, "name", "", NodeType::kInterface},
    {"enum_declaration", class_, "name", "", NodeType::kEnum},
    {"method_declaration", method, "name", "parameters", NodeType::kFunction, NodeKind::kMethod},
    {"constructor_declaration", define_function, "name", "parameters", NodeType::kFunction, NodeKind::kConstructor},
    {"local_function_statement", method, "name", "parameters"},
    {"lambda_expression", lambda},
    {"attribute", attribute},
    {"parameter", bind_parameter, "name", "type"},
    {"variable_declaration", variables},
    {"property_declaration", property},
    {"foreach_statement", foreach},
    {"catch_declaration", bind_local, "name"},
    {"invocation_expression", call, "function", "arguments"},
    {"object_creation_expression", construct, "type", "arguments"},
    {"member_access_expression", mention_member},
    {"identifier", mention},
    {"if_statement", branch},
    {"for_statement", branch},
    {"while_statement", branch},
    {"do_statement", branch},
    {"catch_clause", branch},
    {"conditional_expression", branch},
    {"switch_section", section},
    {"switch_expression_arm", arm},
    {"binary_expression", branch_on_logic, "operator"},
    {"comment", skip},
};
constexpr std::string_view kNames[] = {"identifier"};
constexpr MemberRule kMembers[] = {{"member_access_expression", "expression", "name"},
                                   {"qualified_name", "qualifier", "name"}};
constexpr std::string_view kOwn[] = {"this"};
constexpr std::string_view kBase[] = {"base"};
constexpr std::string_view kTransparent[] = {"parenthesized_expression", "await_expression", "generic_name",
                                             "nullable_type"};
constexpr std::string_view kCalls[] = {"invocation_expression", "object_creation_expression"};

}  // namespace

const LanguageRules kCSharpRules = {
    .language = Language::kCSharp,
    .grammar = tree_sitter_c_sharp,
    .rules = kRules,
    .names = kNames,
    .members = kMembers,
    .own = kOwn,
    .base = kBase,
    .transparent = kTransparent,
    .calls = kCalls,
    .call_field = "function",
    .other_call_field = "type",
    .members_in_scope = true,
    .free_names = true,
};

}  // namespace code_graph::parse
