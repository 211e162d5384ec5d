#include "code_graph/graph/difference.h"

#include <tuple>

namespace code_graph::graph {
namespace {

bool same_content(const Snapshot& a, NodeIndex i, const Snapshot& b, NodeIndex j) {
  return a.end_line(i) == b.end_line(j) && a.complexity(i) == b.complexity(j) && a.kind(i) == b.kind(j) &&
         a.language(i) == b.language(j) && a.docstring(i) == b.docstring(j) &&
         (a.parent(i) == kNoIndex) == (b.parent(j) == kNoIndex) &&
         (a.parent(i) == kNoIndex || a.name(a.parent(i)) == b.name(b.parent(j)));
}

}  // namespace

Difference difference(const Snapshot& earlier, const Snapshot& later) {
  Difference d;
  // The number in the later snapshot of each earlier node; kNoIndex when it is gone.
  std::vector<NodeIndex> moved(earlier.node_count(), kNoIndex);
  NodeIndex i = 0;
  NodeIndex j = 0;
  while (i < earlier.node_count() || j < later.node_count()) {
    const int order = i == earlier.node_count() ? 1 : j == later.node_count() ? -1 : earlier.id(i).compare(later.id(j));
    if (order < 0) {
      d.deleted_nodes.push_back(i++);
    } else if (order > 0) {
      d.added_nodes.push_back(j++);
    } else {
      moved[i] = j;
      if (!same_content(earlier, i, later, j)) d.updated_nodes.push_back(j);
      ++i, ++j;
    }
  }
  // Numbers keep their order from one snapshot to the other, so the edges that survive are in the same order in both.
  const auto& old_edges = earlier.edges();
  const auto& new_edges = later.edges();
  EdgeIndex e = 0;
  EdgeIndex f = 0;
  const auto key = [](const Edge& x) {
    const bool by_line = x.type != EdgeType::kContains && x.type != EdgeType::kImports;
    return std::tuple(x.source, x.target, x.type, by_line ? x.line : 0);
  };
  while (e < old_edges.size() || f < new_edges.size()) {
    if (e < old_edges.size()) {
      Edge placed = old_edges[e];
      placed.source = moved[placed.source];
      placed.target = moved[placed.target];
      if (placed.source == kNoIndex || placed.target == kNoIndex) {
        d.deleted_edges.push_back(e++);
        continue;
      }
      if (f == new_edges.size() || key(placed) < key(new_edges[f])) {
        d.deleted_edges.push_back(e++);
        continue;
      }
      if (key(placed) == key(new_edges[f])) {
        ++e, ++f;
        continue;
      }
    }
    d.added_edges.push_back(f++);
  }
  return d;
}

}  // namespace code_graph::graph
