// Imports and exports of JavaScript and TypeScript, and the file as a whole.
#include "code_graph/parse/languages/ecmascript.h"

namespace code_graph::parse::ecmascript {

bool is_function(TSNode node) {
  if (ts_node_is_null(node)) return false;
  const std::string_view kind = Outliner::kind(node);
  return kind == "arrow_function" || kind == "function_expression" || kind == "generator_function";
}

bool is_string(TSNode node) { return !ts_node_is_null(node) && Outliner::kind(node) == "string"; }

std::string_view required(Outliner& o, TSNode value, std::vector<std::string_view>& steps) {
  while (!ts_node_is_null(value) && Outliner::kind(value) == "member_expression") {
    steps.insert(steps.begin(), o.text(Outliner::field(value, "property")));
    value = Outliner::field(value, "object");
  }
  if (ts_node_is_null(value) || Outliner::kind(value) != "call_expression") return {};
  if (o.text(Outliner::field(value, "function")) != "require") return {};
  const TSNode argument = ts_node_named_child(Outliner::field(value, "arguments"), 0);
  return is_string(argument) ? literal(o, argument) : std::string_view{};
}

DefinitionIndex define_named(Outliner& o, TSNode node, TSNode function, std::string_view name, NodeKind kind) {
  const DefinitionIndex d = o.define_apart(NodeType::kFunction, kind, name, node);
  document_from_comment_above(o, d, node);
  set_arity(o, d, Outliner::field(function, "parameters"));
  return d;
}

void assignment(Outliner& o, TSNode node, const Rule&) {
  const TSNode left = Outliner::field(node, "left");
  const TSNode right = Outliner::field(node, "right");
  if (ts_node_is_null(left) || ts_node_is_null(right)) return;
  if (Outliner::kind(left) == "identifier") {
    if (o.scope_kind() == ScopeKind::kFunction) return;  // which variable it is, its declaration says
    return;
  }
  if (Outliner::kind(left) != "member_expression") return;
  const auto target = o.chain(left);
  if (!target) return;
  const auto names = [&](std::size_t i) { return o.text_of(target->names[i]); };
  const std::size_t length = target->names.size();

  if (target->start == Chain::Start::kOwnObject && length == 1 && o.own_class() != kNone) {
    if (is_function(right)) {
      const DefinitionIndex d = define_named(o, node, right, names(0), NodeKind::kMethod);
      o.add_member(o.own_class(), target->names[0], Member::What::kDefinition, d);
      o.open_scope(ScopeKind::kFunction, d);
      return;
    }
    const auto value = o.chain(right);
    const std::string_view text = o.text(right);
    if (value && value->start != Chain::Start::kUnknown) {
      o.add_member_value(o.own_class(), names(0), *value);
    } else if (text != "null" && text != "undefined") {
      o.add_member_value(o.own_class(), names(0), Chain{});
    }
    return;
  }
  if (target->start != Chain::Start::kName) return;
  const bool exports =
      (length == 2 && names(0) == "exports") || (length == 3 && names(0) == "module" && names(1) == "exports");
  if (exports) {
    const std::string_view name = names(length - 1);
    if (is_function(right)) {
      const DefinitionIndex d = define_named(o, node, right, name, NodeKind::kPlain);
      o.add_member(0, o.intern(name), Member::What::kDefinition, d);
      o.open_scope(ScopeKind::kFunction, d);
    } else if (const auto value = o.chain(right); value && value->start == Chain::Start::kName) {
      std::vector<std::string_view> steps;
      if (const std::string_view module = required(o, right, steps); !module.empty()) {
        const std::uint32_t binding = o.bind_import("", o.add_import(module, node), module, steps);
        o.add_member(0, o.intern(name), Member::What::kImport, binding);
      } else {
        o.add_member_value(0, name, *value);
      }
    }
    return;
  }
  if (length == 2 && names(0) == "module" && names(1) == "exports") {
    if (is_function(right)) {
      const std::string_view own = o.text(Outliner::field(right, "name"));
      const DefinitionIndex d = define_named(o, node, right, own.empty() ? "exports" : own, NodeKind::kPlain);
      o.add_member(0, o.intern(kModuleValue), Member::What::kDefinition, d);
      o.open_scope(ScopeKind::kFunction, d);
    } else if (const auto value = o.chain(right); value && value->start == Chain::Start::kName) {
      std::vector<std::string_view> steps;
      if (const std::string_view module = required(o, right, steps); !module.empty()) {
        const std::uint32_t binding = o.bind_import("", o.add_import(module, node), module, steps);
        o.add_member(0, o.intern(kModuleValue), Member::What::kImport, binding);
      } else {
        o.add_member_value(0, kModuleValue, *value);
      }
    }
    return;
  }
  // Foo.prototype.bar = function () {…}
  if (is_function(right) && length >= 2) {
    const bool prototype = length == 3 && names(1) == "prototype";
    const DefinitionIndex d =
        define_named(o, node, right, names(length - 1), prototype ? NodeKind::kMethod : NodeKind::kPlain);
    if (prototype) o.definition(d).owner = target->names[0];
    o.open_scope(ScopeKind::kFunction, d);
  }
}

void import_(Outliner& o, TSNode node, const Rule&) {
  o.skip_children();
  if (const TSNode clause = Outliner::child_of_kind(node, "import_require_clause"); !ts_node_is_null(clause)) {
    const std::string_view from = literal(o, Outliner::field(clause, "source"));
    o.bind_import(o.text(ts_node_named_child(clause, 0)), o.add_import(from, node), from, {});
    return;
  }
  const std::string_view module = literal(o, Outliner::field(node, "source"));
  if (module.empty()) return;
  const std::uint32_t import = o.add_import(module, node);
  const TSNode clause = Outliner::child_of_kind(node, "import_clause");
  if (ts_node_is_null(clause)) o.bind_import("", import, module, {});
  Outliner::each_named_child(clause, [&](TSNode part) {
    const std::string_view kind = Outliner::kind(part);
    if (kind == "identifier") o.bind_import(o.text(part), import, module, {"default"});
    if (kind == "namespace_import") o.bind_import(o.text(ts_node_named_child(part, 0)), import, module, {});
    if (kind == "named_imports") {
      Outliner::each_named_child(part, [&](TSNode one) {
        if (Outliner::kind(one) != "import_specifier") return;
        const std::string_view name = o.text(Outliner::field(one, "name"));
        const TSNode alias = Outliner::field(one, "alias");
        o.bind_import(ts_node_is_null(alias) ? name : o.text(alias), import, module, {name});
      });
    }
  });
}

void export_(Outliner& o, TSNode node, const Rule&) {
  const TSNode source = Outliner::field(node, "source");
  const TSNode clause = Outliner::child_of_kind(node, "export_clause");
  if (!ts_node_is_null(source)) {
    o.skip_children();
    const std::string_view module = literal(o, source);
    const TSNode whole = Outliner::child_of_kind(node, "namespace_export");
    const bool star = ts_node_is_null(clause) && ts_node_is_null(whole);
    const std::uint32_t import = o.add_import(module, node, 0, star);
    if (star) o.bind_import("", import, module, {});
    if (!ts_node_is_null(whole)) {
      const std::uint32_t b = o.bind_import("", import, module, {});
      o.add_member(0, o.intern(o.text(ts_node_named_child(whole, 0))), Member::What::kImport, b);
    }
    Outliner::each_named_child(clause, [&](TSNode one) {
      const std::string_view name = o.text(Outliner::field(one, "name"));
      const TSNode alias = Outliner::field(one, "alias");
      const std::uint32_t b = o.bind_import("", import, module, {name});
      o.add_member(0, o.intern(ts_node_is_null(alias) ? name : o.text(alias)), Member::What::kImport, b);
    });
    return;
  }
  if (!ts_node_is_null(clause)) {
    Outliner::each_named_child(clause, [&](TSNode one) {
      const TSNode alias = Outliner::field(one, "alias");
      if (!ts_node_is_null(alias))
        o.add_member_value(0, o.text(alias), chain_of(o, {o.text(Outliner::field(one, "name"))}));
    });
    o.skip_children();
    return;
  }
  if (!o.text(node).starts_with("export default")) return;
  const TSNode declaration = Outliner::field(node, "declaration");
  const TSNode value = Outliner::field(node, "value");
  if (!ts_node_is_null(declaration)) {
    const std::string_view name = o.text(Outliner::field(declaration, "name"));
    if (!name.empty()) {
      o.add_member_value(0, "default", chain_of(o, {name}));
      return;
    }
  }
  if (is_function(value) ||
      (!ts_node_is_null(declaration) && Outliner::kind(declaration).find("function") != std::string_view::npos)) {
    const DefinitionIndex d =
        define_named(o, node, is_function(value) ? value : declaration, "default", NodeKind::kPlain);
    o.add_member(0, o.intern("default"), Member::What::kDefinition, d);
    o.open_scope(ScopeKind::kFunction, d);
  } else if (!ts_node_is_null(value)) {
    if (const auto held = o.chain(value); held && held->start != Chain::Start::kUnknown)
      o.add_member_value(0, "default", *held);
  }
}

void program(Outliner& o, TSNode node, const Rule&) {
  const std::string_view base = o.path().substr(o.path().find_last_of('/') + 1);
  if (base == "index.js" || base == "index.ts" || base == "main.js" || base == "main.ts" || base == "server.js" ||
      base == "server.ts") {
    o.add_entry(0, node, "index_file", 9, 1.8);
  }
  const TSNode first = ts_node_named_child(node, 0);
  if (!ts_node_is_null(first) && Outliner::kind(first) == "hash_bang_line")
    o.add_entry(0, node, "command_line", 7, 1.3);
}

}  // namespace code_graph::parse::ecmascript
