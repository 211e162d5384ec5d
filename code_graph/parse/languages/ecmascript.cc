// JavaScript, TypeScript and TSX: one language to us, three grammars.
#include "code_graph/parse/languages/ecmascript.h"

#include <algorithm>

#include "code_graph/parse/actions.h"
#include "code_graph/parse/languages/languages.h"

extern "C" const TSLanguage* tree_sitter_javascript();
extern "C" const TSLanguage* tree_sitter_typescript();
extern "C" const TSLanguage* tree_sitter_tsx();

namespace code_graph::parse {
namespace {

using ecmascript::define_named;
using ecmascript::is_function;
using ecmascript::is_string;
using ecmascript::required;

void returns(Outliner& o, DefinitionIndex d, TSNode function) {
  const TSNode type = Outliner::field(function, "return_type");
  if (ts_node_is_null(type)) return;
  if (const auto value = o.type_chain(type)) o.add_value(d, *value);
}

void function_declaration(Outliner& o, TSNode node, const Rule&) {
  const std::string_view name = o.text(Outliner::field(node, "name"));
  if (name.empty()) {
    o.open_scope(ScopeKind::kFunction, o.current());
    return;
  }
  const DefinitionIndex d = o.define(NodeType::kFunction, NodeKind::kPlain, name, node);
  const TSNode around = ts_node_parent(node);
  document_from_comment_above(o, d,
                              !ts_node_is_null(around) && Outliner::kind(around) == "export_statement" ? around : node);
  set_arity(o, d, Outliner::field(node, "parameters"));
  if (name == "main" && o.scope_kind() == ScopeKind::kModule) o.add_entry(d, node, "main_function", 8, 1.5);
  o.open_scope(ScopeKind::kFunction, d);
  o.set_own_class(kNone);
  returns(o, d, node);
}

void signature(Outliner& o, TSNode node, const Rule&) {
  // An overload's signature is no definition, except where there are only signatures.
  if (!o.path().ends_with(".d.ts")) {
    o.skip_children();
    return;
  }
  const std::string_view name = o.text(Outliner::field(node, "name"));
  if (name.empty()) return;
  const DefinitionIndex d = o.define(NodeType::kFunction, NodeKind::kPlain, name, node);
  document_from_comment_above(o, d, node);
  o.open_scope(ScopeKind::kFunction, d);
}

// Whose member is what an object literal holds: the variable's it is assigned to, the module's for module.exports; or
// nobody's.
DefinitionIndex owner_of(Outliner& o, TSNode object) {
  if (ts_node_is_null(object) || Outliner::kind(object) != "object") return kNone;
  const TSNode around = ts_node_parent(object);
  if (ts_node_is_null(around)) return kNone;
  if (Outliner::kind(around) == "variable_declarator" && o.at_top_level())
    return o.variable(o.text(Outliner::field(around, "name")));
  if (Outliner::kind(around) == "assignment_expression" && o.text(Outliner::field(around, "left")) == "module.exports")
    return 0;
  return kNone;
}

void method(Outliner& o, TSNode node, const Rule&) {
  const std::string_view name = o.text(Outliner::field(node, "name"));
  if (name.empty()) return;
  if (o.scope_kind() == ScopeKind::kClass) {
    NodeKind kind = name == "constructor" ? NodeKind::kConstructor : NodeKind::kMethod;
    const std::string_view text = o.text(node);
    if (text.starts_with("get ")) kind = NodeKind::kGetter;
    if (text.starts_with("set ")) kind = NodeKind::kSetter;
    const DefinitionIndex d = o.define(NodeType::kFunction, kind, name, node);
    document_from_comment_above(o, d, node);
    set_arity(o, d, Outliner::field(node, "parameters"));
    o.open_scope(ScopeKind::kFunction, d);
    returns(o, d, node);
    return;
  }
  const DefinitionIndex owner = owner_of(o, ts_node_parent(node));
  const DefinitionIndex d = define_named(o, node, node, name, NodeKind::kMethod);
  if (owner != kNone) o.add_member(owner, o.intern(name), Member::What::kDefinition, d);
  o.open_scope(ScopeKind::kFunction, d);
  o.set_own_class(kNone);
}

void method_signature(Outliner& o, TSNode node, const Rule&) {
  const std::string_view name = o.text(Outliner::field(node, "name"));
  if (name.empty() || o.scope_kind() != ScopeKind::kClass) return;
  const DefinitionIndex d = o.define(NodeType::kFunction, NodeKind::kMethod, name, node);
  document_from_comment_above(o, d, node);
  o.open_scope(ScopeKind::kFunction, d);
  returns(o, d, node);
}

void pair(Outliner& o, TSNode node, const Rule&) {
  const TSNode value = Outliner::field(node, "value");
  const std::string_view key = o.text(Outliner::field(node, "key"));
  const TSNode object = ts_node_parent(node);
  const DefinitionIndex owner = is_function(value) || (!ts_node_is_null(value) && Outliner::kind(value) == "identifier")
                                    ? owner_of(o, object)
                                    : kNone;
  if (!is_function(value)) {
    if (owner != kNone && !ts_node_is_null(value)) {
      if (const auto held = o.chain(value)) o.add_member_value(owner, key, *held);
    }
    return;
  }
  if (key.empty() || key.front() == '[' || key.front() == '"' || key.front() == '\'') return;
  const DefinitionIndex d = define_named(o, node, value, key, NodeKind::kMethod);
  if (owner != kNone) o.add_member(owner, o.intern(key), Member::What::kDefinition, d);
  o.open_scope(ScopeKind::kFunction, d);
}

void shorthand(Outliner& o, TSNode node, const Rule&) {
  const DefinitionIndex owner = owner_of(o, ts_node_parent(node));
  if (owner == 0) o.add_member_value(0, o.text(node), chain_of(o, {o.text(node)}));
  o.add_name_mention(node);
}

void declarator(Outliner& o, TSNode node, const Rule& rule) {
  const TSNode name = Outliner::field(node, "name");
  const TSNode value = Outliner::field(node, "value");
  if (ts_node_is_null(name)) return;
  std::vector<std::string_view> steps;
  if (const std::string_view module = ts_node_is_null(value) ? std::string_view{} : required(o, value, steps);
      !module.empty()) {
    const std::uint32_t import = o.add_import(module, node);
    if (Outliner::kind(name) == "identifier") {
      o.bind_import(o.text(name), import, module, steps);
    } else {
      Outliner::each_named_child(name, [&](TSNode part) {
        std::vector<std::string_view> path = steps;
        if (Outliner::kind(part) == "shorthand_property_identifier_pattern") {
          path.push_back(o.text(part));
          o.bind_import(o.text(part), import, module, path);
        } else if (Outliner::kind(part) == "pair_pattern") {
          path.push_back(o.text(Outliner::field(part, "key")));
          const TSNode target = Outliner::field(part, "value");
          if (!ts_node_is_null(target) && Outliner::kind(target) == "identifier")
            o.bind_import(o.text(target), import, module, path);
        }
      });
    }
    o.skip_children();
    return;
  }
  if (is_function(value) && Outliner::kind(name) == "identifier") {
    const DefinitionIndex d = o.define(NodeType::kFunction, NodeKind::kPlain, o.text(name), node);
    TSNode statement = ts_node_parent(node);
    if (const TSNode outer = ts_node_is_null(statement) ? statement : ts_node_parent(statement);
        !ts_node_is_null(outer) && Outliner::kind(outer) == "export_statement") {
      statement = outer;
    }
    if (!ts_node_is_null(statement)) document_from_comment_above(o, d, statement);
    set_arity(o, d, Outliner::field(value, "parameters"));
    o.consume(name);
    o.open_scope(ScopeKind::kFunction, d);
    returns(o, d, value);
    return;
  }
  bind_variable(o, node, rule);
}

void class_(Outliner& o, TSNode node, const Rule& rule) {
  const std::string_view name = o.text(Outliner::field(node, "name"));
  DefinitionIndex d = kNone;
  if (name.empty()) {
    // const A = class {…}: the variable's name would do, but the class is rarely asked for by it.
    o.open_scope(ScopeKind::kFunction, o.current());
    o.set_own_class(kNone);
    return;
  }
  d = o.define(rule.type, rule.node_kind, name, node);
  const TSNode around = ts_node_parent(node);
  document_from_comment_above(o, d,
                              !ts_node_is_null(around) && Outliner::kind(around) == "export_statement" ? around : node);
  const auto base = [&](SiteKind kind, TSNode type) {
    if (Outliner::kind(type) == "generic_type") type = Outliner::field(type, "name");
    if (ts_node_is_null(type)) return;
    if (const auto chain = o.chain(type)) o.add_site_from(d, kind, *chain, type);
  };
  Outliner::each_named_child(node, [&](TSNode part) {
    const std::string_view kind = Outliner::kind(part);
    if (kind == "extends_type_clause") {
      Outliner::each_named_child(part, [&](TSNode type) { base(SiteKind::kInherits, type); });
    }
    if (kind != "class_heritage") return;
    Outliner::each_named_child(part, [&](TSNode clause) {
      const std::string_view what = Outliner::kind(clause);
      if (what == "extends_clause") {
        base(SiteKind::kInherits, Outliner::field(clause, "value"));
      } else if (what == "implements_clause") {
        Outliner::each_named_child(clause, [&](TSNode type) { base(SiteKind::kImplements, type); });
      } else {
        base(SiteKind::kInherits, clause);
      }
    });
  });
  o.open_scope(ScopeKind::kClass, d);
}

void field_definition(Outliner& o, TSNode node, const Rule& rule) {
  const std::string_view name = o.text(Outliner::field(node, rule.field));
  const TSNode value = Outliner::field(node, "value");
  if (name.empty() || o.scope_kind() != ScopeKind::kClass) return;
  if (is_function(value)) {
    const DefinitionIndex d = o.define(NodeType::kFunction, NodeKind::kMethod, name, node);
    document_from_comment_above(o, d, node);
    set_arity(o, d, Outliner::field(value, "parameters"));
    o.open_scope(ScopeKind::kFunction, d);
    return;
  }
  const TSNode type = Outliner::field(node, "type");
  auto held = ts_node_is_null(type) ? std::nullopt : o.type_chain(type);
  if (!held && !ts_node_is_null(value)) held = o.chain(value);
  if (held && held->start != Chain::Start::kUnknown) o.add_member_value(o.current_class(), name, *held);
}

void property_signature(Outliner& o, TSNode node, const Rule&) {
  if (o.scope_kind() != ScopeKind::kClass) return;
  const TSNode type = Outliner::field(node, "type");
  if (ts_node_is_null(type)) return;
  if (const auto held = o.type_chain(type))
    o.add_member_value(o.current(), o.text(Outliner::field(node, "name")), *held);
}

void parameters(Outliner& o, TSNode node, const Rule&) {
  Outliner::each_named_child(node, [&](TSNode p) {
    const std::string_view kind = Outliner::kind(p);
    if (kind != "required_parameter" && kind != "optional_parameter") {
      o.bind_pattern(p);
      return;
    }
    const TSNode name = Outliner::field(p, "pattern");
    const TSNode type = Outliner::field(p, "type");
    const auto held = ts_node_is_null(type) ? std::nullopt : o.type_chain(type);
    if (ts_node_is_null(name)) return;
    if (!held || Outliner::kind(name) != "identifier") {
      o.bind_pattern(name);
      return;
    }
    o.bind_value(o.text(name), *held);
    // constructor(private repo: Repo) makes a field.
    const std::string_view text = o.text(p);
    if (o.own_class() != kNone && (text.starts_with("private ") || text.starts_with("public ") ||
                                   text.starts_with("protected ") || text.starts_with("readonly "))) {
      o.add_member_value(o.own_class(), o.text(name), *held);
    }
  });
}

void arrow(Outliner& o, TSNode node, const Rule&) {
  o.open_scope(ScopeKind::kFunction, o.current());
  if (const TSNode single = Outliner::field(node, "parameter"); !ts_node_is_null(single)) o.bind_pattern(single);
}

void function_expression(Outliner& o, TSNode node, const Rule&) {
  o.open_scope(ScopeKind::kFunction, o.current());
  o.set_own_class(kNone);
  const std::string_view name = o.text(Outliner::field(node, "name"));
  if (!name.empty()) o.bind_local(name);
}

void call_(Outliner& o, TSNode node, const Rule& rule) {
  const TSNode callee = Outliner::field(node, "function");
  if (ts_node_is_null(callee)) return;
  const TSNode arguments = Outliner::field(node, "arguments");
  const std::string_view name = o.text(callee);
  if (Outliner::kind(callee) == "import" || name == "require") {
    const TSNode argument = ts_node_is_null(arguments) ? TSNode{} : ts_node_named_child(arguments, 0);
    if (is_string(argument)) o.bind_import("", o.add_import(literal(o, argument), node), literal(o, argument), {});
    return;
  }
  call(o, node, rule);
}

void new_(Outliner& o, TSNode node, const Rule&) {
  const TSNode type = Outliner::field(node, "constructor");
  const auto target = o.chain(type);
  if (!target) return;
  o.add_site(SiteKind::kCall, *target, node, count_arguments(o, Outliner::field(node, "arguments")));
  o.consume(type);
}

void namespace_(Outliner& o, TSNode node, const Rule& rule) {
  const TSNode name = Outliner::field(node, "name");
  if (ts_node_is_null(name) || is_string(name)) return;
  define_namespace(o, node, rule);
}

void type_alias(Outliner& o, TSNode node, const Rule&) { o.bind_local(o.text(Outliner::field(node, "name"))); }

constexpr Rule kRules[] = {
    {"program", ecmascript::program},
    {"function_declaration", function_declaration},
    {"generator_function_declaration", function_declaration},
    {"function_expression", function_expression},
    {"generator_function", function_expression},
    {"arrow_function", arrow},
    {"method_definition", method},
    {"class_declaration", class_, "name", "", NodeType::kClass},
    {"class", class_, "name", "", NodeType::kClass},
    {"pair", pair},
    {"shorthand_property_identifier", shorthand},
    {"variable_declarator", declarator, "name", "value"},
    {"formal_parameters", parameters},
    {"catch_clause",
     [](Outliner& o, TSNode n, const Rule&) { o.add_branch(), o.bind_pattern(Outliner::field(n, "parameter")); }},
    {"for_in_statement",
     [](Outliner& o, TSNode n, const Rule&) {
       o.add_branch();
       if (o.scope_kind() == ScopeKind::kFunction) o.bind_pattern(Outliner::field(n, "left"));
     }},
    {"assignment_expression", ecmascript::assignment},
    {"call_expression", call_, "function", "arguments"},
    {"new_expression", new_},
    {"member_expression", mention_member},
    {"identifier", mention},
    {"import_statement", ecmascript::import_},
    {"export_statement", ecmascript::export_},
    {"if_statement", branch},
    {"for_statement", branch},
    {"while_statement", branch},
    {"do_statement", branch},
    {"ternary_expression", branch},
    {"switch_case", branch},
    {"binary_expression", branch_on_logic, "operator"},
    {"comment", skip},
    {"string", skip},
    {"regex", skip},
};
constexpr Rule kJavaScriptOnly[] = {{"field_definition", field_definition, "property"}};
constexpr Rule kTypeScriptOnly[] = {
    {"function_signature", signature},
    {"method_signature", method_signature},
    {"abstract_method_signature", method_signature},
    {"property_signature", property_signature},
    {"abstract_class_declaration", class_, "name", "", NodeType::kClass},
    {"interface_declaration", class_, "name", "", NodeType::kInterface},
    {"enum_declaration", define_class, "name", "", NodeType::kEnum},
    {"internal_module", namespace_, "name"},
    {"module", namespace_, "name"},
    {"public_field_definition", field_definition, "name"},
    {"type_alias_declaration", type_alias},
    {"type_identifier", mention},
    {"nested_type_identifier", mention_member},
};
constexpr std::string_view kNames[] = {"identifier", "shorthand_property_identifier_pattern"};
constexpr std::string_view kTypeScriptNames[] = {"identifier", "type_identifier",
                                                 "shorthand_property_identifier_pattern"};
constexpr MemberRule kMembers[] = {{"member_expression", "object", "property"}};
constexpr MemberRule kTypeScriptMembers[] = {{"member_expression", "object", "property"},
                                             {"nested_type_identifier", "module", "name"},
                                             {"nested_identifier", "object", "property"}};
constexpr std::string_view kOwn[] = {"this"};
constexpr std::string_view kBase[] = {"super"};
constexpr std::string_view kTransparent[] = {"parenthesized_expression", "await_expression"};
constexpr std::string_view kTypeScriptTransparent[] = {"parenthesized_expression", "await_expression",
                                                       "non_null_expression"};
constexpr std::string_view kCalls[] = {"call_expression", "new_expression"};

constexpr LanguageRules typescript(const TSLanguage* (*grammar)()) {
  return {
      .language = Language::kTypeScript,
      .grammar = grammar,
      .rules = kRules,
      .more_rules = kTypeScriptOnly,
      .names = kTypeScriptNames,
      .members = kTypeScriptMembers,
      .own = kOwn,
      .base = kBase,
      .transparent = kTypeScriptTransparent,
      .calls = kCalls,
      .call_field = "function",
      .other_call_field = "constructor",
  };
}

}  // namespace

const LanguageRules kJavaScriptRules = {
    .language = Language::kJavaScript,
    .grammar = tree_sitter_javascript,
    .rules = kRules,
    .more_rules = kJavaScriptOnly,
    .names = kNames,
    .members = kMembers,
    .own = kOwn,
    .base = kBase,
    .transparent = kTransparent,
    .calls = kCalls,
    .call_field = "function",
    .other_call_field = "constructor",
};
const LanguageRules kTypeScriptRules = typescript(tree_sitter_typescript);
const LanguageRules kTsxRules = typescript(tree_sitter_tsx);

}  // namespace code_graph::parse
