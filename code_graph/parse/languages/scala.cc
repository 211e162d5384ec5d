// Scala.
#include "code_graph/parse/actions.h"
#include "code_graph/parse/languages/languages.h"

extern "C" const TSLanguage* tree_sitter_scala();

namespace code_graph::parse {
namespace {

void package(Outliner& o, TSNode node, const Rule&) {
  const std::string_view name = o.text(Outliner::field(node, "name"));
  if (!name.empty()) o.set_package(name);
}

void import_(Outliner& o, TSNode node, const Rule&) {
  o.skip_children();
  // import a.b.{c, d => e}; import a.b._; import a.b.C
  std::string_view text = o.text(node);
  text.remove_prefix(std::min<std::size_t>(text.size(), 7));
  const std::size_t brace = text.find('{');
  std::string_view path = text.substr(0, brace);
  while (path.ends_with('.') || path.ends_with(' ') || path.ends_with('\n')) path.remove_suffix(1);
  if (path.ends_with("._") || path.ends_with(".*")) {
    path.remove_suffix(2);
    o.bind_import("", o.add_import(path, node, 0, true), path, {});
    return;
  }
  if (brace == std::string_view::npos) {
    o.bind_import(path.substr(path.find_last_of('.') + 1), o.add_import(path, node), path, {});
    return;
  }
  const std::uint32_t import = o.add_import(path, node);
  Outliner::each_named_child(Outliner::child_of_kind(node, "namespace_selectors"), [&](TSNode selector) {
    const std::string_view kind = Outliner::kind(selector);
    if (kind == "identifier") {
      o.bind_import(o.text(selector), import, path, {o.text(selector)});
    } else if (kind.ends_with("renamed_identifier")) {
      o.bind_import(o.text(Outliner::field(selector, "alias")), import, path,
                    {o.text(Outliner::field(selector, "name"))});
    }
  });
}

void class_(Outliner& o, TSNode node, const Rule& rule) {
  const DefinitionIndex d = o.define(rule.type, rule.node_kind, o.text(Outliner::field(node, "name")), node);
  document_from_comment_above(o, d, node);
  Outliner::each_named_child(Outliner::field(node, "extend"), [&](TSNode type) {
    const std::string_view kind = Outliner::kind(type);
    if (kind == "arguments") return;
    if (kind == "compound_type") {
      Outliner::each_named_child(type, [&](TSNode part) { add_base(o, d, part); });
    } else {
      add_base(o, d, type);
    }
  });
  o.open_scope(ScopeKind::kClass, d);
}

void class_parameter(Outliner& o, TSNode node, const Rule&) {
  const TSNode type = Outliner::field(node, "type");
  if (o.scope_kind() != ScopeKind::kClass || ts_node_is_null(type)) return;
  if (const auto held = o.type_chain(type)) o.bind_value(o.text(Outliner::field(node, "name")), *held);
}

void function(Outliner& o, TSNode node, const Rule& rule) {
  define_function(o, node, rule);
  const DefinitionIndex d = o.current();
  set_result(o, d, Outliner::field(node, "return_type"));
  if (o.text_of(o.definition(d).name) == "main") o.add_entry(d, node, "main_function", 10, 2.0);
}

void value(Outliner& o, TSNode node, const Rule&) {
  bind_typed(o, node, Outliner::field(node, "pattern"), Outliner::field(node, "type"), Outliner::field(node, "value"));
}

void case_(Outliner& o, TSNode node, const Rule&) {
  const TSNode pattern = Outliner::field(node, "pattern");
  if (o.text(pattern) != "_") o.add_branch();
  if (o.scope_kind() == ScopeKind::kFunction) o.open_scope(ScopeKind::kFunction, o.current());
  if (!ts_node_is_null(pattern) && Outliner::kind(pattern) == "identifier") o.bind_local(o.text(pattern));
}

void infix(Outliner& o, TSNode node, const Rule& rule) { branch_on_logic(o, node, rule); }

void new_(Outliner& o, TSNode node, const Rule&) {
  const TSNode type = ts_node_named_child(node, 0);
  if (ts_node_is_null(type)) return;
  auto target = o.type_chain(type);
  if (!target) return;
  target->names.pop_back();
  o.add_site(SiteKind::kCall, *target, node, 255);
  o.consume(type);
}

constexpr Rule kRules[] = {
    {"package_clause", package},
    {"import_declaration", import_},
    {"class_definition", class_, "name", "", NodeType::kClass},
    {"object_definition", class_, "name", "", NodeType::kClass, NodeKind::kObject},
    {"trait_definition", class_, "name", "", NodeType::kInterface, NodeKind::kTrait},
    {"enum_definition", class_, "name", "", NodeType::kEnum},
    {"class_parameter", class_parameter},
    {"function_definition", function, "name", "parameters"},
    {"function_declaration", function, "name", "parameters"},
    {"lambda_expression", enter_lambda},
    {"parameter", bind_parameter, "name", "type"},
    {"val_definition", value},
    {"var_definition", value},
    {"call_expression", call, "function", "arguments"},
    {"instance_expression", new_},
    {"field_expression", mention_member},
    {"identifier", mention},
    {"type_identifier", mention},
    {"if_expression", branch},
    {"for_expression", branch},
    {"while_expression", branch},
    {"do_while_expression", branch},
    {"case_clause", case_},
    {"infix_expression", infix, "operator"},
    {"comment", skip},
    {"block_comment", skip},
};
constexpr std::string_view kNames[] = {"identifier", "type_identifier"};
constexpr MemberRule kMembers[] = {{"field_expression", "value", "field"}, {"stable_type_identifier", "<", ">"}};
constexpr std::string_view kOwn[] = {"this"};
constexpr std::string_view kBase[] = {"super"};
constexpr std::string_view kTransparent[] = {"parenthesized_expression", "generic_function"};
constexpr std::string_view kCalls[] = {"call_expression", "instance_expression"};

}  // namespace

const LanguageRules kScalaRules = {
    .language = Language::kScala,
    .grammar = tree_sitter_scala,
    .rules = kRules,
    .names = kNames,
    .members = kMembers,
    .own = kOwn,
    .base = kBase,
    .transparent = kTransparent,
    .calls = kCalls,
    .call_field = "function",
    .other_call_field = "<",
    .members_in_scope = true,
    .free_names = true,
};

}  // namespace code_graph::parse
