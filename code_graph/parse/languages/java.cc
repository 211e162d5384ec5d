// Java.
#include "code_graph/parse/actions.h"
#include "code_graph/parse/languages/languages.h"

extern "C" const TSLanguage* tree_sitter_java();

namespace code_graph::parse {
namespace {

void package(Outliner& o, TSNode node, const Rule&) {
  o.set_package(o.text(Outliner::field(node, ">")));
  o.skip_children();
}

void import_(Outliner& o, TSNode node, const Rule&) {
  o.skip_children();
  const std::string_view path = o.text(ts_node_named_child(node, 0));
  const bool star = !ts_node_is_null(Outliner::child_of_kind(node, "asterisk"));
  const std::uint32_t import = o.add_import(path, node, 0, star);
  o.bind_import(star ? std::string_view{} : path.substr(path.find_last_of('.') + 1), import, path, {});
}

void class_(Outliner& o, TSNode node, const Rule& rule) {
  const DefinitionIndex d = o.define(rule.type, rule.node_kind, o.text(Outliner::field(node, "name")), node);
  document_from_comment_above(o, d, node);
  Outliner::each_named_child(Outliner::field(node, "superclass"), [&](TSNode t) { add_base(o, d, t); });
  const auto list = [&](TSNode clause, SiteKind kind) {
    const TSNode types = ts_node_is_null(clause) ? clause : ts_node_named_child(clause, 0);
    Outliner::each_named_child(types, [&](TSNode t) { add_base(o, d, t, kind); });
  };
  list(Outliner::field(node, "interfaces"), SiteKind::kImplements);
  list(Outliner::child_of_kind(node, "extends_interfaces"), SiteKind::kInherits);
  o.open_scope(ScopeKind::kClass, d);
}

void method(Outliner& o, TSNode node, const Rule& rule) {
  const std::string_view name = o.text(Outliner::field(node, "name"));
  define_function(o, node, rule);
  const DefinitionIndex d = o.current();
  set_result(o, d, Outliner::field(node, "type"));
  const std::string_view modifiers = o.text(Outliner::child_of_kind(node, "modifiers"));
  if (name == "main" && modifiers.find("static") != std::string_view::npos)
    o.add_entry(d, node, "main_function", 10, 2.0);
  if (modifiers.find("native") != std::string_view::npos) {
    // JNI: the C side is called Java_package_Class_method.
    std::string symbol = "Java_";
    for (const char c : o.text_of(o.outline().package)) symbol += c == '.' ? '_' : c;
    if (symbol.size() > 5) symbol += '_';
    symbol += o.text_of(o.definition(o.definition(d).parent).name);
    symbol += '_';
    symbol += name;
    o.add_evidence(Evidence::Kind::kForeignUse, d, node, "jni", symbol);
  }
}

void typed_declarators(Outliner& o, TSNode node, const Rule&) {
  const TSNode type = Outliner::field(node, "type");
  Outliner::each_named_child(node, [&](TSNode child) {
    if (Outliner::kind(child) == "variable_declarator") {
      bind_typed(o, child, Outliner::field(child, "name"), type, Outliner::field(child, "value"));
    }
  });
}

void loop_variable(Outliner& o, TSNode node, const Rule&) {
  o.add_branch();
  bind_typed(o, node, Outliner::field(node, "name"), Outliner::field(node, "type"), {});
}

void lambda(Outliner& o, TSNode node, const Rule& rule) {
  enter_lambda(o, node, rule);
  const TSNode parameters = Outliner::field(node, "parameters");
  if (!ts_node_is_null(parameters) && Outliner::kind(parameters) != "formal_parameters") o.bind_pattern(parameters);
}

void label(Outliner& o, TSNode node, const Rule&) {
  if (o.text(node).starts_with("case")) o.add_branch();
}

void annotation(Outliner& o, TSNode node, const Rule&) {
  const std::string_view name = o.text(Outliner::field(node, "name"));
  std::string_view method;
  if (name == "GetMapping")
    method = "GET";
  else if (name == "PostMapping")
    method = "POST";
  else if (name == "PutMapping")
    method = "PUT";
  else if (name == "DeleteMapping")
    method = "DELETE";
  else if (name == "PatchMapping")
    method = "PATCH";
  else if (name == "WebServlet")
    o.add_entry(o.current(), node, "servlet", 8, 1.5);
  else if (name != "RequestMapping" && name != "Path")
    return;
  const std::string_view path = first_literal(o, Outliner::field(node, "arguments"));
  if (!path.empty() && o.definition(o.current()).type == NodeType::kFunction) {
    o.add_evidence(Evidence::Kind::kRoute, o.current(), node, method, path);
  }
}

constexpr Rule kRules[] = {
    {"package_declaration", package},
    {"import_declaration", import_},
    {"class_declaration", class_, "name", "", NodeType::kClass},
    {"record_declaration", class_, "name", "", NodeType::kClass, NodeKind::kRecord},
    {"interface_declaration", class_, "name", "", NodeType::kInterface},
    {"annotation_type_declaration", class_, "name", "", NodeType::kInterface},
    {"enum_declaration", class_, "name", "", NodeType::kEnum},
    {"method_declaration", method, "name", "parameters", NodeType::kFunction, NodeKind::kMethod},
    {"constructor_declaration", define_function, "name", "parameters", NodeType::kFunction, NodeKind::kConstructor},
    {"lambda_expression", lambda},
    {"formal_parameter", bind_parameter, "name", "type"},
    {"catch_formal_parameter", bind_parameter, "name"},
    {"local_variable_declaration", typed_declarators},
    {"field_declaration", typed_declarators},
    {"enhanced_for_statement", loop_variable},
    {"object_creation_expression", construct, "type", "arguments"},
    {"method_invocation", call_member, "", "arguments"},
    {"field_access", mention_member},
    {"identifier", mention},
    {"type_identifier", mention},
    {"annotation", annotation},
    {"marker_annotation", annotation},
    {"if_statement", branch},
    {"for_statement", branch},
    {"while_statement", branch},
    {"do_statement", branch},
    {"ternary_expression", branch},
    {"catch_clause", branch},
    {"switch_label", label},
    {"binary_expression", branch_on_logic, "operator"},
    {"line_comment", skip},
    {"block_comment", skip},
};
constexpr std::string_view kNames[] = {"identifier", "type_identifier"};
constexpr MemberRule kMembers[] = {{"method_invocation", "object", "name", true},
                                   {"field_access", "object", "field"},
                                   {"scoped_identifier", "scope", "name"},
                                   {"scoped_type_identifier", "<", ">"}};
constexpr std::string_view kOwn[] = {"this"};
constexpr std::string_view kBase[] = {"super"};
constexpr std::string_view kTransparent[] = {"parenthesized_expression"};
constexpr std::string_view kCalls[] = {"object_creation_expression"};

}  // namespace

const LanguageRules kJavaRules = {
    .language = Language::kJava,
    .grammar = tree_sitter_java,
    .rules = kRules,
    .names = kNames,
    .members = kMembers,
    .own = kOwn,
    .base = kBase,
    .transparent = kTransparent,
    .calls = kCalls,
    .call_field = "type",
    .members_in_scope = true,
    .free_names = true,
};

}  // namespace code_graph::parse
