// Rust.
#include <string>

#include "code_graph/parse/actions.h"
#include "code_graph/parse/languages/languages.h"

extern "C" const TSLanguage* tree_sitter_rust();

namespace code_graph::parse {
namespace {

std::string_view last_of(std::string_view path) {
  const std::size_t at = path.rfind("::");
  return at == std::string_view::npos ? path : path.substr(at + 2);
}

// One branch of a use tree, below the path so far.
void use_tree(Outliner& o, TSNode whole, TSNode tree, const std::string& above) {
  const std::string_view kind = Outliner::kind(tree);
  const auto below = [&](std::string_view rest) {
    return above.empty() ? std::string(rest) : above + "::" + std::string(rest);
  };
  if (kind == "scoped_use_list") {
    const TSNode path = Outliner::field(tree, "path");
    const std::string inner = ts_node_is_null(path) ? above : below(o.text(path));
    Outliner::each_named_child(Outliner::field(tree, "list"), [&](TSNode child) { use_tree(o, whole, child, inner); });
  } else if (kind == "use_list") {
    Outliner::each_named_child(tree, [&](TSNode child) { use_tree(o, whole, child, above); });
  } else if (kind == "use_as_clause") {
    const std::string path = below(o.text(Outliner::field(tree, "path")));
    o.bind_import(o.text(Outliner::field(tree, "alias")), o.add_import(path, whole), path, {});
  } else if (kind == "use_wildcard") {
    const TSNode inner = ts_node_named_child(tree, 0);
    const std::string path = ts_node_is_null(inner) ? above : below(o.text(inner));
    o.bind_import("", o.add_import(path, whole, 0, true), path, {});
  } else if (kind == "self") {
    o.bind_import(last_of(above), o.add_import(above, whole), above, {});
  } else if (kind == "identifier" || kind == "scoped_identifier" || kind == "crate") {
    const std::string path = below(o.text(tree));
    o.bind_import(last_of(path), o.add_import(path, whole), path, {});
  }
}

void use(Outliner& o, TSNode node, const Rule&) {
  o.skip_children();
  const TSNode tree = Outliner::field(node, "argument");
  if (!ts_node_is_null(tree)) use_tree(o, node, tree, "");
}

void mod(Outliner& o, TSNode node, const Rule& rule) {
  const std::string_view name = o.text(Outliner::field(node, "name"));
  if (ts_node_is_null(Outliner::field(node, "body"))) {
    const std::string path = "self::" + std::string(name);
    o.bind_import(name, o.add_import(path, node), path, {});
    o.skip_children();
    return;
  }
  define_namespace(o, node, rule);
}

void impl(Outliner& o, TSNode node, const Rule&) {
  const TSNode type = Outliner::field(node, "type");
  const auto of = ts_node_is_null(type) ? std::nullopt : o.type_chain(type);
  if (!of || of->names.size() < 2) return;
  const std::string_view name = o.text_of(of->names[of->names.size() - 2]);
  const DefinitionIndex d = o.class_named(name);
  if (d == kNone) {
    // The type stands in another file: its members are told by its name.
    o.open_scope(ScopeKind::kNamespace, o.current());
    o.set_own_class(kNone);
    return;
  }
  if (const TSNode trait = Outliner::field(node, "trait"); !ts_node_is_null(trait))
    add_base(o, d, trait, SiteKind::kImplements);
  o.open_scope(ScopeKind::kClass, d);
}

void function(Outliner& o, TSNode node, const Rule& rule) {
  // Find the impl that stands around although it opened no class.
  const TSNode list = ts_node_parent(node);
  const TSNode around = ts_node_is_null(list) ? list : ts_node_parent(list);
  const std::string_view name = o.text(Outliner::field(node, "name"));
  const bool foreign_impl =
      !ts_node_is_null(around) && Outliner::kind(around) == "impl_item" && o.scope_kind() != ScopeKind::kClass;
  if (foreign_impl) {
    const TSNode type = Outliner::field(around, "type");
    const auto of = ts_node_is_null(type) ? std::nullopt : o.type_chain(type);
    const DefinitionIndex d = o.define_apart(NodeType::kFunction, NodeKind::kMethod, name, node);
    document_from_comment_above(o, d, node);
    if (of && of->names.size() >= 2) o.definition(d).owner = of->names[of->names.size() - 2];
    o.open_scope(ScopeKind::kFunction, d);
    return;
  }
  define_function(o, node, rule);
  const DefinitionIndex d = o.current();
  set_result(o, d, Outliner::field(node, "return_type"));
  const std::string_view modifiers = o.text(Outliner::child_of_kind(node, "function_modifiers"));
  if (modifiers.find("extern") != std::string_view::npos) o.definition(d).flags |= Definition::kExported;
  if (name == "main" && o.definition(d).parent == 0) o.add_entry(d, node, "main_function", 10, 2.0);
}

void item(Outliner& o, TSNode node, const Rule& rule) {
  const DefinitionIndex d = o.define(rule.type, rule.node_kind, o.text(Outliner::field(node, "name")), node);
  document_from_comment_above(o, d, node);
  Outliner::each_named_child(Outliner::field(node, "bounds"), [&](TSNode t) { add_base(o, d, t); });
  o.open_scope(ScopeKind::kClass, d);
}

void field(Outliner& o, TSNode node, const Rule&) {
  if (o.scope_kind() != ScopeKind::kClass) return;
  if (const auto held = o.type_chain(Outliner::field(node, "type")))
    o.add_member_value(o.current(), o.text(Outliner::field(node, "name")), *held);
}

void let(Outliner& o, TSNode node, const Rule&) {
  bind_typed(o, node, Outliner::field(node, "pattern"), Outliner::field(node, "type"), Outliner::field(node, "value"));
}

void constant(Outliner& o, TSNode node, const Rule&) {
  bind_typed(o, node, Outliner::field(node, "name"), Outliner::field(node, "type"), {});
}

void parameters(Outliner& o, TSNode node, const Rule&) {
  Outliner::each_named_child(node, [&](TSNode p) {
    if (Outliner::kind(p) == "identifier") o.bind_local(o.text(p));
  });
}

void arm(Outliner& o, TSNode node, const Rule&) {
  const TSNode pattern = Outliner::field(node, "pattern");
  if (o.text(pattern) != "_") o.add_branch();
  if (o.scope_kind() == ScopeKind::kFunction) o.open_scope(ScopeKind::kFunction, o.current());
  const TSNode inner = ts_node_is_null(pattern) ? pattern : ts_node_named_child(pattern, 0);
  if (!ts_node_is_null(inner) && Outliner::kind(inner) == "tuple_struct_pattern") {
    // Some(x): what is inside binds, the first child is the type.
    for (std::uint32_t i = 1; i < ts_node_named_child_count(inner); ++i) o.bind_pattern(ts_node_named_child(inner, i));
  }
}

constexpr Rule kRules[] = {
    {"use_declaration", use},
    {"extern_crate_declaration", skip},
    {"mod_item", mod, "name"},
    {"impl_item", impl},
    {"function_item", function, "name", "parameters"},
    {"function_signature_item", function, "name", "parameters"},
    {"struct_item", item, "name", "", NodeType::kClass, NodeKind::kStruct},
    {"union_item", item, "name", "", NodeType::kClass, NodeKind::kUnion},
    {"enum_item", item, "name", "", NodeType::kEnum},
    {"trait_item", item, "name", "bounds", NodeType::kInterface, NodeKind::kTrait},
    {"field_declaration", field},
    {"const_item", constant},
    {"static_item", constant},
    {"let_declaration", let},
    {"parameter", bind_parameter, "pattern", "type"},
    {"closure_parameters", parameters},
    {"closure_expression", enter_lambda},
    {"for_expression",
     [](Outliner& o, TSNode n, const Rule&) { o.add_branch(), o.bind_pattern(Outliner::field(n, "pattern")); }},
    {"let_condition",
     [](Outliner& o, TSNode n, const Rule&) {
       const TSNode pattern = Outliner::field(n, "pattern");
       if (!ts_node_is_null(pattern) && Outliner::kind(pattern) == "tuple_struct_pattern") {
         for (std::uint32_t i = 1; i < ts_node_named_child_count(pattern); ++i)
           o.bind_pattern(ts_node_named_child(pattern, i));
       }
     }},
    {"call_expression", call, "function", "arguments"},
    {"field_expression", mention_member},
    {"scoped_identifier", mention_member},
    {"scoped_type_identifier", mention_member},
    {"identifier", mention},
    {"type_identifier", mention},
    {"if_expression", branch},
    {"while_expression", branch},
    {"loop_expression", branch},
    {"match_arm", arm},
    {"binary_expression", branch_on_logic, "operator"},
    {"line_comment", skip},
    {"block_comment", skip},
    {"attribute_item", skip},
};
constexpr std::string_view kNames[] = {"identifier", "type_identifier", "super", "crate"};
constexpr MemberRule kMembers[] = {{"field_expression", "value", "field"},
                                   {"scoped_identifier", "path", "name"},
                                   {"scoped_type_identifier", "path", "name"}};
constexpr std::string_view kOwn[] = {"self", "Self"};
constexpr std::string_view kTransparent[] = {"parenthesized_expression", "reference_expression",
                                             "generic_function",         "generic_type",
                                             "try_expression",           "await_expression"};
constexpr std::string_view kCalls[] = {"call_expression", "struct_expression"};

}  // namespace

const LanguageRules kRustRules = {
    .language = Language::kRust,
    .grammar = tree_sitter_rust,
    .rules = kRules,
    .names = kNames,
    .members = kMembers,
    .own = kOwn,
    .transparent = kTransparent,
    .calls = kCalls,
    .call_field = "function",
    .other_call_field = "name",
    .free_names = true,
};

}  // namespace code_graph::parse
