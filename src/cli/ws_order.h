// What `loadstone ws` or `loadstone sse` was told to do, understood and checked.
#pragma once

#include "base/result.h"
#include "cli/flags.h"
#include "cli/run_options.h"
#include "scenario/scenario.h"

namespace loadstone::cli {

struct WsOrder {
  scenario::Suite suite;  // of one scenario
  RunOptions options;
};
[[nodiscard]] tl::expected<WsOrder, Usage> parse_ws(Arguments arguments);
[[nodiscard]] tl::expected<WsOrder, Usage> parse_sse(Arguments arguments);

}  // namespace loadstone::cli
