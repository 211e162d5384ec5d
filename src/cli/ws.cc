#include "cli/ws.h"

#include "cli/execute.h"
#include "cli/ws_order.h"

namespace loadstone::cli {

namespace {

int execute_order(Console& console, const tl::expected<WsOrder, Usage>& order) {
  if (!order) return answer(console, order.error());
  return execute(console, order->suite, order->options);
}

}  // namespace

int ws(Console& console, Arguments arguments) { return execute_order(console, parse_ws(arguments)); }

int sse(Console& console, Arguments arguments) { return execute_order(console, parse_sse(arguments)); }

}  // namespace loadstone::cli
