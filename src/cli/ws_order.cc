#include "cli/ws_order.h"

#include "base/format.h"
#include "cli/ws_flags.h"

namespace loadstone::cli {

namespace {

tl::expected<WsOrder, Usage> parse(Flags& flags, WsFlags& typed, std::string_view command, Arguments arguments) {
  typed.declare(flags);
  Usage usage = flags.parse(arguments);
  if (!usage.help.empty()) return tl::unexpected(std::move(usage));
  WsOrder order;
  scenario::Scenario test = typed.read(usage);
  order.options = typed.run.read(usage);
  if (!usage.mistakes.empty()) return tl::unexpected(std::move(usage));
  order.options.command_line = command_line(command, arguments);
  const std::string_view plain = typed.listens_only ? "http" : "ws";
  order.suite.name =
      format("{}{}://{}", plain, test.endpoint.url.is_secure() ? "s" : "", test.endpoint.url.authority());
  order.suite.scenarios.push_back(std::move(test));
  return order;
}

}  // namespace

tl::expected<WsOrder, Usage> parse_ws(Arguments arguments) {
  Flags flags(
      "ws", "URL [FLAGS]",
      "Tests one WebSocket address. Clients connect and stay; with --echo they wait for answers, with --publish "
      "or\n--say they all must hear each message, with --cycles they drop and come back.");
  WsFlags typed(false);
  return parse(flags, typed, "ws", arguments);
}

tl::expected<WsOrder, Usage> parse_sse(Arguments arguments) {
  Flags flags("sse", "URL [FLAGS]",
              "Tests one event stream (server-sent events). Clients connect and listen; with --publish they all must "
              "hear\neach message, with --cycles they drop and come back with the id of their last event.");
  WsFlags typed(true);
  return parse(flags, typed, "sse", arguments);
}

}  // namespace loadstone::cli
