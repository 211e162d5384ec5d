#include "cli/http.h"

#include "cli/execute.h"
#include "cli/http_order.h"

namespace loadstone::cli {

int http(Console& console, Arguments arguments) {
  const auto order = parse_http(arguments);
  if (!order) return answer(console, order.error());
  return execute(console, order->suite, order->options);
}

}  // namespace loadstone::cli
