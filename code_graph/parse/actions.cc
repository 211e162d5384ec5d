#include "code_graph/parse/actions.h"

#include <algorithm>
#include <string>

namespace code_graph::parse {
namespace {

bool is_comment(std::string_view kind) { return kind.find("comment") != std::string_view::npos; }

// "/** text\n * more */" to "text\nmore".
std::string without_marks(std::string_view comment) {
  std::string out;
  std::size_t from = 0;
  while (from <= comment.size()) {
    std::size_t end = comment.find('\n', from);
    if (end == std::string_view::npos) end = comment.size();
    std::string_view line = comment.substr(from, end - from);
    const auto trim = [&](std::string_view marks) {
      while (!line.empty() && marks.find(line.front()) != std::string_view::npos) line.remove_prefix(1);
    };
    trim(" \t\r");
    trim("/*#!-");
    if (line.size() >= 2 && line.ends_with("*/")) line.remove_suffix(2);
    trim(" \t");
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r' || line.back() == '*')) line.remove_suffix(1);
    if (!out.empty() && !line.empty()) out += '\n';
    out += line;
    from = end + 1;
  }
  return out;
}

}  // namespace

void skip(Outliner& o, TSNode, const Rule&) { o.skip_children(); }

void document_from_comment_above(Outliner& o, DefinitionIndex d, TSNode node) {
  std::vector<TSNode> comments;
  std::uint32_t row = ts_node_start_point(node).row;
  for (TSNode at = ts_node_prev_sibling(node); !ts_node_is_null(at) && is_comment(Outliner::kind(at));
       at = ts_node_prev_sibling(at)) {
    const TSPoint end = ts_node_end_point(at);
    const std::uint32_t end_row = end.column == 0 && end.row > 0 ? end.row - 1 : end.row;
    if (end_row + 1 != row && end_row != row) break;
    comments.push_back(at);
    row = ts_node_start_point(at).row;
    if (comments.size() == 64) break;
  }
  if (comments.empty()) return;
  const std::uint32_t from = ts_node_start_byte(comments.back());
  std::string whole;
  for (std::size_t i = comments.size(); i-- > 0;) {
    whole += o.text(comments[i]);
    if (i > 0) whole += '\n';
  }
  (void)from;
  o.document(d, without_marks(whole));
}

std::uint8_t count_arguments(Outliner& o, TSNode list) {
  if (ts_node_is_null(list)) return 255;
  std::uint32_t count = 0;
  bool open = false;
  Outliner::each_named_child(list, [&](TSNode child) {
    const std::string_view kind = Outliner::kind(child);
    if (is_comment(kind)) return;
    if (kind.find("spread") != std::string_view::npos || kind.find("splat") != std::string_view::npos) open = true;
    ++count;
  });
  (void)o;
  return open || count > 254 ? 255 : static_cast<std::uint8_t>(count);
}

void set_arity(Outliner& o, DefinitionIndex d, TSNode parameters) {
  if (ts_node_is_null(parameters)) return;
  std::uint32_t least = 0;
  std::uint32_t most = 0;
  bool open = false;
  Outliner::each_named_child(parameters, [&](TSNode p) {
    const std::string_view kind = Outliner::kind(p);
    if (is_comment(kind) || kind.find("attribute") != std::string_view::npos ||
        kind.find("self") != std::string_view::npos)
      return;
    const std::string_view text = o.text(p);
    if (text.find("...") != std::string_view::npos || kind.find("spread") != std::string_view::npos ||
        kind.find("variadic") != std::string_view::npos || text.starts_with("vararg") || text.starts_with("params ")) {
      open = true;
      return;
    }
    ++most;
    if (text.find('=') == std::string_view::npos && text.find('?') == std::string_view::npos) ++least;
  });
  Definition& to = o.definition(d);
  to.least_arguments = static_cast<std::uint8_t>(std::min(least, 254u));
  to.most_arguments = open || most > 254 ? 255 : static_cast<std::uint8_t>(most);
}

void define_function(Outliner& o, TSNode node, const Rule& rule) {
  const std::string_view name = o.text(Outliner::field(node, rule.field));
  if (name.empty()) {
    enter_lambda(o, node, rule);
    return;
  }
  NodeKind kind = rule.node_kind;
  if (kind == NodeKind::kPlain && o.scope_kind() == ScopeKind::kClass) kind = NodeKind::kMethod;
  // The name of a constructor means the class.
  const DefinitionIndex d = kind == NodeKind::kConstructor ? o.define_apart(NodeType::kFunction, kind, name, node)
                                                           : o.define(NodeType::kFunction, kind, name, node);
  document_from_comment_above(o, d, node);
  if (!rule.other.empty()) set_arity(o, d, Outliner::field(node, rule.other));
  o.open_scope(ScopeKind::kFunction, d);
}

void define_class(Outliner& o, TSNode node, const Rule& rule) {
  const std::string_view name = o.text(Outliner::field(node, rule.field));
  if (name.empty()) {
    enter_lambda(o, node, rule);
    return;
  }
  const DefinitionIndex d = o.define(rule.type, rule.node_kind, name, node);
  document_from_comment_above(o, d, node);
  o.open_scope(ScopeKind::kClass, d);
}

void define_namespace(Outliner& o, TSNode node, const Rule& rule) {
  const std::string_view name = o.text(Outliner::field(node, rule.field));
  if (name.empty()) return;
  const DefinitionIndex d = o.define(NodeType::kNamespace, NodeKind::kPlain, name, node);
  document_from_comment_above(o, d, node);
  o.open_scope(ScopeKind::kNamespace, d);
}

void enter_lambda(Outliner& o, TSNode, const Rule&) { o.open_scope(ScopeKind::kFunction, o.current()); }

void enter_block(Outliner& o, TSNode, const Rule&) {
  if (o.scope_kind() == ScopeKind::kFunction) o.open_scope(ScopeKind::kFunction, o.current());
}

void bind_parameter(Outliner& o, TSNode node, const Rule& rule) {
  const TSNode name = rule.field.empty() ? node : Outliner::field(node, rule.field);
  if (!rule.other.empty()) {
    if (const TSNode type = Outliner::field(node, rule.other); !ts_node_is_null(type)) {
      if (const auto value = o.type_chain(type); value && o.grammar().leaf_of(name) == Grammar::kName) {
        o.bind_value(o.text(name), *value);
        return;
      }
    }
  }
  o.bind_pattern(name);
}

void bind_local(Outliner& o, TSNode node, const Rule& rule) {
  o.bind_pattern(rule.field.empty() ? node : Outliner::field(node, rule.field));
}

void bind_variable(Outliner& o, TSNode node, const Rule& rule) {
  const TSNode name = Outliner::field(node, rule.field);
  if (ts_node_is_null(name)) return;
  if (o.grammar().leaf_of(name) != Grammar::kName) {
    o.bind_pattern(name);
    return;
  }
  const std::string_view text = o.text(name);
  const TSNode type = Outliner::field(node, "type");
  const TSNode value = Outliner::field(node, rule.other);
  auto held = ts_node_is_null(type) ? std::nullopt : o.type_chain(type);
  if (!held && !ts_node_is_null(value)) held = o.chain(value);
  if (held && held->start == Chain::Start::kUnknown) held.reset();
  if (o.at_top_level()) {
    const DefinitionIndex d = o.define_variable(rule.node_kind, text, node);
    if (held) o.add_value(d, *held);
  } else if (held) {
    o.bind_value(text, *held);
  } else {
    o.bind_local(text);
  }
}

void call(Outliner& o, TSNode node, const Rule& rule) {
  const TSNode callee = Outliner::field(node, rule.field);
  const TSNode arguments = rule.other.empty() ? TSNode{} : Outliner::field(node, rule.other);
  const auto target = o.chain(callee);
  if (!target) return;
  o.add_site(SiteKind::kCall, *target, node, count_arguments(o, arguments));
  o.consume(callee);
  look_for_evidence(o, node, *target, arguments);
}

void call_member(Outliner& o, TSNode node, const Rule& rule) {
  auto target = o.chain(node);
  if (!target || target->names.empty()) return;
  if (o.text_of(target->names.back()) == kCallStep) target->names.pop_back();
  if (target->names.empty() && target->start == Chain::Start::kUnknown) return;
  const TSNode arguments = rule.other.empty() ? TSNode{} : Outliner::field(node, rule.other);
  o.add_site(SiteKind::kCall, *target, node, count_arguments(o, arguments));
  if (const MemberRule* member = o.grammar().member[ts_node_symbol(node)]; member != nullptr)
    o.consume(Outliner::field(node, member->name));
  look_for_evidence(o, node, *target, arguments);
}

void add_base(Outliner& o, DefinitionIndex d, TSNode type, SiteKind kind) {
  auto base = o.type_chain(type);
  if (!base) return;
  base->names.pop_back();
  o.add_site_from(d, kind, *base, type);
}

void bind_typed(Outliner& o, TSNode whole, TSNode name, TSNode type, TSNode value) {
  if (ts_node_is_null(name)) return;
  if (o.grammar().leaf_of(name) != Grammar::kName) {
    o.bind_pattern(name);
    return;
  }
  auto held = ts_node_is_null(type) ? std::nullopt : o.type_chain(type);
  // var and auto say nothing.
  if (held && held->names.size() == 2) {
    const std::string_view word = o.text_of(held->names.front());
    if (word == "var" || word == "auto" || word == "val" || word == "let") held.reset();
  }
  if (!held && !ts_node_is_null(value)) held = o.chain(value);
  if (held && held->start == Chain::Start::kUnknown) held.reset();
  const std::string_view text = o.text(name);
  if (o.at_top_level()) {
    const DefinitionIndex d = o.define_variable(NodeKind::kPlain, text, whole);
    if (held) o.add_value(d, *held);
  } else if (o.scope_kind() == ScopeKind::kClass && held) {
    o.bind_value(text, *held);
  } else if (held) {
    o.bind_value(text, *held);
  } else {
    o.bind_local(text);
  }
}

void set_result(Outliner& o, DefinitionIndex d, TSNode type) {
  if (ts_node_is_null(type)) return;
  if (const auto value = o.type_chain(type)) o.add_value(d, *value);
}

void construct(Outliner& o, TSNode node, const Rule& rule) {
  const TSNode type = Outliner::field(node, rule.field);
  auto target = o.type_chain(type);
  if (!target) return;
  target->names.pop_back();  // the class, not an object of it
  o.add_site(SiteKind::kCall, *target, node,
             rule.other.empty() ? 255 : count_arguments(o, Outliner::field(node, rule.other)));
  o.consume(type);
}

void mention(Outliner& o, TSNode node, const Rule&) {
  if (o.is_consumed(node)) return;
  o.add_name_mention(node);
}

void mention_member(Outliner& o, TSNode node, const Rule&) {
  const MemberRule* member = o.grammar().member[ts_node_symbol(node)];
  const auto target = o.chain(node);
  const bool pure = target && target->start != Chain::Start::kUnknown &&
                    std::ranges::none_of(target->names, [&](Text t) { return o.text_of(t) == kCallStep; });
  if (pure) {
    if (!o.is_consumed(node)) o.add_site(SiteKind::kReference, *target, node);
    o.skip_children();
    return;
  }
  // There is an expression inside; only its last name is known to be no name of its own.
  if (member != nullptr) o.consume(Outliner::field(node, member->name));
}

void branch(Outliner& o, TSNode, const Rule&) { o.add_branch(); }

void branch_on_logic(Outliner& o, TSNode node, const Rule& rule) {
  const std::string_view sign = o.text(Outliner::field(node, rule.field.empty() ? "operator" : rule.field));
  if (sign == "&&" || sign == "||" || sign == "??" || sign == "and" || sign == "or" || sign == "?:") o.add_branch();
}

std::string_view literal(Outliner& o, TSNode node) {
  std::string_view text = o.text(node);
  if (text.size() < 2) return {};
  const char quote = text.front();
  if ((quote != '"' && quote != '\'' && quote != '`') || text.back() != quote) return {};
  text = text.substr(1, text.size() - 2);
  return text.find('\n') == std::string_view::npos && text.size() < 512 ? text : std::string_view{};
}

std::string_view first_literal(Outliner& o, TSNode arguments) {
  if (ts_node_is_null(arguments)) return {};
  TSNode first = ts_node_named_child(arguments, 0);
  for (int depth = 0; depth < 3 && !ts_node_is_null(first); ++depth) {
    if (const std::string_view text = literal(o, first); !text.empty()) return text;
    // Grammars that wrap arguments: argument, value_argument.
    if (Outliner::kind(first).find("argument") == std::string_view::npos) break;
    first = ts_node_named_child(first, 0);
  }
  return {};
}

Chain chain_of(Outliner& o, std::initializer_list<std::string_view> names) {
  Chain c;
  c.start = Chain::Start::kName;
  for (const std::string_view name : names) c.names.push_back(o.intern(name));
  return c;
}

}  // namespace code_graph::parse
