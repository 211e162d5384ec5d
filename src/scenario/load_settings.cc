#include "base/format.h"
#include "scenario/load_parts.h"

namespace loadstone::scenario {

void read_running_settings(Fields& fields, const std::string& folder, Settings& s) {
  s.duration = fields.value<Nanoseconds>("duration", parse_positive_duration);
  s.warmup = fields.value<Nanoseconds>("warmup", parse_any_duration);
  s.drain = fields.value<Nanoseconds>("drain", parse_any_duration);
  s.connect_timeout = fields.value<Nanoseconds>("connect_timeout", parse_positive_duration);
  s.run_timeout = fields.value<Nanoseconds>("run_timeout", parse_positive_duration);
  s.local_addresses = fields.values<std::string>("local_addresses", parse_ip_address);
  s.unix_socket = fields.value<std::string>("unix_socket", parse_socket_path);
  s.connect_to = fields.value<HostPort>("connect_to", parse_host_port);
  s.tls = read_tls(fields, folder);
  for (const std::string_view key : {"connect_to", "local_addresses"})
    if (s.unix_socket && fields.find(key) != nullptr)
      fields.problems().error(fields.find(key)->key_span, format("{} and unix_socket exclude each other", key));
}

Settings read_settings(Fields& fields, Reading& reading, Placeholders words) {
  Settings s;
  config::Diagnostics& problems = fields.problems();
  if (const auto* headers = fields.entry("headers"))
    s.headers = read_headers(headers->value, {.placeholders = words}, problems);
  read_auth(fields, words, s.headers, s.credentials, reading);
  if (const auto* check = fields.entry("check")) s.check = read_check(check->value, problems);
  s.timeout = fields.value<Nanoseconds>("timeout", parse_positive_duration);
  s.keep_alive = fields.boolean("keep_alive");
  s.version = fields.value<HttpVersion>("version", parse_http_version);
  s.streams = fields.value<int>("streams", parse_streams);
  s.connections = fields.value<int>("connections", parse_connections);
  s.arrivals = fields.value<Arrivals>("arrivals", parse_arrivals);
  s.pacing = fields.value<Pacing>("pacing", parse_pacing);
  read_running_settings(fields, reading.folder, s);
  return s;
}

Settings merge_settings(const Settings& defaults, Settings own) {
  const auto fill = [](auto& mine, const auto& theirs) {
    if (!mine) mine = theirs;
  };
  if (!has_header(own.headers, "Authorization")) fill(own.credentials, defaults.credentials);
  own.headers = merge_headers(defaults.headers, own.headers);
  if (own.credentials)
    std::erase_if(own.headers, [](const Header& h) { return same_header_name(h.name, "Authorization"); });
  if (own.check.status.empty() && own.check.body_contains.empty()) own.check = defaults.check;
  fill(own.warmup, defaults.warmup);
  fill(own.drain, defaults.drain);
  fill(own.timeout, defaults.timeout);
  fill(own.connect_timeout, defaults.connect_timeout);
  fill(own.run_timeout, defaults.run_timeout);
  // What belongs to HTTP/2 alone is not for a scenario that chooses another version than the default.
  if (!own.version) fill(own.streams, defaults.streams);
  fill(own.version, defaults.version);
  fill(own.keep_alive, defaults.keep_alive);
  own.tls.fill(defaults.tls);
  // Another way to the same service replaces the default way as a whole.
  if (!own.unix_socket && !own.connect_to) {
    own.unix_socket = defaults.unix_socket;
    own.connect_to = defaults.connect_to;
  }
  if (!own.unix_socket) fill(own.local_addresses, defaults.local_addresses);
  return own;
}

void apply_endpoint(const Settings& settings, Endpoint& endpoint) {
  if (settings.unix_socket) endpoint.unix_socket = *settings.unix_socket;
  if (settings.connect_to) {
    endpoint.connect_to_host = settings.connect_to->host;
    endpoint.connect_to_port = settings.connect_to->port;
  }
  if (settings.local_addresses) endpoint.local_addresses = *settings.local_addresses;
  settings.tls.apply(endpoint.tls);
}

}  // namespace loadstone::scenario
