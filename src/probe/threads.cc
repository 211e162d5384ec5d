#include "probe/threads.h"

#include <dirent.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/format.h"
#include "probe/proc_file.h"

namespace loadstone::probe {
namespace {

// Of many threads these many, the busiest, are read every time.
constexpr std::size_t kAlwaysRead = 16;

}  // namespace

void add_activity(Activity activity, double threads, result::ServiceSample& into) {
  constexpr double result::ServiceSample::* kFields[] = {
      &result::ServiceSample::running, &result::ServiceSample::locked,  &result::ServiceSample::sleeping,
      &result::ServiceSample::disk,    &result::ServiceSample::sending, &result::ServiceSample::receiving,
      &result::ServiceSample::idle,    &result::ServiceSample::waiting};
  into.samples += threads;
  into.*kFields[static_cast<std::size_t>(activity)] += threads;
}

void Threads::list(std::span<const pid_t> pids, Instant now) {
  std::vector<Thread> found;
  for (const pid_t pid : pids) {
    DIR* folder = ::opendir(format("/proc/{}/task", pid).c_str());
    if (folder == nullptr) continue;
    while (const dirent* entry = ::readdir(folder)) {
      const std::string_view name = entry->d_name;
      pid_t tid = 0;
      const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), tid);
      if (error == std::errc() && end == name.data() + name.size()) found.push_back({pid, tid});
    }
    ::closedir(folder);
  }
  const auto ids = [](const std::vector<Thread>& threads) {
    std::vector<pid_t> sorted;
    sorted.reserve(threads.size());
    for (const Thread& t : threads) sorted.push_back(t.tid);
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  };
  const std::vector<pid_t> before = ids(threads_), after = ids(found);
  const auto has = [](const std::vector<pid_t>& sorted, pid_t tid) {
    return std::binary_search(sorted.begin(), sorted.end(), tid);
  };
  // A thread that was born since the last list has done all that it did since then.
  if (!threads_.empty())
    for (const pid_t tid : after)
      if (!has(before, tid)) accounts_[tid] = {{}, listed_, 0};
  std::erase_if(accounts_, [&](const auto& entry) { return !has(after, entry.first); });
  threads_ = std::move(found);
  listed_ = now;
}

std::optional<ScheduleStat> Threads::schedule_of(const Thread& thread) {
  return parse_file(format("/proc/{}/task/{}/schedstat", thread.pid, thread.tid), parse_schedstat);
}

bool Threads::read(const Thread& thread, Instant now, Pace& pace, double& busiest) {
  const auto stat = schedule_of(thread);
  if (!stat) return false;
  const auto [entry, is_new] = accounts_.try_emplace(thread.tid, Account{*stat, now, 0});
  Account& account = entry->second;
  const double wall = to_seconds(now - account.at);
  if (!is_new && wall > 0 && stat->run_ns >= account.last.run_ns) {
    account.busy = static_cast<double>(stat->run_ns - account.last.run_ns) * 1e-9 / wall;
    pace.wait += static_cast<double>(stat->wait_ns - account.last.wait_ns) * 1e-9 / wall;
    pace.turns += static_cast<double>(stat->turns - account.last.turns) / wall;
    pace.threads += 1;
    busiest = std::max(busiest, account.busy);
  }
  account.last = *stat;
  account.at = now;
  return true;
}

void Threads::account(Instant now, result::ServiceSample& into) {
  const double wall = has_accounted_ ? to_seconds(now - accounted_) : 0;
  has_accounted_ = true;
  accounted_ = now;
  into.threads = std::max(into.threads, static_cast<double>(threads_.size()));
  Pace all;
  double busiest = 0;
  bool any = threads_.empty();
  if (threads_.size() <= kMostRead) {
    for (const Thread& t : threads_) any = read(t, now, all, busiest) || any;
  } else {
    std::vector<Thread> order = threads_;
    const auto busy = [&](const Thread& t) {
      const auto found = accounts_.find(t.tid);
      return found == accounts_.end() ? 0.0 : found->second.busy;
    };
    std::partial_sort(order.begin(), order.begin() + kAlwaysRead, order.end(),
                      [&](const Thread& a, const Thread& b) { return busy(a) > busy(b); });
    for (std::size_t i = 0; i < kAlwaysRead; ++i) any = read(order[i], now, all, busiest) || any;
    Pace sampled;
    for (std::size_t i = kAlwaysRead; i < kMostRead; ++i) {
      std::swap(order[i], order[i + random_.below(order.size() - i)]);
      any = read(order[i], now, sampled, busiest) || any;
    }
    const double scale = sampled.threads > 0 ? static_cast<double>(order.size() - kAlwaysRead) / sampled.threads : 0;
    all.wait += sampled.wait * scale;
    all.turns += sampled.turns * scale;
  }
  can_read_schedule_ = any;
  into.wait_seconds += all.wait * wall;
  into.context_switches += all.turns * wall;
  into.busiest_thread = std::max(into.busiest_thread, std::min(busiest, 1.0));
}

void Threads::learn_rest(const IsInbound& is_inbound) {
  std::map<Place, int> waiting;
  std::map<pid_t, Rest> rests;
  const std::size_t n = std::min(kMostRead, threads_.size());
  for (std::size_t i = 0; i < n; ++i) {
    const Thread& thread = threads_[i];
    const auto look = look_at(thread.pid, thread.tid, is_inbound, false);
    if (!look) continue;
    if (look->activity == Activity::kRunning || look->activity == Activity::kDisk) return;
    if (look->lock == 0) continue;
    const Place place = place_of(thread, *look);
    ++waiting[place];
    if (const auto stat = schedule_of(thread)) rests[thread.tid] = {place, stat->turns};
  }
  shared_rests_.clear();
  for (const auto& [place, threads] : waiting)
    if (threads > 1) shared_rests_.insert(place);
  own_rests_ = std::move(rests);
}

bool Threads::rests(const Thread& thread, const ThreadLook& look) const {
  if (look.lock == 0) return false;
  const Place place = place_of(thread, look);
  if (shared_rests_.contains(place)) return true;
  const auto own = own_rests_.find(thread.tid);
  if (own == own_rests_.end() || own->second.place != place) return false;
  const auto stat = schedule_of(thread);
  return stat && stat->turns == own->second.turns;
}

std::size_t Threads::look(std::size_t most, const IsInbound& is_inbound, result::ServiceSample& into) {
  const std::size_t n = std::min(most, threads_.size());
  std::vector<Activity> seen;
  for (std::size_t i = 0; i < n; ++i) {
    // The first n of a shuffle, without shuffling the rest.
    std::swap(threads_[i], threads_[i + random_.below(threads_.size() - i)]);
    const auto look = look_at(threads_[i].pid, threads_[i].tid, is_inbound, false);
    if (!look) continue;
    if (look->state == 'S') can_read_calls_ = look->call >= 0 || look->where.empty();
    seen.push_back(rests(threads_[i], *look) ? Activity::kIdle : look->activity);
  }
  if (seen.empty()) return 0;
  into.looks += 1;
  into.full_looks += static_cast<double>(seen.size()) / static_cast<double>(threads_.size());
  const double each = static_cast<double>(threads_.size()) / static_cast<double>(seen.size());
  for (const Activity activity : seen) add_activity(activity, each, into);
  return seen.size();
}

}  // namespace loadstone::probe
