#include "probe/watch.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>

#include "base/format.h"
#include "probe/find.h"

namespace loadstone::probe {
namespace {

constexpr std::uint64_t kResidentEvery = 2;       // ticks: ten times a second
constexpr std::uint64_t kQueueEvery = 4;          // five times a second
constexpr std::uint64_t kSlowEvery = 20;          // once a second
constexpr Nanoseconds kListEvery = 5s;            // of processes
constexpr Nanoseconds kConnectionsEvery = 500ms;  // twice in a block of a second
constexpr Nanoseconds kMemoryEvery = 1s;
constexpr Nanoseconds kMemoryAtBlock = 100ms;  // blocks may be shorter
// A read that takes long is repeated so rarely that it takes no more than this share of the time.
constexpr double kShareOfSlowRead = 0.001;
constexpr std::size_t kMostLooks = 64;
// The first look of a tick finds cold caches and costs several times the next ones: fewer would not be cheaper.
constexpr std::size_t kFewestLooks = 6;

double own_cpu_seconds() { return to_seconds(thread_cpu_time()); }

Nanoseconds pause_after(Nanoseconds usual, double cost_seconds) {
  return std::max(usual, from_seconds(cost_seconds / kShareOfSlowRead));
}

}  // namespace

Result<std::unique_ptr<Watch>> Watch::start(pid_t root, std::uint16_t port, double look_budget) {
  if (root <= 0 || (::kill(root, 0) != 0 && errno == ESRCH))
    return fail(ErrorCode::kNotFound, format("there is no process {}", root));
  std::unique_ptr<Watch> watch(new Watch(root, port, look_budget));
  watch->begin();
  watch->thread_ = std::thread([w = watch.get()] { w->run(); });
  return watch;
}

Watch::Watch(pid_t root, std::uint16_t port, double look_budget)
    : root_(root),
      look_budget_(look_budget),
      processes_(root),
      threads_(static_cast<std::uint64_t>(root)),
      machine_(root) {
  description_ = format("{}, pid {}", command_of(root), root);
  if (port == 0) {
    port_problem_ = "the accept queue and the connections: the service has no TCP port on this machine";
    return;
  }
  description_ += format(", port {}", port);
  auto opened = ServicePort::open(port, root);
  if (opened)
    port_.emplace(std::move(*opened));
  else
    port_problem_ = format("the accept queue and the connections: {}", opened.error().message);
}

Watch::~Watch() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Watch::run() {
  std::unique_lock lock(mutex_);
  Instant next = SteadyClock::read();
  while (!stop_) {
    const Instant now = SteadyClock::read();
    tick(now);
    own_cpu_now_ = own_cpu_seconds();
    // Ticks that were missed are not made up for.
    next = std::max(next + kTick, now);
    stopped_.wait_until(lock, next, [&] { return stop_; });
  }
}

void Watch::tick(Instant now) {
  look_at_threads(now);
  if (ticks_ % kResidentEvery == 0) static_cast<void>(processes_.resident());
  if (port_ && ticks_ % kQueueEvery == 0)
    if (const auto status = port_->look_at_queue(sample_); !status) port_problem_ = status.error().message;
  if (ticks_ % kSlowEvery == 0) read_slow(now);
  if (now >= next_memory_) read_memory(now);
  if (port_ && now >= next_connections_) {
    const double before = own_cpu_seconds();
    if (const auto status = port_->look_at_connections(sample_); !status) port_problem_ = status.error().message;
    next_connections_ = now + pause_after(kConnectionsEvery, own_cpu_seconds() - before);
  }
  ++ticks_;
}

IsInbound Watch::is_inbound(Instant now) {
  return [this, now](std::uint64_t inode) { return !port_ || port_->is_inbound(inode, now); };
}

// Which threads there are changes as clients come; of many it is looked at more rarely.
void Watch::list_threads(Instant now) {
  if (now < next_threads_) return;
  const double before = own_cpu_seconds();
  threads_.list(processes_.pids(), now);
  next_threads_ = now + pause_after(kTick, own_cpu_seconds() - before);
}

void Watch::look_at_threads(Instant now) {
  const double affordable = look_budget_ * to_seconds(kTick) / look_cost_;
  const std::size_t most = std::min(kMostLooks, std::max(kFewestLooks, static_cast<std::size_t>(affordable)));
  list_threads(now);
  const double before = own_cpu_seconds();
  const std::size_t looked = threads_.look(most, is_inbound(now), sample_);
  if (looked > 0) look_cost_ += 0.1 * ((own_cpu_seconds() - before) / static_cast<double>(looked) - look_cost_);
}

void Watch::read_slow(Instant now) {
  if (now >= next_list_) {
    const double before = own_cpu_seconds();
    processes_.list();
    next_list_ = now + pause_after(kListEvery, own_cpu_seconds() - before);
  }
  list_threads(now);
  threads_.account(now, sample_);
  processes_.account_rest(sample_);
  const MachineTotals totals = machine_.read();
  totals.add_since(totals_, sample_);
  totals_ = totals;
  sample_.cores = machine_.cores();
}

void Watch::read_exact_memory() {
  last_memory_ = processes_.memory();
  resident_then_ = processes_.resident();
}

void Watch::read_memory(Instant now) {
  const double before = own_cpu_seconds();
  read_exact_memory();
  const double cost = own_cpu_seconds() - before;
  next_memory_ = now + pause_after(kMemoryEvery, cost);
  fresh_until_ = now + pause_after(kMemoryAtBlock, cost);
}

// Exact memory of a large service is read every few seconds at most. In between resident memory says how far it has
// moved, so that no block is given the memory of an earlier one.
double Watch::memory_now() const {
  const double moved = sample_.resident - resident_then_;
  return std::fabs(moved) > processes_.resident_slack() ? std::max(0.0, last_memory_ + moved) : last_memory_;
}

void Watch::begin() {
  const std::lock_guard lock(mutex_);
  const Instant now = SteadyClock::read();
  processes_.list();
  read_exact_memory();
  baseline_ = last_memory_;
  kernel_baseline_ = machine_.kernel_bytes();
  processes_.reset_peak();
  result::ServiceSample ignored;
  processes_.account_cpu(ignored);
  processes_.account_rest(ignored);
  threads_.list(processes_.pids(), now);
  threads_.account(now, ignored);
  threads_.learn_rest(is_inbound(now));
  totals_ = machine_.read();
  own_cpu_ = own_cpu_now_;
  sample_ = {};
  next_connections_ = now;  // what is known of them has just been forgotten
  taken_ = now;
}

void Watch::begin_measuring() {
  const std::lock_guard lock(mutex_);
  processes_.reset_peak();
  sample_.peak = 0;
}

result::ServiceSample Watch::take() {
  const std::lock_guard lock(mutex_);
  const Instant now = SteadyClock::read();
  processes_.account_cpu(sample_);
  sample_.resident = processes_.resident();
  processes_.account_rest(sample_);
  if (now >= fresh_until_) read_memory(now);
  sample_.kernel = machine_.kernel_bytes();
  sample_.threads = std::max(sample_.threads, static_cast<double>(threads_.size()));
  sample_.memory = memory_now();
  sample_.baseline = std::exchange(baseline_, 0);
  sample_.kernel_baseline = std::exchange(kernel_baseline_, 0);
  sample_.seconds = to_seconds(now - taken_);
  sample_.probe_cpu_seconds = own_cpu_now_ - own_cpu_;
  own_cpu_ = own_cpu_now_;
  taken_ = now;
  result::ServiceSample taken = sample_;
  // What is a state, and not a sum, goes on until it is read again.
  sample_ = {};
  for (const auto& field : result::service_fields())
    if (field.joining == result::Joining::kLast) sample_.*field.value = taken.*field.value;
  sample_.cores = taken.cores;
  return taken;
}

double Watch::memory() {
  const std::lock_guard lock(mutex_);
  read_exact_memory();
  return last_memory_;
}

std::vector<std::string> Watch::missing() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> missing;
  if (!port_problem_.empty()) missing.push_back(port_problem_);
  constexpr std::string_view kPermission = "run loadstone as the service's user, or as root";
  if (!processes_.can_read_memory())
    missing.push_back(format("exact memory (smaps_rollup); resident memory is used instead: {}", kPermission));
  if (!processes_.can_reset_peak())
    missing.push_back(
        format("the reset of the kernel's high-water mark; the highest that was seen is used: {}", kPermission));
  if (!processes_.can_count_descriptors()) missing.push_back(format("open descriptors: {}", kPermission));
  if (!processes_.can_read_io()) missing.push_back(format("bytes read from and written to disks: {}", kPermission));
  if (!threads_.can_read_calls()) missing.push_back(format("the system calls that threads wait in: {}", kPermission));
  if (!threads_.can_read_schedule())
    missing.emplace_back("waiting for a CPU: the kernel was built without CONFIG_SCHED_INFO");
  return missing;
}

}  // namespace loadstone::probe
