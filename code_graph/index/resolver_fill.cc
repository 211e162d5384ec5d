// The second half of Resolver: what was followed becomes nodes and edges.
#include <algorithm>
#include <cmath>
#include <tuple>

#include "code_graph/index/resolver.h"

namespace code_graph::index {
namespace {

using graph::Edge;
using graph::EdgeType;
using graph::Language;
using graph::NodeIndex;
using graph::NodeType;
using graph::Resolution;
using parse::Root;
using Kind = Value::Kind;

struct Found {
  Resolution resolution;
  std::uint8_t percent;
};

// How sure an edge is, by the way it was found.
Found judge(const parse::Reference& r, const Value& v) {
  Found found{Resolution::kMember, 95};
  switch (r.root) {
    case Root::kDefinition:
      found = r.length == 0 ? Found{Resolution::kScope, 100} : Found{Resolution::kMember, 95};
      break;
    case Root::kImport:
      found = r.length <= 1 ? Found{Resolution::kImport, 100} : Found{Resolution::kMember, 95};
      break;
    case Root::kOwnClass:
      found = r.length <= 1 ? Found{Resolution::kOwnClass, 100} : Found{Resolution::kMember, 90};
      break;
    case Root::kBaseClass:
      found = {Resolution::kBaseClass, 95};
      break;
    case Root::kFree:
      found = {Resolution::kPackage, 95};
      break;
    default:
      break;
  }
  if (v.inherited && r.root == Root::kOwnClass && r.length <= 1) found = {Resolution::kBaseClass, 95};
  if (v.guessed) found.percent = 70;
  return found;
}

}  // namespace

NodeIndex Resolver::node(Value v) const {
  if (v.kind == Kind::kModule) return node(v.file, 0);
  if (v.kind == Kind::kDefinition) return node(v.file, v.index);
  return graph::kNoIndex;
}

NodeIndex Resolver::node_around(std::uint32_t file, DefinitionIndex d) const {
  const auto& definitions = files_[file]->outline.definitions;
  while (node(file, d) == graph::kNoIndex) d = definitions[d].parent;
  return node(file, d);
}

void Resolver::add_nodes(graph::SnapshotBuilder& builder) {
  first_node_.reserve(files_.size());
  import_nodes_.resize(files_.size());
  std::uint32_t total = 0;
  for (const IndexedFile* f : files_) {
    first_node_.push_back(total);
    total += static_cast<std::uint32_t>(f->outline.definitions.size());
  }
  nodes_.assign(total, graph::kNoIndex);
  std::vector<std::tuple<std::uint32_t, DefinitionIndex>>
      apart;  // members that stand outside of their class, added last
  std::vector<graph::FileIndex> file_numbers;
  const auto add = [&](std::uint32_t f, DefinitionIndex d, NodeIndex parent) {
    const IndexedFile& file = *files_[f];
    const parse::Definition& def = file.outline.definitions[d];
    nodes_[first_node_[f] + d] = builder.add_node({.type = def.type,
                                                   .kind = def.kind,
                                                   .file = file_numbers[f],
                                                   .parent = parent,
                                                   .name = file.outline.text(def.name),
                                                   .line = def.line,
                                                   .end_line = def.end_line,
                                                   .complexity = def.complexity,
                                                   .doc_offset = def.doc_offset,
                                                   .doc_length = def.doc_length});
  };
  for (std::uint32_t f = 0; f < files_.size(); ++f) {
    const IndexedFile& file = *files_[f];
    const parse::Outline& o = file.outline;
    file_numbers.push_back(
        builder.add_file({.path = file.path, .language = o.language, .lines = o.lines, .text = o.docs}));
    for (DefinitionIndex d = 0; d < o.definitions.size(); ++d) {
      if (o.definitions[d].flags & parse::Definition::kDeclared) continue;
      if (o.definitions[d].owner != 0) {
        apart.emplace_back(f, d);
        continue;
      }
      DefinitionIndex parent = o.definitions[d].parent;
      while (parent != parse::kNone && node(f, parent) == graph::kNoIndex && o.definitions[parent].owner == 0)
        parent = o.definitions[parent].parent;
      // A definition inside of a member that stands apart waits for it.
      if (parent != parse::kNone && node(f, parent) == graph::kNoIndex) {
        apart.emplace_back(f, d);
        continue;
      }
      add(f, d, parent == parse::kNone ? graph::kNoIndex : node(f, parent));
    }
    for (const parse::Import& im : o.imports) {
      import_nodes_[f].push_back(builder.add_node({.type = NodeType::kImport,
                                                   .file = file_numbers[f],
                                                   .parent = node(f, 0),
                                                   .name = o.text(im.target),
                                                   .line = im.line,
                                                   .end_line = im.end_line}));
    }
  }
  for (const auto& [f, d] : apart) {
    const IndexedFile& file = *files_[f];
    const parse::Definition& def = file.outline.definitions[d];
    NodeIndex parent = graph::kNoIndex;
    if (def.owner != 0) {
      if (!file.qualified.empty()) {
        const std::string_view whole = words_.text(file.qualified[d]);
        const std::string_view owner = whole.substr(0, whole.find_last_of('.'));
        const std::size_t dot = owner.find_last_of(".:");
        const Word around = words_.find(owner.substr(0, owner[dot] == ':' ? dot + 1 : dot));
        const Word last = words_.find(owner.substr(dot + 1));
        if (around != kNoWord && last != kNoWord) {
          const Value cls = package_member(around, last, f);
          if (is_class(cls)) parent = node(cls);
        }
      } else {
        const Value cls = member(f, 0, file.word(def.owner), 0);
        if (cls.kind == Kind::kDefinition && cls.file == f) parent = node(cls);
      }
    }
    if (parent == graph::kNoIndex) parent = node_around(f, def.parent);
    add(f, d, parent);
  }
}

void Resolver::add_imports(graph::SnapshotBuilder& builder) {
  for (std::uint32_t f = 0; f < files_.size(); ++f) {
    const parse::Outline& o = files_[f]->outline;
    std::vector<bool> inside(o.imports.size());
    const auto link = [&](std::uint32_t import, Value target) {
      const NodeIndex to = node(target);
      if (to == graph::kNoIndex || to == node(f, 0)) return;
      inside[import] = true;
      builder.add_edge({node(f, 0), to, o.imports[import].line, EdgeType::kImports, Resolution::kImport, 100});
    };
    for (std::uint32_t b = 0; b < o.bindings.size(); ++b) {
      const parse::ImportBinding& binding = o.bindings[b];
      link(binding.import, import_target(f, b, 0));
      if (binding.length > 0) link(binding.import, imported(f, b, 0));
    }
    for (std::uint32_t i = 0; i < o.imports.size(); ++i) {
      // What is written may lie deeper than what is bound: import a.b binds a.
      const std::string_view target = o.text(o.imports[i].target);
      const std::uint32_t file =
          modules_.find(o.language, files_[f]->path, target.substr(o.imports[i].level), o.imports[i].level);
      if (file != kNoFile) link(i, {.kind = Kind::kModule, .file = file});
      if (!inside[i]) {
        builder.add_edge(
            {node(f, 0), import_nodes_[f][i], o.imports[i].line, EdgeType::kImports, Resolution::kSyntax, 100});
      }
    }
  }
}

void Resolver::add_uses(graph::SnapshotBuilder& builder) {
  graph::CallCounts counts;
  for (std::uint32_t f = 0; f < files_.size(); ++f) {
    const IndexedFile& file = *files_[f];
    const parse::Outline& o = file.outline;
    counts.seen += o.local_calls;
    counts.unresolved += o.local_calls;
    for (const parse::Site& site : o.sites) {
      Value target = follow(f, site.target, 0);
      const NodeIndex from = node_around(f, site.from);
      if (site.kind == parse::SiteKind::kInherits || site.kind == parse::SiteKind::kImplements) {
        target = held(target, 0);
        if (!is_class(target)) continue;
        const bool interface =
            definition(target).type == NodeType::kInterface &&
            definition({.kind = Kind::kDefinition, .file = f, .index = site.from}).type != NodeType::kInterface;
        const EdgeType type =
            site.kind == parse::SiteKind::kImplements || interface ? EdgeType::kImplements : EdgeType::kInherits;
        const Found found = judge(site.target, target);
        if (node(target) != from)
          builder.add_edge({from, node(target), site.line, type, found.resolution, found.percent});
        continue;
      }
      if (site.kind == parse::SiteKind::kReference) {
        if (target.kind != Kind::kDefinition) continue;
        const NodeType type = definition(target).type;
        if (type == NodeType::kNamespace || type == NodeType::kImport || type == NodeType::kModule) continue;
        const NodeIndex to = node(target);
        if (to == graph::kNoIndex || to == from) continue;
        const Found found = judge(site.target, target);
        builder.add_edge({from, to, site.line, EdgeType::kReferences, found.resolution, found.percent});
        continue;
      }

      ++counts.seen;
      const Value direct = target;
      if (target.kind == Kind::kModule) target = module_member(target.file, module_value_, 0);
      target = held(target, 0);
      if (target.kind == Kind::kDefinition && definition(target).type == NodeType::kFunction)
        target = overload(target, site.arguments);
      target.inherited = target.inherited || direct.inherited;
      const NodeIndex to = target.kind == Kind::kDefinition ? node(target) : graph::kNoIndex;
      const bool callable =
          to != graph::kNoIndex && (is_class(target) || definition(target).type == NodeType::kFunction);
      if (callable) {
        ++counts.resolved;
        const Found found = judge(site.target, target);
        builder.add_edge({from, to, site.line, EdgeType::kCalls, found.resolution, found.percent});
        continue;
      }
      if (target.kind == Kind::kExternal || direct.kind == Kind::kExternal) {
        ++counts.external;
        // A function of a foreign library: lib.add() where lib = ctypes.CDLL(...), or C.add() in Go.
        const parse::Reference* origin = &site.target;
        if (origin->root == Root::kDefinition && origin->length > 0) {
          const std::uint32_t value = o.definitions[origin->index].value;
          if (value != parse::kNone) origin = &o.references[value];
        }
        if (origin->root == Root::kImport && origin->length > 0 && site.target.length > 0) {
          const std::string_view last = o.text(o.names[site.target.first + site.target.length - 1u]);
          const std::string_view first = o.text(o.names[origin->first]);
          const bool c = o.language == Language::kGo && o.text(o.bindings[origin->index].module) == "C";
          if (c || first == "CDLL" || first == "cdll" || first == "PyDLL") {
            foreign_uses_.push_back({from, site.line, words_.add(last), c ? "cgo" : "ctypes"});
          }
        }
        continue;
      }
      ++counts.unresolved;
      const bool bare = site.target.root == Root::kFree && site.target.length == 1;
      const bool attribute = (site.target.root == Root::kUnknown || site.target.root == Root::kFree ||
                              site.target.root == Root::kOwnClass) &&
                             site.target.length > 0;
      if (bare || attribute) {
        const Word name = file.word(o.names[site.target.first + site.target.length - 1u]);
        unresolved_.push_back({from, site.line, name, bare, o.language});
      }
    }
    for (const parse::EntryMark& e : o.entries) {
      builder.add_entry_point(node_around(f, e.definition), e.line, e.pattern, e.priority,
                              static_cast<double>(std::lround(e.bonus * 10)) / 10.0);
    }
  }
  builder.set_call_counts(counts);
}

// The only definition of a name: right for about one bare call in six, somewhat more often for methods.
void Resolver::add_candidates(graph::SnapshotBuilder& builder) {
  std::unordered_map<std::uint64_t, NodeIndex> only;  // by language and name; kNoIndex for several
  for (std::uint32_t f = 0; f < files_.size(); ++f) {
    const IndexedFile& file = *files_[f];
    for (DefinitionIndex d = 1; d < file.outline.definitions.size(); ++d) {
      const parse::Definition& def = file.outline.definitions[d];
      if (def.type != NodeType::kFunction || node(f, d) == graph::kNoIndex) continue;
      const std::uint64_t key = std::uint64_t(file.outline.language) << 32 | file.word(def.name);
      const auto [at, fresh] = only.emplace(key, node(f, d));
      if (!fresh) at->second = graph::kNoIndex;
    }
  }
  for (const Unresolved& u : unresolved_) {
    const auto at = only.find(std::uint64_t(u.language) << 32 | u.name);
    if (at == only.end() || at->second == graph::kNoIndex || words_.text(u.name).size() < 4) continue;
    builder.add_candidate({u.from, at->second, u.line, EdgeType::kCalls, Resolution::kUniqueName,
                           static_cast<std::uint8_t>(u.bare ? 15 : 40)});
  }
}

void Resolver::fill(graph::SnapshotBuilder& builder) {
  add_nodes(builder);
  add_imports(builder);
  add_uses(builder);
  add_candidates(builder);
  add_seams(builder);
}

}  // namespace code_graph::index
