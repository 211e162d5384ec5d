// Collects what a language's rules find in one tree and makes an outline of it. Internal to parse/.
//
// The walk calls a rule's action on each node of its kind, before the node's children. An action may define, bind, open
// a scope (closed when the walk leaves the node), or keep the walk out of the node. Names are looked up at the end,
// when all bindings are known, so a function may be called above its definition.
#pragma once

#include <tree_sitter/api.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "code_graph/parse/outline.h"

namespace code_graph::parse {

struct Grammar;
struct Rule;

enum class ScopeKind : std::uint8_t { kModule, kNamespace, kClass, kFunction };

// A chain of names as written, before anything is looked up: a.b().c is a, b, (), c.
struct Chain {
  enum class Start : std::uint8_t { kName, kOwnObject, kBaseObject, kUnknown };
  Start start = Start::kUnknown;
  std::vector<Text> names;
};

class Outliner {
 public:
  Outliner(const Grammar& grammar, std::string_view path, std::string_view text);

  // The tree.
  [[nodiscard]] const Grammar& grammar() const { return grammar_; }
  [[nodiscard]] Language language() const { return outline_.language; }
  [[nodiscard]] std::string_view path() const { return path_; }
  [[nodiscard]] std::string_view text(TSNode node) const;
  [[nodiscard]] static std::uint32_t line(TSNode node) { return ts_node_start_point(node).row + 1; }
  [[nodiscard]] static std::uint32_t end_line(TSNode node);
  [[nodiscard]] static std::string_view kind(TSNode node) { return ts_node_type(node); }
  // By field; "<" and ">" are the first and the last named child. Null node when there is none.
  [[nodiscard]] static TSNode field(TSNode node, std::string_view name);
  // The first named child of this kind; null node when there is none.
  [[nodiscard]] static TSNode child_of_kind(TSNode node, std::string_view kind);
  static void each_named_child(TSNode node, const std::function<void(TSNode)>& visit);
  [[nodiscard]] Text intern(std::string_view text);
  [[nodiscard]] std::string_view text_of(Text text) const { return interned_[text]; }

  // Definitions. The new one belongs to the current definition and its name is bound in the current scope.
  DefinitionIndex define(NodeType type, NodeKind kind, std::string_view name, TSNode whole);
  // A variable of the module or namespace; the second binding of a name is no second node, and what it holds is unknown
  // then.
  DefinitionIndex define_variable(NodeKind kind, std::string_view name, TSNode whole);
  // The same without binding the name where it stands.
  DefinitionIndex define_apart(NodeType type, NodeKind kind, std::string_view name, TSNode whole);
  // The variable of this name in the current scope, or kNone.
  [[nodiscard]] DefinitionIndex variable(std::string_view name);
  [[nodiscard]] Definition& definition(DefinitionIndex d) { return outline_.definitions[d]; }
  [[nodiscard]] DefinitionIndex current() const { return scopes_[scope_].definition; }
  // The innermost class around, or kNone.
  [[nodiscard]] DefinitionIndex current_class() const;
  void document(DefinitionIndex d, std::string_view text);
  void add_member(DefinitionIndex owner, Text name, Member::What what, std::uint32_t index);

  // Scopes.
  // The class of this name that the file has already defined, or kNone.
  [[nodiscard]] DefinitionIndex class_named(std::string_view name);
  void open_scope(ScopeKind kind, DefinitionIndex definition);
  void close_scope();
  [[nodiscard]] ScopeKind scope_kind() const { return scopes_[scope_].kind; }
  [[nodiscard]] std::uint32_t scope() const { return scope_; }
  [[nodiscard]] bool at_top_level() const {
    return scopes_[scope_].kind == ScopeKind::kModule || scopes_[scope_].kind == ScopeKind::kNamespace;
  }
  // From here on `this` means an object of another class, or nothing known.
  void set_own_class(DefinitionIndex d) { scopes_[scope_].own_class = d; }
  [[nodiscard]] DefinitionIndex own_class() const { return scopes_[scope_].own_class; }

  // Bindings of the current scope.
  void bind_local(std::string_view name);
  void bind_value(std::string_view name, const Chain& value);
  void bind_outer(std::string_view name);       // global, nonlocal: look further out
  void bind_own_object(std::string_view name);  // the receiver's name: self
  void bind_definition(Text name, DefinitionIndex d);
  // All names of a pattern, as locals.
  void bind_pattern(TSNode pattern);

  // Imports.
  std::uint32_t add_import(std::string_view target, TSNode node, std::uint8_t level = 0, bool star = false);
  // `name` may be empty: nothing is bound then, but the binding can be given to add_member.
  std::uint32_t bind_import(std::string_view name, std::uint32_t import, std::string_view module,
                            const std::vector<std::string_view>& steps);
  void set_package(std::string_view package) { outline_.package = intern(package); }
  [[nodiscard]] Outline& outline() { return outline_; }

  // Uses.
  [[nodiscard]] std::optional<Chain> chain(TSNode expression);  // nullopt when there is no name at the end
  [[nodiscard]] std::optional<Chain> type_chain(TSNode type);   // an object of that type: ends with the call step
  void add_site(SiteKind kind, const Chain& target, TSNode at, std::uint8_t arguments = 255);
  void add_name_mention(TSNode name);  // the usual, cheap case of a reference
  void add_site_from(DefinitionIndex from, SiteKind kind, const Chain& target, TSNode at, std::uint8_t arguments = 255);
  void add_value(DefinitionIndex d, const Chain& value);
  void add_member_value(DefinitionIndex owner, std::string_view name, const Chain& value);
  void add_evidence(Evidence::Kind kind, DefinitionIndex from, TSNode at, std::string_view what,
                    std::string_view target);
  // A route whose handler is an expression: its definition serves it if this file has it, else the current definition.
  void add_route(TSNode at, std::string_view method, std::string_view path, const std::optional<Chain>& served_by);
  void add_entry(DefinitionIndex d, TSNode at, const char* pattern, int priority, double bonus);
  // A callee was noted: its names are not mentions as well.
  void consume(TSNode node) { consumed_[consumed_next_++ % std::size(consumed_)] = node.id; }
  [[nodiscard]] bool is_consumed(TSNode node) const {
    return std::find(std::begin(consumed_), std::end(consumed_), node.id) != std::end(consumed_);
  }

  void add_branch(int count = 1);
  void skip_children() { skip_ = true; }

  void walk(TSNode root);
  [[nodiscard]] Outline finish();

 private:
  struct Scope {
    std::uint32_t parent;
    ScopeKind kind;
    DefinitionIndex definition;
    DefinitionIndex own_class;  // what this/self is here; kNone when not known
  };
  struct Binding {
    enum class Kind : std::uint8_t { kOuter, kDefinition, kImport, kValue, kOwnObject, kLocal };
    std::uint32_t scope;
    Text name;
    Kind kind;
    std::uint32_t index;
  };
  // A use whose chain still starts with a name as written.
  struct Pending {
    std::uint32_t scope;
    Chain::Start start;
    std::uint32_t first;
    std::uint16_t length;
    DefinitionIndex own_class;
  };

  void visit(TSTreeCursor& cursor, int depth);
  [[nodiscard]] Pending pend(const Chain& chain);
  [[nodiscard]] Reference resolve(const Pending& use, int depth);
  [[nodiscard]] const Binding* find(std::uint32_t scope, Text name) const;
  void unify_bindings();
  void bind(Binding::Kind kind, Text name, std::uint32_t index);
  [[nodiscard]] bool is_worth_keeping(const Site& site) const;

  const Grammar& grammar_;
  std::string_view path_;
  std::string_view source_;
  Outline outline_;
  std::string docs_;
  std::vector<Scope> scopes_;
  std::uint32_t scope_ = 0;
  std::vector<Binding> bindings_;
  std::vector<Pending> pending_values_;  // what bindings of kind kValue hold
  struct PendingSite {
    Pending use;
    Site site;
  };
  std::vector<PendingSite> pending_sites_;
  struct PendingRoute {
    Pending use;
    std::uint32_t evidence;
  };
  std::vector<PendingRoute> pending_routes_;
  struct PendingReference {
    Pending use;
    std::uint32_t reference;
  };
  std::vector<PendingReference> pending_references_;
  std::unordered_map<std::uint64_t, DefinitionIndex> variables_;  // by scope and name
  std::vector<std::string_view> interned_;
  std::vector<Text> intern_slots_;
  std::vector<std::unique_ptr<std::string>> owned_;  // interned texts that are not part of the source
  const void* consumed_[8] = {};  // the last few are enough: they are asked for while walking the same expression
  std::size_t consumed_next_ = 0;
  bool skip_ = false;
};

}  // namespace code_graph::parse
