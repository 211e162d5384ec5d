#include <algorithm>

#include "base/format.h"
#include "code_graph/api/queries.h"
#include "code_graph/api/shapes.h"

namespace code_graph::api {
namespace {

using graph::Edge;
using graph::EdgeType;
using graph::NodeType;

bool is_ranked(NodeType type) {
  return type == NodeType::kFunction || type == NodeType::kClass || type == NodeType::kModule;
}

struct Member {
  NodeIndex node;
  std::uint32_t in;
  std::uint32_t out;
};

// A category counted over some edge types only; the snapshot has it ready for the usual ones.
std::vector<Member> counted(const Snapshot& s, const std::string& category, graph::EdgeTypes types) {
  std::vector<Member> all;
  for (NodeIndex n = 0; n < s.node_count(); ++n) {
    if (!is_ranked(s.type(n))) continue;
    Member m{n, 0, 0};
    for (const Edge& e : s.out_edges(n)) m.out += (types & graph::bit(e.type)) != 0;
    for (const EdgeIndex e : s.in_edges(n)) m.in += (types & graph::bit(s.edge(e).type)) != 0;
    all.push_back(m);
  }
  const std::size_t quarter = std::max<std::size_t>(1, all.size() / 4);
  std::erase_if(all, [&](const Member& m) {
    if (category == "entry_points") return m.in != 0 || m.out == 0;
    if (category == "leaves") return m.out != 0 || m.in == 0;
    return m.in + m.out == 0;
  });
  std::ranges::stable_sort(all, std::ranges::greater{}, [](const Member& m) { return m.in + m.out; });
  if (category == "hubs" && all.size() > quarter) all.resize(quarter);
  return all;
}

}  // namespace

void relationships(const Snapshot& snapshot, const RelationshipsQuery& query, std::string& out) {
  const auto& edges = query.candidates ? snapshot.candidate_edges() : snapshot.edges();
  std::uint64_t total = 0;
  std::uint64_t returned = 0;
  JsonWriter json(out);
  json.begin_object();
  json.key("results");
  json.begin_array();
  for (EdgeIndex i = 0; i < edges.size(); ++i) {
    const Edge& e = edges[i];
    if (query.type && e.type != *query.type) continue;
    if (query.language && snapshot.language(e.source) != *query.language) continue;
    if (total++ < query.offset || returned == query.limit) continue;
    ++returned;
    json.begin_object();
    write_e1_members(json, snapshot, e, query.candidates ? nullptr : snapshot.seam_evidence(i));
    json.field("source_name", snapshot.name(e.source));
    json.field("target_name", snapshot.name(e.target));
    json.end_object();
  }
  json.end_array();
  json.field("total_count", total);
  json.field("returned", returned);
  json.field("limit", query.limit);
  json.field("offset", query.offset);
  json.end_object();
}

void seams(const Snapshot& snapshot, std::uint32_t limit, std::string& out) {
  JsonWriter json(out);
  json.begin_object();
  json.key("seams");
  json.begin_array();
  std::uint32_t returned = 0;
  for (const graph::SeamEvidence& seam : snapshot.seams()) {
    if (returned++ == limit) break;
    const Edge& e = snapshot.edge(seam.edge);
    json.begin_object();
    std::string id;
    snapshot.append_edge_id(id, e);
    json.field("id", id);
    json.field("source_id", snapshot.id(e.source));
    json.field("source_name", snapshot.name(e.source));
    json.field("source_language", graph::name_of(snapshot.language(e.source)));
    json.field("target_id", snapshot.id(e.target));
    json.field("target_name", snapshot.name(e.target));
    json.field("target_language", graph::name_of(snapshot.language(e.target)));
    json.field("confidence", e.confidence_percent / 100.0);
    write_edge_metadata(json, e, &seam);
    json.end_object();
  }
  json.end_array();
  json.field("total_count", snapshot.seams().size());
  json.end_object();
}

Status category(const Snapshot& snapshot, const CategoryQuery& query, std::string& out) {
  const std::string& name = query.category;
  if (name != "entry_points" && name != "hubs" && name != "leaves") {
    return loadstone::fail(loadstone::ErrorCode::kInvalid, loadstone::format("Unknown category: {}", name));
  }
  JsonWriter json(out);
  json.begin_object();
  json.field("category", name);
  const auto page = [&](std::size_t total, auto&& write) {
    json.field("total", total);
    json.field("offset", query.offset);
    json.field("limit", query.limit);
    json.key("nodes");
    json.begin_array();
    const std::size_t end = std::min<std::size_t>(total, std::size_t{query.offset} + query.limit);
    for (std::size_t i = query.offset; i < end; ++i) write(i);
    json.end_array();
  };
  if (query.edge_types) {
    const auto members = counted(snapshot, name, *query.edge_types);
    page(members.size(),
         [&](std::size_t i) { write_n3(json, snapshot, members[i].node, members[i].in, members[i].out); });
  } else {
    const auto& members = name == "hubs" ? snapshot.hubs() : name == "leaves" ? snapshot.leaves() : snapshot.roots();
    page(members.size(), [&](std::size_t i) {
      const NodeIndex n = members[i];
      write_n3(json, snapshot, n, snapshot.in_degree(n), snapshot.out_degree(n));
    });
  }
  json.end_object();
  return {};
}

void entry_points(const Snapshot& snapshot, const EntryPointsQuery& query, std::string& out) {
  JsonWriter json(out);
  json.begin_object();
  json.key("entry_points");
  json.begin_array();
  std::uint32_t returned = 0;
  std::uint32_t above = 0;
  for (const graph::EntryPoint& entry : snapshot.entry_points()) {
    if (entry.score < query.min_confidence) break;  // sorted by score
    ++above;
    if (returned == query.limit) continue;
    ++returned;
    const NodeIndex n = entry.node;
    std::string language(graph::name_of(snapshot.language(n)));
    std::ranges::transform(language, language.begin(), graph::fold);
    json.begin_object();
    json.field("id", snapshot.id(n));
    json.field("name", snapshot.name(n));
    json.field("file_path", snapshot.file(n).path);
    json.field("language", language);
    json.field("line_number", entry.line);
    json.field("pattern_matched", entry.pattern);
    json.field("confidence_score", entry.score);
    json.field("complexity", snapshot.complexity(n));
    json.field("type", "entry_point");
    json.field("node_type", graph::name_of(snapshot.type(n)));
    json.key("metadata");
    json.begin_object();
    json.key("other_patterns");
    json.begin_array();
    for (const std::string& other : entry.other_patterns) json.string(other);
    json.end_array();
    json.end_object();
    json.end_object();
  }
  json.end_array();
  json.field("total_count", returned);
  json.field("filtered_count", above);
  json.field("min_confidence", query.min_confidence);
  json.end_object();
}

void files(const Snapshot& snapshot, std::uint32_t limit, std::string& out) {
  const auto shown = std::min<std::size_t>(limit, snapshot.files().size());
  std::vector<std::array<std::uint32_t, graph::kNodeTypeCount>> counts(shown);
  for (NodeIndex n = 0; n < snapshot.node_count(); ++n) {
    if (snapshot.file_index(n) < shown) ++counts[snapshot.file_index(n)][static_cast<std::size_t>(snapshot.type(n))];
  }
  JsonWriter json(out);
  json.begin_object();
  json.field("total_processed_files", snapshot.files().size());
  json.field("showing", shown);
  json.key("files");
  json.begin_array();
  for (std::size_t f = 0; f < shown; ++f) {
    std::uint32_t nodes = 0;
    for (const std::uint32_t c : counts[f]) nodes += c;
    json.begin_object();
    json.field("file_path", snapshot.files()[f].path);
    json.field("node_count", nodes);
    json.key("node_types");
    json.begin_object();
    for (std::size_t t = 0; t < counts[f].size(); ++t) {
      if (counts[f][t] > 0) json.field(graph::name_of(static_cast<NodeType>(t)), counts[f][t]);
    }
    json.end_object();
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

}  // namespace code_graph::api
