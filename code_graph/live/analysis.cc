#include "code_graph/live/analysis.h"

#include <algorithm>

#include "base/format.h"
#include "base/log.h"
#include "code_graph/live/change_events.h"

namespace code_graph::live {
namespace {

using loadstone::Instant;
using loadstone::LogLevel;
using loadstone::LogLine;
using loadstone::SteadyClock;

constexpr auto kProgressEvery = std::chrono::milliseconds(250);
constexpr auto kRetryAfter = std::chrono::seconds(1);
constexpr auto kPatience = std::chrono::hours(1);  // a wait is ended by a change or by wake()

}  // namespace

Analysis::Analysis(AnalysisOptions options, push::Hub& hub)
    : options_(std::move(options)), hub_(hub), indexer_({.root = options_.project_root, .threads = options_.threads}) {
  state_.project_root = options_.project_root;
  state_.watch_enabled = options_.watch;
  state_.changes_pending = options_.watch;
  state_.analysing = true;
}

Analysis::~Analysis() { stop(); }

void Analysis::wake() {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_on_ != nullptr) waiting_on_->interrupt();
  }
  asked_.notify_all();
}

void Analysis::start() {
  {
    const std::lock_guard lock(mutex_);
    pending_ = Pending{loadstone::format("{}-job-{}", hub_.origin(), next_job_++), {}};
  }
  thread_ = std::thread([this] { run(); });
}

void Analysis::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const graph::Snapshot> Analysis::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

http::SourceState Analysis::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

std::optional<std::string> Analysis::reanalyze(std::function<void(const http::Job&)> done) {
  std::string id;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return std::nullopt;
    if (!pending_) pending_ = Pending{loadstone::format("{}-job-{}", hub_.origin(), next_job_++), {}};
    if (pending_->done.size() >= kMostWaiting) return std::nullopt;
    pending_->done.push_back(std::move(done));
    id = pending_->id;
  }
  wake();
  return id;
}

std::optional<http::Job> Analysis::job(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  if (pending_ && pending_->id == id)
    return http::Job{.id = pending_->id,
                     .state = job_running_ ? http::Job::State::kRunning : http::Job::State::kWaiting};
  const auto found = std::ranges::find(jobs_, id, &http::Job::id);
  return found == jobs_.end() ? std::nullopt : std::optional(*found);
}

// ---- on the thread

void Analysis::run() {
  if (options_.watch) {
    auto watcher = index::Watcher::open(options_.project_root, options_.watch_options);
    if (watcher) {
      watcher_.emplace(std::move(*watcher));
      const std::lock_guard lock(mutex_);
      waiting_on_ = &*watcher_;
    } else {
      {
        const std::lock_guard lock(mutex_);
        state_.changes_pending = false;
      }
      LogLine(LogLevel::kWarning, "files are not watched").field("error", watcher.error().message);
    }
  }
  for (bool first = true;;) {
    bool job = false;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
      job = pending_.has_value();
      job_running_ = job;
    }
    if (job) {
      run_job(!first);
      first = false;
    } else if (unseen_.rescan) {
      take_changes(std::exchange(unseen_, {}));
    } else {
      wait();
    }
  }
  {
    const std::lock_guard lock(mutex_);
    waiting_on_ = nullptr;
  }
  finish_job({.state = http::Job::State::kFailed, .error = "the service is stopping"});
}

void Analysis::wait() {
  if (watcher_) {
    note_pending(missed_ || !watcher_->idle());
    index::Changes changes = watcher_->wait(missed_ ? kRetryAfter : kPatience);
    changes.rescan |= missed_;
    if (!changes.rescan && changes.paths.empty()) return;
    note_pending(true);
    take_changes(changes);
    return;
  }
  std::unique_lock lock(mutex_);
  asked_.wait(lock, [this] { return stopping_ || pending_; });
}

void Analysis::note_pending(bool pending) {
  if (!watcher_) return;
  const std::lock_guard lock(mutex_);
  state_.changes_pending = pending;
  state_.watch_overflows = watcher_->overflows();
}

void Analysis::run_job(bool force) {
  {
    const std::lock_guard lock(mutex_);
    state_.analysing = true;
  }
  note_pending(true);
  const Instant begun = SteadyClock::read();
  publish_started(hub_, "The project is being read");
  Instant told = begun;
  std::string why;
  try {
    const auto update = indexer_.rescan(force, [&](std::size_t done, std::size_t total) {
      const Instant now = SteadyClock::read();
      if (done < total && now - told < kProgressEvery) return;
      told = now;
      publish_progress(hub_, done, total);
    });
    if (update) {
      const double seconds = loadstone::to_seconds(SteadyClock::read() - begun);
      serve(*update, seconds * 1e3);
      publish_changes(hub_, *update);
      publish_completed(hub_, *update->after, seconds * 1e3);
      finish_job({.state = http::Job::State::kDone,
                  .elapsed_seconds = seconds,
                  .total_nodes = update->after->node_count(),
                  .total_relationships = update->after->edge_count()});
      watch_folders(*update);
      missed_ = false;
      return;
    }
    why = update.error().message;
  } catch (const std::exception& e) {
    why = e.what();
  }
  fail(why);
  finish_job({.state = http::Job::State::kFailed, .error = why});
}

void Analysis::take_changes(const index::Changes& changes) {
  const Instant begun = SteadyClock::read();
  try {
    const auto update = changes.rescan ? indexer_.rescan() : indexer_.apply(changes.paths);
    if (update) {
      serve(*update, loadstone::to_seconds(SteadyClock::read() - begun) * 1e3);
      publish_changes(hub_, *update);
      watch_folders(*update);
      missed_ = false;
      return;
    }
    fail(update.error().message);
  } catch (const std::exception& e) {
    fail(e.what());
  }
}

void Analysis::serve(const index::Update& update, double duration_ms) {
  bool same = false;
  {
    const std::lock_guard lock(mutex_);
    same = std::exchange(snapshot_, update.after) == update.after;
    state_.analysing = false;
    state_.failure.clear();
    state_.files_skipped = update.report.skipped.size();
    state_.files_broken = update.report.broken.size();
  }
  if (same) return;
  LogLine(LogLevel::kInfo, "graph ready")
      .field("generation", update.after->generation())
      .field("nodes", update.after->node_count())
      .field("relationships", update.after->edge_count())
      .field("files", update.report.files)
      .field("files_parsed", update.report.files_parsed)
      .field("skipped", update.report.skipped.size())
      .field("ms", static_cast<std::int64_t>(duration_ms));
}

void Analysis::fail(const std::string& why) {
  missed_ = true;
  {
    const std::lock_guard lock(mutex_);
    state_.analysing = false;
    if (std::exchange(state_.failure, why) == why) return;
  }
  LogLine(LogLevel::kError, "analysis failed").field("error", why);
}

void Analysis::finish_job(http::Job job) {
  std::optional<Pending> pending;
  {
    const std::lock_guard lock(mutex_);
    pending = std::exchange(pending_, std::nullopt);
    job_running_ = false;
    if (!pending) return;
    job.id = pending->id;
    jobs_.push_back(job);
    if (jobs_.size() > kJobsKept) jobs_.pop_front();
  }
  for (const auto& done : pending->done) done(job);
}

void Analysis::watch_folders(const index::Update& update) {
  if (!watcher_ || !update.report.listed) return;
  const std::size_t unwatched = watcher_->unwatched();
  // What was written between the listing and the watch was seen by neither.
  unseen_.rescan = watcher_->watch(indexer_.folders()) > 0;
  {
    const std::lock_guard lock(mutex_);
    state_.watch_running = true;
  }
  if (watcher_->unwatched() > unwatched)
    LogLine(LogLevel::kWarning, "not all folders are watched").field("unwatched", watcher_->unwatched());
}

}  // namespace code_graph::live
