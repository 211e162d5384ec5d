#include "cli/ws.h"

#include "cli/execute.h"
#include "cli/ws_order.h"

namespace loadstone::cli {

int ws(Console& console, Arguments arguments) {
  const auto order = parse_ws(arguments);
  if (!order) return answer(console, order.error());
  return execute(console, order->suite, order->options);
}

}  // namespace loadstone::cli
