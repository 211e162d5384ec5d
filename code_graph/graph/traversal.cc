#include "code_graph/graph/traversal.h"

#include <algorithm>

namespace code_graph::graph {
namespace {

// Which nodes a walk has seen, and a number for each. Beginning a walk costs nothing: old marks are of an older epoch.
class Marks {
 public:
  void begin(std::size_t nodes) {
    if (marks_.size() < nodes) marks_.resize(nodes);
    if (++epoch_ == 0) {
      std::ranges::fill(marks_, Mark{});
      epoch_ = 1;
    }
  }
  [[nodiscard]] bool has(NodeIndex n) const { return marks_[n].epoch == epoch_; }
  [[nodiscard]] std::uint32_t value(NodeIndex n) const { return marks_[n].value; }
  void set(NodeIndex n, std::uint32_t value) { marks_[n] = {epoch_, value}; }

 private:
  struct Mark {
    std::uint32_t epoch = 0;
    std::uint32_t value = 0;
  };
  std::vector<Mark> marks_;
  std::uint32_t epoch_ = 0;
};

Marks& marks_of_thread(const Snapshot& snapshot) {
  thread_local Marks marks;
  marks.begin(snapshot.node_count());
  return marks;
}

// Calls step(neighbour, edge number) over the edges of a node that the reach allows.
template <class Step>
void each_neighbour(const Snapshot& snapshot, NodeIndex n, const Reach& reach, Step step) {
  if (reach.direction != Direction::kIn) {
    const auto out = snapshot.out_edges(n);
    const auto first = static_cast<EdgeIndex>(out.data() - snapshot.edges().data());
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (reach.types & bit(out[i].type)) step(out[i].target, first + static_cast<EdgeIndex>(i));
    }
  }
  if (reach.direction != Direction::kOut) {
    for (const EdgeIndex e : snapshot.in_edges(n)) {
      if (reach.types & bit(snapshot.edge(e).type)) step(snapshot.edge(e).source, e);
    }
  }
}

}  // namespace

Walk breadth_first(const Snapshot& snapshot, NodeIndex start, const Reach& reach) {
  Marks& marks = marks_of_thread(snapshot);
  Walk walk;
  walk.visits.push_back({start, 0, kNoIndex});
  marks.set(start, 0);
  std::size_t layer = 0;
  for (std::uint32_t hops = 1; hops <= reach.max_hops && layer < walk.visits.size(); ++hops) {
    const std::size_t end = walk.visits.size();
    for (; layer < end; ++layer) {
      each_neighbour(snapshot, walk.visits[layer].node, reach, [&](NodeIndex next, EdgeIndex e) {
        if (marks.has(next)) return;
        marks.set(next, 0);
        walk.visits.push_back({next, hops, e});
      });
    }
    std::sort(walk.visits.begin() + static_cast<std::ptrdiff_t>(end), walk.visits.end(),
              [](const Visit& a, const Visit& b) { return a.node < b.node; });
    if (walk.visits.size() > reach.max_nodes) {
      walk.visits.resize(reach.max_nodes);
      walk.truncated = true;
      break;
    }
  }
  return walk;
}

Walk depth_first(const Snapshot& snapshot, NodeIndex start, const Reach& reach) {
  Marks& marks = marks_of_thread(snapshot);
  Walk walk;
  std::vector<Visit> stack{{start, 0, kNoIndex}};
  std::vector<Visit> children;
  // A node may be entered again by a shorter way; this bounds how often in all.
  std::size_t steps_left = std::size_t{reach.max_nodes} * 64;
  while (!stack.empty()) {
    const Visit visit = stack.back();
    stack.pop_back();
    const bool seen = marks.has(visit.node);
    if (seen && marks.value(visit.node) <= visit.hops) continue;
    if (!seen) {
      if (walk.visits.size() == reach.max_nodes) {
        walk.truncated = true;
        break;
      }
      walk.visits.push_back(visit);
    }
    marks.set(visit.node, visit.hops);
    if (visit.hops == reach.max_hops) continue;
    if (steps_left == 0) {
      walk.truncated = true;
      break;
    }
    --steps_left;
    children.clear();
    each_neighbour(snapshot, visit.node, reach, [&](NodeIndex next, EdgeIndex e) {
      if (!marks.has(next) || marks.value(next) > visit.hops + 1) children.push_back({next, visit.hops + 1, e});
    });
    std::ranges::stable_sort(children, std::ranges::greater{}, &Visit::node);
    stack.insert(stack.end(), children.begin(), children.end());
  }
  return walk;
}

std::vector<Visit> shortest_path(const Snapshot& snapshot, NodeIndex start, NodeIndex target, const Reach& reach) {
  Marks& marks = marks_of_thread(snapshot);
  std::vector<Visit> visits{{start, 0, kNoIndex}};
  std::vector<std::uint32_t> from{kNoIndex};
  marks.set(start, 0);
  for (std::size_t i = 0; i < visits.size() && visits[i].node != target; ++i) {
    if (visits[i].hops == reach.max_hops) break;
    each_neighbour(snapshot, visits[i].node, reach, [&](NodeIndex next, EdgeIndex e) {
      if (marks.has(next) || visits.size() >= reach.max_nodes) return;
      marks.set(next, static_cast<std::uint32_t>(visits.size()));
      visits.push_back({next, visits[i].hops + 1, e});
      from.push_back(static_cast<std::uint32_t>(i));
    });
  }
  std::vector<Visit> path;
  if (!marks.has(target)) return path;
  for (std::uint32_t at = marks.value(target); at != kNoIndex; at = from[at]) path.push_back(visits[at]);
  std::ranges::reverse(path);
  return path;
}

std::vector<EdgeIndex> induced_edges(const Snapshot& snapshot, const std::vector<Visit>& visits, EdgeTypes types) {
  Marks& marks = marks_of_thread(snapshot);
  for (const Visit& v : visits) marks.set(v.node, 0);
  std::vector<EdgeIndex> edges;
  for (const Visit& v : visits) {
    const auto out = snapshot.out_edges(v.node);
    const auto first = static_cast<EdgeIndex>(out.data() - snapshot.edges().data());
    for (std::size_t i = 0; i < out.size(); ++i) {
      if ((types & bit(out[i].type)) && marks.has(out[i].target)) edges.push_back(first + static_cast<EdgeIndex>(i));
    }
  }
  std::ranges::sort(edges);
  return edges;
}

}  // namespace code_graph::graph
