// The routes that are answered from a snapshot alone: names of parameters, their bounds, and which query they fill.
#include "code_graph/http/route.h"

namespace code_graph::http {
namespace {

using graph::Snapshot;
using loadstone::Status;

constexpr double kMaxOffset = 4294967295.0;
constexpr double kMaxId = 4096;
constexpr std::string_view kNodeTypes[] = {"module",      "class",  "function",  "variable",  "parameter",
                                           "conditional", "loop",   "exception", "interface", "enum",
                                           "namespace",   "import", "literal",   "call",      "reference"};
constexpr std::string_view kEdgeTypeWords[] = {"contains", "inherits",   "implements", "calls",
                                               "imports",  "references", "depends_on", "overrides",
                                               "extends",  "uses",       "seam"};
constexpr std::string_view kDirections[] = {"out", "in", "both"};
constexpr std::string_view kMatches[] = {"exact", "prefix", "contains"};
constexpr std::string_view kNameAliases[] = {"q", "query"};
constexpr std::string_view kTypeAliases[] = {"type"};
constexpr std::string_view kDepthAliases[] = {"depth"};
static_assert(std::size(kNodeTypes) == graph::kNodeTypeCount && std::size(kEdgeTypeWords) == graph::kEdgeTypeCount);

constexpr Parameter limit(std::string_view fallback, double most, double least = 1) {
  return {.name = "limit",
          .kind = Kind::kInteger,
          .fallback = fallback,
          .least = least,
          .most = most,
          .says = "at most so many"};
}
constexpr Parameter offset() {
  return {.name = "offset",
          .kind = Kind::kInteger,
          .fallback = "0",
          .least = 0,
          .most = kMaxOffset,
          .says = "leave out so many first"};
}
constexpr Parameter language() {
  return {.name = "language", .kind = Kind::kLanguage, .says = "display name of a language, in any case"};
}
constexpr Parameter flag(std::string_view name, std::string_view fallback, std::string_view says,
                         Place place = Place::kQuery) {
  return {.name = name, .kind = Kind::kBoolean, .place = place, .fallback = fallback, .says = says};
}
constexpr Parameter count(std::string_view name, std::string_view fallback, double least, double most,
                          std::string_view says, Place place = Place::kQuery,
                          std::span<const std::string_view> aliases = {}) {
  return {.name = name,
          .kind = Kind::kInteger,
          .place = place,
          .fallback = fallback,
          .least = least,
          .most = most,
          .aliases = aliases,
          .says = says};
}
constexpr Parameter path_id(std::string_view name) {
  return {.name = name,
          .place = Place::kPath,
          .most = kMaxId,
          .required = true,
          .says = "id of a node; slashes in it may be encoded or not"};
}

std::optional<graph::Language> language_of(const Values& in) {
  return in.has("language") ? graph::language_named(in.text("language")) : std::nullopt;
}
std::optional<graph::NodeType> node_type_of(const Values& in, std::string_view name) {
  return in.has(name) ? graph::node_type_named(in.text(name)) : std::nullopt;
}

// ---- stats, nodes

Status stats(const Snapshot& snapshot, const Values&, std::string& out) {
  api::stats(snapshot, out);
  return {};
}

constexpr Parameter kSearch[] = {
    {.name = "name", .most = 200, .aliases = kNameAliases, .says = "part of the name, in any case; empty: any"},
    language(),
    {.name = "node_type", .kind = Kind::kWord, .aliases = kTypeAliases, .words = kNodeTypes, .says = "type of node"},
    limit("50", 500),
    offset(),
};
Status search(const Snapshot& snapshot, const Values& in, std::string& out) {
  api::search(snapshot,
              {.name = in.text("name"),
               .language = language_of(in),
               .type = node_type_of(in, "node_type"),
               .limit = in.integer("limit"),
               .offset = in.integer("offset")},
              out);
  return {};
}

constexpr Parameter kNode[] = {path_id("node_id")};
Status node(const Snapshot& snapshot, const Values& in, std::string& out) {
  return api::node(snapshot, in.text("node_id"), out);
}

// ---- walks

constexpr Parameter kTraverse[] = {
    {.name = "start_node", .place = Place::kBody, .most = kMaxId, .required = true, .says = "id of a node"},
    {.name = "query_type", .place = Place::kBody, .fallback = "\"bfs\"", .most = 64, .says = "bfs, dfs or call_chain"},
    count("max_depth", "10", 1, 100, "hops", Place::kBody, kDepthAliases),
    count("max_nodes", "1000", 1, 10'000, "at most so many nodes", Place::kBody),
    flag("include_seams", "true", "cross seams between languages", Place::kBody),
    {.name = "edge_types",
     .kind = Kind::kWords,
     .place = Place::kBody,
     .words = kEdgeTypeWords,
     .says = "follow only these"},
    {.name = "direction",
     .kind = Kind::kWord,
     .place = Place::kBody,
     .fallback = "\"out\"",
     .words = kDirections,
     .says = "follow edges that go out, that come in, or both"},
};
Status traverse(const Snapshot& snapshot, const Values& in, std::string& out) {
  const std::string& direction = in.text("direction");
  return api::traverse(snapshot,
                       {.start_node = in.text("start_node"),
                        .query_type = in.text("query_type"),
                        .max_depth = in.integer("max_depth"),
                        .max_nodes = in.integer("max_nodes"),
                        .include_seams = in.boolean("include_seams"),
                        .edge_types = edge_types_of(in.texts("edge_types")),
                        .direction = direction == "in"     ? graph::Direction::kIn
                                     : direction == "both" ? graph::Direction::kBoth
                                                           : graph::Direction::kOut},
                       out);
}

constexpr Parameter kCallChain[] = {
    path_id("start_node"),
    flag("follow_seams", "true", "cross seams between languages"),
    count("max_depth", "20", 1, 100, "hops"),
    count("max_nodes", "1000", 1, 10'000, "at most so many nodes"),
    {.name = "target", .most = kMaxId, .says = "id of a node: only a shortest path to it"},
};
Status call_chain(const Snapshot& snapshot, const Values& in, std::string& out) {
  return api::call_chain(
      snapshot,
      {.start_node = in.text("start_node"),
       .target = in.text("target").empty() ? std::nullopt : std::optional<std::string>(in.text("target")),
       .follow_seams = in.boolean("follow_seams"),
       .max_depth = in.integer("max_depth"),
       .max_nodes = in.integer("max_nodes")},
      out);
}

constexpr Parameter kSubgraph[] = {
    {.name = "node_id", .place = Place::kQueryOrBody, .most = kMaxId, .required = true, .says = "id of a node"},
    count("depth", "2", 1, 10, "hops", Place::kQueryOrBody),
    count("limit", "100", 10, 1000, "at most so many nodes", Place::kQueryOrBody),
};
Status subgraph(const Snapshot& snapshot, const Values& in, std::string& out) {
  return api::subgraph(
      snapshot, {.node_id = in.text("node_id"), .depth = in.integer("depth"), .limit = in.integer("limit")}, out);
}

// ---- edges

constexpr Parameter kRelationships[] = {
    {.name = "type", .kind = Kind::kWord, .words = kEdgeTypeWords, .says = "type of relationship"},
    language(),
    limit("100", 5000),
    offset(),
    flag("candidates", "false", "the guesses by unique name in place of the graph's relationships"),
};
Status relationships(const Snapshot& snapshot, const Values& in, std::string& out) {
  api::relationships(snapshot,
                     {.type = in.has("type") ? graph::edge_type_named(in.text("type")) : std::nullopt,
                      .language = language_of(in),
                      .limit = in.integer("limit"),
                      .offset = in.integer("offset"),
                      .candidates = in.boolean("candidates")},
                     out);
  return {};
}

constexpr Parameter kSeams[] = {limit("100", 1000)};
Status seams(const Snapshot& snapshot, const Values& in, std::string& out) {
  api::seams(snapshot, in.integer("limit"), out);
  return {};
}

// ---- symbols

constexpr Parameter kSymbol[] = {
    {.name = "symbol",
     .least = 1,
     .most = 200,
     .required = true,
     .unless = "node_id",
     .says = "a name, or Class.method; needed when there is no node_id"},
    {.name = "node_id", .most = kMaxId, .says = "id of one node, in place of the symbol"},
    {.name = "match", .kind = Kind::kWord, .fallback = "\"exact\"", .words = kMatches, .says = "how names compare"},
    count("depth", "1", 1, 5, "hops"),
    limit("50", 1000),
    offset(),
    flag("candidates", "false", "add the guesses by unique name"),
};
api::SymbolQuery symbol_query(const Values& in) {
  const std::string& match = in.text("match");
  return {.symbol = in.text("symbol"),
          .node_id = in.text("node_id"),
          .match = match == "prefix"     ? api::SymbolMatch::kPrefix
                   : match == "contains" ? api::SymbolMatch::kContains
                                         : api::SymbolMatch::kExact,
          .depth = in.integer("depth"),
          .limit = in.integer("limit"),
          .offset = in.integer("offset"),
          .candidates = in.boolean("candidates")};
}
Status callers(const Snapshot& snapshot, const Values& in, std::string& out) {
  return api::callers(snapshot, symbol_query(in), out);
}
Status callees(const Snapshot& snapshot, const Values& in, std::string& out) {
  return api::callees(snapshot, symbol_query(in), out);
}
Status references(const Snapshot& snapshot, const Values& in, std::string& out) {
  return api::references(snapshot, symbol_query(in), out);
}

// ---- lists

constexpr Parameter kCategory[] = {
    {.name = "category", .place = Place::kPath, .most = 200, .required = true, .says = "entry_points, hubs or leaves"},
    limit("50", 500),
    offset(),
    {.name = "edge_types", .kind = Kind::kWords, .words = kEdgeTypeWords, .says = "count only these"},
};
Status category(const Snapshot& snapshot, const Values& in, std::string& out) {
  api::CategoryQuery query{
      .category = in.text("category"), .limit = in.integer("limit"), .offset = in.integer("offset")};
  if (in.has("edge_types")) query.edge_types = edge_types_of(in.texts("edge_types"));
  return api::category(snapshot, query, out);
}

constexpr Parameter kEntryPoints[] = {
    limit("50", 500),
    {.name = "min_confidence", .kind = Kind::kNumber, .fallback = "0.5", .least = 0, .most = 10, .says = "least score"},
};
Status entry_points(const Snapshot& snapshot, const Values& in, std::string& out) {
  api::entry_points(snapshot, {.limit = in.integer("limit"), .min_confidence = in.number("min_confidence")}, out);
  return {};
}

constexpr Parameter kExport[] = {
    limit("10000", 50'000),
    flag("include_metadata", "true", "docstring, line count and end line of each node"),
    language(),
    {.name = "node_type", .kind = Kind::kWord, .aliases = kTypeAliases, .words = kNodeTypes, .says = "type of node"},
    flag("exclude_stdlib", "true", "leave out imports of the standard library"),
    flag("exclude_tests", "true", "leave out what is in test files"),
    flag("include_private", "true", "_names of Python, JavaScript and TypeScript"),
    flag("include_dunder", "true", "__names__"),
};
Status export_graph(const Snapshot& snapshot, const Values& in, std::string& out) {
  api::export_graph(snapshot,
                    {.limit = in.integer("limit"),
                     .include_metadata = in.boolean("include_metadata"),
                     .language = language_of(in),
                     .type = node_type_of(in, "node_type"),
                     .exclude_stdlib = in.boolean("exclude_stdlib"),
                     .exclude_tests = in.boolean("exclude_tests"),
                     .include_private = in.boolean("include_private"),
                     .include_dunder = in.boolean("include_dunder")},
                    out);
  return {};
}

constexpr Parameter kFiles[] = {limit("50", 500)};
Status files(const Snapshot& snapshot, const Values& in, std::string& out) {
  api::files(snapshot, in.integer("limit"), out);
  return {};
}

constexpr Route kRoutes[] = {
    {.method = "GET", .path = "/api/graph/stats", .says = "Counts of the whole graph", .query = stats},
    {.method = "GET",
     .path = "/api/graph/nodes/search",
     .says = "Nodes by name, language and type",
     .parameters = kSearch,
     .query = search,
     .strict = true},
    {.method = "GET", .path = "/api/graph/nodes/{node_id}", .says = "One node", .parameters = kNode, .query = node},
    {.method = "POST",
     .path = "/api/graph/traverse",
     .says = "What can be reached from a node",
     .parameters = kTraverse,
     .query = traverse},
    {.method = "GET",
     .path = "/api/graph/call-chain/{start_node}",
     .says = "What a function calls, directly or not",
     .parameters = kCallChain,
     .query = call_chain},
    {.method = "POST",
     .path = "/api/graph/subgraph",
     .says = "The neighbourhood of a node",
     .parameters = kSubgraph,
     .query = subgraph},
    {.method = "GET",
     .path = "/api/graph/relationships",
     .says = "Relationships, by source",
     .parameters = kRelationships,
     .query = relationships},
    {.method = "GET",
     .path = "/api/graph/seams",
     .says = "Relationships between languages",
     .parameters = kSeams,
     .query = seams},
    {.method = "GET",
     .path = "/api/graph/query/callers",
     .says = "Who calls a symbol",
     .parameters = kSymbol,
     .query = callers},
    {.method = "GET",
     .path = "/api/graph/query/callees",
     .says = "Whom a symbol calls",
     .parameters = kSymbol,
     .query = callees},
    {.method = "GET",
     .path = "/api/graph/query/references",
     .says = "Where a symbol is mentioned",
     .parameters = kSymbol,
     .query = references},
    {.method = "GET",
     .path = "/api/graph/categories/{category}",
     .says = "Roots, hubs or leaves of the graph",
     .parameters = kCategory,
     .query = category},
    {.method = "GET",
     .path = "/api/graph/entry-points",
     .says = "Where programs are entered",
     .parameters = kEntryPoints,
     .query = entry_points},
    {.method = "GET",
     .path = "/api/graph/export",
     .says = "Nodes and links for drawing",
     .parameters = kExport,
     .query = export_graph,
     .cost = Cost::kLarge},
    {.method = "GET",
     .path = "/api/graph/debug/files",
     .says = "Files and what was found in each",
     .parameters = kFiles,
     .query = files,
     .gate = Gate::kDebug},
};

}  // namespace

std::span<const Route> graph_routes() { return kRoutes; }

}  // namespace code_graph::http
