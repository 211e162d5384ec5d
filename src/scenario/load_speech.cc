// Steps of a journey that speak by WebSocket.
#include <algorithm>

#include "base/format.h"
#include "scenario/load_parts.h"

namespace loadstone::scenario {
namespace {

using config::Kind;
using journey::Speech;
using journey::Vocabulary;

// A text, or anything else as compact JSON.
std::string read_message(const config::Node& node, config::Diagnostics& problems) {
  std::string text;
  if (node.kind == Kind::kMap || node.kind == Kind::kSequence)
    text = to_json(node, problems);
  else if (const auto given = scalar(node, "send", problems))
    text = *given;
  if (text.size() > kMaxBodyBytes)
    problems.error(node.span, format("send: a message of more than {} bytes", kMaxBodyBytes));
  return text;
}

// "nothing", or what must hold of a message: one expectation or several.
void read_await(const config::Node& node, const Vocabulary& vocabulary, Speech& speech, config::Diagnostics& problems) {
  if (node.kind == Kind::kScalar && node.text == "nothing") {
    speech.waits = Speech::Waits::kForNothing;
    return;
  }
  speech.waits = Speech::Waits::kForOne;
  const auto read = [&](const config::Node& item) {
    auto expectation = read_expectation(item, "await", vocabulary, problems);
    if (!expectation) return;
    check_is_of_message(expectation->what, "await", item.span, problems);
    speech.awaited.push_back(std::move(*expectation));
  };
  if (node.kind == Kind::kSequence && !node.items.empty())
    for (const config::Node& item : node.items) read(item);
  else
    read(node);
}

}  // namespace

std::optional<journey::Expectation> read_expectation(const config::Node& node, std::string_view key,
                                                     const Vocabulary& vocabulary, config::Diagnostics& problems) {
  const auto text = scalar(node, key, problems);
  if (!text) return std::nullopt;
  std::string_view rest = *text;
  auto what = journey::Lookup::take(rest);
  if (!what || text->starts_with("re:")) {
    problems.error(node.span, what ? format("{}: expected /a/json/pointer, {} and what must hold of it", key,
                                            key == "await" ? "or 'body'," : "'header NAME', 'body' or 'status'")
                                   : format("{}: {}", key, what.error().message));
    return std::nullopt;
  }
  auto comparison = journey::Comparison::parse(rest, vocabulary);
  if (!comparison) {
    problems.error(node.span, format("{}: {}", key, comparison.error().message));
    return std::nullopt;
  }
  return journey::Expectation{std::string(*text), std::move(*what), std::move(*comparison)};
}

void check_is_of_message(const journey::Lookup& place, std::string_view key, config::Span where,
                         config::Diagnostics& problems) {
  if (place.needs_fields()) problems.error(where, format("{}: a message of a WebSocket has no headers", key));
  if (place.needs_status())
    problems.error(where,
                   format("{}: a message of a WebSocket has no status; `check: status == 403` is of the answer to "
                          "who would open one",
                          key));
}

Speech read_speech(Fields& fields, const Vocabulary& vocabulary, Request& request, config::Diagnostics& problems) {
  Speech speech;
  for (const std::string_view key : {"request", "method", "path", "body", "body_file", "json"}) {
    const config::Entry* e = fields.entry(key);
    if (e == nullptr) continue;
    const bool is_body = key == "body" || key == "body_file" || key == "json";
    problems.error(e->key_span, format("{} and websocket exclude each other: {}", key,
                                       is_body ? "what is said by WebSocket is `send`"
                                               : "a step sends a request or speaks by WebSocket"));
  }
  if (const auto* send = fields.entry("send")) {
    speech.says = true;
    speech.waits = Speech::Waits::kForAny;
    request.body = read_message(send->value, problems);
  }
  if (const auto* await = fields.entry("await")) read_await(await->value, vocabulary, speech, problems);
  speech.timeout = fields.value<Nanoseconds>("timeout", parse_positive_duration);
  speech.closes = fields.boolean("close").value_or(false);
  if (speech.closes)
    for (const std::string_view key : {"send", "await", "extract", "check"})
      if (const auto* e = fields.find(key))
        problems.error(e->key_span, format("{} and close exclude each other: closing is a step by itself", key));
  return speech;
}

void refuse_speech(Fields& fields) {
  for (const std::string_view key : {"send", "await", "close", "subprotocols", "timeout"})
    if (const config::Entry* e = fields.find(key)) {
      static_cast<void>(fields.entry(key));
      fields.problems().error(
          e->key_span, key == "timeout"
                           ? "timeout: a request's is that of the scenario; a step has its own with `websocket:`"
                           : format("{} needs `websocket: /path`: it is of a step that speaks by WebSocket", key));
    }
}

}  // namespace loadstone::scenario
