// Collects files, nodes and edges in any order and makes a snapshot of them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "code_graph/graph/snapshot.h"

namespace code_graph::graph {

// What a node is made of. Numbers of files and parents are those that the builder gave.
struct NodeSpec {
  NodeType type = NodeType::kFunction;
  NodeKind kind = NodeKind::kPlain;
  FileIndex file = 0;
  NodeIndex parent = kNoIndex;
  std::string_view name = {};  // must stay valid until build()
  std::uint32_t line = 1;
  std::uint32_t end_line = 1;
  std::uint32_t complexity = 0;
  std::uint32_t doc_offset = 0;  // into the file's text
  std::uint32_t doc_length = 0;
};

class SnapshotBuilder {
 public:
  FileIndex add_file(File file);
  NodeIndex add_node(const NodeSpec& node);
  // Edges that say the same (equal id) are kept once, the most confident first.
  void add_edge(const Edge& edge) { edges_.push_back(edge); }
  void add_candidate(const Edge& edge) { candidates_.push_back(edge); }
  void add_seam(const Edge& edge, std::string mechanism, std::string evidence);
  // Several for one node become one with the best score; `complexity` of the node lowers it.
  void add_entry_point(NodeIndex node, std::uint32_t line, std::string_view pattern, int priority, double bonus);
  void set_call_counts(const CallCounts& counts) { call_counts_ = counts; }
  void reserve(std::size_t nodes, std::size_t edges);

  // The numbers that add_file and add_node gave are void afterwards. `contains` edges follow from parents and are added
  // here.
  [[nodiscard]] std::shared_ptr<const Snapshot> build(std::uint64_t generation, std::string indexed_at) &&;

 private:
  struct Seam {
    Edge edge;
    std::string mechanism;
    std::string evidence;
  };
  struct Entry {
    NodeIndex node;
    std::uint32_t line;
    std::string pattern;
    int priority;
    double bonus;
  };
  void place_files(Snapshot& to);
  void place_nodes(Snapshot& to);
  void place_edges(Snapshot& to);
  void rank(Snapshot& to);
  void count(Snapshot& to);
  void place_entry_points(Snapshot& to);

  std::vector<File> files_;
  std::vector<NodeSpec> nodes_;
  std::vector<Edge> edges_;
  std::vector<Edge> candidates_;
  std::vector<Seam> seams_;
  std::vector<Entry> entries_;
  CallCounts call_counts_;
  std::vector<FileIndex> file_places_;  // number given -> number in the snapshot
  std::vector<NodeIndex> node_places_;
};

}  // namespace code_graph::graph
