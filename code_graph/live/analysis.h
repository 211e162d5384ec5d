// Keeps the graph of a project up to date on a thread of its own: reads it, watches it, tells what changed.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "code_graph/http/graph_source.h"
#include "code_graph/index/indexer.h"
#include "code_graph/index/watcher.h"
#include "code_graph/push/hub.h"

namespace code_graph::live {

struct AnalysisOptions {
  std::string project_root;
  unsigned threads = 1;
  bool watch = true;
  index::WatchOptions watch_options = {};
};

class Analysis final : public http::GraphSource {
 public:
  // The hub must outlive this.
  Analysis(AnalysisOptions options, push::Hub& hub);
  ~Analysis() override;

  // Begins to read the project. Once.
  void start();
  // Jobs that are waiting fail; one that runs is waited for.
  void stop();

  [[nodiscard]] std::shared_ptr<const graph::Snapshot> snapshot() const override;
  [[nodiscard]] http::SourceState state() const override;
  std::optional<std::string> reanalyze(std::function<void(const http::Job&)> done) override;
  [[nodiscard]] std::optional<http::Job> job(std::string_view id) const override;

 private:
  static constexpr std::size_t kJobsKept = 64;      // the last ones; older ids are not known any more
  static constexpr std::size_t kMostWaiting = 256;  // callers waiting for one job

  struct Pending {
    std::string id;
    std::vector<std::function<void(const http::Job&)>> done;
  };

  void run();
  void run_job(bool force);
  void take_changes(const index::Changes& changes);
  void watch_folders(const index::Update& update);
  void wait();
  void note_pending(bool pending);
  void serve(const index::Update& update, double duration_ms);
  void fail(const std::string& why);
  void finish_job(http::Job job);
  void wake();

  const AnalysisOptions options_;
  push::Hub& hub_;
  mutable std::mutex mutex_;  // guards to the blank line
  std::shared_ptr<const graph::Snapshot> snapshot_;
  http::SourceState state_;
  std::optional<Pending> pending_;  // waiting or running
  bool job_running_ = false;
  std::deque<http::Job> jobs_;
  std::uint64_t next_job_ = 1;
  bool stopping_ = false;
  index::Watcher* waiting_on_ = nullptr;  // of the thread, while it runs
  std::condition_variable asked_;         // when there is no watcher

  index::Indexer indexer_;  // and below: the thread's own
  std::optional<index::Watcher> watcher_;
  index::Changes unseen_{{}, false};  // to be looked at before the next wait
  bool missed_ = false;               // the last look failed, and what it was for is not known any more
  std::thread thread_;
};

}  // namespace code_graph::live
