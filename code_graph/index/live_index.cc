#include "code_graph/index/live_index.h"

#include <optional>

namespace code_graph::index {
namespace {

// Without a watcher the thread still wakes now and then to see whether it should end.
constexpr std::chrono::milliseconds kPatience{1000};

}  // namespace

LiveIndex::LiveIndex(IndexOptions options, Listener listener, bool watch, WatchOptions watch_options)
    : options_(std::move(options)), listener_(std::move(listener)), watch_options_(watch_options), watch_(watch) {
  thread_ = std::thread([this] { run(); });
}

LiveIndex::~LiveIndex() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (watcher_ != nullptr) watcher_->interrupt();
  }
  asked_.notify_all();
  thread_.join();
}

void LiveIndex::reindex(std::function<void(const loadstone::Result<Update>&)> done) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(done));
    if (watcher_ != nullptr) watcher_->interrupt();
  }
  asked_.notify_all();
}

void LiveIndex::report(const loadstone::Result<Update>& update) {
  if (update) {
    listener_.updated(*update);
  } else if (listener_.failed) {
    listener_.failed(update.error());
  }
}

void LiveIndex::run() {
  Indexer indexer(options_);
  std::optional<Watcher> watcher;
  if (watch_) {
    auto opened = Watcher::open(options_.root, watch_options_);
    if (opened) {
      watcher.emplace(std::move(*opened));
      const std::lock_guard lock(mutex_);
      watcher_ = &*watcher;
    } else if (listener_.failed) {
      listener_.failed(opened.error());
    }
  }
  const auto tell = [&](const loadstone::Result<Update>& update) {
    if (update && update->after == update->before) return;  // nothing that the graph holds
    report(update);
  };
  bool look_again = false;
  // Folders are watched only after they were listed: what changed in between is caught by another look, which parses
  // nothing that is the same.
  const auto watch_folders = [&](const loadstone::Result<Update>& update) {
    if (watcher && update && update->report.listed) look_again = watcher->watch(indexer.folders()) > 0;
  };
  {
    const auto update = indexer.rescan(false, listener_.progress);
    watch_folders(update);
    report(update);
  }
  while (true) {
    std::vector<std::function<void(const loadstone::Result<Update>&)>> waiting;
    {
      std::unique_lock lock(mutex_);
      if (!watcher) asked_.wait_for(lock, kPatience, [&] { return stopping_ || !waiting_.empty(); });
      if (stopping_) break;
      waiting.swap(waiting_);
    }
    if (!waiting.empty()) {
      const auto update = indexer.rescan(true, listener_.progress);
      watch_folders(update);
      report(update);
      for (const auto& done : waiting) done(update);
      continue;
    }
    if (!watcher) continue;
    Changes changes;
    if (!std::exchange(look_again, false)) {
      changes = watcher->wait(kPatience);
      if (!changes.rescan && changes.paths.empty()) continue;
    }
    const auto update = changes.paths.empty() || changes.rescan ? indexer.rescan() : indexer.apply(changes.paths);
    watch_folders(update);
    tell(update);
  }
  const std::lock_guard lock(mutex_);
  watcher_ = nullptr;
}

}  // namespace code_graph::index
