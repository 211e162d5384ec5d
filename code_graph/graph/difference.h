// What changed between two snapshots, id by id.
#pragma once

#include <vector>

#include "code_graph/graph/snapshot.h"

namespace code_graph::graph {

struct Difference {
  std::vector<NodeIndex> added_nodes;    // numbers in the later snapshot
  std::vector<NodeIndex> deleted_nodes;  // numbers in the earlier one
  std::vector<NodeIndex> updated_nodes;  // in the later one: same id, other content
  std::vector<EdgeIndex> added_edges;
  std::vector<EdgeIndex> deleted_edges;

  [[nodiscard]] std::size_t size() const {
    return added_nodes.size() + deleted_nodes.size() + updated_nodes.size() + added_edges.size() + deleted_edges.size();
  }
};

// Both are sorted by id, so this is one pass over each.
[[nodiscard]] Difference difference(const Snapshot& earlier, const Snapshot& later);

}  // namespace code_graph::graph
