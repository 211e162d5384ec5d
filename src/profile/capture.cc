#include "profile/capture.h"

#include <dirent.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <thread>

#include "base/format.h"
#include "base/units.h"
#include "probe/proc_file.h"
#include "probe/process_tree.h"
#include "probe/thread_state.h"
#include "profile/perf_program.h"
#include "profile/sampler.h"
#include "profile/symbols.h"

namespace loadstone::profile {
namespace {

constexpr auto kTurn = 50ms;
constexpr Nanoseconds kRefresh = 1s;    // of processes, mappings and names
constexpr std::size_t kMostLooks = 64;  // threads at a time
constexpr double kMostLost = 0.01;
constexpr double kEnoughNamed = 0.70;
constexpr int kFrequencyOfPerf = 49;  // it copies the stack with each sample

// Names of threads, which may have ended when they are needed.
class ThreadNames {
 public:
  const std::string& of(pid_t pid, pid_t tid) {
    const auto [entry, is_new] = names_.try_emplace(tid);
    if (is_new) {
      const auto text = probe::read_file(format("/proc/{}/task/{}/comm", pid, tid));
      entry->second = text && !text->empty() ? text->substr(0, text->find('\n')) : "thread";
    }
    return entry->second;
  }

 private:
  std::map<pid_t, std::string> names_;
};

std::vector<pid_t> numbers_in(const std::string& path) {
  std::vector<pid_t> found;
  DIR* folder = ::opendir(path.c_str());
  if (folder == nullptr) return found;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view name = entry->d_name;
    pid_t value = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
    if (error == std::errc() && end == name.data() + name.size()) found.push_back(value);
  }
  ::closedir(folder);
  return found;
}

std::vector<pid_t> tree_of(pid_t root) {
  auto pids = probe::descendants(root);
  pids.push_back(root);
  return pids;
}

// What those threads wait for that are not running.
void look_at_waiting(const std::vector<pid_t>& pids, std::size_t& turn, ThreadNames& names, Stacks& waiting) {
  std::vector<std::pair<pid_t, pid_t>> threads;
  for (const pid_t pid : pids)
    for (const pid_t tid : numbers_in(format("/proc/{}/task", pid))) threads.emplace_back(pid, tid);
  for (std::size_t i = 0; i < std::min(kMostLooks, threads.size()); ++i) {
    const auto [pid, tid] = threads[turn++ % threads.size()];
    const auto look = probe::look_at(pid, tid, [](std::uint64_t) { return true; }, true);
    if (!look || look->activity == probe::Activity::kRunning) continue;
    Stack stack{names.of(pid, tid), std::string(1, look->state)};
    if (look->call >= 0) stack.push_back(probe::call_name(look->call));
    if (!look->where.empty()) stack.push_back(look->where);
    waiting.add(std::move(stack));
  }
}

Stack stack_of(const Sample& sample, Symbols& symbols, ThreadNames& names) {
  Stack stack{names.of(sample.pid, sample.tid)};
  for (std::size_t i = sample.user.size(); i-- > 0;) {
    // All but the innermost are where a call returns to, which may lie behind the end of the function that called.
    const std::uint64_t address = sample.user[i] - (i > 0 ? 1 : 0);
    stack.push_back(symbols.name_of(sample.pid, address));
  }
  for (std::size_t i = sample.kernel.size(); i-- > 0;)
    stack.push_back(symbols.kernel_name_of(sample.kernel[i] - (i > 0 ? 1 : 0)));
  return stack;
}

void warn(Profile& profile, const Sampler* sampler) {
  const auto percent = [](double share) { return show_quantity(share, Unit::kRatio); };
  if (profile.cpu.samples() == 0) {
    profile.warnings.emplace_back("it used no CPU time while it was sampled");
    return;
  }
  if (profile.cpu.rooted() < kEnoughRooted)
    profile.warnings.push_back(
        format("only {} of the stacks are whole: build the service with -fno-omit-frame-pointer, or install perf",
               percent(profile.cpu.rooted())));
  if (profile.cpu.named() < kEnoughNamed)
    profile.warnings.push_back(
        format("only {} of the functions have a name: do not strip the service, or install its "
               "debug symbols",
               percent(profile.cpu.named())));
  if (sampler == nullptr) return;
  const auto lost = static_cast<double>(sampler->lost());
  if (lost > kMostLost * (lost + static_cast<double>(profile.cpu.samples())))
    profile.warnings.push_back(format("{:.0f} samples were lost: the machine is too busy", lost));
  if (sampler->left_out() > 0)
    profile.warnings.push_back(format("{} of {} threads were not sampled, for want of descriptors", sampler->left_out(),
                                      sampler->left_out() + sampler->threads()));
  if (!sampler->has_kernel_frames())
    profile.warnings.emplace_back(
        "time in the kernel is not in it: sysctl kernel.perf_event_paranoid=1, run as root, or give loadstone "
        "CAP_PERFMON");
}

Profile sample(Sampler& sampler, const Order& order) {
  Profile profile;
  profile.method = "perf events";
  profile.seconds_each = 1.0 / order.per_second;
  Symbols symbols;
  ThreadNames names;
  std::vector<Sample> samples;
  std::size_t turn = 0;
  std::vector<pid_t> pids = tree_of(order.pid);
  for (const pid_t pid : pids) symbols.refresh(pid);
  const Instant begin = SteadyClock::read();
  Instant refresh = begin + kRefresh;
  sampler.enable();
  while (SteadyClock::read() - begin < order.length && !(order.give_up && order.give_up())) {
    std::this_thread::sleep_for(kTurn);
    sampler.drain(samples);
    for (const Sample& s : samples) profile.cpu.add(stack_of(s, symbols, names));
    samples.clear();
    look_at_waiting(pids, turn, names, profile.waiting);
    if (SteadyClock::read() < refresh) continue;
    refresh += kRefresh;
    pids = tree_of(order.pid);
    for (const pid_t pid : pids) symbols.refresh(pid);
  }
  sampler.disable();
  sampler.drain(samples);
  for (const Sample& s : samples) profile.cpu.add(stack_of(s, symbols, names));
  profile.seconds = to_seconds(SteadyClock::read() - begin);
  warn(profile, &sampler);
  return profile;
}

}  // namespace

Result<Profile> capture(const Order& order) {
  auto sampler = Sampler::open(tree_of(order.pid), order.per_second);
  std::string refused;
  if (sampler) {
    Profile profile = sample(**sampler, order);
    const bool is_broken = profile.cpu.samples() > 0 && profile.cpu.rooted() < kEnoughRooted;
    if (!is_broken || !has_perf_program() || (order.give_up && order.give_up())) return profile;
    sampler->reset();
    auto again = run_perf_program(tree_of(order.pid), order.length, kFrequencyOfPerf);
    if (!again || again->samples() == 0 || again->rooted() <= profile.cpu.rooted()) return profile;
    profile.cpu = std::move(*again);
    profile.seconds_each = 1.0 / kFrequencyOfPerf;
    profile.method = "the perf program, because the service has no frame pointers";
    profile.warnings.clear();
    warn(profile, nullptr);
    return profile;
  }
  refused = sampler.error().message;
  if (sampler.error().code != ErrorCode::kUnavailable || !has_perf_program()) return fail(sampler.error());
  Profile profile;
  const Instant begin = SteadyClock::read();
  auto stacks = run_perf_program(tree_of(order.pid), order.length, kFrequencyOfPerf);
  if (!stacks) return fail(stacks.error().code, format("{}; {}", refused, stacks.error().message));
  profile.cpu = std::move(*stacks);
  profile.seconds_each = 1.0 / kFrequencyOfPerf;
  profile.seconds = to_seconds(SteadyClock::read() - begin);
  profile.method = "the perf program";
  warn(profile, nullptr);
  return profile;
}

Status write_profile(const Profile& profile, const std::string& folder, const std::string& name) {
  const auto write = [&](const char* ending, const std::string& text) -> Status {
    const std::string file = format("{}/{}{}", folder, name, ending);
    std::ofstream out(file, std::ios::binary);
    out << text;
    out.close();
    if (!out) return fail(ErrorCode::kIo, format("writing {}", file));
    return {};
  };
  if (auto status = write(".folded", profile.cpu.folded()); !status) return status;
  if (auto status = write(".speedscope.json", profile.cpu.speedscope(name, profile.seconds_each)); !status)
    return status;
  return write(".waiting.folded", profile.waiting.folded());
}

}  // namespace loadstone::profile
