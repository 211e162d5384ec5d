// Keeps a graph of a source tree: reads what changed, resolves names over all files, hands out new snapshots.
//
// Owned and called by one thread; parsing uses more. The snapshots it hands out may be read by any.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "code_graph/graph/difference.h"
#include "code_graph/graph/snapshot.h"
#include "code_graph/index/indexed_file.h"
#include "code_graph/index/tree_walk.h"
#include "code_graph/parse/parser.h"

namespace code_graph::index {

struct IndexOptions {
  std::filesystem::path root = ".";
  unsigned threads = 1;
  std::chrono::milliseconds parse_budget = parse::Parser::kBudget;
  // A change of more nodes and edges than this is told as one reset.
  std::size_t max_changes = 1000;
};

// What an indexing run did.
struct IndexReport {
  std::size_t files = 0;            // in the graph
  std::size_t files_parsed = 0;     // in this run
  bool listed = false;              // the whole tree was looked at: folders() may be others than before
  std::uint64_t lines = 0;          // in the graph
  std::vector<Skipped> skipped;     // all that are left out now, by path
  std::vector<std::string> broken;  // files in the graph that the parser could not wholly read, by path
  loadstone::Nanoseconds list_time{};
  loadstone::Nanoseconds parse_time{};
  loadstone::Nanoseconds resolve_time{};  // resolving and building the snapshot
};

struct Update {
  std::shared_ptr<const graph::Snapshot> before;  // null for the first
  std::shared_ptr<const graph::Snapshot> after;
  bool reset = false;         // more changed than max_changes (or there was nothing before); `changes` is empty then
  graph::Difference changes;  // numbers of deleted ones are of `before`, the others of `after`
  IndexReport report;
};

class Indexer {
 public:
  // done and total files; called now and then from the owner's thread while files are parsed.
  using Progress = std::function<void(std::size_t done, std::size_t total)>;

  explicit Indexer(IndexOptions options);
  ~Indexer();
  Indexer(const Indexer&) = delete;
  Indexer& operator=(const Indexer&) = delete;

  // Lists the tree; parses what is new or has other content; forgets what is gone. With `force`, parses everything.
  // When nothing of that changes the graph, the snapshot stays the one it was, here and in apply().
  [[nodiscard]] loadstone::Result<Update> rescan(bool force = false, const Progress& progress = {});
  // The same for some paths only, relative to the root: files that were written, made or deleted. Folders and ignore
  // files among them lead to a rescan.
  [[nodiscard]] loadstone::Result<Update> apply(const std::vector<std::string>& paths);

  [[nodiscard]] std::shared_ptr<const graph::Snapshot> snapshot() const { return snapshot_; }
  // Folders that were entered by the last listing, for the watcher.
  [[nodiscard]] const std::vector<std::string>& folders() const { return folders_; }
  // Outlines and what belongs to them, without the snapshot.
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  struct Parsed {
    std::unique_ptr<IndexedFile> file = nullptr;  // null when it was skipped, or is as it was
    std::optional<SkipReason> skipped = {};
    bool as_it_was = false;
    bool just_written = false;  // see IndexedFile
  };
  [[nodiscard]] std::vector<Parsed> parse_all(const std::vector<FoundFile>& files, bool force,
                                              const Progress& progress);
  [[nodiscard]] Parsed parse_one(parse::Parser& parser, const FoundFile& found, bool force) const;
  // Puts what was read into files_ and skipped_. How many files are others than before.
  std::size_t take(const std::vector<FoundFile>& files, std::vector<Parsed> parsed);
  [[nodiscard]] Update finish(IndexReport report, bool changed);

  IndexOptions options_;
  std::unique_ptr<Words> words_;
  std::map<std::string, std::unique_ptr<IndexedFile>> files_;
  std::map<std::string, SkipReason> skipped_;
  std::vector<Manifest> manifests_;
  std::vector<std::string> folders_;
  std::shared_ptr<const graph::Snapshot> snapshot_;
  std::uint64_t generation_ = 0;
};

}  // namespace code_graph::index
