// A tree and its graph, kept in step by a thread of its own: the first indexing, then what the watcher tells.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "code_graph/index/indexer.h"
#include "code_graph/index/watcher.h"

namespace code_graph::index {

class LiveIndex {
 public:
  // Both are called on the index's own thread, one at a time. A snapshot is handed over for every change, in order.
  struct Listener {
    std::function<void(const Update&)> updated;
    std::function<void(std::size_t done, std::size_t total)> progress = {};
    std::function<void(const loadstone::Error&)> failed = {};
  };

  // Starts at once; `updated` comes with the first snapshot when that is ready.
  LiveIndex(IndexOptions options, Listener listener, bool watch = true, WatchOptions watch_options = {});
  // Ends the thread; an indexing under way is finished first.
  ~LiveIndex();
  LiveIndex(const LiveIndex&) = delete;
  LiveIndex& operator=(const LiveIndex&) = delete;

  // Asks for everything to be read anew. Those who ask while one waits share it; `done` is called on the index's
  // thread.
  void reindex(std::function<void(const loadstone::Result<Update>&)> done);

 private:
  void run();
  void report(const loadstone::Result<Update>& update);

  IndexOptions options_;
  Listener listener_;
  WatchOptions watch_options_;
  bool watch_;
  std::mutex mutex_;
  std::condition_variable asked_;
  std::vector<std::function<void(const loadstone::Result<Update>&)>> waiting_;
  bool stopping_ = false;
  Watcher* watcher_ = nullptr;  // of the thread, while it runs; under mutex_
  std::thread thread_;
};

}  // namespace code_graph::index
