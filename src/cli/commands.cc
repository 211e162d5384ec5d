#include "cli/baseline.h"
#include "cli/check.h"
#include "cli/command.h"
#include "cli/compare.h"
#include "cli/diagnose.h"
#include "cli/doctor.h"
#include "cli/http.h"
#include "cli/init.h"
#include "cli/limit.h"
#include "cli/probe.h"
#include "cli/profile.h"
#include "cli/report.h"
#include "cli/run.h"
#include "cli/schema.h"
#include "cli/simulate.h"
#include "cli/ws.h"

namespace loadstone::cli {
namespace {

constexpr Command kCommands[] = {
    {"run", "run suites and judge their targets; the exit code is the verdict", run},
    {"http", "one HTTP test without a file", http},
    {"ws", "one WebSocket test without a file: connections, echo, broadcast or recovery", ws},
    {"sse", "one test of server-sent events without a file: connections, broadcast or recovery", sse},
    {"limit", "the highest rate that still meets the targets, by steps and bisection", limit},
    {"compare", "two results, or two builds live: is B worse, by how much, how sure", compare},
    {"baseline", "keep results of an accepted build, for run --baseline", baseline},
    {"report", "show a saved result again, in any format", report},
    {"simulate", "a server with settable latency, errors and faults, to try things on", simulate},
    {"init", "draft a suite from a URL, a HAR file, an OpenAPI document or a curl command", init},
    {"check", "validate suites without sending anything", check},
    {"diagnose", "experimental: raise the load step by step and say what limits the service", diagnose},
    {"probe", "watch a service of this machine for loadstone on another one", probe},
    {"profile", "where a running process spends CPU time, and what it waits for", profile},
    {"doctor", "is this machine fit to measure, and what can be seen of a service", doctor},
    {"schema", "print the JSON Schema of suite files or of results", schema},
};

}  // namespace

std::span<const Command> commands() { return kCommands; }

}  // namespace loadstone::cli
