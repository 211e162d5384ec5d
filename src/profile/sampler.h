// Where a process spends its CPU time: the kernel's own sampling of stacks (perf_event_open(2), a software clock, which
// every virtual machine has). Interrupts each thread some hundred times for a second of its CPU time; threads and
// processes that are born meanwhile are sampled too.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace loadstone::profile {

struct Sample {
  pid_t pid = 0;
  pid_t tid = 0;
  std::vector<std::uint64_t> kernel;  // addresses, from the innermost
  std::vector<std::uint64_t> user;
};

class Sampler {
 public:
  // Samples all threads of these processes. Needs kernel.perf_event_paranoid at most 2, or CAP_PERFMON; the kernel's
  // own frames need 1. The error says what to do when it is not allowed.
  [[nodiscard]] static Result<std::unique_ptr<Sampler>> open(std::span<const pid_t> pids, int per_second);
  ~Sampler();
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  void enable();
  void disable();
  // Moves what was sampled since the last call to the end of `into`. To be called a few times a second.
  void drain(std::vector<Sample>& into);

  [[nodiscard]] bool has_kernel_frames() const { return has_kernel_; }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }        // samples that found no room
  [[nodiscard]] std::size_t threads() const { return threads_; }    // that are sampled
  [[nodiscard]] std::size_t left_out() const { return left_out_; }  // threads for which there was no descriptor

  static constexpr std::size_t kMostEvents = 8192;  // descriptors: a thread takes one for each core
  static constexpr std::size_t kRingPages = 64;     // of each core

 private:
  struct Ring {
    int event = -1;  // the first of the core, which the others write to
    void* memory = nullptr;
  };
  Sampler() = default;
  [[nodiscard]] Status add_thread(pid_t tid, int per_second);
  void drain(Ring& ring, std::vector<Sample>& into);

  std::vector<int> events_;
  std::map<int, Ring> rings_;  // by core
  bool has_kernel_ = true;
  std::uint64_t lost_ = 0;
  std::size_t threads_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace loadstone::profile
