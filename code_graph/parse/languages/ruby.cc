// Ruby. A class may be opened in many files; constants are found by name wherever they stand.
#include "code_graph/parse/actions.h"
#include "code_graph/parse/languages/languages.h"

extern "C" const TSLanguage* tree_sitter_ruby();

namespace code_graph::parse {
namespace {

// Foo.new is an object of Foo.
void read_new(Outliner& o, Chain& chain) {
  const std::size_t n = chain.names.size();
  if (n >= 3 && o.text_of(chain.names[n - 2]) == "new" && o.text_of(chain.names[n - 1]) == kCallStep) {
    chain.names.erase(chain.names.end() - 2);
  }
}

void class_(Outliner& o, TSNode node, const Rule& rule) {
  const TSNode name = Outliner::field(node, "name");
  std::string_view text = o.text(name);
  if (text.empty()) return;
  const DefinitionIndex d = o.define(rule.type, rule.node_kind, text, node);
  document_from_comment_above(o, d, node);
  if (const TSNode base = Outliner::field(node, "superclass"); !ts_node_is_null(base))
    add_base(o, d, ts_node_named_child(base, 0));
  o.consume(name);
  o.open_scope(ScopeKind::kClass, d);
}

void method(Outliner& o, TSNode node, const Rule& rule) {
  define_function(o, node, rule);
  const DefinitionIndex d = o.current();
  if (rule.kind == "singleton_method") o.definition(d).flags |= Definition::kStatic;
  if (o.text_of(o.definition(d).name) == "initialize") o.definition(d).kind = NodeKind::kConstructor;
}

void call_(Outliner& o, TSNode node, const Rule& rule) {
  const std::string_view name = o.text(Outliner::field(node, "method"));
  const TSNode arguments = Outliner::field(node, "arguments");
  const bool bare = ts_node_is_null(Outliner::field(node, "receiver"));
  if (bare && (name == "require" || name == "require_relative" || name == "load")) {
    const std::string_view path = first_literal(o, arguments);
    if (!path.empty()) o.bind_import("", o.add_import(path, node), path, {});
    o.skip_children();
    return;
  }
  if (bare && (name == "include" || name == "extend" || name == "prepend") && o.scope_kind() == ScopeKind::kClass &&
      !ts_node_is_null(arguments)) {
    Outliner::each_named_child(arguments, [&](TSNode m) { add_base(o, o.current(), m); });
    return;
  }
  if (!bare && name == "new") {
    if (auto target = o.chain(Outliner::field(node, "receiver"))) {
      o.add_site(SiteKind::kCall, *target, node, count_arguments(o, arguments));
      o.consume(Outliner::field(node, "receiver"));
    }
    return;
  }
  call_member(o, node, rule);
}

void assignment(Outliner& o, TSNode node, const Rule&) {
  const TSNode left = Outliner::field(node, "left");
  const TSNode right = Outliner::field(node, "right");
  if (ts_node_is_null(left)) return;
  const std::string_view kind = Outliner::kind(left);
  auto held = ts_node_is_null(right) ? std::nullopt : o.chain(right);
  if (held) read_new(o, *held);
  if (held && held->start == Chain::Start::kUnknown) held.reset();
  if (kind == "identifier") {
    if (held && o.scope_kind() == ScopeKind::kFunction) {
      o.bind_value(o.text(left), *held);
    } else {
      o.bind_local(o.text(left));
    }
  } else if (kind == "constant" && (o.at_top_level() || o.scope_kind() == ScopeKind::kClass)) {
    if (o.at_top_level()) {
      const DefinitionIndex d = o.define_variable(NodeKind::kConstant, o.text(left), node);
      if (held) o.add_value(d, *held);
    } else if (held) {
      o.bind_value(o.text(left), *held);
    }
  } else if (kind == "instance_variable" && o.own_class() != kNone) {
    o.add_member_value(o.own_class(), o.text(left), held ? *held : Chain{});
  } else if (kind == "left_assignment_list") {
    o.bind_pattern(left);
  }
}

void parameters(Outliner& o, TSNode node, const Rule&) {
  Outliner::each_named_child(node, [&](TSNode p) {
    const TSNode name = Outliner::kind(p) == "identifier" ? p : Outliner::field(p, "name");
    if (!ts_node_is_null(name)) o.bind_local(o.text(name));
  });
}

void if_(Outliner& o, TSNode node, const Rule&) {
  o.add_branch();
  const std::string_view condition = o.text(Outliner::field(node, "condition"));
  if (condition.find("__FILE__") != std::string_view::npos &&
      (condition.find("$0") != std::string_view::npos || condition.find("$PROGRAM_NAME") != std::string_view::npos)) {
    o.add_entry(o.current(), node, "main_guard", 10, 2.0);
  }
}

constexpr Rule kRules[] = {
    {"module", class_, "name", "", NodeType::kNamespace},
    {"class", class_, "name", "", NodeType::kClass},
    {"method", method, "name", "parameters"},
    {"singleton_method", method, "name", "parameters"},
    {"block", enter_lambda},
    {"do_block", enter_lambda},
    {"lambda", enter_lambda},
    {"method_parameters", parameters},
    {"block_parameters", parameters},
    {"lambda_parameters", parameters},
    {"assignment", assignment},
    {"exception_variable", bind_local},
    {"operator_assignment", bind_local, "left"},
    {"for", [](Outliner& o, TSNode n, const Rule&) { o.add_branch(), o.bind_pattern(Outliner::field(n, "pattern")); }},
    {"call", call_, "", "arguments"},
    {"identifier", mention},
    {"constant", mention},
    {"scope_resolution", mention_member},
    {"if", if_},
    {"elsif", branch},
    {"unless", branch},
    {"while", branch},
    {"until", branch},
    {"if_modifier", if_},
    {"unless_modifier", branch},
    {"while_modifier", branch},
    {"until_modifier", branch},
    {"when", branch},
    {"in_clause", branch},
    {"rescue", branch},
    {"rescue_modifier", branch},
    {"conditional", branch},
    {"binary", branch_on_logic, "operator"},
    {"comment", skip},
};
constexpr std::string_view kNames[] = {"identifier", "constant", "instance_variable"};
constexpr MemberRule kMembers[] = {{"call", "receiver", "method", true}, {"scope_resolution", "scope", "name"}};
constexpr std::string_view kOwn[] = {"self"};
constexpr std::string_view kBase[] = {"super"};

}  // namespace

const LanguageRules kRubyRules = {
    .language = Language::kRuby,
    .grammar = tree_sitter_ruby,
    .rules = kRules,
    .names = kNames,
    .members = kMembers,
    .own = kOwn,
    .base = kBase,
    .members_in_scope = true,
    .free_names = true,
};

}  // namespace code_graph::parse
