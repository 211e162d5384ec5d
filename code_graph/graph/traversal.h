// Walks over a snapshot: reach, shortest path. Bounded by hops and by nodes; the order is the same on every run.
//
// Each thread keeps one array of marks, so a walk costs what it visits and not what the graph holds.
#pragma once

#include <cstdint>
#include <vector>

#include "code_graph/graph/snapshot.h"

namespace code_graph::graph {

enum class Direction : std::uint8_t { kOut, kIn, kBoth };

struct Reach {
  EdgeTypes types = kAllEdges;
  Direction direction = Direction::kOut;
  std::uint32_t max_hops = 10;
  std::uint32_t max_nodes = 1000;  // the start counts
};

// A node that was reached, over which edge (kNoIndex for the start) and in how many hops.
struct Visit {
  NodeIndex node = 0;
  std::uint32_t hops = 0;
  EdgeIndex over = kNoIndex;
};

struct Walk {
  std::vector<Visit> visits;
  bool truncated = false;  // there was more within max_hops than max_nodes
};

// By hops, then by id. `over` is the least edge from the previous layer.
[[nodiscard]] Walk breadth_first(const Snapshot& snapshot, NodeIndex start, const Reach& reach);
// Preorder; children by id. `hops` is the depth at which the walk met the node; a node is met again only if the walk
// comes to it by a shorter way, so that everything within max_hops is reached. Each node is listed once, where it was
// first met.
[[nodiscard]] Walk depth_first(const Snapshot& snapshot, NodeIndex start, const Reach& reach);
// A shortest path from start to target, both ends included; empty when there is none within max_hops. max_nodes bounds
// the search.
[[nodiscard]] std::vector<Visit> shortest_path(const Snapshot& snapshot, NodeIndex start, NodeIndex target,
                                               const Reach& reach);
// The edges of the given types with both ends among the visits, by number.
[[nodiscard]] std::vector<EdgeIndex> induced_edges(const Snapshot& snapshot, const std::vector<Visit>& visits,
                                                   EdgeTypes types);

}  // namespace code_graph::graph
