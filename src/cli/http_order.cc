#include "cli/http_order.h"

#include "cli/http_flags.h"

namespace loadstone::cli {

tl::expected<HttpOrder, Usage> parse_http(Arguments arguments) {
  Flags flags("http", "URL [FLAGS]", "Tests one URL. Without a rate each connection is a user who waits for answers.");
  HttpFlags typed;
  typed.declare(flags);
  Usage usage = flags.parse(arguments);
  if (!usage.help.empty()) return tl::unexpected(std::move(usage));
  HttpOrder order;
  scenario::Scenario test = typed.read(usage);
  order.options = typed.run.read(usage);
  if (!usage.mistakes.empty()) return tl::unexpected(std::move(usage));
  order.options.command_line = command_line("http", arguments);
  order.suite.name = test.endpoint.url.scheme + "://" + test.endpoint.url.authority();
  order.suite.scenarios.push_back(std::move(test));
  return order;
}

}  // namespace loadstone::cli
