// A program for developers: indexes a tree, says how long it took and what it holds.
//   code-graph-index ROOT [--threads N] [--edges TYPE] [--again] [--skipped]
//   code-graph-index ROOT --latency FILE      writes to ROOT/FILE a hundred times: from a save to the snapshot that has
//   it
#include <malloc.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string_view>
#include <thread>

#include "base/format.h"
#include "code_graph/index/indexer.h"
#include "code_graph/index/live_index.h"

namespace {

int measure_latency(const code_graph::index::IndexOptions& options, const std::string& path) {
  using namespace code_graph;
  std::mutex mutex;
  std::condition_variable changed;
  std::shared_ptr<const graph::Snapshot> last;
  loadstone::Instant seen{};
  index::LiveIndex live(options, {.updated = [&](const index::Update& u) {
                          const std::lock_guard lock(mutex);
                          last = u.after;
                          seen = loadstone::SteadyClock::read();
                          changed.notify_all();
                        }});
  const auto wait_for = [&](const std::string& id) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(60), [&] { return last && (id.empty() || last->find(id)); });
  };
  wait_for("");
  std::vector<double> times;
  for (int i = 0; i < 100; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    {
      std::ofstream out(options.root / path);
      out << "def made_" << i << "():\n    pass\n";
    }
    const auto saved = loadstone::SteadyClock::read();
    if (!wait_for(loadstone::format("function:{}:made_{}:1", path, i))) return 1;
    const std::lock_guard lock(mutex);
    times.push_back(loadstone::to_seconds(seen - saved) * 1e3);
  }
  std::ranges::sort(times);
  fmt::print("save to snapshot, ms: p50 {:.1f}, p95 {:.1f}, max {:.1f}\n", times[50], times[95], times[99]);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace code_graph;
  index::IndexOptions options;
  std::string edges;
  std::string latency;
  bool again = false;
  bool skipped = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    if (arg == "--threads" && i + 1 < argc) {
      options.threads = static_cast<unsigned>(std::atoi(argv[++i]));
    } else if (arg == "--edges" && i + 1 < argc) {
      edges = argv[++i];
    } else if (arg == "--latency" && i + 1 < argc) {
      latency = argv[++i];
    } else if (arg == "--again") {
      again = true;
    } else if (arg == "--skipped") {
      skipped = true;
    } else {
      options.root = arg;
    }
  }
  if (!latency.empty()) return measure_latency(options, latency);
  index::Indexer indexer(options);
  const auto update = indexer.rescan();
  if (!update) {
    fmt::print(stderr, "{}\n", update.error().message);
    return 2;
  }
  const graph::Snapshot& s = *update->after;
  const index::IndexReport& r = update->report;
  if (!edges.empty()) {
    const auto type = graph::edge_type_named(edges == "candidates" ? "calls" : edges);
    const auto& list = edges == "candidates" ? s.candidate_edges() : s.edges();
    for (const graph::Edge& e : list) {
      if (type && e.type == *type) {
        fmt::print("{}\t{}\t{}\t{}\t{}\n", s.id(e.source), e.line, s.id(e.target), graph::name_of(e.resolution),
                   e.confidence_percent);
      }
    }
    return 0;
  }
  if (skipped) {
    for (const auto& x : r.skipped) fmt::print("{}\t{}\n", x.path, index::name_of(x.reason));
    for (const auto& x : r.broken) fmt::print("{}\tbroken\n", x);
    return 0;
  }
  const double parse = loadstone::to_seconds(r.parse_time);
  const double resolve = loadstone::to_seconds(r.resolve_time);
  const double total = parse + resolve + loadstone::to_seconds(r.list_time);
  fmt::print("files {} lines {} skipped {} broken {}\n", r.files, r.lines, r.skipped.size(), r.broken.size());
  fmt::print("list {:.3f} s, parse {:.3f} s, resolve and build {:.3f} s; {:.0f} lines/s\n",
             loadstone::to_seconds(r.list_time), parse, resolve, static_cast<double>(r.lines) / total);
  fmt::print("{{{}}}\n", s.stats_members());
  const double lines = static_cast<double>(r.lines);
  malloc_trim(0);
  const struct mallinfo2 heap = mallinfo2();
  fmt::print("bytes per line: outlines {:.1f}, snapshot {:.1f}, heap in use {:.1f}\n",
             static_cast<double>(indexer.memory_bytes()) / lines, static_cast<double>(s.memory_bytes()) / lines,
             static_cast<double>(heap.uordblks + heap.hblkhd) / lines);
  if (again) {
    const auto second = indexer.rescan();
    fmt::print("again: list {:.3f} s, resolve and build {:.3f} s, {} changes\n",
               loadstone::to_seconds(second->report.list_time), loadstone::to_seconds(second->report.resolve_time),
               second->changes.size());
  }
  return 0;
}
