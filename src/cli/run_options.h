// How a suite is to be run, as typed: everything that is not in the suite.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.h"
#include "liveview/live_address.h"
#include "scenario/scenario.h"

namespace loadstone::cli {

enum class ReactorChoice : std::uint8_t { kAuto, kUring, kEpoll };
enum class OnInconclusive : std::uint8_t { kReport, kPass, kFail };  // exit code 4, 0 or 1

inline constexpr int kMaxThreads = 1024;

struct RunOptions {
  std::optional<int> threads;  // shards; unless given, as many as the machine has cores to spare
  ReactorChoice reactor = ReactorChoice::kAuto;
  std::optional<std::uint64_t> seed;            // unless given, drawn and reported
  std::string out;                              // folder for results, not yet made; empty: nothing is written
  std::vector<std::string> formats;             // of report::formats(); empty: text
  bool fail_fast = false;                       // stop after the first scenario that is not passed
  bool watch = true;                            // the service, when it runs on this machine or has a probe
  bool looks_closely = false;                   // at its threads: it is asked what limits it, and nothing else
  std::optional<scenario::ProbeAddress> probe;  // rather than the suite's
  int exit_code_on_miss = kExitMissed;
  OnInconclusive on_inconclusive = OnInconclusive::kReport;
  std::string baseline;                       // name of a baseline to judge the run against; empty: none
  bool canary = false;                        // hear one before the run
  std::string history;                        // the file of baselines; empty: the user's own
  std::optional<liveview::LiveAddress> live;  // serve the page of the run here
  std::string command_line;                   // that can be typed again
};

}  // namespace loadstone::cli
