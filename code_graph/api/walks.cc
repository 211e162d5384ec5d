#include <algorithm>

#include "base/format.h"
#include "code_graph/api/queries.h"
#include "code_graph/api/shapes.h"

namespace code_graph::api {
namespace {

using graph::bit;
using graph::EdgeType;
using graph::Visit;

auto no_such_node(std::string_view id) {
  return loadstone::fail(loadstone::ErrorCode::kNotFound, loadstone::format("Node {} not found", id));
}

graph::EdgeTypes without_seams_unless(bool include, graph::EdgeTypes types) {
  return include ? types : types & ~bit(EdgeType::kSeam);
}

}  // namespace

void stats(const Snapshot& snapshot, std::string& out) {
  out += '{';
  out += snapshot.stats_members();
  out += '}';
}

Status node(const Snapshot& snapshot, std::string_view id, std::string& out) {
  const auto n = snapshot.find(id);
  if (!n) return no_such_node(id);
  JsonWriter json(out);
  write_n1(json, snapshot, *n, Metadata::kWhole);
  return {};
}

Status traverse(const Snapshot& snapshot, const TraverseQuery& query, std::string& out) {
  const bool depth_first = query.query_type == "dfs";
  const bool calls_only = query.query_type == "call_chain";
  if (!depth_first && !calls_only && query.query_type != "bfs") {
    return loadstone::fail(loadstone::ErrorCode::kInvalid,
                           loadstone::format("Unknown query type: {}", query.query_type));
  }
  const auto start = snapshot.find(query.start_node);
  if (!start) return no_such_node(query.start_node);

  graph::Reach reach;
  reach.types = without_seams_unless(query.include_seams,
                                     calls_only ? bit(EdgeType::kCalls) | bit(EdgeType::kSeam) : query.edge_types);
  reach.direction = query.direction;
  reach.max_hops = query.max_depth;
  reach.max_nodes = query.max_nodes;
  const graph::Walk walk =
      depth_first ? graph::depth_first(snapshot, *start, reach) : graph::breadth_first(snapshot, *start, reach);
  const auto edges = graph::induced_edges(snapshot, walk.visits, reach.types);

  JsonWriter json(out);
  json.begin_object();
  json.key("nodes");
  json.begin_array();
  for (const Visit& v : walk.visits) write_n1(json, snapshot, v.node);
  json.end_array();
  json.key("edges");
  json.begin_array();
  for (const EdgeIndex e : edges) write_e1(json, snapshot, e);
  json.end_array();
  json.key("depths");
  json.begin_object();
  std::uint32_t deepest = 0;
  for (const Visit& v : walk.visits) {
    json.text_key(snapshot.id(v.node));
    json.number(v.hops);
    deepest = std::max(deepest, v.hops);
  }
  json.end_object();
  json.key("stats");
  json.begin_object();
  json.field("nodes_traversed", walk.visits.size());
  json.field("edges_returned", edges.size());
  json.field("max_depth", query.max_depth);
  json.field("depth_reached", deepest);
  json.field("include_seams", query.include_seams);
  json.field("truncated", walk.truncated);
  json.end_object();
  json.field("query_type", query.query_type);
  json.field("start_node_id", snapshot.id(*start));
  json.field("max_depth", query.max_depth);
  json.end_object();
  return {};
}

Status call_chain(const Snapshot& snapshot, const CallChainQuery& query, std::string& out) {
  const auto start = snapshot.find(query.start_node);
  if (!start) return no_such_node(query.start_node);
  graph::Reach reach;
  reach.types = without_seams_unless(query.follow_seams, bit(EdgeType::kCalls) | bit(EdgeType::kSeam));
  reach.max_hops = query.max_depth;
  reach.max_nodes = query.max_nodes;

  graph::Walk walk;
  if (query.target) {
    const auto target = snapshot.find(*query.target);
    if (!target) return no_such_node(*query.target);
    reach.max_nodes = snapshot.node_count();  // a path is short; finding it may take the whole graph
    walk.visits = graph::shortest_path(snapshot, *start, *target, reach);
  } else {
    walk = graph::breadth_first(snapshot, *start, reach);
  }

  JsonWriter json(out);
  json.begin_object();
  json.key("chain");
  json.begin_array();
  for (const Visit& v : walk.visits) write_n1(json, snapshot, v.node);
  json.end_array();
  json.key("edges");
  json.begin_array();
  std::size_t hops = 0;
  std::size_t seams_crossed = 0;
  for (const Visit& v : walk.visits) {
    if (v.over == graph::kNoIndex) continue;
    write_e1(json, snapshot, v.over);
    ++hops;
    if (snapshot.edge(v.over).type == EdgeType::kSeam) ++seams_crossed;
  }
  json.end_array();
  json.field("has_seams", seams_crossed > 0);
  json.field("seam_count", seams_crossed);
  json.field("total_hops", hops);
  json.field("truncated", walk.truncated);
  if (query.target) json.field("found", !walk.visits.empty());
  json.end_object();
  return {};
}

Status subgraph(const Snapshot& snapshot, const SubgraphQuery& query, std::string& out) {
  const auto start = snapshot.find(query.node_id);
  if (!start) return no_such_node(query.node_id);
  graph::Reach reach;
  reach.direction = graph::Direction::kBoth;
  reach.max_hops = query.depth;
  reach.max_nodes = query.limit;
  const graph::Walk walk = graph::breadth_first(snapshot, *start, reach);
  const auto edges = graph::induced_edges(snapshot, walk.visits, graph::kAllEdges);

  JsonWriter json(out);
  json.begin_object();
  json.field("node_id", snapshot.id(*start));
  json.field("depth", query.depth);
  json.key("nodes");
  json.begin_array();
  for (const Visit& v : walk.visits) write_n4(json, snapshot, v.node);
  json.end_array();
  json.key("relationships");
  json.begin_array();
  for (const EdgeIndex e : edges) write_e3(json, snapshot, snapshot.edge(e));
  json.end_array();
  json.field("truncated", walk.truncated);
  json.end_object();
  return {};
}

}  // namespace code_graph::api
