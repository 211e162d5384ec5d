// What a run was, before any number: written first into the journal, so that whatever is found after a crash can be
// read.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "metric/metric.h"
#include "result/ledger.h"
#include "result/profile.h"
#include "result/recovery.h"

namespace loadstone::result {

struct PlannedScenario {
  std::string name;
  std::string kind;          // "http", "websocket" or "event_stream"
  std::string plan;          // the load in words, as printed before the run
  bool closed_loop = false;  // every load of it is closed: it cannot show the waiting that arrivals at a rate would add
  double planned_seconds = 0;         // measured time; 0 when a number of requests ends it
  double offered_per_second = 0;      // mean planned rate of an open load, 0 for closed
  std::vector<double> stage_seconds;  // of a load in stages, in order; empty for one load throughout
  bool varies = false;                // the load itself changes over the measured time: it has no steady state
  std::vector<std::string> steps;     // names, in the order of the suite
  std::vector<metric::Target> targets;
};

struct Run {
  std::string suite;
  std::string suite_file;
  std::string command;  // the exact command line, for running it again
  std::string version;  // loadstone's
  std::string reactor;  // io_uring or epoll
  std::uint64_t seed = 0;
  int shards = 0;
  double started_at = 0;                           // seconds since the epoch, wall clock, for people
  std::map<std::string, std::string> environment;  // cpu, cores, kernel, memory, hostname …
  std::vector<PlannedScenario> scenarios;
};

// How one scenario came to its end.
struct ScenarioEnd {
  std::size_t scenario = 0;
  double measured_seconds = 0;  // the measured time as it really was
  bool interrupted = false;     // stopped before its planned end
  std::string problem;  // why it could not be run or judged ("the service could not be reached: …"), empty if it could
  std::vector<std::string> notes;         // worth telling a person: first errors with examples, a service that died …
  std::optional<Ledger> ledger{};         // of a scenario with broadcasts
  std::optional<Recovery> recovery{};     // of a scenario that drops its clients
  std::optional<StackProfile> profile{};  // of the service, where one was asked for
  double memory_after = 0;                // of the service, some time after all connections were closed; 0: not known
};

}  // namespace loadstone::result
