// Follows names across files: from the references of outlines to definitions, and from those to the edges of a graph.
//
// Answers come only from scopes, imports (re-exports followed), packages and include closures, own and base classes,
// and values whose class is written down. A name that merely occurs once in the tree is kept apart as a candidate.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "code_graph/graph/builder.h"
#include "code_graph/index/indexed_file.h"
#include "code_graph/index/modules.h"

namespace code_graph::index {

// Two numbers as the key of a table.
[[nodiscard]] constexpr std::uint64_t pair_key(std::uint32_t a, std::uint32_t b) { return std::uint64_t{a} << 32 | b; }

// What a reference means.
struct Value {
  enum class Kind : std::uint8_t {
    kNone,        // not known
    kExternal,    // known to be outside of the tree
    kModule,      // a file
    kDefinition,  // a class, function or variable
    kObject,      // an object of the class
    kPackage,
  };
  Kind kind = Kind::kNone;
  bool inherited = false;  // found in a base class
  bool guessed = false;    // one of several overloads that fit alike
  std::uint32_t file = 0;
  std::uint32_t index = 0;  // of the definition; of a package its word
};

class Resolver {
 public:
  // The files must be in the order of their paths and outlive the resolver; `words` may grow.
  Resolver(const std::vector<const IndexedFile*>& files, const std::vector<Manifest>& manifests, Words& words);

  // Adds files, nodes and edges of everything to the builder.
  void fill(graph::SnapshotBuilder& builder);

 private:
  using DefinitionIndex = parse::DefinitionIndex;
  struct Place {
    std::uint32_t file;
    DefinitionIndex definition;
  };

  // Following names.
  [[nodiscard]] Value follow(std::uint32_t file, const parse::Reference& reference, int depth);
  [[nodiscard]] Value start(std::uint32_t file, const parse::Reference& reference, int depth, std::uint32_t& taken);
  [[nodiscard]] Value step(Value at, Word name, std::uint32_t from_file, int depth);
  [[nodiscard]] Value member(std::uint32_t file, DefinitionIndex owner, Word name, int depth);
  [[nodiscard]] Value class_member(std::uint32_t file, DefinitionIndex cls, Word name, int depth,
                                   bool skip_own = false);
  [[nodiscard]] Value module_member(std::uint32_t file, Word name, int depth);
  [[nodiscard]] Value free_name(std::uint32_t file, DefinitionIndex from, Word name, int depth);
  [[nodiscard]] Value imported(std::uint32_t file, std::uint32_t binding, int depth);
  [[nodiscard]] Value import_target(std::uint32_t file, std::uint32_t binding, int depth);
  [[nodiscard]] Value package_path(std::string_view prefix, std::string_view path, std::uint32_t from_file);
  [[nodiscard]] Value package_member(Word package, Word name, std::uint32_t from_file);
  // What a variable holds; anything else as it is.
  [[nodiscard]] Value held(Value at, int depth);
  [[nodiscard]] Value overload(Value function, std::uint8_t arguments) const;
  [[nodiscard]] const std::vector<Value>& bases(std::uint32_t file, DefinitionIndex cls, int depth);
  [[nodiscard]] bool is_visible(std::uint32_t from_file, std::uint32_t file);
  [[nodiscard]] const parse::Definition& definition(Value v) const {
    return files_[v.file]->outline.definitions[v.index];
  }
  [[nodiscard]] bool is_class(Value v) const;

  // Filling.
  void add_nodes(graph::SnapshotBuilder& builder);
  void add_imports(graph::SnapshotBuilder& builder);
  void add_uses(graph::SnapshotBuilder& builder);
  void add_candidates(graph::SnapshotBuilder& builder);
  void add_seams(graph::SnapshotBuilder& builder);
  [[nodiscard]] graph::NodeIndex node(Value v) const;
  [[nodiscard]] graph::NodeIndex node(std::uint32_t file, DefinitionIndex d) const {
    return nodes_[first_node_[file] + d];
  }
  // The nearest definition around that has a node.
  [[nodiscard]] graph::NodeIndex node_around(std::uint32_t file, DefinitionIndex d) const;
  [[nodiscard]] DefinitionIndex class_around(std::uint32_t file, DefinitionIndex d) const;

  const std::vector<const IndexedFile*>& files_;
  Words& words_;
  std::vector<std::string_view> paths_;
  Modules modules_;
  const Word call_step_;
  const Word module_value_;

  std::unordered_map<std::uint64_t, std::vector<Place>> package_members_;  // by (package or class, name)
  std::unordered_map<Word, bool> packages_;                                // and all their prefixes
  std::vector<std::vector<Value>> imported_;                               // memo by file and binding
  std::vector<std::vector<std::uint8_t>> imported_state_;                  // 0 not asked, 1 being asked, 2 known
  std::unordered_map<std::uint64_t, std::vector<Value>> bases_;            // memo by file and class
  std::unordered_map<std::uint64_t, bool> asking_bases_;
  std::vector<std::uint32_t> visible_;  // marks of the include closure of visible_from_
  std::uint32_t visible_from_ = kNoFile;
  std::uint32_t visible_epoch_ = 0;
  std::vector<std::vector<std::uint32_t>> includes_;  // resolved, by file

  std::vector<graph::NodeIndex> nodes_;
  std::vector<std::uint32_t> first_node_;
  std::vector<std::vector<graph::NodeIndex>> import_nodes_;
  struct Unresolved {
    graph::NodeIndex from;
    std::uint32_t line;
    Word name;
    bool bare;
    graph::Language language;
  };
  std::vector<Unresolved> unresolved_;
  struct ForeignUse {
    graph::NodeIndex from;
    std::uint32_t line;
    Word symbol;
    const char* mechanism;
  };
  std::vector<ForeignUse> foreign_uses_;
};

}  // namespace code_graph::index
