#include "cli/run.h"

#include "cli/baseline.h"
#include "cli/execute.h"
#include "cli/run_order.h"
#include "cli/suite_flags.h"

namespace loadstone::cli {

int run(Console& console, Arguments arguments) {
  auto order = parse_run(console, arguments);
  if (!order) return answer(console, order.error());
  const auto suites = load_suites(console, order->files, order->load);
  if (!suites) {
    console.err << "Nothing was sent.\n";
    return kExitUsage;
  }
  if (const auto status = check_baseline(console, order->options); !status) {
    console.err << "loadstone: " << status.error().message << "\nNothing was sent.\n";
    return kExitUsage;
  }
  const auto folders = result_folders(order->options.out, *suites);
  int code = kExitMet;
  for (std::size_t i = 0; i < suites->size(); ++i) {
    order->options.out = folders[i];
    code = worse_exit_code(code, execute(console, (*suites)[i], order->options));
    if (is_interrupted(code) || (order->options.fail_fast && code != kExitMet)) break;
  }
  return code;
}

}  // namespace loadstone::cli
