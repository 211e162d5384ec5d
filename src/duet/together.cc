#include "duet/together.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/format.h"
#include "service/cpu_time.h"

namespace loadstone::duet {
namespace {

constexpr Nanoseconds kSwapEvery = 1s;
constexpr double kSwapSeconds = 1;
// Both loads begin this long after the later one is ready.
constexpr Nanoseconds kHeadStart = 50ms;

// Where loads, and who watches them, wait for each other. Whoever gives up lets the others go on.
class Meeting {
 public:
  explicit Meeting(int parties) : parties_(parties) {}
  Instant arrive(Instant earliest) {
    std::unique_lock lock(mutex_);
    begin_ = std::max(begin_, earliest + kHeadStart);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return arrived_ + left_ >= parties_; });
    return begin_;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    ++left_;
    changed_.notify_all();
  }
  // When all begin; nothing when one never will.
  std::optional<Instant> wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_ + left_ >= parties_; });
    return arrived_ == parties_ ? std::optional(begin_) : std::nullopt;
  }

 private:
  int parties_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Instant begin_ = Instant::min();
  int arrived_ = 0, left_ = 0;
};

// Two halves of the processors; both are the same when there is only one.
struct Halves {
  std::vector<int> first, second;
};
Halves halves_of(const std::vector<int>& all) {
  if (all.size() < 2) return {all, all};
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  return {{all.begin(), middle}, {middle, all.end()}};
}

// A build under load, on a thread of its own.
struct Side {
  Build& build;
  Trial trial;
  scenario::Scenario load;
  std::optional<service::CpuTime> cpu;
  result::ScenarioEnd end;
};

Side make_side(Build& build, const scenario::Scenario& load, double share, std::size_t stretches, double seconds,
               const TrialOptions& options) {
  Side side{build,
            Trial(stretches, seconds),
            load_for(load, build.url(), share, from_seconds(static_cast<double>(stretches) * seconds), options.warmup),
            std::nullopt,
            {}};
  if (const auto pid = build.pid()) side.cpu.emplace(*pid);
  return side;
}

void run_side(Side& side, const TrialOptions& options, const std::function<Instant(Instant)>& begin) {
  engine::RunOptions engine_options;
  engine_options.shards = 1;
  engine_options.reactor = options.reactor;
  engine_options.seed = options.seed;
  engine::Observer observer;
  observer.block = [&](result::Block&& block) {
    side.trial.add(block);
    return true;
  };
  observer.begin = begin;
  observer.should_stop = [&] { return options.should_stop && options.should_stop(); };
  side.end = engine::run_scenario(side.load, 0, engine_options, observer);
}

std::thread start(Side& side, const TrialOptions& options, Meeting& meeting) {
  return std::thread([&] {
    bool arrived = false;
    run_side(side, options, [&](Instant earliest) {
      arrived = true;
      return meeting.arrive(earliest);
    });
    if (!arrived) meeting.leave();
  });
}

bool is_closed(const scenario::Scenario& load) {
  return std::holds_alternative<scenario::ClosedLoad>(std::get<scenario::HttpLoad>(load.kind).load);
}

Status check(Side& side, const char* name) {
  if (auto why = side.build.died()) return fail(ErrorCode::kUnavailable, format("{}: {}", name, *why));
  if (!side.end.problem.empty()) return fail(ErrorCode::kUnavailable, format("{}: {}", name, side.end.problem));
  if (side.end.interrupted) return fail(ErrorCode::kLimit, "interrupted");
  if (const auto problem = side.trial.problem(is_closed(side.load)); !problem.empty())
    return fail(ErrorCode::kInvalid, format("{}: {}", name, problem));
  return {};
}

}  // namespace

scenario::Scenario load_for(const scenario::Scenario& load, const Url& url, double share, Nanoseconds duration,
                            Nanoseconds warmup) {
  scenario::Scenario own = load;
  const std::string base = own.endpoint.url.target;
  own.endpoint.url = url;
  own.endpoint.url.target = base;
  // What the suite says of the way to its service is not the way to this build.
  own.endpoint.unix_socket.clear();
  own.endpoint.connect_to_host.clear();
  own.endpoint.connect_to_port = 0;
  own.targets.clear();
  auto& http = std::get<scenario::HttpLoad>(own.kind);
  http.warmup = warmup;
  http.request_count.reset();
  http.run_timeout.reset();
  // The last stage for a load in stages: the others lead up to it.
  if (auto* open = std::get_if<scenario::OpenLoad>(&http.load)) {
    auto stage = open->stages.back();
    stage.from = stage.to = stage.to * share;
    stage.duration = duration;
    open->stages = {stage};
    open->connections = std::max(1, static_cast<int>(open->connections * share + 0.5));
  } else {
    auto& closed = std::get<scenario::ClosedLoad>(http.load);
    auto stage = closed.stages.back();
    stage.users = std::max(1, static_cast<int>(stage.users * share + 0.5));
    stage.duration = duration;
    closed.stages = {stage};
    for (auto& request : http.requests)
      if (request.concurrency) request.concurrency = std::max(1, static_cast<int>(*request.concurrency * share + 0.5));
  }
  return own;
}

Result<std::vector<MeasuredPair>> run_together(Build& a, Build& b, const scenario::Scenario& load, std::size_t pairs,
                                               const TrialOptions& options) {
  const std::size_t seconds = 2 * pairs;
  Side side_a = make_side(a, load, 0.5, seconds, kSwapSeconds, options);
  Side side_b = make_side(b, load, 0.5, seconds, kSwapSeconds, options);
  const Halves halves = halves_of(service::usable_processors());
  const auto place = [&](bool swapped) {
    if (const auto pid = a.pid()) service::pin(*pid, swapped ? halves.second : halves.first);
    if (const auto pid = b.pid()) service::pin(*pid, swapped ? halves.first : halves.second);
  };
  place(false);

  Meeting meeting(2);
  std::vector<Nanoseconds> cpu_a, cpu_b;  // at the boundaries of seconds
  std::vector<std::thread> threads;
  for (Side* side : {&side_a, &side_b}) threads.push_back(start(*side, options, meeting));
  if (const auto begin = meeting.wait()) {
    for (std::size_t k = 0; k <= seconds; ++k) {
      std::this_thread::sleep_until(*begin + options.warmup + static_cast<std::int64_t>(k) * kSwapEvery);
      if (options.should_stop && options.should_stop()) break;
      if (side_a.cpu) cpu_a.push_back(side_a.cpu->read());
      if (side_b.cpu) cpu_b.push_back(side_b.cpu->read());
      if (k > 0 && k < seconds) place(k % 2 == 1);
    }
  }
  for (auto& thread : threads) thread.join();
  if (const auto status = check(side_a, "A"); !status) return fail(status.error());
  if (const auto status = check(side_b, "B"); !status) return fail(status.error());

  auto& of_a = side_a.trial.stretches();
  auto& of_b = side_b.trial.stretches();
  const auto put_cpu = [](std::vector<Stretch>& stretches, const std::vector<Nanoseconds>& cpu) {
    for (std::size_t i = 0; i + 1 < cpu.size() && i < stretches.size(); ++i)
      stretches[i].cpu_seconds = to_seconds(cpu[i + 1] - cpu[i]);
  };
  put_cpu(of_a, cpu_a);
  put_cpu(of_b, cpu_b);
  std::vector<MeasuredPair> made;
  for (std::size_t p = 0; p < pairs; ++p)
    made.push_back(pair_of(std::span(of_a).subspan(2 * p, 2), std::span(of_b).subspan(2 * p, 2)));
  return made;
}

Result<MeasuredPair> run_in_turns(Build& a, Build& b, const scenario::Scenario& load, bool b_first, Nanoseconds length,
                                  const TrialOptions& options) {
  const double seconds = to_seconds(length);
  Side side_a = make_side(a, load, 1, 1, seconds, options);
  Side side_b = make_side(b, load, 1, 1, seconds, options);
  for (const bool is_b : {b_first, !b_first}) {
    Side& side = is_b ? side_b : side_a;
    Meeting meeting(1);
    double used = 0;
    std::thread thread = start(side, options, meeting);
    if (const auto begin = meeting.wait(); begin && side.cpu) {
      std::this_thread::sleep_until(*begin + options.warmup);
      const auto before = side.cpu->read();
      std::this_thread::sleep_until(*begin + options.warmup + length);
      used = to_seconds(side.cpu->read() - before);
    }
    thread.join();
    side.trial.stretches().front().cpu_seconds = used;
    if (const auto status = check(side, is_b ? "B" : "A"); !status) return fail(status.error());
  }
  return pair_of(side_a.trial.stretches(), side_b.trial.stretches());
}

}  // namespace loadstone::duet
