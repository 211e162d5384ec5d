#include "code_graph/graph/stats_text.h"

#include "base/json_writer.h"

namespace code_graph::graph {

std::string stats_members_of(const Snapshot& snapshot) {
  std::string out;
  loadstone::JsonWriter json(out);
  const auto counts = [&](std::string_view key, int size, auto&& count_of) {
    json.key(key);
    json.begin_object();
    for (int i = 0; i < size; ++i) count_of(i);
    json.end_object();
  };
  const auto count = [&](std::string_view word, std::uint32_t n) {
    if (n > 0) json.field(word, n);
  };

  json.field("total_nodes", snapshot.node_count());
  json.field("total_relationships", snapshot.edge_count());
  counts("node_types", kNodeTypeCount, [&](int i) {
    const auto type = static_cast<NodeType>(i);
    count(name_of(type), snapshot.count(type));
  });
  counts("relationship_types", kEdgeTypeCount, [&](int i) {
    const auto type = static_cast<EdgeType>(i);
    count(name_of(type), snapshot.count(type));
  });
  counts("languages", kLanguageCount, [&](int i) {
    const auto language = static_cast<Language>(i);
    count(name_of(language), snapshot.count(language));
  });
  json.field("seam_count", snapshot.count(EdgeType::kSeam));
  json.key("complexity_distribution");
  json.begin_object();
  constexpr std::string_view kBuckets[] = {"simple", "moderate", "complex", "very_complex"};
  for (std::size_t i = 0; i < 4; ++i) json.field(kBuckets[i], snapshot.complexity_buckets()[i]);
  json.end_object();
  json.key("top_functions");
  json.begin_array();
  for (const NodeIndex n : snapshot.most_complex()) {
    json.begin_object();
    json.field("id", snapshot.id(n));
    json.field("name", snapshot.name(n));
    json.field("complexity", snapshot.complexity(n));
    json.field("language", name_of(snapshot.language(n)));
    json.end_object();
  }
  json.end_array();
  const CallCounts& calls = snapshot.call_counts();
  json.key("calls");
  json.begin_object();
  json.field("seen", calls.seen);
  json.field("resolved", calls.resolved);
  json.field("external", calls.external);
  json.field("unresolved", calls.unresolved);
  json.end_object();
  json.field("candidate_relationships", snapshot.candidate_edges().size());
  json.field("total_files", snapshot.files().size());
  json.field("generation", snapshot.generation());
  json.field("indexed_at", snapshot.indexed_at());
  return out;
}

}  // namespace code_graph::graph
