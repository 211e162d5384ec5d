// What clients ask of a snapshot, as plain structs, and the functions that answer them.
//
// Every function appends one JSON object (compact, always valid) to `out` and does nothing else: no I/O, no clock, no
// lock. Replies have at least one member, so a caller may add more (execution_time_ms) before the closing brace. The
// same snapshot and query give the same bytes. Bounds of the numbers are the caller's to check; the functions are safe
// with any value. Errors: kNotFound for an unknown node, kInvalid for a word outside a closed set; `out` is then
// untouched.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "code_graph/graph/snapshot.h"
#include "code_graph/graph/traversal.h"

namespace code_graph::api {

using graph::Snapshot;
using loadstone::Status;

// Search counts exactly up to here; a greater total is given as this with "count_capped":true.
inline constexpr std::uint32_t kCountCap = 10'000;

// GET /api/graph/stats
void stats(const Snapshot& snapshot, std::string& out);

// GET /api/graph/nodes/search
struct SearchQuery {
  std::string name = {};  // case-insensitive substring; empty means any
  std::optional<graph::Language> language = {};
  std::optional<graph::NodeType> type = {};
  std::uint32_t limit = 50;
  std::uint32_t offset = 0;
};
void search(const Snapshot& snapshot, const SearchQuery& query, std::string& out);

// GET /api/graph/nodes/{node_id}: N1 with its whole metadata
Status node(const Snapshot& snapshot, std::string_view id, std::string& out);

// POST /api/graph/traverse. query_type: bfs, dfs, call_chain (calls and seams only, whatever edge_types says).
struct TraverseQuery {
  std::string start_node = {};
  std::string query_type = "bfs";
  std::uint32_t max_depth = 10;
  std::uint32_t max_nodes = 1000;
  bool include_seams = true;
  graph::EdgeTypes edge_types = graph::kAllEdges;
  graph::Direction direction = graph::Direction::kOut;
};
Status traverse(const Snapshot& snapshot, const TraverseQuery& query, std::string& out);

// GET /api/graph/call-chain/{start_node}. With a target: a shortest path to it, empty when there is none.
struct CallChainQuery {
  std::string start_node = {};
  std::optional<std::string> target = {};
  bool follow_seams = true;
  std::uint32_t max_depth = 20;
  std::uint32_t max_nodes = 1000;
};
Status call_chain(const Snapshot& snapshot, const CallChainQuery& query, std::string& out);

// POST /api/graph/subgraph: what is within `depth` hops, whatever the direction, and all edges among it
struct SubgraphQuery {
  std::string node_id = {};
  std::uint32_t depth = 2;
  std::uint32_t limit = 100;
};
Status subgraph(const Snapshot& snapshot, const SubgraphQuery& query, std::string& out);

// GET /api/graph/relationships: edges by (source, target, type, line); the language is the source's
struct RelationshipsQuery {
  std::optional<graph::EdgeType> type = {};
  std::optional<graph::Language> language = {};
  std::uint32_t limit = 100;
  std::uint32_t offset = 0;
  bool candidates = false;  // the guesses by unique name in place of the graph's edges
};
void relationships(const Snapshot& snapshot, const RelationshipsQuery& query, std::string& out);

// GET /api/graph/seams
void seams(const Snapshot& snapshot, std::uint32_t limit, std::string& out);

// GET /api/graph/query/{callers|callees|references}
enum class SymbolMatch : std::uint8_t { kExact, kPrefix, kContains };
struct SymbolQuery {
  std::string symbol = {};   // a name, or qualified: Class.method; exact and prefix regard case
  std::string node_id = {};  // if not empty, this one node in place of the symbol
  SymbolMatch match = SymbolMatch::kExact;
  std::uint32_t depth = 1;  // hops for callers and callees
  std::uint32_t limit = 50;
  std::uint32_t offset = 0;
  bool candidates = false;  // add the guesses by unique name, one hop only
};
Status callers(const Snapshot& snapshot, const SymbolQuery& query, std::string& out);
Status callees(const Snapshot& snapshot, const SymbolQuery& query, std::string& out);
Status references(const Snapshot& snapshot, const SymbolQuery& query, std::string& out);

// GET /api/graph/categories/{entry_points|hubs|leaves}
struct CategoryQuery {
  std::string category = {};
  std::uint32_t limit = 50;
  std::uint32_t offset = 0;
  std::optional<graph::EdgeTypes> edge_types =
      {};  // count only these; unset means all but contains, counted beforehand
};
Status category(const Snapshot& snapshot, const CategoryQuery& query, std::string& out);

// GET /api/graph/entry-points
struct EntryPointsQuery {
  std::uint32_t limit = 50;
  double min_confidence = 0.5;
};
void entry_points(const Snapshot& snapshot, const EntryPointsQuery& query, std::string& out);

// GET /api/graph/export
struct ExportQuery {
  std::uint32_t limit = 10'000;
  bool include_metadata = true;
  std::optional<graph::Language> language = {};
  std::optional<graph::NodeType> type = {};
  bool exclude_stdlib = true;
  bool exclude_tests = true;
  bool include_private = true;
  bool include_dunder = true;
};
void export_graph(const Snapshot& snapshot, const ExportQuery& query, std::string& out);

// GET /api/graph/debug/files
void files(const Snapshot& snapshot, std::uint32_t limit, std::string& out);

}  // namespace code_graph::api
