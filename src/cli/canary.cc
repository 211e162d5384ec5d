#include "cli/canary.h"

#include <filesystem>

#include "base/format.h"
#include "cli/interrupt.h"
#include "cli/service_watch.h"
#include "compare/saved.h"
#include "duet/build.h"
#include "scenario/load.h"

namespace loadstone::cli {
namespace {

constexpr std::string_view kLoad = R"(
target: {}
scenarios:
  - name: canary
    http: {{request: GET /health, rate: 1000/s, connections: 10, warmup: 500ms, duration: 2s}}
)";

}  // namespace

Result<std::map<std::string, std::string>> hear_canary(const engine::RunOptions& options, const std::string& log_file) {
  const auto give_up = [] { return Interrupt::signal() != 0; };
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  scenario::Service simulator;
  simulator.command = {program.string(), "simulate", "--port", "{port}"};
  simulator.ready_target = "/health";
  auto build = duet::Build::start({"the simulator", std::nullopt, simulator}, log_file, give_up);
  if (!build) return fail(build.error());
  const auto loaded = scenario::load_suite_text("canary", format(kLoad, build->url().text()), {});
  if (!loaded.suite) return fail(ErrorCode::kInvalid, loaded.problems);
  ServiceWatch watch(*loaded.suite, *build->pid(), RunOptions{});
  watch.begin();
  stats::Histogram times;
  double cpu_seconds = 0;
  engine::Observer observer;
  observer.should_stop = give_up;
  observer.block = [&](result::Block&& block) {
    watch.fill(block);
    if (!block.measured) return true;
    if (const auto found = block.histograms.find("service_time"); found != block.histograms.end())
      times.add(found->second);
    cpu_seconds += block.service.cpu_seconds;
    return true;
  };
  const auto end = engine::run_scenario(loaded.suite->scenarios.front(), 0, options, observer);
  if (!end.problem.empty()) return fail(ErrorCode::kUnavailable, end.problem);
  if (times.empty() || cpu_seconds <= 0) return fail(ErrorCode::kUnavailable, "the simulator could not be measured");
  return std::map<std::string, std::string>{
      {compare::kCanaryTime, format("{:.6g}", times.quantile(0.5))},
      {compare::kCanaryCpu, format("{:.6g}", cpu_seconds / static_cast<double>(times.count()))}};
}

}  // namespace loadstone::cli
