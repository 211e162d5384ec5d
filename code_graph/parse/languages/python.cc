// Python.
#include <algorithm>

#include "code_graph/parse/actions.h"
#include "code_graph/parse/languages/languages.h"

extern "C" const TSLanguage* tree_sitter_python();

namespace code_graph::parse {
namespace {

std::string_view docstring(Outliner& o, TSNode body) {
  const TSNode first = ts_node_named_child(body, 0);
  if (ts_node_is_null(first)) return {};
  TSNode text = Outliner::kind(first) == "expression_statement" ? ts_node_named_child(first, 0) : first;
  if (ts_node_is_null(text) || Outliner::kind(text) != "string") return {};
  return o.text(Outliner::child_of_kind(text, "string_content"));
}

// "Foo" in quotes as well as Foo.
std::optional<Chain> annotation(Outliner& o, TSNode type) {
  if (ts_node_is_null(type)) return std::nullopt;
  const TSNode inner = ts_node_named_child(type, 0);
  if (ts_node_is_null(inner)) return std::nullopt;
  if (Outliner::kind(inner) == "string") {
    const std::string_view name = o.text(Outliner::child_of_kind(inner, "string_content"));
    if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") !=
                            std::string_view::npos) {
      return std::nullopt;
    }
    return chain_of(o, {name, kCallStep});
  }
  // Only a plain name says what the object is; Optional[Foo] and the like do not.
  if (Outliner::kind(inner) != "identifier" && Outliner::kind(inner) != "attribute") return std::nullopt;
  return o.type_chain(inner);
}

void look_at_decorators(Outliner& o, TSNode function, DefinitionIndex d) {
  const TSNode around = ts_node_parent(function);
  if (ts_node_is_null(around) || Outliner::kind(around) != "decorated_definition") return;
  Outliner::each_named_child(around, [&](TSNode child) {
    if (Outliner::kind(child) != "decorator") return;
    const TSNode what = ts_node_named_child(child, 0);
    if (ts_node_is_null(what)) return;
    const std::string_view text = o.text(what);
    if (text == "staticmethod") o.definition(d).flags |= Definition::kStatic;
    if (text == "property" || text == "cached_property" || text == "functools.cached_property")
      o.definition(d).kind = NodeKind::kGetter;
    if (Outliner::kind(what) != "call") return;
    const auto callee = o.chain(Outliner::field(what, "function"));
    const TSNode arguments = Outliner::field(what, "arguments");
    if (!callee || callee->names.size() < 2) return;
    const std::string_view verb = o.text_of(callee->names.back());
    const std::string_view path = first_literal(o, arguments);
    if (path.empty() || path.front() != '/') return;
    for (const auto& [name, method] :
         std::initializer_list<std::pair<std::string_view, std::string_view>>{{"get", "GET"},
                                                                              {"post", "POST"},
                                                                              {"put", "PUT"},
                                                                              {"delete", "DELETE"},
                                                                              {"patch", "PATCH"},
                                                                              {"route", ""},
                                                                              {"websocket", "GET"}}) {
      if (verb != name) continue;
      std::string_view said = method;
      if (verb == "route") {
        // @app.route(path, methods=["POST"]); several methods match any.
        const std::string_view all = o.text(arguments);
        const std::size_t at = all.find("methods");
        std::size_t methods = 0;
        for (const std::string_view m : {"GET", "POST", "PUT", "DELETE", "PATCH"}) {
          if (at != std::string_view::npos && all.find(m, at) != std::string_view::npos) said = m, ++methods;
        }
        if (at == std::string_view::npos) said = "GET";
        if (methods > 1) said = "";
      }
      o.add_evidence(Evidence::Kind::kRoute, d, what, said, path);
    }
  });
}

void function(Outliner& o, TSNode node, const Rule&) {
  const bool method = o.scope_kind() == ScopeKind::kClass;
  const std::string_view name = o.text(Outliner::field(node, "name"));
  if (name.empty()) return;
  const NodeKind kind = !method ? NodeKind::kPlain : name == "__init__" ? NodeKind::kConstructor : NodeKind::kMethod;
  const bool top = o.scope_kind() == ScopeKind::kModule;
  const DefinitionIndex d = o.define(NodeType::kFunction, kind, name, node);
  const TSNode parameters = Outliner::field(node, "parameters");
  set_arity(o, d, parameters);
  if (const std::string_view doc = docstring(o, Outliner::field(node, "body")); !doc.empty()) o.document(d, doc);
  look_at_decorators(o, node, d);
  if (top && name == "main") o.add_entry(d, node, "main_function", 10, 2.0);
  o.open_scope(ScopeKind::kFunction, d);
  if (const auto returns = annotation(o, Outliner::field(node, "return_type"))) o.add_value(d, *returns);
  if (method && (o.definition(d).flags & Definition::kStatic) == 0) {
    const TSNode first = ts_node_named_child(parameters, 0);
    if (!ts_node_is_null(first)) {
      const TSNode receiver =
          Outliner::kind(first) == "identifier" ? first : Outliner::child_of_kind(first, "identifier");
      o.bind_own_object(o.text(receiver));
    }
  }
}

void class_(Outliner& o, TSNode node, const Rule&) {
  const std::string_view name = o.text(Outliner::field(node, "name"));
  if (name.empty()) return;
  const DefinitionIndex d = o.define(NodeType::kClass, NodeKind::kPlain, name, node);
  if (const std::string_view doc = docstring(o, Outliner::field(node, "body")); !doc.empty()) o.document(d, doc);
  Outliner::each_named_child(Outliner::field(node, "superclasses"), [&](TSNode base) {
    if (Outliner::kind(base) == "keyword_argument") return;
    if (Outliner::kind(base) == "subscript") base = Outliner::field(base, "value");
    if (const auto chain = o.chain(base)) o.add_site_from(d, SiteKind::kInherits, *chain, base);
  });
  o.open_scope(ScopeKind::kClass, d);
}

void parameter(Outliner& o, TSNode node, const Rule&) {
  // A plain parameter of `parameters`; the receiver was bound by the function.
  Outliner::each_named_child(node, [&](TSNode p) {
    const std::string_view kind = Outliner::kind(p);
    const bool typed = kind == "typed_parameter" || kind == "typed_default_parameter";
    TSNode name = kind == "identifier" ? p : Outliner::field(p, "name");
    if (ts_node_is_null(name)) name = ts_node_named_child(p, 0);
    if (ts_node_is_null(name)) return;
    if (typed && Outliner::kind(name) == "identifier") {
      if (const auto value = annotation(o, Outliner::field(p, "type"))) {
        o.bind_value(o.text(name), *value);
        return;
      }
    }
    // The receiver keeps its meaning: unify_bindings would make it unknown if it were bound again.
    const bool first_of_method = ts_node_eq(p, ts_node_named_child(node, 0)) && o.own_class() != kNone &&
                                 o.definition(o.current()).parent == o.own_class() &&
                                 (o.definition(o.current()).flags & Definition::kStatic) == 0;
    if (!first_of_method) o.bind_pattern(name);
  });
}

void assignment(Outliner& o, TSNode node, const Rule&) {
  const TSNode left = Outliner::field(node, "left");
  if (ts_node_is_null(left)) return;
  const TSNode right = Outliner::field(node, "right");
  if (Outliner::kind(left) == "attribute") {
    // self.x = Foo(): an attribute of the own class.
    const auto target = o.chain(left);
    const auto value = ts_node_is_null(right) ? std::nullopt : o.chain(right);
    if (!target || target->names.size() != 2 || o.own_class() == kNone) return;
    const DefinitionIndex method = o.current();
    if (o.definition(method).parent != o.own_class()) return;
    if (o.text_of(target->names[0]) != "self") return;
    // A value that is not understood makes the attribute unknown if there is another.
    const auto typed = annotation(o, Outliner::field(node, "type"));
    if (typed) {
      o.add_member_value(o.own_class(), o.text_of(target->names[1]), *typed);
    } else if (value && value->start != Chain::Start::kUnknown) {
      o.add_member_value(o.own_class(), o.text_of(target->names[1]), *value);
    } else if (ts_node_is_null(right) || o.text(right) != "None") {
      o.add_member_value(o.own_class(), o.text_of(target->names[1]), Chain{});
    }
    return;
  }
  if (Outliner::kind(left) != "identifier") {
    if (Outliner::kind(left).find("pattern") != std::string_view::npos) o.bind_pattern(left);
    return;
  }
  auto held = annotation(o, Outliner::field(node, "type"));
  if (!held && !ts_node_is_null(right)) held = o.chain(right);
  if (held && held->start == Chain::Start::kUnknown) held.reset();
  const std::string_view name = o.text(left);
  if (o.scope_kind() == ScopeKind::kModule) {
    const DefinitionIndex d = o.define_variable(NodeKind::kPlain, name, node);
    if (held) o.add_value(d, *held);
  } else if (held) {
    o.bind_value(name, *held);
  } else {
    o.bind_local(name);
  }
}

void import_(Outliner& o, TSNode node, const Rule&) {
  o.skip_children();
  Outliner::each_named_child(node, [&](TSNode child) {
    const bool aliased = Outliner::kind(child) == "aliased_import";
    const std::string_view module = o.text(aliased ? Outliner::field(child, "name") : child);
    const std::uint32_t import = o.add_import(module, node);
    if (aliased) {
      o.bind_import(o.text(Outliner::field(child, "alias")), import, module, {});
    } else {
      const std::string_view first = module.substr(0, module.find('.'));
      o.bind_import(first, import, first, {});
    }
  });
}

void import_from(Outliner& o, TSNode node, const Rule&) {
  o.skip_children();
  const TSNode module = Outliner::field(node, "module_name");
  if (ts_node_is_null(module)) return;
  const std::string_view written = o.text(module);
  const auto level = static_cast<std::uint8_t>(
      std::min<std::size_t>(written.size(), std::min(written.find_first_not_of('.'), written.size())));
  const std::string_view name = written.substr(level);
  const bool star = !ts_node_is_null(Outliner::child_of_kind(node, "wildcard_import"));
  const std::uint32_t import = o.add_import(written, node, level, star);
  if (star) o.bind_import("", import, name, {});
  Outliner::each_named_child(node, [&](TSNode child) {
    if (ts_node_eq(child, module)) return;
    const std::string_view kind = Outliner::kind(child);
    if (kind == "aliased_import") {
      o.bind_import(o.text(Outliner::field(child, "alias")), import, name, {o.text(Outliner::field(child, "name"))});
    } else if (kind == "dotted_name") {
      o.bind_import(o.text(child), import, name, {o.text(child)});
    }
  });
}

void outer_names(Outliner& o, TSNode node, const Rule&) {
  Outliner::each_named_child(node, [&](TSNode name) { o.bind_outer(o.text(name)); });
  o.skip_children();
}

void call_(Outliner& o, TSNode node, const Rule& rule) {
  const TSNode callee = Outliner::field(node, "function");
  if (o.text(callee) == "super") {
    o.consume(callee);  // super() alone calls nothing of ours
    return;
  }
  call(o, node, rule);
}

void keyword_argument(Outliner& o, TSNode node, const Rule&) { o.consume(Outliner::field(node, "name")); }

void case_clause(Outliner& o, TSNode node, const Rule&) {
  const TSNode pattern = Outliner::child_of_kind(node, "case_pattern");
  const bool guarded = !ts_node_is_null(Outliner::field(node, "guard"));
  if (guarded || o.text(pattern) != "_") o.add_branch();
}

void as_target(Outliner& o, TSNode node, const Rule&) { o.bind_pattern(node); }

void capture(Outliner& o, TSNode node, const Rule&) {
  // Names in case patterns without dots bind.
  const TSNode name = ts_node_named_child(node, 0);
  if (!ts_node_is_null(name) && Outliner::kind(name) == "dotted_name" && ts_node_named_child_count(name) == 1) {
    o.bind_local(o.text(name));
  }
}

void if_statement(Outliner& o, TSNode node, const Rule&) {
  o.add_branch();
  const std::string_view condition = o.text(Outliner::field(node, "condition"));
  if (o.scope_kind() == ScopeKind::kModule && condition.starts_with("__name__") &&
      condition.find("__main__") != std::string_view::npos) {
    o.add_entry(0, node, "main_guard", 9, 1.8);
  }
}

void module(Outliner& o, TSNode node, const Rule&) {
  if (const std::string_view doc = docstring(o, node); !doc.empty()) o.document(0, doc);
  const std::string_view path = o.path();
  if (path == "manage.py" || path.ends_with("/manage.py")) o.add_entry(0, node, "django_manage", 7, 1.3);
}

constexpr Rule kRules[] = {
    {"module", module},
    {"function_definition", function},
    {"class_definition", class_},
    {"lambda", enter_lambda},
    {"parameters", parameter},
    {"lambda_parameters", bind_local},
    {"assignment", assignment},
    {"augmented_assignment", bind_local, "left"},
    {"named_expression", bind_variable, "name", "value"},
    {"for_statement",
     [](Outliner& o, TSNode n, const Rule&) { o.add_branch(), o.bind_pattern(Outliner::field(n, "left")); }},
    {"for_in_clause", bind_local, "left"},
    {"as_pattern_target", as_target},
    {"case_pattern", capture},
    {"global_statement", outer_names},
    {"nonlocal_statement", outer_names},
    {"import_statement", import_},
    {"import_from_statement", import_from},
    {"future_import_statement", skip},
    {"call", call_, "function", "arguments"},
    {"attribute", mention_member},
    {"identifier", mention},
    {"keyword_argument", keyword_argument},
    {"if_statement", if_statement},
    {"elif_clause", branch},
    {"while_statement", branch},
    {"conditional_expression", branch},
    {"if_clause", branch},
    {"except_clause", branch},
    {"case_clause", case_clause},
    {"boolean_operator", branch_on_logic},
    {"comment", skip},
};
constexpr std::string_view kNames[] = {"identifier"};
constexpr MemberRule kMembers[] = {{"attribute", "object", "attribute"}};
constexpr std::string_view kBase[] = {"super"};
constexpr std::string_view kTransparent[] = {"parenthesized_expression", "await", "type"};
constexpr std::string_view kCalls[] = {"call"};

}  // namespace

const LanguageRules kPythonRules = {
    .language = Language::kPython,
    .grammar = tree_sitter_python,
    .rules = kRules,
    .names = kNames,
    .members = kMembers,
    .own = {},
    .base = kBase,
    .transparent = kTransparent,
    .calls = kCalls,
};

}  // namespace code_graph::parse
