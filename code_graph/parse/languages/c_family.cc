// C and C++: one set of rules, C++ with its own on top. Nothing is preprocessed.
#include "code_graph/parse/actions.h"
#include "code_graph/parse/languages/languages.h"

extern "C" const TSLanguage* tree_sitter_c();
extern "C" const TSLanguage* tree_sitter_cpp();

namespace code_graph::parse {
namespace {

// The innermost declarator: the name, under pointers, references, arrays and initialisers.
TSNode name_of(TSNode declarator) {
  for (int depth = 0; depth < 16 && !ts_node_is_null(declarator); ++depth) {
    const std::string_view kind = Outliner::kind(declarator);
    if (kind == "function_declarator" || kind == "identifier" || kind == "field_identifier" ||
        kind == "qualified_identifier" || kind == "destructor_name" || kind == "operator_name" ||
        kind == "type_identifier") {
      return declarator;
    }
    const TSNode inner = Outliner::field(declarator, "declarator");
    declarator = ts_node_is_null(inner) ? ts_node_named_child(declarator, 0) : inner;
  }
  return {};
}

TSNode function_declarator(TSNode declarator) {
  const TSNode found = name_of(declarator);
  // int (*f)(int) declares a variable.
  if (!ts_node_is_null(found) && Outliner::kind(found) == "function_declarator") {
    const TSNode inner = Outliner::field(found, "declarator");
    if (!ts_node_is_null(inner) && Outliner::kind(inner) == "parenthesized_declarator") return {};
  }
  return !ts_node_is_null(found) && Outliner::kind(found) == "function_declarator" ? found : TSNode{};
}

bool is_static(Outliner& o, TSNode node) {
  bool found = false;
  Outliner::each_named_child(node, [&](TSNode child) {
    found |= Outliner::kind(child) == "storage_class_specifier" && o.text(child) == "static";
  });
  return found;
}

// Defines a function by its declarator; `whole` is what the node covers. Opens no scope.
DefinitionIndex define(Outliner& o, TSNode whole, TSNode declarator, std::uint8_t flags) {
  const TSNode name = name_of(Outliner::field(declarator, "declarator"));
  if (ts_node_is_null(name)) return kNone;
  std::string_view text = o.text(name);
  std::string_view owner;
  if (Outliner::kind(name) == "qualified_identifier") {
    const std::size_t at = text.rfind("::");
    owner = text.substr(0, at);
    text = text.substr(at + 2);
    if (const std::size_t angle = owner.find('<'); angle != std::string_view::npos) owner = owner.substr(0, angle);
  }
  const bool in_class = o.scope_kind() == ScopeKind::kClass;
  NodeKind kind = in_class || !owner.empty() ? NodeKind::kMethod : NodeKind::kPlain;
  if (in_class && text == o.text_of(o.definition(o.current()).name)) kind = NodeKind::kConstructor;
  DefinitionIndex d = kNone;
  if (owner.empty() && kind == NodeKind::kConstructor) {
    d = o.define_apart(NodeType::kFunction, kind, text, whole);
  } else if (owner.empty()) {
    d = o.define(NodeType::kFunction, kind, text, whole);
  } else {
    d = o.define_apart(NodeType::kFunction, kind, text, whole);
    o.definition(d).owner = o.intern(owner);
    // Its own class is in sight when the file has it.
  }
  document_from_comment_above(o, d, whole);
  set_arity(o, d, Outliner::field(declarator, "parameters"));
  o.definition(d).flags |= flags;
  return d;
}

void function(Outliner& o, TSNode node, const Rule&) {
  const TSNode declarator = function_declarator(Outliner::field(node, "declarator"));
  if (ts_node_is_null(declarator)) {
    o.open_scope(ScopeKind::kFunction, o.current());
    return;
  }
  const std::uint8_t flags = is_static(o, node) && o.scope_kind() != ScopeKind::kClass ? Definition::kInternal : 0;
  const DefinitionIndex d = define(o, node, declarator, flags);
  if (d == kNone) return;
  o.open_scope(ScopeKind::kFunction, d);
  if (o.definition(d).owner != 0) {
    const std::string_view owner = o.text_of(o.definition(d).owner);
    const std::size_t at = owner.rfind("::");
    o.set_own_class(o.class_named(at == std::string_view::npos ? owner : owner.substr(at + 2)));
  }
  set_result(o, d, Outliner::field(node, "type"));
  if (o.text_of(o.definition(d).name) == "main" && o.definition(d).parent == 0)
    o.add_entry(d, node, "main_function", 10, 2.0);
}

void declaration(Outliner& o, TSNode node, const Rule&) {
  const TSNode type = Outliner::field(node, "type");
  Outliner::each_named_child(node, [&](TSNode child) {
    const std::string_view kind = Outliner::kind(child);
    if (kind.find("declarator") == std::string_view::npos && kind != "identifier" && kind != "field_identifier") return;
    const TSNode declarator = function_declarator(child);
    if (!ts_node_is_null(declarator) && (o.at_top_level() || o.scope_kind() == ScopeKind::kClass) &&
        kind != "init_declarator") {
      const DefinitionIndex d = define(o, node, declarator, Definition::kDeclared);
      if (d != kNone) set_result(o, d, type);
      return;
    }
    const TSNode name = name_of(child);
    if (ts_node_is_null(name) || (Outliner::kind(name) != "identifier" && Outliner::kind(name) != "field_identifier"))
      return;
    const TSNode value = kind == "init_declarator" ? Outliner::field(child, "value") : TSNode{};
    // extern says that it is elsewhere.
    if (o.at_top_level() && o.text(node).starts_with("extern")) return;
    if (o.scope_kind() == ScopeKind::kClass) {
      if (const auto held = ts_node_is_null(type) ? std::nullopt : o.type_chain(type))
        o.add_member_value(o.current(), o.text(name), *held);
    } else {
      bind_typed(o, node, name, type, value);
    }
  });
}

void class_(Outliner& o, TSNode node, const Rule& rule) {
  const TSNode name = Outliner::field(node, "name");
  if (ts_node_is_null(Outliner::field(node, "body"))) return;  // a mention: struct stat s
  if (ts_node_is_null(name)) return;
  std::string_view text = o.text(name);
  if (const std::size_t angle = text.find('<'); angle != std::string_view::npos) text = text.substr(0, angle);
  if (const std::size_t colons = text.rfind("::"); colons != std::string_view::npos) text = text.substr(colons + 2);
  const DefinitionIndex d = o.define(rule.type, rule.node_kind, text, node);
  document_from_comment_above(o, d, node);
  Outliner::each_named_child(Outliner::child_of_kind(node, "base_class_clause"), [&](TSNode base) {
    if (Outliner::kind(base) != "access_specifier") add_base(o, d, base);
  });
  o.open_scope(ScopeKind::kClass, d);
}

void include(Outliner& o, TSNode node, const Rule&) {
  o.skip_children();
  const std::string_view path = o.text(Outliner::field(node, "path"));
  if (path.size() < 3) return;
  const std::uint32_t import = o.add_import(path.substr(1, path.size() - 2), node);
  o.outline().imports[import].include = path.front() == '"';
  o.bind_import("", import, path.substr(1, path.size() - 2), {});
}

void parameter(Outliner& o, TSNode node, const Rule&) {
  if (o.scope_kind() != ScopeKind::kFunction) return;
  const TSNode name = name_of(Outliner::field(node, "declarator"));
  if (!ts_node_is_null(name) && Outliner::kind(name) == "identifier")
    bind_typed(o, node, name, Outliner::field(node, "type"), {});
}

void range_loop(Outliner& o, TSNode node, const Rule&) {
  o.add_branch();
  const TSNode name = name_of(Outliner::field(node, "declarator"));
  if (!ts_node_is_null(name)) bind_typed(o, node, name, Outliner::field(node, "type"), {});
}

void case_(Outliner& o, TSNode node, const Rule&) {
  if (!ts_node_is_null(Outliner::field(node, "value"))) o.add_branch();
}

void namespace_(Outliner& o, TSNode node, const Rule& rule) {
  if (ts_node_is_null(Outliner::field(node, "name"))) {
    o.open_scope(ScopeKind::kNamespace, o.current());
    return;
  }
  define_namespace(o, node, rule);
}

// using namespace a::b makes its names visible; using a::b::c binds one.
void using_(Outliner& o, TSNode node, const Rule&) {
  o.skip_children();
  const std::string_view path = o.text(Outliner::field(node, ">"));
  if (path.empty() || o.scope_kind() == ScopeKind::kClass) return;
  const bool star = o.text(node).find("namespace") != std::string_view::npos;
  const std::size_t colons = path.rfind("::");
  const std::string_view last = colons == std::string_view::npos ? path : path.substr(colons + 2);
  o.bind_import(star ? std::string_view{} : last, o.add_import(path, node, 0, star), path, {});
}

void macro(Outliner& o, TSNode node, const Rule&) {
  o.skip_children();
  o.define(NodeType::kFunction, NodeKind::kMacro, o.text(Outliner::field(node, "name")), node);
  o.definition(static_cast<DefinitionIndex>(o.outline().definitions.size() - 1)).complexity = 1;
}

constexpr Rule kRules[] = {
    {"preproc_include", include},
    {"preproc_function_def", macro},
    {"function_definition", function},
    {"declaration", declaration},
    {"field_declaration", declaration},
    {"struct_specifier", class_, "name", "", NodeType::kClass, NodeKind::kStruct},
    {"union_specifier", class_, "name", "", NodeType::kClass, NodeKind::kUnion},
    {"enum_specifier", class_, "name", "", NodeType::kEnum},
    {"parameter_declaration", parameter},
    {"call_expression", call, "function", "arguments"},
    {"field_expression", mention_member},
    {"identifier", mention},
    {"type_identifier", mention},
    {"if_statement", branch},
    {"for_statement", branch},
    {"while_statement", branch},
    {"do_statement", branch},
    {"case_statement", case_},
    {"conditional_expression", branch},
    {"binary_expression", branch_on_logic, "operator"},
    {"comment", skip},
};
constexpr Rule kCppOnly[] = {
    {"class_specifier", class_, "name", "", NodeType::kClass},
    {"namespace_definition", namespace_, "name"},
    {"using_declaration", using_},
    {"lambda_expression", enter_lambda},
    {"optional_parameter_declaration", parameter},
    {"for_range_loop", range_loop},
    {"new_expression", construct, "type", "arguments"},
    {"catch_clause", branch},
    {"qualified_identifier", mention_member},
};
constexpr std::string_view kNames[] = {"identifier", "type_identifier", "field_identifier"};
constexpr std::string_view kCppNames[] = {"identifier", "type_identifier", "namespace_identifier", "field_identifier"};
constexpr MemberRule kMembers[] = {{"field_expression", "argument", "field"}};
constexpr MemberRule kCppMembers[] = {{"field_expression", "argument", "field"},
                                      {"qualified_identifier", "scope", "name"}};
constexpr std::string_view kOwn[] = {"this"};
constexpr std::string_view kTransparent[] = {"parenthesized_expression", "pointer_expression"};
constexpr std::string_view kCppTransparent[] = {"parenthesized_expression", "pointer_expression", "template_function",
                                                "template_type", "dependent_name"};
constexpr std::string_view kCalls[] = {"call_expression"};
constexpr std::string_view kCppCalls[] = {"call_expression", "new_expression"};

}  // namespace

const LanguageRules kCRules = {
    .language = Language::kC,
    .grammar = tree_sitter_c,
    .rules = kRules,
    .names = kNames,
    .members = kMembers,
    .transparent = kTransparent,
    .calls = kCalls,
    .free_names = true,
};
const LanguageRules kCppRules = {
    .language = Language::kCpp,
    .grammar = tree_sitter_cpp,
    .rules = kRules,
    .more_rules = kCppOnly,
    .names = kCppNames,
    .members = kCppMembers,
    .own = kOwn,
    .transparent = kCppTransparent,
    .calls = kCppCalls,
    .call_field = "function",
    .other_call_field = "type",
    .members_in_scope = true,
    .free_names = true,
};

}  // namespace code_graph::parse
