#include "cli/endpoint_flags.h"

#include "cli/run_flags.h"
#include "scenario/values.h"

namespace loadstone::cli {

void EndpointFlags::declare(Flags& flags) {
  flags.values(local_ips, "--local-ip", "ADDRESS,...", "Connect from these addresses in turn");
  flags.value(connect_to, "--connect-to", "HOST:PORT", "Connect there instead of to the URL's host");
  flags.value(unix_socket, "--unix-socket", "PATH", "Connect to this socket");
  tls.declare(flags);
}

void EndpointFlags::read(scenario::Endpoint& endpoint, Usage& usage) const {
  if (const auto to = read_flag(connect_to, "--connect-to", scenario::parse_host_port, usage)) {
    endpoint.connect_to_host = to->host;
    endpoint.connect_to_port = to->port;
  }
  if (auto path = read_flag(unix_socket, "--unix-socket", scenario::parse_socket_path, usage))
    endpoint.unix_socket = std::move(*path);
  for (const std::string& text : split_list(local_ips))
    if (auto address = read_flag<std::string>(text, "--local-ip", scenario::parse_ip_address, usage))
      endpoint.local_addresses.push_back(std::move(*address));
  const std::size_t before = usage.mistakes.size();
  tls.read(usage).apply(endpoint.tls);
  if (usage.mistakes.size() == before)
    if (const auto good = check_tls_files(endpoint); !good) usage.mistakes.push_back(good.error().message);
  if (unix_socket && connect_to) usage.mistakes.emplace_back("--unix-socket and --connect-to exclude each other");
  if (unix_socket && !local_ips.empty()) usage.mistakes.emplace_back("--unix-socket and --local-ip exclude each other");
}

}  // namespace loadstone::cli
