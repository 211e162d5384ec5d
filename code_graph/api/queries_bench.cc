// Queries in process, on a made-up graph of 50,000 nodes and 250,000 edges with the shape of real ones: few nodes have
// many edges.
#include <benchmark/benchmark.h>

#include <random>

#include "base/format.h"
#include "code_graph/api/queries.h"
#include "code_graph/graph/builder.h"

namespace code_graph::api {
namespace {

const graph::Snapshot& sample() {
  static const auto snapshot = [] {
    std::mt19937 random(3);
    constexpr std::string_view kWords[] = {"get",   "set",   "run",  "load", "save",  "user", "name",  "parse",
                                           "node",  "index", "file", "test", "make",  "read", "write", "open",
                                           "close", "item",  "list", "path", "state", "view"};
    constexpr int kFiles = 2500;
    constexpr int kNodes = 50'000;
    std::vector<std::string> names;
    for (int i = 0; i < kNodes; ++i) {
      std::string name;
      for (unsigned n = 1 + random() % 3; n > 0; --n)
        name += (name.empty() ? "" : "_") + std::string(kWords[random() % std::size(kWords)]);
      if (random() % 3 == 0) name += loadstone::format("_{}", random() % 1000);
      names.push_back(name);
    }
    graph::SnapshotBuilder b;
    std::vector<graph::NodeIndex> modules;
    for (int f = 0; f < kFiles; ++f) {
      const auto file = b.add_file({.path = loadstone::format("src/package{}/module_{}.py", f / 50, f),
                                    .language = graph::Language::kPython,
                                    .lines = 200});
      modules.push_back(
          b.add_node({.type = graph::NodeType::kModule, .file = file, .name = names[static_cast<std::size_t>(f)]}));
    }
    std::vector<graph::NodeIndex> nodes;
    for (int i = kFiles; i < kNodes; ++i) {
      const int file = i % kFiles;
      nodes.push_back(b.add_node({.type = graph::NodeType::kFunction,
                                  .file = static_cast<graph::FileIndex>(file),
                                  .parent = modules[static_cast<std::size_t>(file)],
                                  .name = names[static_cast<std::size_t>(i)],
                                  .line = static_cast<std::uint32_t>(1 + i / kFiles * 10),
                                  .complexity = 1 + static_cast<std::uint32_t>(random() % 9)}));
    }
    for (int i = 0; i < 200'000; ++i) {
      const double x = std::uniform_real_distribution<double>(0, 1)(random);
      const auto target = nodes[static_cast<std::size_t>(x * x * x * static_cast<double>(nodes.size() - 1))];
      b.add_edge({nodes[random() % nodes.size()], target, static_cast<std::uint32_t>(random() % 1000),
                  graph::EdgeType::kCalls, graph::Resolution::kImport, 100});
    }
    return std::move(b).build(1, "2026-01-01T00:00:00Z");
  }();
  return *snapshot;
}

void stats_of_all(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    stats(sample(), out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(stats_of_all);

void search_for(benchmark::State& state, const char* name, std::optional<graph::NodeType> type) {
  std::string out;
  SearchQuery query{.name = name, .type = type, .limit = 20};
  for (auto _ : state) {
    out.clear();
    search(sample(), query, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["bytes"] = static_cast<double>(out.size());
}
BENCHMARK_CAPTURE(search_for, rare, "user_name_77", std::nullopt);
BENCHMARK_CAPTURE(search_for, usual, "load_us", std::nullopt);
BENCHMARK_CAPTURE(search_for, common, "get", std::nullopt);
BENCHMARK_CAPTURE(search_for, common_functions, "get", graph::NodeType::kFunction);
BENCHMARK_CAPTURE(search_for, one_letter, "e", std::nullopt);
BENCHMARK_CAPTURE(search_for, no_name, "", std::nullopt);

void traverse_two_hops(benchmark::State& state) {
  const graph::Snapshot& s = sample();
  std::mt19937 random(9);
  std::vector<std::string> starts;
  for (int i = 0; i < 200; ++i) starts.emplace_back(s.id(random() % s.node_count()));
  std::string out;
  std::size_t i = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    out.clear();
    (void)traverse(s, {.start_node = starts[i++ % starts.size()], .max_depth = 2}, out);
    bytes += out.size();
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["bytes"] = static_cast<double>(bytes) / static_cast<double>(state.iterations());
}
BENCHMARK(traverse_two_hops);

void subgraph_of_100(benchmark::State& state) {
  const graph::Snapshot& s = sample();
  std::string out;
  const std::string start(s.id(s.node_count() / 2));
  for (auto _ : state) {
    out.clear();
    (void)subgraph(s, {.node_id = start}, out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(subgraph_of_100);

void hubs(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    (void)category(sample(), {.category = "hubs", .limit = 20}, out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(hubs);

}  // namespace
}  // namespace code_graph::api
