// A language as the walk sees it: which kinds of nodes mean what. Internal to parse/.
#pragma once

#include <tree_sitter/api.h>

#include <span>
#include <string_view>
#include <vector>

#include "code_graph/parse/outliner.h"

namespace code_graph::parse {

using Action = void (*)(Outliner&, TSNode, const Rule&);

// What to do on nodes of one kind. The meaning of the two fields is the action's: see actions.h.
struct Rule {
  std::string_view kind;
  Action action = nullptr;
  std::string_view field = {};
  std::string_view other = {};
  NodeType type = NodeType::kFunction;
  NodeKind node_kind = NodeKind::kPlain;
};

// How an expression is read as a chain of names. Fields may be "<" and ">": the first and the last named child.
struct MemberRule {
  std::string_view kind;    // attribute, member_expression …
  std::string_view object;  // fields; without an object it is a name in scope
  std::string_view name;
  bool is_call = false;  // a call that names its method itself: method_invocation
};

// One per language (TypeScript has two): a constant in languages/.
struct LanguageRules {
  Language language = Language::kNone;
  const TSLanguage* (*grammar)() = nullptr;
  std::span<const Rule> rules;
  std::span<const Rule> more_rules = {};         // a dialect's own; they win
  std::span<const std::string_view> names = {};  // kinds of leaves that are names
  std::span<const MemberRule> members = {};
  std::span<const std::string_view> own = {};   // kinds (or names) of this/self
  std::span<const std::string_view> base = {};  // kinds (or names) of super/base/parent
  std::span<const std::string_view> transparent =
      {};  // kinds whose only named child counts: parentheses, await, casts, pointers
  std::span<const std::string_view> calls = {};  // kinds of calls inside chains: a().b
  std::string_view call_field = "function";      // of those: what is called
  std::string_view other_call_field = {};        // where that is called something else: new_expression's constructor
  bool members_in_scope = false;                 // inside a class its members are in scope without this.
  bool free_names = false;  // names the file does not bind may be found in the package; else they are dropped
};

// LanguageRules with kinds turned into the grammar's numbers. Made once per process.
struct Grammar {
  enum Leaf : std::uint8_t { kOther, kName, kOwn, kBase, kTransparent, kCall };
  const LanguageRules* rules = nullptr;
  const TSLanguage* language = nullptr;
  std::vector<const Rule*> by_symbol = {};
  std::vector<Leaf> leaf = {};
  std::vector<const MemberRule*> member = {};

  // Nodes that stand for errors have numbers beyond the grammar's.
  [[nodiscard]] Leaf leaf_of(TSNode node) const {
    const TSSymbol symbol = ts_node_symbol(node);
    return symbol < leaf.size() ? leaf[symbol] : kOther;
  }
};

// The grammar for a file; null when there is none.
[[nodiscard]] const Grammar* grammar_for(Language language, std::string_view path);

}  // namespace code_graph::parse
