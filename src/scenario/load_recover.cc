// What happens to the connections of a WebSocket scenario: drops, churn, slow readers, filters, compression.
#include <algorithm>

#include "base/format.h"
#include "base/units.h"
#include "scenario/load_websocket.h"
#include "scenario/websocket_values.h"

namespace loadstone::scenario {
namespace {

using config::Kind;

Backoff read_backoff(const config::Node& node, config::Diagnostics& problems) {
  Backoff backoff;
  Fields fields(node, "backoff", problems);
  const auto first = fields.value<Nanoseconds>("first", parse_any_duration);
  const auto longest = fields.value<Nanoseconds>("longest", parse_any_duration);
  backoff.first = first.value_or(backoff.first);
  backoff.longest = longest.value_or(std::max(backoff.longest, backoff.first));
  backoff.factor = fields.value<double>("factor", parse_backoff_factor).value_or(backoff.factor);
  backoff.attempts = fields.value<int>("attempts", parse_attempts).value_or(backoff.attempts);
  if (longest && backoff.longest < backoff.first)
    problems.error(fields.find("longest")->value.span,
                   format("longest: shorter than the first pause of {}", show_duration(backoff.first)));
  fields.finish();
  return backoff;
}

// The names of publishers whose messages a filter lets through.
std::vector<std::string> read_hears(Fields& fields, const std::vector<Publish>& publishers) {
  const config::Entry* e = fields.entry("hears");
  fields.require("hears", "a filter needs `hears:`: the names of the publishers whose messages its clients must hear");
  if (e == nullptr) return {};
  std::vector<std::string> known;
  for (const Publish& p : publishers) known.push_back(p.name);
  std::vector<std::string> hears;
  const auto add = [&](const config::Node& node) {
    const auto name = scalar(node, "hears", fields.problems());
    if (!name) return;
    if (!known.empty() && std::find(known.begin(), known.end(), *name) == known.end()) {
      const std::string_view near = nearest_word(*name, known);
      std::string all;
      for (const auto& k : known) all += (all.empty() ? "" : ", ") + k;
      fields.problems().error(node.span, format("hears: nobody publishes under the name {}", config::quoted(*name)),
                              near.empty() ? "there is: " + all : config::did_you_mean(near));
    } else if (std::find(hears.begin(), hears.end(), *name) != hears.end()) {
      fields.problems().error(node.span, format("hears: {} is given twice", config::quoted(*name)));
    }
    hears.emplace_back(*name);
  };
  if (e->value.kind == Kind::kSequence)
    for (const config::Node& item : e->value.items) add(item);
  else
    add(e->value);
  if (e->value.kind == Kind::kSequence && e->value.items.empty())
    fields.problems().error(e->value.span, "hears: expected at least one publisher");
  return hears;
}

}  // namespace

Recover read_recover(const config::Node& node, config::Diagnostics& problems) {
  Recover recover;
  Fields fields(node, "recover", problems);
  recover.cycles = fields.value<int>("cycles", parse_cycles).value_or(recover.cycles);
  recover.drop = fields.value<Recover::Drop>("drop", parse_drop).value_or(recover.drop);
  const config::Entry* command = fields.entry("command");
  if (command != nullptr) recover.command = read_command(command->value, problems);
  if (command != nullptr && recover.drop != Recover::Drop::kRestart)
    problems.error(command->key_span, "command is what drops the connections with `drop: restart` only");
  if (command == nullptr && recover.drop == Recover::Drop::kRestart)
    problems.error(fields.find("drop")->value.span,
                   "drop: restart needs the `command:` that restarts the service, such as [systemctl, restart, shop]");
  recover.pause = fields.value<Nanoseconds>("pause", parse_any_duration).value_or(recover.pause);
  recover.at_once = fields.boolean("at_once").value_or(recover.at_once);
  if (!recover.at_once && recover.drop == Recover::Drop::kRestart)
    problems.error(fields.find("at_once")->key_span, "at_once: a restart drops all clients together");
  if (!recover.at_once && recover.pause == Nanoseconds(0))
    problems.error(fields.find("at_once")->key_span, "at_once: false spreads the drops over the pause, which is 0");
  if (const auto* backoff = fields.entry("backoff")) recover.backoff = read_backoff(backoff->value, problems);
  fields.finish();
  return recover;
}

Churn read_churn(const config::Node& node, config::Diagnostics& problems) {
  Churn churn;
  Fields fields(node, "churn", problems);
  churn.stay = fields.value<Nanoseconds>("stay", parse_positive_duration).value_or(churn.stay);
  fields.require("stay", "churn: how long does each client `stay:`?");
  fields.finish();
  return churn;
}

SlowReaders read_slow(const config::Node& node, config::Diagnostics& problems) {
  SlowReaders slow;
  Fields fields(node, "slow", problems);
  slow.clients = fields.value<int>("clients", parse_connections).value_or(slow.clients);
  slow.bytes_per_second = fields.value<double>("read", parse_reading).value_or(slow.bytes_per_second);
  fields.require("clients", "slow: how many `clients:` read slowly?");
  fields.finish();
  return slow;
}

Compression read_compression(const config::Node& node, config::Diagnostics& problems) {
  Compression compression;
  if (node.kind == Kind::kScalar) {
    if (node.text == "true" || node.text == "false")
      compression.offered = node.text == "true";
    else
      problems.error(node.span,
                     "compression: expected true, false, or a mapping such as {client_context_takeover: false}");
    return compression;
  }
  Fields fields(node, "compression", problems);
  compression.offered = true;
  compression.client_context_takeover = fields.boolean("client_context_takeover").value_or(true);
  compression.server_context_takeover = fields.boolean("server_context_takeover").value_or(true);
  fields.finish();
  return compression;
}

std::vector<Filter> read_filters(const config::Node& node, const std::string& base_path,
                                 const std::vector<Publish>& publishers, config::Diagnostics& problems) {
  std::vector<Filter> filters;
  if (node.kind != Kind::kSequence || node.items.empty()) {
    problems.error(node.span, "filters: expected a list such as [{clients: 5, path: /events/orders, hears: orders}]");
    return filters;
  }
  if (node.items.size() > kMaxPublishers) {
    problems.error(node.span, format("more than {} filters", kMaxPublishers));
    return filters;
  }
  for (const config::Node& item : node.items) {
    Fields fields(item, "a filter", problems);
    Filter filter;
    filter.clients = fields.value<int>("clients", parse_connections).value_or(1);
    fields.require("clients", "a filter needs its number of clients");
    filter.path = read_path(fields, base_path).value_or("");
    filter.on_open = read_on_open(fields);
    filter.ready = fields.value<std::string>("ready", parse_pattern).value_or("");
    filter.hears = read_hears(fields, publishers);
    if (item.kind == Kind::kMap && fields.find("path") == nullptr && fields.find("on_open") == nullptr)
      problems.error(item.span, "a filter needs a `path:` or an `on_open:`, by which the service knows what to send");
    fields.finish();
    filters.push_back(std::move(filter));
  }
  return filters;
}

}  // namespace loadstone::scenario
