// An immutable state of the whole graph, shared by all readers until the last of them lets go of it.
//
// Nodes are numbered in the byte order of their ids, so "by id" is "by number" everywhere. Edges are kept once, sorted
// by (source, target, type, line), with an index for each direction. Everything that a query would have to count is
// counted when the snapshot is built: degrees, the order of prominence, categories, the text of the statistics. Made by
// SnapshotBuilder; safe to read from any number of threads.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "code_graph/graph/kinds.h"
#include "code_graph/graph/names.h"

namespace code_graph::graph {

using NodeIndex = std::uint32_t;
using EdgeIndex = std::uint32_t;
using FileIndex = std::uint32_t;
inline constexpr std::uint32_t kNoIndex = ~std::uint32_t{0};

struct Edge {
  NodeIndex source = 0;
  NodeIndex target = 0;
  std::uint32_t line = 0;  // where in the source's file; 0 where the edge is nowhere in particular
  EdgeType type = EdgeType::kContains;
  Resolution resolution = Resolution::kSyntax;
  std::uint8_t confidence_percent = 100;

  friend bool operator==(const Edge&, const Edge&) = default;
};

struct File {
  std::string path;  // relative to the project root, with '/'
  Language language = Language::kNone;
  bool is_test = false;  // by its path: see is_test_path()
  std::uint32_t lines = 0;
  NodeIndex module = kNoIndex;
  std::shared_ptr<const std::string> text = {};  // what docstrings of its nodes point into; may be null
};

// Why an edge of type seam is believed, and where.
struct SeamEvidence {
  EdgeIndex edge = 0;
  std::string mechanism;  // "http", "process", "ffi", "import"
  std::string evidence;   // what the two ends say: "GET /api/users/{}"
};

// A place where the program is entered, with the best pattern that fitted it.
struct EntryPoint {
  NodeIndex node = 0;
  std::uint32_t line = 0;
  double score = 0;  // 1 + bonus + priority/10 - min(complexity/100, 0.5)
  std::string pattern;
  std::vector<std::string> other_patterns;
};

// What became of the calls that were seen; they are counted, not kept, when their target is not in the tree.
struct CallCounts {
  std::uint64_t seen = 0;
  std::uint64_t resolved = 0;
  std::uint64_t external = 0;    // the target is known to be outside the tree
  std::uint64_t unresolved = 0;  // could not be told
};

class Snapshot {
 public:
  // The number of this state: greater than that of every earlier one of the same owner.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  // When it was made: UTC, RFC 3339, ends in Z.
  [[nodiscard]] const std::string& indexed_at() const { return indexed_at_; }

  [[nodiscard]] NodeIndex node_count() const { return static_cast<NodeIndex>(types_.size()); }
  [[nodiscard]] EdgeIndex edge_count() const { return static_cast<EdgeIndex>(edges_.size()); }
  [[nodiscard]] const std::vector<File>& files() const { return files_; }  // in the order of paths followed by ':'
  [[nodiscard]] std::optional<NodeIndex> find(std::string_view id) const;

  // Of one node. Views stay valid as long as the snapshot.
  [[nodiscard]] std::string_view id(NodeIndex n) const { return view(id_arena_, id_offsets_, n); }
  [[nodiscard]] std::string_view name(NodeIndex n) const { return names_.text(node_names_[n]); }
  [[nodiscard]] NameIndex name_index(NodeIndex n) const { return node_names_[n]; }
  [[nodiscard]] NodeType type(NodeIndex n) const { return types_[n]; }
  [[nodiscard]] NodeKind kind(NodeIndex n) const { return kinds_[n]; }
  [[nodiscard]] FileIndex file_index(NodeIndex n) const { return node_files_[n]; }
  [[nodiscard]] const File& file(NodeIndex n) const { return files_[node_files_[n]]; }
  [[nodiscard]] Language language(NodeIndex n) const { return files_[node_files_[n]].language; }
  [[nodiscard]] std::uint32_t line(NodeIndex n) const { return lines_[n]; }          // 1-based
  [[nodiscard]] std::uint32_t end_line(NodeIndex n) const { return end_lines_[n]; }  // 1-based, inclusive
  [[nodiscard]] std::uint32_t complexity(NodeIndex n) const { return complexities_[n]; }
  [[nodiscard]] NodeIndex parent(NodeIndex n) const { return parents_[n]; }  // kNoIndex for modules
  [[nodiscard]] std::string_view docstring(NodeIndex n) const;               // empty when there is none
  // "Class.method": the names from the outermost parent below the file.
  [[nodiscard]] std::string qualified_name(NodeIndex n) const;
  void append_qualified_name(std::string& out, NodeIndex n) const;

  // Degrees leave `contains` out.
  [[nodiscard]] std::uint32_t in_degree(NodeIndex n) const { return in_degrees_[n]; }
  [[nodiscard]] std::uint32_t out_degree(NodeIndex n) const { return out_degrees_[n]; }
  [[nodiscard]] std::uint32_t degree(NodeIndex n) const { return in_degrees_[n] + out_degrees_[n]; }

  [[nodiscard]] const std::vector<Edge>& edges() const { return edges_; }
  [[nodiscard]] const Edge& edge(EdgeIndex e) const { return edges_[e]; }
  // Sorted by (target, type, line). The number of an edge is its place in edges().
  [[nodiscard]] std::span<const Edge> out_edges(NodeIndex n) const {
    return std::span(edges_).subspan(out_offsets_[n], out_offsets_[n + 1] - out_offsets_[n]);
  }
  // Edge numbers, in the order of (source, type, line).
  [[nodiscard]] std::span<const EdgeIndex> in_edges(NodeIndex n) const {
    return std::span(in_edges_).subspan(in_offsets_[n], in_offsets_[n + 1] - in_offsets_[n]);
  }
  // "calls:<source id>:<target id>:<line>"; contains and imports have the source's path and the target's id.
  void append_edge_id(std::string& out, const Edge& edge) const;

  [[nodiscard]] const NameTable& names() const { return names_; }
  // The nodes of one name, most prominent first.
  [[nodiscard]] std::span<const NodeIndex> named(NameIndex name) const {
    return std::span(by_name_).subspan(by_name_offsets_[name], by_name_offsets_[name + 1] - by_name_offsets_[name]);
  }
  // Every node by degree, greatest first, then by id; and the place of a node in that order.
  [[nodiscard]] const std::vector<NodeIndex>& by_prominence() const { return by_prominence_; }
  [[nodiscard]] std::uint32_t prominence(NodeIndex n) const { return prominences_[n]; }

  // Categories, of functions, classes and modules only, each in the order of prominence.
  [[nodiscard]] const std::vector<NodeIndex>& roots() const { return roots_; }    // in-degree 0, out-degree at least 1
  [[nodiscard]] const std::vector<NodeIndex>& leaves() const { return leaves_; }  // out-degree 0, in-degree at least 1
  [[nodiscard]] const std::vector<NodeIndex>& hubs() const { return hubs_; }      // the top quarter, at least one

  [[nodiscard]] const std::vector<EntryPoint>& entry_points() const { return entry_points_; }  // by score, then id
  [[nodiscard]] const std::vector<SeamEvidence>& seams() const { return seams_; }              // by edge number
  [[nodiscard]] const SeamEvidence* seam_evidence(EdgeIndex e) const;
  // Guesses that are no part of the graph: edges to the only definition of a name. Sorted like edges().
  [[nodiscard]] const std::vector<Edge>& candidate_edges() const { return candidates_; }
  [[nodiscard]] const CallCounts& call_counts() const { return call_counts_; }

  // Counters.
  [[nodiscard]] std::uint32_t count(NodeType type) const { return type_counts_[static_cast<std::size_t>(type)]; }
  [[nodiscard]] std::uint32_t count(EdgeType type) const { return edge_counts_[static_cast<std::size_t>(type)]; }
  [[nodiscard]] std::uint32_t count(Language language) const {
    return language_counts_[static_cast<std::size_t>(language)];
  }
  [[nodiscard]] std::uint32_t count(Language language, NodeType type) const {
    return counts_[static_cast<std::size_t>(language)][static_cast<std::size_t>(type)];
  }
  // Functions with complexity up to 5, 10, 20 and above.
  [[nodiscard]] const std::array<std::uint32_t, 4>& complexity_buckets() const { return complexity_buckets_; }
  // The ten most complex functions, ties by id.
  [[nodiscard]] const std::vector<NodeIndex>& most_complex() const { return most_complex_; }
  // Members of the statistics reply, without the braces: what does not change from one request to the next.
  [[nodiscard]] const std::string& stats_members() const { return stats_members_; }

  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  friend class SnapshotBuilder;
  [[nodiscard]] static std::string_view view(const std::string& arena, const std::vector<std::uint32_t>& offsets,
                                             std::uint32_t i) {
    return std::string_view(arena).substr(offsets[i], offsets[i + 1] - offsets[i]);
  }

  std::uint64_t generation_ = 0;
  std::string indexed_at_;
  std::vector<File> files_;
  NameTable names_;

  std::string id_arena_;
  std::vector<std::uint32_t> id_offsets_{0};
  std::vector<NameIndex> node_names_;
  std::vector<FileIndex> node_files_;
  std::vector<std::uint32_t> lines_;
  std::vector<std::uint32_t> end_lines_;
  std::vector<NodeIndex> parents_;
  std::vector<std::uint32_t> doc_offsets_;
  std::vector<std::uint16_t> doc_lengths_;
  std::vector<std::uint16_t> complexities_;
  std::vector<NodeType> types_;
  std::vector<NodeKind> kinds_;

  std::vector<Edge> edges_;
  std::vector<EdgeIndex> in_edges_;
  std::vector<std::uint32_t> out_offsets_{0};
  std::vector<std::uint32_t> in_offsets_{0};
  std::vector<std::uint32_t> in_degrees_;
  std::vector<std::uint32_t> out_degrees_;

  std::vector<NodeIndex> by_prominence_;
  std::vector<std::uint32_t> prominences_;
  std::vector<NodeIndex> by_name_;
  std::vector<std::uint32_t> by_name_offsets_{0};
  std::vector<NodeIndex> roots_;
  std::vector<NodeIndex> leaves_;
  std::vector<NodeIndex> hubs_;
  std::vector<EntryPoint> entry_points_;
  std::vector<SeamEvidence> seams_;
  std::vector<Edge> candidates_;
  CallCounts call_counts_;

  std::array<std::uint32_t, kNodeTypeCount> type_counts_{};
  std::array<std::uint32_t, kEdgeTypeCount> edge_counts_{};
  std::array<std::uint32_t, kLanguageCount> language_counts_{};
  std::array<std::array<std::uint32_t, kNodeTypeCount>, kLanguageCount> counts_{};
  std::array<std::uint32_t, 4> complexity_buckets_{};
  std::vector<NodeIndex> most_complex_;
  std::string stats_members_;
};

// Tests, by convention of path and base name.
[[nodiscard]] bool is_test_path(std::string_view path);

}  // namespace code_graph::graph
