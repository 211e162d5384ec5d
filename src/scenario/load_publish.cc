// What is said in a WebSocket scenario, and how it is known again: publish, echo and match.
#include <algorithm>

#include "base/format.h"
#include "base/units.h"
#include "scenario/load_websocket.h"
#include "scenario/websocket_values.h"

namespace loadstone::scenario {
namespace {

using config::Kind;

// The text of whichever of `message`, `json` and (of an echo) `size` is given. Nothing if none is.
std::optional<std::string> read_saying(Fields& fields, bool may_have_size) {
  config::Diagnostics& problems = fields.problems();
  const config::Entry* given = nullptr;
  std::string text;
  for (const std::string_view key : {"message", "json", "size"}) {
    if (key == "size" && !may_have_size) continue;
    const config::Entry* e = fields.entry(key);
    if (e == nullptr) continue;
    if (given != nullptr) {
      problems.error(e->key_span, format("{} and {} exclude each other: a message has one text", e->key, given->key));
      continue;
    }
    given = e;
    if (key == "json")
      text = to_json(e->value, problems);
    else if (key == "size")
      text =
          std::string(std::min(fields.value<std::size_t>("size", parse_message_size).value_or(1), kMaxBodyBytes), 'x');
    else
      text = fields.text("message").value_or("");
    if (text.empty() && e->value.kind == Kind::kScalar) problems.error(e->value.span, "message: the text is missing");
    if (const auto ok = check_placeholders(text, Placeholders::kMessage); !ok)
      problems.error(e->value.span, format("{}: {}", key, ok.error().message));
  }
  if (given == nullptr) return std::nullopt;
  return text;
}

PublishFile read_file(const config::Node& node, config::Diagnostics& problems) {
  PublishFile file;
  Fields fields(node, "file", problems);
  const auto text = [&](std::string_view key) {
    std::string value = fields.text(key).value_or("");
    if (const auto ok = check_placeholders(value, Placeholders::kMessage); !ok)
      problems.error(fields.find(key)->value.span, format("{}: {}", key, ok.error().message));
    return value;
  };
  file.path = text("path");
  if (const config::Entry* path = fields.find("path");
      path != nullptr && path->value.kind == Kind::kScalar &&
      (file.path.empty() || file.path.ends_with('/') || file.path.find('\0') != std::string::npos))
    problems.error(path->value.span, "path: expected the path of a file");
  fields.require("path", "file: the `path:` of the file to write is missing");
  file.content = text("content");
  fields.finish();
  return file;
}

PublishRequest read_publish_request(Fields& fields, const config::Node& node, const PublishPlace& place,
                                    Reading& reading) {
  const config::Entry* request = fields.entry("request");
  if (request == nullptr || request->value.kind != Kind::kMap)
    return {read_request_fields(fields, node, place.request, reading)};
  for (const std::string_view key : {"method", "path", "query", "headers", "body", "body_file", "json", "check"})
    if (const config::Entry* e = fields.find(key)) {
      static_cast<void>(fields.entry(key));
      fields.problems().error(e->key_span, format("{} belongs inside the request", key));
    }
  return {read_request(request->value, place.request, reading)};
}

// Sets `by` from whichever way to publish is given.
void read_way(Fields& fields, const config::Node& node, const PublishPlace& place, Publish& publish, Reading& reading) {
  const auto first_of = [&](std::initializer_list<std::string_view> keys) -> const config::Entry* {
    for (const std::string_view key : keys)
      if (const config::Entry* e = fields.find(key)) return e;
    return nullptr;
  };
  const config::Entry* request = first_of({"request", "method", "path"});
  const config::Entry* message = first_of({"message"});
  const config::Entry* file = fields.entry("file");
  if (message == nullptr && request == nullptr && file == nullptr) message = first_of({"json"});
  const config::Entry* way = request != nullptr ? request : message != nullptr ? message : file;
  for (const config::Entry* other : {message, file})
    if (other != nullptr && other != way)
      fields.problems().error(other->key_span, format("{} and {} exclude each other: each is a way to publish; several "
                                                      "publishers go in a list",
                                                      other->key, way->key));
  if (way == nullptr) {
    static_cast<void>(fields.entry("message"));
    fields.require("request", "publish: what makes the service send? give a `request:`, a `message:` or a `file:`");
  } else if (way == request) {
    static_cast<void>(fields.entry("message"));
    publish.by = read_publish_request(fields, node, place, reading);
  } else if (way == message) {
    publish.by = PublishMessage{read_saying(fields, false).value_or("")};
  } else {
    static_cast<void>(fields.entry("message"));
    publish.by = read_file(file->value, fields.problems());
  }
}

Publish read_publisher(const config::Node& node, const PublishPlace& place, const std::string& default_name,
                       Reading& reading) {
  config::Diagnostics& problems = reading.problems;
  Fields fields(node, "publish", problems);
  Publish publish;
  if (node.kind != Kind::kMap) return publish;
  publish.name = fields.text("name").value_or(default_name);
  if (publish.name.empty() || publish.name.size() > 100 ||
      std::any_of(publish.name.begin(), publish.name.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
    problems.error(fields.find("name")->value.span, "name: expected 1 to 100 characters on one line");
  read_way(fields, node, place, publish, reading);
  publish.count = fields.value<std::uint64_t>("count", parse_request_count);
  publish.rate = fields.value<double>("rate", parse_steady_rate).value_or(publish.rate);
  publish.arrivals =
      fields.value<Arrivals>("arrivals", parse_arrivals).value_or(place.arrivals.value_or(publish.arrivals));
  publish.publishers = fields.value<int>("publishers", parse_connections).value_or(publish.publishers);
  if (const auto* e = fields.find("publishers"); e != nullptr && std::holds_alternative<PublishFile>(publish.by))
    problems.error(e->key_span, "publishers: files are written one after the other");
  fields.finish();
  return publish;
}

}  // namespace

std::vector<Publish> read_publish(const config::Node& node, const PublishPlace& place, Reading& reading) {
  std::vector<Publish> publishers;
  if (node.kind != Kind::kSequence) {
    publishers.push_back(read_publisher(node, place, "publish", reading));
    return publishers;
  }
  if (node.items.empty()) reading.problems.error(node.span, "publish: expected at least one publisher");
  if (node.items.size() > kMaxPublishers) {
    reading.problems.error(node.span, format("more than {} publishers", kMaxPublishers));
    return publishers;
  }
  for (const config::Node& item : node.items) {
    const std::size_t number = publishers.size() + 1;
    Publish publish = read_publisher(item, place, number == 1 ? "publish" : format("publish {}", number), reading);
    if (std::any_of(publishers.begin(), publishers.end(), [&](const Publish& p) { return p.name == publish.name; }))
      reading.problems.error(item.span, format("two publishers are named {}", config::quoted(publish.name)),
                             "give each a `name:` of its own");
    publishers.push_back(std::move(publish));
  }
  return publishers;
}

Echo read_echo(const config::Node& node, const Settings& defaults, config::Diagnostics& problems) {
  Echo echo;
  echo.timeout = defaults.timeout.value_or(echo.timeout);
  echo.arrivals = defaults.arrivals.value_or(echo.arrivals);
  if (node.kind == Kind::kScalar) {
    echo.text = node.text;
    if (echo.text.empty()) problems.error(node.span, "echo: the text is missing");
    if (const auto ok = check_placeholders(echo.text, Placeholders::kMessage); !ok)
      problems.error(node.span, "echo: " + ok.error().message);
    return echo;
  }
  Fields fields(node, "echo", problems);
  echo.text = read_saying(fields, true).value_or("");
  if (fields.find("json") == nullptr && fields.find("size") == nullptr)
    fields.require("message", "echo: what do the clients send? give a `message:`, a `json:` or a `size:`");
  echo.rate = fields.value<double>("rate", parse_steady_rate);
  echo.think = fields.value<Nanoseconds>("think", parse_any_duration).value_or(echo.think);
  echo.timeout = fields.value<Nanoseconds>("timeout", parse_positive_duration).value_or(echo.timeout);
  echo.arrivals = fields.value<Arrivals>("arrivals", parse_arrivals).value_or(echo.arrivals);
  echo.count = fields.value<std::uint64_t>("count", parse_request_count);
  const bool has_rate = fields.find("rate") != nullptr;
  if (const auto* think = fields.find("think"); think != nullptr && has_rate)
    problems.error(think->key_span, "think and rate exclude each other: at a rate nobody waits for an answer");
  if (const auto* arrivals = fields.find("arrivals"); arrivals != nullptr && !has_rate)
    problems.error(arrivals->key_span, "arrivals needs a rate; without one messages follow answers");
  fields.finish();
  return echo;
}

Match read_match(const config::Node& node, config::Diagnostics& problems) {
  Match match;
  if (node.kind == Kind::kScalar) {
    match.how = Match::How::kPointer;
    if (const auto pointer = parse_pointer(node.text))
      match.expression = *pointer;
    else
      problems.error(node.span, "match: " + pointer.error().message, "a pattern is written {pattern: 'id=([0-9]+)'}");
    return match;
  }
  Fields fields(node, "match", problems);
  const config::Entry* given = nullptr;
  for (const std::string_view key : {"pointer", "pattern", "header"}) {
    const config::Entry* e = fields.entry(key);
    if (e == nullptr) continue;
    if (given != nullptr)
      problems.error(e->key_span,
                     format("{} and {} exclude each other: the id is found in one way", e->key, given->key));
    else
      given = e;
  }
  if (const auto pointer = fields.value<std::string>("pointer", parse_pointer)) {
    match.how = Match::How::kPointer;
    match.expression = *pointer;
  } else if (const auto pattern = fields.value<std::string>("pattern", parse_id_pattern)) {
    match.how = Match::How::kPattern;
    match.expression = *pattern;
  } else if (const auto header = fields.boolean("header"); header && !*header) {
    problems.error(given->value.span, "header: only true makes sense; else give a `pointer:` or a `pattern:`");
  }
  if (given == nullptr)
    fields.require("pointer", "match: where is the id? give a `pointer:`, a `pattern:` or `header: true`");
  match.time = fields.value<std::string>("time", parse_pointer).value_or("");
  match.identical = fields.boolean("identical").value_or(match.identical);
  fields.finish();
  return match;
}

}  // namespace loadstone::scenario
