// Watches a service while it runs, on a thread of its own: what it uses, what its threads do, how its port fares. All
// by reading /proc and asking netlink: nothing is traced, nothing is stopped. Work is bounded whatever the size of the
// service; what it costs is part of what is reported.
//
// The thread has the usual priority, and a budget instead of a low one: on a machine that the service saturates, which
// is when the probe is needed most, a thread of low priority hardly ever runs (with sixty busy threads and nice 10,
// three milliseconds a second).
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "probe/machine.h"
#include "probe/processes.h"
#include "probe/service_port.h"
#include "probe/threads.h"
#include "probe/watching.h"

namespace loadstone::probe {

class Watch final : public Watching {
 public:
  // Watches `root` and all processes that come from it. `port` is the TCP port it serves, 0 when it has none. Fails
  // when there is no such process. `look_budget` is the share of one core that looking at threads may take.
  [[nodiscard]] static Result<std::unique_ptr<Watch>> start(pid_t root, std::uint16_t port,
                                                            double look_budget = kLookBudget);
  ~Watch() override;
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void begin() override;
  void begin_measuring() override;
  [[nodiscard]] result::ServiceSample take() override;
  [[nodiscard]] double memory() override;

  [[nodiscard]] pid_t root() const { return root_; }
  [[nodiscard]] const std::string& description() const override { return description_; }
  [[nodiscard]] std::vector<std::string> missing() override;

  // How often threads are looked at; everything else is a multiple of it.
  static constexpr Nanoseconds kTick = 50ms;
  // Beside a measurement, which must not feel it; and where it is asked what limits, which few looks cannot tell.
  static constexpr double kLookBudget = 0.0015;
  static constexpr double kCloseLookBudget = 0.006;

 private:
  Watch(pid_t root, std::uint16_t port, double look_budget);
  void run();
  void tick(Instant now);
  void list_threads(Instant now);
  void look_at_threads(Instant now);
  [[nodiscard]] IsInbound is_inbound(Instant now);
  void read_slow(Instant now);
  void read_memory(Instant now);
  void read_exact_memory();
  [[nodiscard]] double memory_now() const;

  const pid_t root_;
  const double look_budget_;
  std::string description_;
  std::mutex mutex_;  // everything below, but for the thread
  std::condition_variable stopped_;
  bool stop_ = false;
  Processes processes_;
  Threads threads_;
  Machine machine_;
  std::optional<ServicePort> port_;
  std::string port_problem_;
  MachineTotals totals_;
  result::ServiceSample sample_;  // since the last take()
  Instant taken_{};
  double baseline_ = 0;
  double kernel_baseline_ = 0;
  double last_memory_ = 0;    // when last read from the page tables
  double resident_then_ = 0;  // resident memory at that time
  double own_cpu_ = 0;        // of the thread, when last taken
  double own_cpu_now_ = 0;
  double look_cost_ = 20e-6;  // seconds for one thread, as measured
  std::uint64_t ticks_ = 0;
  Instant next_memory_{};  // on the probe's own account
  Instant fresh_until_{};  // no earlier than this, on anybody's
  Instant next_connections_{};
  Instant next_threads_{};
  Instant next_list_{};
  std::thread thread_;
};

}  // namespace loadstone::probe
