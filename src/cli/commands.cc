#include "cli/check.h"
#include "cli/command.h"
#include "cli/http.h"
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
    {"report", "show a saved result again, in any format", report},
    {"simulate", "a server with settable latency, errors and faults, to try things on", simulate},
    {"check", "validate suites without sending anything", check},
    {"schema", "print the JSON Schema of suite files or of results", schema},
};

}  // namespace

std::span<const Command> commands() { return kCommands; }

}  // namespace loadstone::cli
