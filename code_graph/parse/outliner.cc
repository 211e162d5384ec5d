#include "code_graph/parse/outliner.h"

#include <algorithm>
#include <tuple>

#include "code_graph/parse/grammar.h"

namespace code_graph::parse {
namespace {

// Nodes nested deeper are left out; the walk is recursive and hostile input must not exhaust the stack.
constexpr int kMaxDepth = 1500;
constexpr int kMaxChainDepth = 48;
constexpr std::size_t kMaxChainNames = 24;
constexpr std::size_t kMaxDocBytes = 2048;

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t h = 0xCBF29CE484222325;  // FNV-1a
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return h ^ (h >> 29);
}

// ".name", "?.name", "name<T>" and "$name" without what is not the name.
std::string_view plain_name(std::string_view text) {
  while (!text.empty() && (text.front() == '.' || text.front() == '?' || text.front() == '!')) text.remove_prefix(1);
  const std::size_t angle = text.find('<');
  return angle == std::string_view::npos || angle == 0 || text.starts_with("operator") ? text : text.substr(0, angle);
}

}  // namespace

std::size_t Outline::memory_bytes() const {
  const auto of = [](const auto& v) { return v.capacity() * sizeof v[0]; };
  return sizeof *this + of(definitions) + of(members) + of(imports) + of(bindings) + of(sites) + of(references) +
         of(names) + of(evidence) + of(entries) + texts.capacity() + of(text_offsets) + (docs ? docs->capacity() : 0);
}

Outliner::Outliner(const Grammar& grammar, std::string_view path, std::string_view source)
    : grammar_(grammar), path_(path), source_(source) {
  outline_.language = grammar.rules->language;
  intern_slots_.assign(1024, kNone);
  interned_.push_back({});
  std::string_view stem = path.substr(path.find_last_of('/') + 1);
  stem = stem.substr(0, stem.find_last_of('.'));
  Definition module;
  module.type = NodeType::kModule;
  module.name = intern(stem);
  outline_.definitions.push_back(module);
  scopes_.push_back({kNone, ScopeKind::kModule, 0, kNone});
}

std::string_view Outliner::text(TSNode node) const {
  if (ts_node_is_null(node)) return {};
  const std::uint32_t from = ts_node_start_byte(node);
  const std::uint32_t end = ts_node_end_byte(node);
  if (from >= source_.size() || end <= from) return {};
  return source_.substr(from, end - from);
}

std::uint32_t Outliner::end_line(TSNode node) {
  const TSPoint end = ts_node_end_point(node);
  const std::uint32_t start = ts_node_start_point(node).row;
  // A node that ends at the start of a line ends with the newline before it.
  return (end.column == 0 && end.row > start ? end.row - 1 : end.row) + 1;
}

TSNode Outliner::field(TSNode node, std::string_view name) {
  if (ts_node_is_null(node)) return {};
  if (name == "<") return ts_node_named_child(node, 0);
  if (name == ">") {
    const std::uint32_t count = ts_node_named_child_count(node);
    return count == 0 ? TSNode{} : ts_node_named_child(node, count - 1);
  }
  return ts_node_child_by_field_name(node, name.data(), static_cast<std::uint32_t>(name.size()));
}

TSNode Outliner::child_of_kind(TSNode node, std::string_view wanted) {
  const std::uint32_t count = ts_node_named_child_count(node);
  for (std::uint32_t i = 0; i < count; ++i) {
    const TSNode child = ts_node_named_child(node, i);
    if (kind(child) == wanted) return child;
  }
  return {};
}

void Outliner::each_named_child(TSNode node, const std::function<void(TSNode)>& visit) {
  if (ts_node_is_null(node)) return;
  TSTreeCursor cursor = ts_tree_cursor_new(node);
  if (ts_tree_cursor_goto_first_child(&cursor)) {
    do {
      const TSNode child = ts_tree_cursor_current_node(&cursor);
      if (ts_node_is_named(child)) visit(child);
    } while (ts_tree_cursor_goto_next_sibling(&cursor));
  }
  ts_tree_cursor_delete(&cursor);
}

Text Outliner::intern(std::string_view wanted) {
  if (wanted.empty()) return 0;
  if (interned_.size() * 2 > intern_slots_.size()) {
    intern_slots_.assign(intern_slots_.size() * 4, kNone);
    for (Text t = 1; t < interned_.size(); ++t) {
      std::size_t at = hash_of(interned_[t]) & (intern_slots_.size() - 1);
      while (intern_slots_[at] != kNone) at = (at + 1) & (intern_slots_.size() - 1);
      intern_slots_[at] = t;
    }
  }
  std::size_t at = hash_of(wanted) & (intern_slots_.size() - 1);
  for (; intern_slots_[at] != kNone; at = (at + 1) & (intern_slots_.size() - 1)) {
    if (interned_[intern_slots_[at]] == wanted) return intern_slots_[at];
  }
  const bool in_source =
      wanted.data() >= source_.data() && wanted.data() + wanted.size() <= source_.data() + source_.size();
  if (!in_source) {
    owned_.push_back(std::make_unique<std::string>(wanted));
    wanted = *owned_.back();
  }
  interned_.push_back(wanted);
  return intern_slots_[at] = static_cast<Text>(interned_.size() - 1);
}

DefinitionIndex Outliner::define_apart(NodeType type, NodeKind node_kind, std::string_view name, TSNode whole) {
  Definition d;
  d.name = intern(name);
  d.parent = current();
  d.type = type;
  d.kind = node_kind;
  d.line = line(whole);
  d.end_line = end_line(whole);
  if (type == NodeType::kFunction) d.complexity = 1;
  outline_.definitions.push_back(d);
  return static_cast<DefinitionIndex>(outline_.definitions.size() - 1);
}

DefinitionIndex Outliner::define(NodeType type, NodeKind node_kind, std::string_view name, TSNode whole) {
  const DefinitionIndex d = define_apart(type, node_kind, name, whole);
  bind(Binding::Kind::kDefinition, outline_.definitions[d].name, d);
  return d;
}

DefinitionIndex Outliner::define_variable(NodeKind node_kind, std::string_view name, TSNode whole) {
  const std::uint64_t key = std::uint64_t{scope_} << 32 | intern(name);
  if (const auto known = variables_.find(key); known != variables_.end()) {
    outline_.definitions[known->second].value = kNone;
    outline_.definitions[known->second].flags |= Definition::kReassigned;
    return known->second;
  }
  const DefinitionIndex d = define(NodeType::kVariable, node_kind, name, whole);
  variables_.emplace(key, d);
  return d;
}

DefinitionIndex Outliner::variable(std::string_view name) {
  const auto known = variables_.find(std::uint64_t{scope_} << 32 | intern(name));
  return known == variables_.end() ? kNone : known->second;
}

DefinitionIndex Outliner::current_class() const {
  for (std::uint32_t s = scope_; s != kNone; s = scopes_[s].parent) {
    if (scopes_[s].kind == ScopeKind::kClass) return scopes_[s].definition;
  }
  return kNone;
}

DefinitionIndex Outliner::class_named(std::string_view name) {
  const Text wanted = intern(name);
  for (auto d = static_cast<DefinitionIndex>(outline_.definitions.size()); d-- > 1;) {
    const Definition& def = outline_.definitions[d];
    if (def.name == wanted &&
        (def.type == NodeType::kClass || def.type == NodeType::kEnum || def.type == NodeType::kInterface))
      return d;
  }
  return kNone;
}

void Outliner::document(DefinitionIndex d, std::string_view doc) {
  while (!doc.empty() && (doc.front() == ' ' || doc.front() == '\n' || doc.front() == '\t' || doc.front() == '\r'))
    doc.remove_prefix(1);
  while (!doc.empty() && (doc.back() == ' ' || doc.back() == '\n' || doc.back() == '\t' || doc.back() == '\r'))
    doc.remove_suffix(1);
  if (doc.size() > kMaxDocBytes) {
    std::size_t end = kMaxDocBytes;
    while (end > 0 && (static_cast<unsigned char>(doc[end]) & 0xC0) == 0x80) --end;  // not inside a character
    doc = doc.substr(0, end);
  }
  Definition& to = outline_.definitions[d];
  to.doc_offset = static_cast<std::uint32_t>(docs_.size());
  to.doc_length = static_cast<std::uint16_t>(doc.size());
  docs_ += doc;
}

void Outliner::add_member(DefinitionIndex owner, Text name, Member::What what, std::uint32_t index) {
  outline_.members.push_back({owner, name, what, index});
}

void Outliner::open_scope(ScopeKind scope_kind, DefinitionIndex d) {
  const DefinitionIndex own = scope_kind == ScopeKind::kClass ? d : scopes_[scope_].own_class;
  scopes_.push_back({scope_, scope_kind, d, own});
  scope_ = static_cast<std::uint32_t>(scopes_.size() - 1);
}

void Outliner::close_scope() { scope_ = scopes_[scope_].parent; }

void Outliner::bind(Binding::Kind binding_kind, Text name, std::uint32_t index) {
  if (name != 0) bindings_.push_back({scope_, name, binding_kind, index});
}
void Outliner::bind_local(std::string_view name) { bind(Binding::Kind::kLocal, intern(name), 0); }
void Outliner::bind_outer(std::string_view name) { bind(Binding::Kind::kOuter, intern(name), 0); }
void Outliner::bind_own_object(std::string_view name) { bind(Binding::Kind::kOwnObject, intern(name), own_class()); }
void Outliner::bind_definition(Text name, DefinitionIndex d) { bind(Binding::Kind::kDefinition, name, d); }
void Outliner::bind_value(std::string_view name, const Chain& value) {
  pending_values_.push_back(pend(value));
  bind(Binding::Kind::kValue, intern(name), static_cast<std::uint32_t>(pending_values_.size() - 1));
}

void Outliner::bind_pattern(TSNode pattern) {
  if (ts_node_is_null(pattern)) return;
  if (grammar_.leaf_of(pattern) == Grammar::kName) {
    bind_local(text(pattern));
    return;
  }
  each_named_child(pattern, [this](TSNode child) {
    const std::string_view k = kind(child);
    // Members and elements that are assigned to bind nothing, and types are not bound.
    if (k.find("member") != std::string_view::npos || k == "attribute" || k == "subscript" || k.find("type") == 0)
      return;
    bind_pattern(child);
  });
}

std::uint32_t Outliner::add_import(std::string_view target, TSNode node, std::uint8_t level, bool star) {
  outline_.imports.push_back({intern(target), line(node), end_line(node), level, star, false});
  return static_cast<std::uint32_t>(outline_.imports.size() - 1);
}

std::uint32_t Outliner::bind_import(std::string_view name, std::uint32_t import, std::string_view module,
                                    const std::vector<std::string_view>& steps) {
  ImportBinding b;
  b.import = import;
  b.module = intern(module);
  b.first = static_cast<std::uint32_t>(outline_.names.size());
  b.length = static_cast<std::uint16_t>(steps.size());
  for (const std::string_view step : steps) outline_.names.push_back(intern(step));
  outline_.bindings.push_back(b);
  const auto index = static_cast<std::uint32_t>(outline_.bindings.size() - 1);
  bind(Binding::Kind::kImport, intern(name), index);
  return index;
}

std::optional<Chain> Outliner::chain(TSNode expression) {
  // Read from the end to the start, so that the names come out backwards.
  Chain result;
  std::vector<Text> backwards;
  TSNode at = expression;
  for (int depth = 0; depth < kMaxChainDepth && !ts_node_is_null(at); ++depth) {
    const TSSymbol symbol = ts_node_symbol(at);
    if (symbol >= grammar_.leaf.size()) break;
    const auto leaf = grammar_.leaf[symbol];
    if (const MemberRule* member = grammar_.member[symbol]; member != nullptr) {
      const TSNode name = field(at, member->name);
      if (ts_node_is_null(name)) break;
      if (member->is_call) backwards.push_back(intern(kCallStep));
      const TSNode object = field(at, member->object);
      const bool alone = ts_node_is_null(object) || ts_node_eq(object, name);
      if (alone && grammar_.leaf_of(name) != Grammar::kName) {
        at = name;  // self.class and the like
        continue;
      }
      backwards.push_back(intern(plain_name(text(name))));
      if (alone) {
        result.start = Chain::Start::kName;
        break;
      }
      at = object;
      continue;
    }
    if (leaf == Grammar::kCall) {
      backwards.push_back(intern(kCallStep));
      const TSNode callee = field(at, grammar_.rules->call_field);
      at = ts_node_is_null(callee) && !grammar_.rules->other_call_field.empty()
               ? field(at, grammar_.rules->other_call_field)
               : callee;
      continue;
    }
    if (leaf == Grammar::kTransparent) {
      at = ts_node_named_child(at, 0);
      continue;
    }
    if (leaf == Grammar::kOwn) {
      result.start = Chain::Start::kOwnObject;
    } else if (leaf == Grammar::kBase) {
      result.start = Chain::Start::kBaseObject;
    } else if (leaf == Grammar::kName) {
      const std::string_view name = text(at);
      if (std::ranges::find(grammar_.rules->own, name) != grammar_.rules->own.end()) {
        result.start = Chain::Start::kOwnObject;
      } else if (std::ranges::find(grammar_.rules->base, name) != grammar_.rules->base.end()) {
        result.start = Chain::Start::kBaseObject;
      } else {
        // Ruby's @name is a member of the own object.
        result.start = name.starts_with('@') ? Chain::Start::kOwnObject : Chain::Start::kName;
        backwards.push_back(intern(name));
      }
    }
    break;
  }
  if (backwards.empty() && result.start == Chain::Start::kUnknown) return std::nullopt;
  // A name that the parser had to make up has no text.
  if (std::ranges::find(backwards, Text{0}) != backwards.end()) return std::nullopt;
  if (backwards.size() > kMaxChainNames) return std::nullopt;
  result.names.assign(backwards.rbegin(), backwards.rend());
  return result;
}

std::optional<Chain> Outliner::type_chain(TSNode type) {
  for (int depth = 0; depth < 8 && !ts_node_is_null(type); ++depth) {
    const TSSymbol symbol = ts_node_symbol(type);
    if (symbol >= grammar_.leaf.size()) return std::nullopt;
    if (grammar_.leaf[symbol] == Grammar::kName || grammar_.member[symbol] != nullptr) {
      auto found = chain(type);
      if (found) found->names.push_back(intern(kCallStep));
      return found;
    }
    const std::string_view k = kind(type);
    for (const std::string_view plural :
         {"array", "union", "function", "tuple", "slice", "map", "list", "intersection", "channel"}) {
      if (k.find(plural) != std::string_view::npos) return std::nullopt;
    }
    type = ts_node_named_child(type, 0);
  }
  return std::nullopt;
}

Outliner::Pending Outliner::pend(const Chain& chain) {
  Pending p;
  p.scope = scope_;
  p.start = chain.start;
  p.first = static_cast<std::uint32_t>(outline_.names.size());
  p.length = static_cast<std::uint16_t>(chain.names.size());
  p.own_class = own_class();
  outline_.names.insert(outline_.names.end(), chain.names.begin(), chain.names.end());
  return p;
}

void Outliner::add_site_from(DefinitionIndex from, SiteKind site_kind, const Chain& target, TSNode at,
                             std::uint8_t arguments) {
  if (target.names.empty() && target.start == Chain::Start::kUnknown) return;
  Site site;
  site.from = from;
  site.line = line(at);
  site.kind = site_kind;
  site.arguments = arguments;
  pending_sites_.push_back({pend(target), site});
}

void Outliner::add_name_mention(TSNode name) {
  Site site;
  site.from = current();
  site.line = line(name);
  site.kind = SiteKind::kReference;
  Pending p;
  p.scope = scope_;
  p.start = Chain::Start::kName;
  p.first = static_cast<std::uint32_t>(outline_.names.size());
  p.length = 1;
  p.own_class = kNone;
  outline_.names.push_back(intern(text(name)));
  if (outline_.names.back() != 0) pending_sites_.push_back({p, site});
}

void Outliner::add_site(SiteKind site_kind, const Chain& target, TSNode at, std::uint8_t arguments) {
  add_site_from(current(), site_kind, target, at, arguments);
}

void Outliner::add_value(DefinitionIndex d, const Chain& value) {
  outline_.references.push_back({});
  const auto index = static_cast<std::uint32_t>(outline_.references.size() - 1);
  pending_references_.push_back({pend(value), index});
  if ((outline_.definitions[d].flags & Definition::kReassigned) == 0) outline_.definitions[d].value = index;
}

void Outliner::add_member_value(DefinitionIndex owner, std::string_view name, const Chain& value) {
  outline_.references.push_back({});
  const auto index = static_cast<std::uint32_t>(outline_.references.size() - 1);
  pending_references_.push_back({pend(value), index});
  add_member(owner, intern(name), Member::What::kValue, index);
}

void Outliner::add_evidence(Evidence::Kind evidence_kind, DefinitionIndex from, TSNode at, std::string_view what,
                            std::string_view target) {
  outline_.evidence.push_back({evidence_kind, from, line(at), intern(what), intern(target)});
}

void Outliner::add_route(TSNode at, std::string_view method, std::string_view path,
                         const std::optional<Chain>& served_by) {
  add_evidence(Evidence::Kind::kRoute, current(), at, method, path);
  if (served_by)
    pending_routes_.push_back({pend(*served_by), static_cast<std::uint32_t>(outline_.evidence.size() - 1)});
}

void Outliner::add_entry(DefinitionIndex d, TSNode at, const char* pattern, int priority, double bonus) {
  outline_.entries.push_back({d, line(at), pattern, static_cast<std::uint8_t>(priority), static_cast<float>(bonus)});
}

void Outliner::add_branch(int count) {
  Definition& d = outline_.definitions[current()];
  if (d.type == NodeType::kFunction) d.complexity = static_cast<std::uint16_t>(std::min(0xFFFF, d.complexity + count));
}

void Outliner::walk(TSNode root) {
  TSTreeCursor cursor = ts_tree_cursor_new(root);
  visit(cursor, 0);
  ts_tree_cursor_delete(&cursor);
}

void Outliner::visit(TSTreeCursor& cursor, int depth) {
  const TSNode node = ts_tree_cursor_current_node(&cursor);
  const TSSymbol symbol = ts_node_symbol(node);
  const std::uint32_t scope_before = scope_;
  if (symbol < grammar_.by_symbol.size() && grammar_.by_symbol[symbol] != nullptr) {
    const Rule& rule = *grammar_.by_symbol[symbol];
    skip_ = false;
    rule.action(*this, node, rule);
    if (skip_) {
      skip_ = false;
      scope_ = scope_before;
      return;
    }
  }
  if (depth == kMaxDepth) {
    outline_.state = ReadState::kTooDeep;
  } else if (ts_tree_cursor_goto_first_child(&cursor)) {
    do visit(cursor, depth + 1);
    while (ts_tree_cursor_goto_next_sibling(&cursor));
    ts_tree_cursor_goto_parent(&cursor);
  }
  scope_ = scope_before;
}

}  // namespace code_graph::parse
