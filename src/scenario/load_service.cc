#include <algorithm>

#include "base/format.h"
#include "scenario/load_parts.h"

namespace loadstone::scenario {
namespace {

using config::Kind;

constexpr std::size_t kMaxArguments = 1000;

bool has_zero(std::string_view text) { return text.find('\0') != std::string_view::npos; }

std::vector<std::pair<std::string, std::string>> read_environment(const config::Node& node,
                                                                  config::Diagnostics& problems) {
  std::vector<std::pair<std::string, std::string>> environment;
  if (node.kind != Kind::kMap) {
    problems.error(node.span, "environment: expected a mapping, such as {LOG_LEVEL: debug}");
    return environment;
  }
  for (const config::Entry& e : node.entries) {
    if (e.key.empty() || e.key.find('=') != std::string::npos || has_zero(e.key))
      problems.error(e.key_span, "environment: a name may not be empty or hold '='");
    if (e.value.kind == Kind::kNull) {
      environment.emplace_back(e.key, "");
    } else if (const auto value = scalar(e.value, "environment", problems)) {
      if (has_zero(*value)) problems.error(e.value.span, "environment: a value may not hold a zero byte");
      environment.emplace_back(e.key, *value);
    }
  }
  return environment;
}

// "GET /health", or a port.
void read_ready(const config::Entry* entry, Service& service, const std::optional<Endpoint>& target,
                config::Span service_span, config::Diagnostics& problems) {
  if (target) service.endpoint = *target;
  if (entry != nullptr) {
    const auto text = scalar(entry->value, "ready", problems);
    if (!text) return;
    const bool is_port = std::all_of(text->begin(), text->end(), [](char c) { return c >= '0' && c <= '9'; });
    if (is_port) {
      const auto port = parse_host_port(format("127.0.0.1:{}", *text));
      if (!port) {
        problems.error(entry->value.span, "ready: " + port.error().message);
        return;
      }
      service.endpoint = Endpoint{};
      service.endpoint.url = Url{"http", "127.0.0.1", port->port, "/"};
      return;
    }
    const auto line = parse_request_line(*text);
    if (!line || !check_placeholders(line->target, Placeholders::kNone)) {
      problems.error(entry->value.span, "ready: expected a request such as GET /health, or a port");
      return;
    }
    if (line->method != "GET" && line->method != "HEAD")
      problems.error(entry->value.span, "ready: the method must be GET or HEAD");
    service.ready_method = line->method;
    service.ready_target = line->target;
  }
  if (!target)
    problems.error(entry != nullptr ? entry->value.span : service_span,
                   "where does the service answer? give the suite a `target:`, or a port as `ready:`");
}

}  // namespace

std::vector<std::string> read_command(const config::Node& node, config::Diagnostics& problems) {
  std::vector<std::string> command;
  if (node.kind == Kind::kSequence) {
    for (const config::Node& item : node.items) {
      const auto word = scalar(item, "command", problems);
      if (!word) continue;
      if (has_zero(*word)) problems.error(item.span, "command: a zero byte cannot be passed to a program");
      command.emplace_back(*word);
    }
    if (command.empty() || command.front().empty()) problems.error(node.span, "command: the program is missing");
    if (command.size() > kMaxArguments) problems.error(node.span, format("command: more than {} words", kMaxArguments));
  } else if (auto words = read_scalar(node, "command", split_command, problems)) {
    command = std::move(*words);
  }
  return command;
}

void read_service(const config::Node& node, const std::optional<Endpoint>& target, std::optional<Service>& service,
                  std::optional<ProbeAddress>& probe, config::Diagnostics& problems) {
  Fields fields(node, "service", problems);
  const config::Entry* command = fields.entry("command");
  const config::Entry* probe_entry = fields.entry("probe");
  if (probe_entry != nullptr && command == nullptr) {
    if (const auto place = read_scalar(probe_entry->value, "probe", parse_host_port, problems))
      probe = {place->host, place->port};
    fields.finish();
    return;
  }
  if (probe_entry != nullptr)
    problems.error(probe_entry->key_span, "probe: a service that loadstone starts runs here, and is watched here");
  Service started;
  if (command != nullptr) started.command = read_command(command->value, problems);
  fields.require("command", "service: the `command:` that starts it, or the `probe:` that watches it, is missing");
  if (auto directory = fields.text("directory")) started.directory = std::move(*directory);
  if (const auto* environment = fields.entry("environment"))
    started.environment = read_environment(environment->value, problems);
  read_ready(fields.entry("ready"), started, target, node.span, problems);
  if (auto timeout = fields.value<Nanoseconds>("ready_timeout", parse_positive_duration))
    started.ready_timeout = *timeout;
  if (auto timeout = fields.value<Nanoseconds>("stop_timeout", parse_positive_duration))
    started.stop_timeout = *timeout;
  fields.finish();
  service = std::move(started);
}

}  // namespace loadstone::scenario
