// The second half of Outliner: what was collected is looked up and packed.
#include <algorithm>
#include <tuple>

#include "code_graph/parse/grammar.h"
#include "code_graph/parse/outliner.h"

namespace code_graph::parse {
namespace {

constexpr int kMaxValueDepth = 8;  // x = y; y = z; …

}  // namespace

const Outliner::Binding* Outliner::find(std::uint32_t in_scope, Text name) const {
  const auto key = std::tuple(in_scope, name);
  const auto at =
      std::ranges::lower_bound(bindings_, key, {}, [](const Binding& b) { return std::tuple(b.scope, b.name); });
  return at != bindings_.end() && at->scope == in_scope && at->name == name ? &*at : nullptr;
}

// Several bindings of a name in one scope become one. In a function, a name that is bound to more than one thing is
// nothing known; elsewhere a definition wins (the last, as it would when run), then an import (the first: the others
// are fallbacks).
void Outliner::unify_bindings() {
  std::ranges::stable_sort(bindings_, {}, [](const Binding& b) { return std::tuple(b.scope, b.name); });
  std::vector<Binding> unified;
  unified.reserve(bindings_.size());
  for (const Binding& b : bindings_) {
    if (unified.empty() || unified.back().scope != b.scope || unified.back().name != b.name) {
      unified.push_back(b);
      continue;
    }
    Binding& have = unified.back();
    using Kind = Binding::Kind;
    if (have.kind == Kind::kOuter || b.kind == Kind::kOuter) {
      have.kind = Kind::kOuter;
    } else if (b.kind == Kind::kDefinition) {
      have = b;
    } else if (have.kind == Kind::kDefinition || have.kind == Kind::kImport) {
      // kept
    } else if (b.kind == Kind::kImport) {
      have = b;
    } else {
      have.kind = Kind::kLocal;
    }
  }
  bindings_ = std::move(unified);
}

Reference Outliner::resolve(const Pending& use, int depth) {
  Reference r;
  r.first = use.first;
  r.length = use.length;
  const auto rest = [&](Root root, std::uint32_t index) {
    r.root = root;
    r.index = index;
    ++r.first, --r.length;
    return r;
  };
  switch (use.start) {
    case Chain::Start::kOwnObject:
    case Chain::Start::kBaseObject:
      // super().m is written as a call in some languages.
      if (use.start == Chain::Start::kBaseObject && r.length > 0 && interned_[outline_.names[r.first]] == kCallStep)
        ++r.first, --r.length;
      r.root = use.own_class == kNone                  ? Root::kUnknown
               : use.start == Chain::Start::kOwnObject ? Root::kOwnClass
                                                       : Root::kBaseClass;
      r.index = use.own_class;
      break;
    case Chain::Start::kUnknown:
      r.root = Root::kUnknown;
      break;
    case Chain::Start::kName: {
      const Text name = outline_.names[use.first];
      const LanguageRules& rules = *grammar_.rules;
      for (std::uint32_t s = use.scope; s != kNone; s = scopes_[s].parent) {
        const Scope& here = scopes_[s];
        if (here.kind == ScopeKind::kClass && s != use.scope && !rules.members_in_scope) continue;
        if (const Binding* b = find(s, name); b != nullptr) {
          switch (b->kind) {
            case Binding::Kind::kOuter:
              continue;
            case Binding::Kind::kDefinition:
              return rest(Root::kDefinition, b->index);
            case Binding::Kind::kImport:
              return rest(Root::kImport, b->index);
            case Binding::Kind::kOwnObject:
              return rest(b->index == kNone ? Root::kNothing : Root::kOwnClass, b->index);
            case Binding::Kind::kLocal:
              return rest(Root::kNothing, 0);
            case Binding::Kind::kValue: {
              if (depth == kMaxValueDepth) return rest(Root::kNothing, 0);
              const Pending& value = pending_values_[b->index];
              // A value that begins with its own name means the one further out; there is no telling by place, so
              // nothing.
              Pending outward = value;
              if (value.start == Chain::Start::kName && value.scope == s && outline_.names[value.first] == name) {
                // A member named as its type (Store Store) means the one further out; elsewhere there is no telling.
                if (here.kind != ScopeKind::kClass) return rest(Root::kNothing, 0);
                outward.scope = here.parent;
              }
              Reference whole = resolve(outward, depth + 1);
              if (use.length == 1) return whole;
              const auto first = static_cast<std::uint32_t>(outline_.names.size());
              for (std::uint32_t i = 0; i < whole.length; ++i)
                outline_.names.push_back(Text{outline_.names[whole.first + i]});
              for (std::uint32_t i = 1; i < use.length; ++i)
                outline_.names.push_back(Text{outline_.names[use.first + i]});
              whole.first = first;
              whole.length = static_cast<std::uint16_t>(whole.length + use.length - 1);
              return whole;
            }
          }
        }
        // A class may inherit the name, or define it elsewhere; who knows the other files decides.
        if (rules.members_in_scope && here.kind != ScopeKind::kModule && here.kind != ScopeKind::kNamespace) {
          const Definition& d = outline_.definitions[here.definition];
          if (here.kind == ScopeKind::kClass || d.owner != 0) break;
        }
      }
      r.root = Root::kFree;
      r.index = scopes_[use.scope].definition;
      break;
    }
  }
  if (r.root == Root::kUnknown && r.length > 1) {
    r.first += r.length - 1u;
    r.length = 1;
  }
  return r;
}

bool Outliner::is_worth_keeping(const Site& site) const {
  const Reference& to = site.target;
  if (to.root == Root::kNothing) return false;
  // A mention of an object is none of its class.
  if (site.kind == SiteKind::kReference && to.length > 0 &&
      interned_[outline_.names[to.first + to.length - 1u]] == kCallStep)
    return false;
  if (site.kind != SiteKind::kReference) return to.root != Root::kUnknown || to.length > 0;
  switch (to.root) {
    case Root::kDefinition: {
      const Definition& d = outline_.definitions[to.index];
      if (to.length > 0) return d.type != NodeType::kFunction;
      return to.index != site.from && d.line != site.line;
    }
    case Root::kImport:
      return true;
    case Root::kOwnClass:
      return to.length == 1 && std::ranges::any_of(outline_.members, [&](const Member& m) {
               return m.owner == to.index && m.name == outline_.names[to.first] && m.what == Member::What::kDefinition;
             });
    case Root::kFree: {
      if (!grammar_.rules->free_names || to.length == 0) return false;
      const std::string_view word = interned_[outline_.names[to.first]];
      const char first = word.empty() ? '\0' : word.front();
      return first >= 'A' && first <= 'Z';  // types; other free words are mostly of the language or its library
    }
    default:
      return false;
  }
}

Outline Outliner::finish() {
  unify_bindings();
  for (const PendingReference& p : pending_references_) outline_.references[p.reference] = resolve(p.use, 0);

  // What others may reach by name.
  for (const Binding& b : bindings_) {
    const Scope& s = scopes_[b.scope];
    if (s.kind == ScopeKind::kFunction) continue;
    if (b.kind == Binding::Kind::kDefinition) {
      add_member(s.definition, b.name, Member::What::kDefinition, b.index);
    } else if (b.kind == Binding::Kind::kImport) {
      add_member(s.definition, b.name, Member::What::kImport, b.index);
    } else if (b.kind == Binding::Kind::kValue) {
      outline_.references.push_back(resolve(pending_values_[b.index], 0));
      add_member(s.definition, b.name, Member::What::kValue,
                 static_cast<std::uint32_t>(outline_.references.size() - 1));
    }
  }
  // One answer per name: definitions before imports before values; values that disagree are no answer.
  std::ranges::stable_sort(outline_.members, {}, [](const Member& m) { return std::tuple(m.owner, m.name, m.what); });
  std::vector<Member> members;
  const auto same_value = [&](std::uint32_t a, std::uint32_t b) {
    const Reference& x = outline_.references[a];
    const Reference& y = outline_.references[b];
    return x.root == y.root && x.index == y.index &&
           std::equal(outline_.names.begin() + x.first, outline_.names.begin() + x.first + x.length,
                      outline_.names.begin() + y.first, outline_.names.begin() + y.first + y.length);
  };
  std::size_t i = 0;
  while (i < outline_.members.size()) {
    Member m = outline_.members[i];
    bool agreed = true;
    std::size_t end = i + 1;
    for (; end < outline_.members.size() && outline_.members[end].owner == m.owner &&
           outline_.members[end].name == m.name;
         ++end) {
      const Member& next = outline_.members[end];
      if (m.what == Member::What::kDefinition && next.what == Member::What::kDefinition) m = next;
      if (m.what == Member::What::kValue && !same_value(m.index, next.index)) agreed = false;
    }
    const bool known = m.what != Member::What::kValue || (outline_.references[m.index].root != Root::kNothing &&
                                                          outline_.references[m.index].root != Root::kUnknown);
    if (agreed && known) members.push_back(m);
    i = end;
  }
  outline_.members = std::move(members);

  for (PendingSite& p : pending_sites_) {
    p.site.target = resolve(p.use, 0);
    if (is_worth_keeping(p.site)) {
      outline_.sites.push_back(p.site);
    } else if (p.site.kind == SiteKind::kCall) {
      ++outline_.local_calls;
    }
  }

  for (const PendingRoute& p : pending_routes_) {
    const Reference server = resolve(p.use, 0);
    if (server.root == Root::kDefinition && server.length == 0) outline_.evidence[p.evidence].from = server.index;
  }

  // Keep only names and texts that something still points to.
  std::vector<Text> names;
  const auto keep = [&](auto& reference) {
    const std::uint32_t first = reference.first;
    reference.first = static_cast<std::uint32_t>(names.size());
    for (std::uint32_t n = 0; n < reference.length; ++n) names.push_back(outline_.names[first + n]);
  };
  for (Site& s : outline_.sites) keep(s.target);
  for (Reference& r : outline_.references) keep(r);
  for (ImportBinding& b : outline_.bindings) keep(b);
  outline_.names = std::move(names);

  std::vector<Text> renumbered(interned_.size(), kNone);
  renumbered[0] = 0;
  const auto renumber = [&](Text& t) {
    if (renumbered[t] == kNone) {
      renumbered[t] = static_cast<Text>(outline_.text_count());
      outline_.texts += interned_[t];
      outline_.text_offsets.push_back(static_cast<std::uint32_t>(outline_.texts.size()));
    }
    t = renumbered[t];
  };
  renumber(outline_.package);
  for (Definition& d : outline_.definitions) renumber(d.name), renumber(d.owner);
  for (Member& m : outline_.members) renumber(m.name);
  for (Import& im : outline_.imports) renumber(im.target);
  for (ImportBinding& b : outline_.bindings) renumber(b.module);
  for (Evidence& e : outline_.evidence) renumber(e.what), renumber(e.target);
  for (Text& t : outline_.names) renumber(t);

  outline_.definitions.shrink_to_fit();
  outline_.sites.shrink_to_fit();
  outline_.references.shrink_to_fit();
  outline_.imports.shrink_to_fit();
  outline_.bindings.shrink_to_fit();
  outline_.members.shrink_to_fit();
  outline_.names.shrink_to_fit();
  outline_.texts.shrink_to_fit();
  outline_.text_offsets.shrink_to_fit();
  docs_.shrink_to_fit();
  if (!docs_.empty()) outline_.docs = std::make_shared<const std::string>(std::move(docs_));
  return std::move(outline_);
}

}  // namespace code_graph::parse
