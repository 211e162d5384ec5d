#include "cli/ws_order.h"

#include "cli/ws_flags.h"

namespace loadstone::cli {

tl::expected<WsOrder, Usage> parse_ws(Arguments arguments) {
  Flags flags(
      "ws", "URL [FLAGS]",
      "Tests one WebSocket address. Clients connect and stay; with --echo they wait for answers, with --publish "
      "or\n--say they all must hear each message, with --cycles they drop and come back.");
  WsFlags typed;
  typed.declare(flags);
  Usage usage = flags.parse(arguments);
  if (!usage.help.empty()) return tl::unexpected(std::move(usage));
  WsOrder order;
  scenario::Scenario test = typed.read(usage);
  order.options = typed.run.read(usage);
  if (!usage.mistakes.empty()) return tl::unexpected(std::move(usage));
  order.options.command_line = command_line("ws", arguments);
  order.suite.name = (test.endpoint.url.is_secure() ? "wss://" : "ws://") + test.endpoint.url.authority();
  order.suite.scenarios.push_back(std::move(test));
  return order;
}

}  // namespace loadstone::cli
