#include "code_graph/api/queries.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "code_graph/graph/builder.h"

namespace code_graph::api {
namespace {

using graph::EdgeType;
using graph::NodeType;
using graph::Resolution;
using nlohmann::json;

// web/app.js: load --http--> app.py: users; app.py: main -> users -> Repo.find, main -> helper; test_app.py: test_main
// -> main.
std::shared_ptr<const Snapshot> sample() {
  graph::SnapshotBuilder b;
  const auto py = b.add_file({.path = "app.py", .language = graph::Language::kPython, .lines = 40});
  const auto js = b.add_file({.path = "web/app.js", .language = graph::Language::kJavaScript, .lines = 9});
  const auto test = b.add_file({.path = "test_app.py", .language = graph::Language::kPython, .lines = 5});
  const auto module = b.add_node({.type = NodeType::kModule, .file = py, .name = "app", .end_line = 40});
  const auto js_module = b.add_node({.type = NodeType::kModule, .file = js, .name = "app"});
  const auto test_module = b.add_node({.type = NodeType::kModule, .file = test, .name = "test_app"});
  b.add_node({.type = NodeType::kImport, .file = py, .parent = module, .name = "os.path", .line = 1});
  const auto repo =
      b.add_node({.type = NodeType::kClass, .file = py, .parent = module, .name = "Repo", .line = 3, .end_line = 9});
  const auto find = b.add_node(
      {.kind = graph::NodeKind::kMethod, .file = py, .parent = repo, .name = "find", .line = 4, .complexity = 6});
  const auto users =
      b.add_node({.file = py, .parent = module, .name = "users", .line = 11, .end_line = 14, .complexity = 2});
  const auto helper = b.add_node({.file = py, .parent = module, .name = "_find_helper", .line = 16, .complexity = 1});
  const auto main =
      b.add_node({.file = py, .parent = module, .name = "main", .line = 20, .end_line = 30, .complexity = 3});
  const auto load = b.add_node({.file = js, .parent = js_module, .name = "load", .line = 2, .complexity = 1});
  const auto test_main =
      b.add_node({.file = test, .parent = test_module, .name = "test_main", .line = 2, .complexity = 1});
  const auto call = [&](auto from, auto to, std::uint32_t line) {
    b.add_edge({from, to, line, EdgeType::kCalls, Resolution::kScope, 100});
  };
  call(main, users, 21);
  call(main, users, 25);
  call(main, helper, 22);
  call(users, find, 12);
  call(test_main, main, 3);
  b.add_edge({test_module, module, 1, EdgeType::kImports, Resolution::kImport, 100});
  b.add_edge({users, repo, 13, EdgeType::kReferences, Resolution::kScope, 100});
  b.add_seam({load, users, 3, EdgeType::kSeam, Resolution::kEvidence, 90}, "http", "GET /users");
  b.add_candidate({helper, find, 17, EdgeType::kCalls, Resolution::kUniqueName, 40});
  b.add_entry_point(main, 20, "main_function", 10, 2.0);
  b.add_entry_point(main, 29, "main_guard", 9, 1.8);
  b.add_entry_point(users, 11, "fastapi_app", 6, 1.2);
  return std::move(b).build(7, "2026-01-01T00:00:00Z");
}

constexpr char kMain[] = "function:app.py:main:20";
constexpr char kUsers[] = "function:app.py:users:11";

std::vector<std::string> ids(const json& list, const char* key = "id") {
  std::vector<std::string> out;
  for (const auto& item : list) out.push_back(item.at(key));
  return out;
}

template <class Query>
json ask(Status (*function)(const Snapshot&, const Query&, std::string&), const Query& query) {
  std::string out;
  const Status status = function(*sample(), query, out);
  EXPECT_TRUE(status) << status.error().message;
  return json::parse(out);
}
template <class Query>
json ask(void (*function)(const Snapshot&, const Query&, std::string&), const Query& query) {
  std::string out;
  function(*sample(), query, out);
  return json::parse(out);
}

TEST(Stats, CountsEverythingOnce) {
  std::string out;
  stats(*sample(), out);
  const json reply = json::parse(out);
  EXPECT_EQ(reply["total_nodes"], 11);
  EXPECT_EQ(reply["node_types"], json::parse(R"({"module":3,"class":1,"function":6,"import":1})"));
  EXPECT_EQ(reply["relationship_types"],
            json::parse(R"({"contains":8,"calls":5,"imports":1,"references":1,"seam":1})"));
  EXPECT_EQ(reply["languages"], json::parse(R"({"Python":9,"JavaScript":2})"));
  EXPECT_EQ(reply["seam_count"], 1);
  EXPECT_EQ(reply["complexity_distribution"], json::parse(R"({"simple":5,"moderate":1,"complex":0,"very_complex":0})"));
  EXPECT_EQ(reply["top_functions"][0]["name"], "find");
  EXPECT_EQ(reply["generation"], 7);
}

TEST(Search, RanksExactBeforeWordBeforeRestAndCountsAll) {
  const json reply = ask(search, SearchQuery{.name = "FIND"});
  EXPECT_EQ(ids(reply["results"]),
            (std::vector<std::string>{"function:app.py:find:4", "function:app.py:_find_helper:16"}));
  EXPECT_EQ(reply["total_count"], 2);
  EXPECT_EQ(reply["query"], "name=FIND,language=None,type=None");
  const json& n1 = reply["results"][0];
  EXPECT_EQ(n1["file_path"], "app.py");
  EXPECT_EQ(n1["metadata"]["kind"], "method");
  EXPECT_EQ(n1["metadata"]["key"], "function:app.py:Repo.find");
  EXPECT_EQ(n1["metadata"]["parent"], "class:app.py:Repo:3");
}

TEST(Search, TotalIsNotTheSizeOfThePage) {
  const json first = ask(search, SearchQuery{.name = "a", .limit = 2});
  const json second = ask(search, SearchQuery{.name = "a", .limit = 2, .offset = 2});
  const json all = ask(search, SearchQuery{.name = "a"});
  EXPECT_EQ(first["total_count"], all["results"].size());
  EXPECT_TRUE(first["truncated"]);
  EXPECT_FALSE(all["truncated"]);
  std::vector<std::string> pages = ids(first["results"]);
  for (const auto& id : ids(second["results"])) pages.push_back(id);
  const auto whole = ids(all["results"]);
  ASSERT_GE(whole.size(), 4u);
  EXPECT_EQ(pages, std::vector<std::string>(whole.begin(), whole.begin() + 4));
}

TEST(Search, FiltersWithAndWithoutAName) {
  EXPECT_EQ(ask(search, SearchQuery{.language = graph::Language::kJavaScript})["total_count"], 2);
  const json typed = ask(search, SearchQuery{.type = NodeType::kFunction, .limit = 3, .offset = 1});
  EXPECT_EQ(typed["total_count"], 6);
  EXPECT_EQ(typed["returned"], 3);
  EXPECT_EQ(ask(search, SearchQuery{.name = "app", .type = NodeType::kModule})["total_count"], 3);
  EXPECT_EQ(ask(search, SearchQuery{.limit = 100})["results"].size(), 11u);
  EXPECT_EQ(ask(search, SearchQuery{.name = "nowhere"})["results"].size(), 0u);
}

TEST(Node, IsFoundByIdWithSlashesAndUnknownIsSaid) {
  std::string out;
  ASSERT_TRUE(node(*sample(), "function:web/app.js:load:2", out));
  EXPECT_EQ(json::parse(out)["end_line"], 2);
  EXPECT_TRUE(json::parse(out)["metadata"]["docstring"].is_null());
  out.clear();
  const Status missing = node(*sample(), "x", out);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, loadstone::ErrorCode::kNotFound);
  EXPECT_TRUE(out.empty());
}

TEST(Traverse, GivesNodesByHopsAndTheEdgesAmongThem) {
  const json reply = ask(traverse, TraverseQuery{.start_node = kMain, .max_depth = 1});
  EXPECT_EQ(ids(reply["nodes"]), (std::vector<std::string>{kMain, "function:app.py:_find_helper:16", kUsers}));
  EXPECT_EQ(reply["edges"].size(), 3u);
  EXPECT_EQ(reply["depths"][kUsers], 1);
  EXPECT_EQ(reply["stats"]["nodes_traversed"], 3);
  EXPECT_FALSE(reply["stats"]["truncated"]);
}

TEST(Traverse, CrossesSeamsOnlyWhenAsked) {
  const std::string load = "function:web/app.js:load:2";
  EXPECT_EQ(ask(traverse, TraverseQuery{.start_node = load})["nodes"].size(), 4u);
  EXPECT_EQ(ask(traverse, TraverseQuery{.start_node = load, .include_seams = false})["nodes"].size(), 1u);
}

TEST(Traverse, CallChainIgnoresOtherEdges) {
  const json reply = ask(traverse, TraverseQuery{.start_node = kUsers, .query_type = "call_chain"});
  EXPECT_EQ(ids(reply["nodes"]), (std::vector<std::string>{kUsers, "function:app.py:find:4"}));
}

TEST(Traverse, RefusesUnknownKindsAndStarts) {
  std::string out;
  EXPECT_EQ(traverse(*sample(), {.start_node = kMain, .query_type = "zigzag"}, out).error().code,
            loadstone::ErrorCode::kInvalid);
  EXPECT_EQ(traverse(*sample(), {.start_node = "no"}, out).error().code, loadstone::ErrorCode::kNotFound);
}

TEST(CallChain, FollowsRealEdgesAndCountsSeams) {
  const json reply = ask(call_chain, CallChainQuery{.start_node = "function:web/app.js:load:2"});
  EXPECT_EQ(reply["chain"].size(), 3u);
  EXPECT_EQ(reply["total_hops"], 2);
  EXPECT_EQ(reply["seam_count"], 1);
  EXPECT_TRUE(reply["has_seams"]);
  EXPECT_EQ(reply["edges"][0]["id"], "seam:function:web/app.js:load:2:function:app.py:users:11:3");
  EXPECT_EQ(reply["edges"][0]["metadata"]["mechanism"], "http");
  const json path = ask(call_chain, CallChainQuery{.start_node = "function:test_app.py:test_main:2", .target = kUsers});
  EXPECT_EQ(ids(path["chain"]), (std::vector<std::string>{"function:test_app.py:test_main:2", kMain, kUsers}));
  EXPECT_FALSE(ask(call_chain, CallChainQuery{.start_node = kUsers, .target = kMain})["found"]);
}

TEST(Subgraph, IsInducedAndUndirected) {
  const json reply = ask(subgraph, SubgraphQuery{.node_id = "function:app.py:find:4", .depth = 1});
  EXPECT_EQ(reply["nodes"].size(), 3u);  // itself, its class, its caller
  EXPECT_EQ(reply["relationships"].size(), 3u);
  const json cut = ask(subgraph, SubgraphQuery{.node_id = kMain, .depth = 5, .limit = 3});
  EXPECT_TRUE(cut["truncated"]);
  const auto inside = ids(cut["nodes"]);
  for (const auto& edge : cut["relationships"]) {
    EXPECT_NE(std::find(inside.begin(), inside.end(), edge["source"].get<std::string>()), inside.end());
    EXPECT_NE(std::find(inside.begin(), inside.end(), edge["target"].get<std::string>()), inside.end());
  }
}

TEST(Relationships, FiltersBeforeItCuts) {
  const json reply = ask(relationships, RelationshipsQuery{.type = EdgeType::kCalls, .limit = 2, .offset = 1});
  EXPECT_EQ(reply["total_count"], 5);
  EXPECT_EQ(reply["results"].size(), 2u);
  EXPECT_TRUE(reply["results"][0].contains("source_name"));
  const json guesses = ask(relationships, RelationshipsQuery{.candidates = true});
  ASSERT_EQ(guesses["total_count"], 1);
  EXPECT_EQ(guesses["results"][0]["metadata"]["resolution"], "unique-name");
}

TEST(Seams, AreListedWithBothEnds) {
  std::string out;
  seams(*sample(), 10, out);
  const json reply = json::parse(out);
  ASSERT_EQ(reply["total_count"], 1);
  EXPECT_EQ(reply["seams"][0]["source_language"], "JavaScript");
  EXPECT_EQ(reply["seams"][0]["target_language"], "Python");
  EXPECT_EQ(reply["seams"][0]["confidence"], 0.9);
  EXPECT_EQ(reply["seams"][0]["metadata"]["evidence"], "GET /users");
}

TEST(Symbols, MatchExactlyByDefault) {
  const json reply = ask(callers, SymbolQuery{.symbol = "users"});
  EXPECT_EQ(reply["total_callers"], 2);
  EXPECT_EQ(reply["callers"][0]["call_line"], 21);
  EXPECT_EQ(reply["callers"][0]["caller_id"], "app.py:main");
  EXPECT_EQ(reply["callers"][0]["node_id"], kMain);
  EXPECT_EQ(ask(callers, SymbolQuery{.symbol = "user"})["total_callers"], 0);
  EXPECT_EQ(ask(callers, SymbolQuery{.symbol = "user", .match = SymbolMatch::kPrefix})["total_callers"], 2);
  EXPECT_EQ(ask(callers, SymbolQuery{.symbol = "SER", .match = SymbolMatch::kContains})["total_callers"], 2);
  EXPECT_EQ(ask(callers, SymbolQuery{.symbol = "Repo.find"})["total_callers"], 1);
  EXPECT_EQ(ask(callers, SymbolQuery{.symbol = "Other.find"})["total_callers"], 0);
  EXPECT_EQ(ask(callers, SymbolQuery{.node_id = kUsers})["total_callers"], 2);
}

TEST(Symbols, GoFurtherWithDepthAndAddGuessesWhenAsked) {
  const json reply = ask(callers, SymbolQuery{.symbol = "find", .depth = 3});
  EXPECT_EQ(reply["total_callers"], 4);  // users; main twice; test_main
  EXPECT_EQ(ask(callers, SymbolQuery{.symbol = "find", .candidates = true})["total_callers"], 2);
  EXPECT_EQ(ask(callees, SymbolQuery{.symbol = "main"})["total_callees"], 3);
  const json seen = ask(references, SymbolQuery{.symbol = "Repo"});
  ASSERT_EQ(seen["total_references"], 1);
  EXPECT_EQ(seen["references"][0]["line"], 13);
}

TEST(Categories, HaveTheirSixKeysAndKnownNames) {
  for (const char* name : {"entry_points", "hubs", "leaves"}) {
    const json reply = ask(category, CategoryQuery{.category = name, .limit = 20});
    for (const char* key : {"category", "total", "offset", "limit", "nodes"}) EXPECT_TRUE(reply.contains(key)) << key;
    EXPECT_GT(reply["total"], 0) << name;
    EXPECT_LE(reply["nodes"].size(), 20u);
  }
  std::string out;
  EXPECT_EQ(category(*sample(), {.category = "other"}, out).error().code, loadstone::ErrorCode::kInvalid);
}

TEST(Categories, CountedAnewOverEveryEdgeButContainsEqualTheReadyOnes) {
  for (const char* name : {"entry_points", "hubs", "leaves"}) {
    EXPECT_EQ(ask(category, CategoryQuery{.category = name}),
              ask(category, CategoryQuery{.category = name, .edge_types = graph::kAllButContains}))
        << name;
  }
}

TEST(EntryPoints, AreOnePerNodeBestPatternFirst) {
  const json reply = ask(entry_points, EntryPointsQuery{});
  ASSERT_EQ(reply["entry_points"].size(), 2u);
  EXPECT_EQ(reply["entry_points"][0]["pattern_matched"], "main_function");
  EXPECT_DOUBLE_EQ(reply["entry_points"][0]["confidence_score"], 1 + 2.0 + 1.0 - 0.03);
  EXPECT_EQ(reply["entry_points"][0]["language"], "python");
  EXPECT_EQ(reply["entry_points"][0]["metadata"]["other_patterns"], json::parse(R"(["main_guard"])"));
  EXPECT_EQ(ask(entry_points, EntryPointsQuery{.min_confidence = 3.5})["filtered_count"], 1);
}

TEST(Export, FiltersFirstAndCutsByConnection) {
  const json whole = ask(export_graph, ExportQuery{});
  EXPECT_EQ(whole["stats"]["filterStats"]["filtered_by_tests"], 2);
  EXPECT_EQ(whole["stats"]["filterStats"]["filtered_by_stdlib"], 1);
  EXPECT_EQ(whole["stats"]["totalNodes"], 8);
  const json cut = ask(export_graph, ExportQuery{.limit = 2});
  EXPECT_TRUE(cut["truncated"]);
  EXPECT_EQ(ids(cut["nodes"]), (std::vector<std::string>{kMain, kUsers}));
  EXPECT_EQ(cut["links"].size(), 2u);
  const json bare = ask(export_graph, ExportQuery{.include_metadata = false, .include_private = false});
  EXPECT_FALSE(bare["nodes"][0].contains("metadata"));
  EXPECT_EQ(bare["stats"]["filterStats"]["filtered_by_visibility"], 1);
}

TEST(Files, CountTheirNodes) {
  std::string out;
  files(*sample(), 1, out);
  const json reply = json::parse(out);
  EXPECT_EQ(reply["total_processed_files"], 3);
  ASSERT_EQ(reply["files"].size(), 1u);
  EXPECT_EQ(reply["files"][0]["node_count"], 7);
}

}  // namespace
}  // namespace code_graph::api
