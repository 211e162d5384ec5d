#include "code_graph/graph/snapshot.h"

#include <gtest/gtest.h>

#include <random>

#include "code_graph/graph/builder.h"
#include "code_graph/graph/difference.h"
#include "code_graph/graph/traversal.h"

namespace code_graph::graph {
namespace {

// a.py: f, C.m, two lambdas of one name on a line; a.py2 and a/b.py for the order of paths.
std::shared_ptr<const Snapshot> sample(bool with_g = true, std::uint32_t f_end = 5) {
  SnapshotBuilder b;
  const auto late = b.add_file({.path = "a/b.py", .language = Language::kPython, .lines = 3});
  const auto file = b.add_file({.path = "a.py", .language = Language::kPython, .lines = 20});
  const auto more = b.add_file({.path = "a.py2", .language = Language::kPython, .lines = 1});
  const auto late_module = b.add_node({.type = NodeType::kModule, .file = late, .name = "b"});
  const auto module = b.add_node({.type = NodeType::kModule, .file = file, .name = "a"});
  b.add_node({.type = NodeType::kModule, .file = more, .name = "a"});
  const auto c =
      b.add_node({.type = NodeType::kClass, .file = file, .parent = module, .name = "C", .line = 6, .end_line = 9});
  const auto m = b.add_node({.type = NodeType::kFunction,
                             .kind = NodeKind::kMethod,
                             .file = file,
                             .parent = c,
                             .name = "m",
                             .line = 7,
                             .complexity = 12});
  const auto f = b.add_node(
      {.type = NodeType::kFunction, .file = file, .parent = module, .name = "f", .line = 3, .end_line = f_end});
  for (int i = 0; i < 11; ++i)
    b.add_node({.type = NodeType::kFunction, .file = file, .parent = module, .name = "t", .line = 10});
  b.add_edge({f, m, 4, EdgeType::kCalls, Resolution::kScope, 90});
  b.add_edge({f, m, 4, EdgeType::kCalls, Resolution::kScope, 100});
  b.add_edge({f, m, 5, EdgeType::kCalls, Resolution::kScope, 100});
  b.add_edge({late_module, module, 1, EdgeType::kImports, Resolution::kImport, 100});
  b.add_edge({late_module, module, 2, EdgeType::kImports, Resolution::kImport, 100});
  if (with_g) {
    const auto g =
        b.add_node({.type = NodeType::kFunction, .file = late, .parent = late_module, .name = "g", .line = 2});
    b.add_edge({m, g, 8, EdgeType::kCalls, Resolution::kScope, 100});
    b.add_seam({m, g, 8}, "http", "GET /x");
  }
  return std::move(b).build(1, "2026-01-01T00:00:00Z");
}

TEST(Snapshot, NumbersNodesInTheByteOrderOfTheirIds) {
  const auto s = sample();
  for (NodeIndex n = 1; n < s->node_count(); ++n) EXPECT_LT(s->id(n - 1), s->id(n));
  for (NodeIndex n = 0; n < s->node_count(); ++n) EXPECT_EQ(s->find(s->id(n)), n);
  EXPECT_FALSE(s->find("function:a.py:f:4"));
  EXPECT_FALSE(s->find(""));
}

TEST(Snapshot, GivesDuplicatesOnOneLineAnOrdinal) {
  const auto s = sample();
  EXPECT_TRUE(s->find("function:a.py:t:10"));
  EXPECT_TRUE(s->find("function:a.py:t:10#2"));
  EXPECT_TRUE(s->find("function:a.py:t:10#11"));
  EXPECT_FALSE(s->find("function:a.py:t:10#12"));
}

TEST(Snapshot, KeepsEachRelationshipOnceWithItsBestConfidence) {
  const auto s = sample();
  const NodeIndex f = *s->find("function:a.py:f:3");
  ASSERT_EQ(s->out_edges(f).size(), 2u);
  EXPECT_EQ(s->out_edges(f)[0].line, 4u);
  EXPECT_EQ(s->out_edges(f)[0].confidence_percent, 100);
  std::string id;
  s->append_edge_id(id, s->out_edges(f)[1]);
  EXPECT_EQ(id, "calls:function:a.py:f:3:function:a.py:m:7:5");
  EXPECT_EQ(s->count(EdgeType::kImports), 1u);
}

TEST(Snapshot, ContainsFollowsParentsAndStaysOutOfDegrees) {
  const auto s = sample();
  const NodeIndex c = *s->find("class:a.py:C:6");
  ASSERT_EQ(s->out_edges(c).size(), 1u);
  EXPECT_EQ(s->out_edges(c)[0].type, EdgeType::kContains);
  EXPECT_EQ(s->degree(c), 0u);
  std::string id;
  s->append_edge_id(id, s->out_edges(c)[0]);
  EXPECT_EQ(id, "contains:a.py:function:a.py:m:7");
  EXPECT_EQ(s->qualified_name(*s->find("function:a.py:m:7")), "C.m");
}

TEST(Snapshot, ReadsEveryEdgeFromBothEnds) {
  const auto s = sample();
  std::size_t in = 0;
  for (NodeIndex n = 0; n < s->node_count(); ++n) {
    in += s->in_edges(n).size();
    for (const EdgeIndex e : s->in_edges(n)) EXPECT_EQ(s->edge(e).target, n);
    for (const Edge& e : s->out_edges(n)) EXPECT_EQ(e.source, n);
  }
  EXPECT_EQ(in, s->edge_count());
}

TEST(Snapshot, CategoriesLeaveContainsOut) {
  const auto s = sample();
  const auto ids = [&](const std::vector<NodeIndex>& nodes) {
    std::vector<std::string> out;
    for (const NodeIndex n : nodes) out.emplace_back(s->id(n));
    return out;
  };
  EXPECT_EQ(ids(s->roots()), (std::vector<std::string>{"function:a.py:f:3", "file:a/b.py"}));
  EXPECT_EQ(ids(s->leaves()), (std::vector<std::string>{"function:a/b.py:g:2", "file:a.py"}));
  EXPECT_EQ(ids(s->hubs()).front(), "function:a.py:m:7");
  EXPECT_EQ(s->complexity_buckets(), (std::array<std::uint32_t, 4>{13, 0, 1, 0}));
}

TEST(Snapshot, AnEmptyGraphAnswersToo) {
  const auto s = SnapshotBuilder().build(1, "");
  EXPECT_EQ(s->node_count(), 0u);
  EXPECT_FALSE(s->find("x"));
  s->names().containing("x", [](NameIndex, Match) { FAIL(); });
}

TEST(NameTable, FindsExactlyWhatAScanFinds) {
  std::mt19937 random(7);
  std::vector<std::string> texts;
  const std::string letters = "abAB_1.\xC3";
  for (int i = 0; i < 400; ++i) {
    std::string text;
    for (std::size_t n = random() % 7; n > 0; --n) text += letters[random() % letters.size()];
    texts.push_back(text);
  }
  std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<NameIndex> numbers;
  const NameTable table = NameTable::build(views, numbers);
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(table.text(numbers[i]), texts[i]);
  const auto folded = [](std::string s) {
    for (char& c : s) c = fold(c);
    return s;
  };
  for (const std::string& needle : texts) {
    std::vector<NameIndex> found;
    table.containing(folded(needle), [&](NameIndex n, Match) { found.push_back(n); });
    std::vector<NameIndex> expected;
    for (NameIndex n = 0; n < table.size() && !needle.empty(); ++n) {
      if (folded(std::string(table.text(n))).find(folded(needle)) != std::string::npos) expected.push_back(n);
    }
    EXPECT_EQ(found, expected) << needle;
    const auto [from, end] = table.exact(needle);
    ASSERT_EQ(end - from, 1u) << needle;
    EXPECT_EQ(table.text(from), needle);
  }
}

TEST(NameTable, TellsWordsFromInsides) {
  const std::vector<std::string_view> texts = {"runner", "Run", "test_run", "doRun", "HTTPRun", "rerun", "prune"};
  std::vector<NameIndex> numbers;
  const NameTable table = NameTable::build(texts, numbers);
  const Match expected[] = {Match::kPrefix, Match::kExact,  Match::kWord,  Match::kWord,
                            Match::kWord,   Match::kInside, Match::kInside};
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(table.match_of(numbers[i], "run"), expected[i]) << texts[i];
}

// 0 -> 1 -> 2 -> 3 and 0 -> 3 and 3 -> 4.
std::shared_ptr<const Snapshot> chain() {
  SnapshotBuilder b;
  const auto file = b.add_file({.path = "x.py", .language = Language::kPython});
  constexpr std::string_view kNames[] = {"n0", "n1", "n2", "n3", "n4"};
  for (const auto name : kNames) b.add_node({.file = file, .name = name});
  for (const auto& [from, to] : std::vector<std::pair<NodeIndex, NodeIndex>>{{0, 1}, {1, 2}, {2, 3}, {0, 3}, {3, 4}}) {
    b.add_edge({from, to, 1, EdgeType::kCalls, Resolution::kScope, 100});
  }
  return std::move(b).build(1, "");
}

std::vector<NodeIndex> nodes(const std::vector<Visit>& visits) {
  std::vector<NodeIndex> out;
  for (const Visit& v : visits) out.push_back(v.node);
  return out;
}

TEST(Traversal, CountsHopsAndNotNodes) {
  const auto s = chain();
  EXPECT_EQ(nodes(breadth_first(*s, 0, {.max_hops = 1}).visits), (std::vector<NodeIndex>{0, 1, 3}));
  EXPECT_EQ(nodes(breadth_first(*s, 0, {.max_hops = 2}).visits), (std::vector<NodeIndex>{0, 1, 3, 2, 4}));
  EXPECT_EQ(nodes(breadth_first(*s, 3, {.direction = Direction::kIn, .max_hops = 1}).visits),
            (std::vector<NodeIndex>{3, 0, 2}));
  const Walk cut = breadth_first(*s, 0, {.max_hops = 9, .max_nodes = 3});
  EXPECT_TRUE(cut.truncated);
  EXPECT_EQ(cut.visits.size(), 3u);
}

TEST(Traversal, DepthFirstReachesWhatIsWithinTheHopsByAnyWay) {
  const auto s = chain();
  // 3 is met first at depth 3 and has to be entered again at depth 1, else 4 would be missed.
  EXPECT_EQ(nodes(depth_first(*s, 0, {.max_hops = 3}).visits), (std::vector<NodeIndex>{0, 1, 2, 3, 4}));
  EXPECT_EQ(nodes(depth_first(*s, 0, {.max_hops = 2}).visits), (std::vector<NodeIndex>{0, 1, 2, 3, 4}));
}

TEST(Traversal, FindsAShortestPathWithItsEdges) {
  const auto s = chain();
  const auto path = shortest_path(*s, 0, 4, {});
  EXPECT_EQ(nodes(path), (std::vector<NodeIndex>{0, 3, 4}));
  EXPECT_EQ(s->edge(path[1].over).target, 3u);
  EXPECT_TRUE(shortest_path(*s, 4, 0, {}).empty());
  EXPECT_TRUE(shortest_path(*s, 0, 4, {.max_hops = 1}).empty());
}

TEST(Difference, NamesEachChangeOnce) {
  const auto before = sample(true);
  EXPECT_EQ(difference(*before, *sample(true)).size(), 0u);
  const auto after = sample(false, 4);
  const Difference d = difference(*before, *after);
  ASSERT_EQ(d.deleted_nodes.size(), 1u);
  EXPECT_EQ(before->id(d.deleted_nodes[0]), "function:a/b.py:g:2");
  EXPECT_EQ(d.deleted_edges.size(), 3u);  // contains, calls, seam
  ASSERT_EQ(d.updated_nodes.size(), 1u);
  EXPECT_EQ(after->id(d.updated_nodes[0]), "function:a.py:f:3");
  const Difference back = difference(*after, *before);
  EXPECT_EQ(back.added_nodes.size(), 1u);
  EXPECT_EQ(back.added_edges.size(), 3u);
}

TEST(TestPath, LooksAtWholeWordsOfPathAndBaseName) {
  EXPECT_TRUE(is_test_path("src/tests/x.py"));
  EXPECT_TRUE(is_test_path("test_x.py"));
  EXPECT_TRUE(is_test_path("a/x_test.go"));
  EXPECT_TRUE(is_test_path("a/x.spec.ts"));
  EXPECT_TRUE(is_test_path("conftest.py"));
  EXPECT_FALSE(is_test_path("latest_news.py"));
  EXPECT_FALSE(is_test_path("contest/x.py"));
}

}  // namespace
}  // namespace code_graph::graph
