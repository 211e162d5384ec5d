#include <algorithm>
#include <filesystem>

#include "base/format.h"
#include "scenario/body_file.h"
#include "scenario/load_parts.h"
#include "scenario/load_websocket.h"
#include "scenario/websocket_values.h"

namespace loadstone::scenario {
namespace {

// "name=a&name=b" from a mapping of names to a value or several.
std::string read_query(const config::Node& node, Placeholders known, config::Diagnostics& problems) {
  std::string query;
  if (node.kind != config::Kind::kMap) {
    problems.error(node.span, "query: expected a mapping of names to values");
    return query;
  }
  const auto append = [&](const config::Entry& e, const config::Node& value) {
    if (value.kind == config::Kind::kSequence || value.kind == config::Kind::kMap) {
      problems.error(value.span, format("query: expected a single value for {}", config::quoted(e.key)));
      return;
    }
    if (const auto ok = check_placeholders(value.text, known); !ok) problems.error(value.span, ok.error().message);
    query += format("{}{}={}", query.empty() ? "" : "&", encode_query(e.key), encode_query(value.text));
  };
  for (const config::Entry& e : node.entries) {
    if (e.value.kind == config::Kind::kSequence)
      for (const config::Node& item : e.value.items) append(e, item);
    else
      append(e, e.value);
  }
  return query;
}

// Sets method and target from `request: GET /path`, or from `method:` and `path:`.
void read_line(Fields& fields, const config::Node& node, Request& request, Placeholders known,
               config::Diagnostics& problems) {
  const config::Entry* line = fields.entry("request");
  const config::Entry* method = fields.entry("method");
  const config::Entry* path = fields.entry("path");
  if (line != nullptr) {
    if (auto parsed = read_scalar(line->value, "request", parse_request_line, problems)) {
      request.method = parsed->method;
      request.target = parsed->target;
      if (const auto ok = check_placeholders(request.target, known); !ok)
        problems.error(line->value.span, "request: " + ok.error().message);
    }
    for (const config::Entry* extra : {method, path})
      if (extra != nullptr)
        problems.error(extra->key_span,
                       format("{} and request exclude each other: request has a method and a path", extra->key));
    return;
  }
  if (method != nullptr) {
    if (const auto text = scalar(method->value, "method", problems)) {
      if (const auto ok = check_method(*text); !ok) problems.error(method->value.span, "method: " + ok.error().message);
      request.method = *text;
    }
  }
  if (path == nullptr) {
    problems.error(node.span, "which request? give `request: GET /path`, or `path:`");
  } else if (const auto text = scalar(path->value, "path", problems)) {
    auto ok = check_target(*text);
    if (ok) ok = check_placeholders(*text, known);
    if (!ok) problems.error(path->value.span, "path: " + ok.error().message);
    request.target = *text;
  }
}

// Sets the body from whichever of body, body_file and json is given.
void read_body(Fields& fields, Request& request, Placeholders known, Reading& reading) {
  const config::Entry* given = nullptr;
  for (const std::string_view key : {"body", "body_file", "json"}) {
    const config::Entry* e = fields.entry(key);
    if (e == nullptr) continue;
    if (given != nullptr) {
      reading.problems.error(e->key_span,
                             format("{} and {} exclude each other: a request has one body", e->key, given->key));
      continue;
    }
    given = e;
    if (key == "json") {
      request.body = to_json(e->value, reading.problems);
      if (!has_header(request.headers, "Content-Type")) request.headers.push_back({"Content-Type", "application/json"});
    } else if (const auto text = scalar(e->value, key, reading.problems)) {
      if (key == "body") {
        request.body = *text;
      } else {
        auto body = read_body_file((std::filesystem::path(reading.folder) / *text).string());
        if (body)
          request.body = std::move(*body);
        else
          reading.problems.error(e->value.span, "body_file: " + body.error().message);
      }
    }
    if (key != "body_file")
      if (const auto ok = check_placeholders(request.body, known); !ok)
        reading.problems.error(e->value.span, ok.error().message);
  }
  if (given == nullptr) return;
  if (request.method == "TRACE" || request.method == "HEAD")
    reading.problems.error(given->key_span, format("{} has no body", request.method));
}

void check_headers(const Request& request, config::Span where, config::Diagnostics& problems) {
  std::size_t bytes = 0;
  for (const Header& h : request.headers) {
    bytes += h.name.size() + h.value.size() + 4;
    if (!same_header_name(h.name, "Content-Length")) continue;
    if (h.value != std::to_string(request.body.size()))
      problems.error(where, format("Content-Length is filled in; {} does not fit the body of {} bytes",
                                   config::quoted(h.value), request.body.size()));
  }
  if (bytes > kMaxHeaderBytes) problems.error(where, format("headers of more than {} bytes", kMaxHeaderBytes));
}

// What a request has beside its method, path and body: `what` stands before the path in the name that it has unless
// given.
void read_name_and_fields(Fields& fields, std::string_view what, const HeaderRules& rules, const RequestPlace& place,
                          Request& request, Reading& reading) {
  config::Diagnostics& problems = reading.problems;
  if (const auto* query = fields.entry("query")) {
    const std::string text = read_query(query->value, place.placeholders, problems);
    if (!text.empty()) request.target += (request.target.find('?') == std::string::npos ? "?" : "&") + text;
  }
  if (auto name = fields.text("name")) {
    const bool is_clean =
        std::none_of(name->begin(), name->end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (name->empty() || name->size() > 100 || !is_clean)
      problems.error(fields.find("name")->value.span, "name: expected 1 to 100 characters on one line");
    request.name = std::move(*name);
  } else {
    request.name = reading.secrets.hide(format("{} {}", what, request.target.substr(0, request.target.find('?'))));
  }
  if (request.target.starts_with('/')) request.target = place.base_path + request.target;
  request.headers = place.headers;
  if (const auto* headers = fields.entry("headers"))
    request.headers = merge_headers(place.headers, read_headers(headers->value, rules, problems));
  if (!has_header(request.headers, "Authorization")) request.credentials = place.credentials;
  read_auth(fields, place.placeholders, request.headers, request.credentials, reading);
}

}  // namespace

std::vector<Header> read_headers(const config::Node& node, const HeaderRules& rules, config::Diagnostics& problems) {
  std::vector<Header> headers;
  if (node.kind != config::Kind::kMap) {
    problems.error(node.span, "headers: expected a mapping, such as {Accept: application/json}");
    return headers;
  }
  const auto add = [&](const config::Entry& e, const config::Node& value) {
    if (value.kind == config::Kind::kSequence || value.kind == config::Kind::kMap) {
      problems.error(value.span, format("headers: expected a single value for {}", config::quoted(e.key)));
      return;
    }
    if (const auto ok = rules.check_name(e.key); !ok) problems.error(e.key_span, "headers: " + ok.error().message);
    auto ok = check_header_value(value.text);
    if (ok) ok = check_placeholders(value.text, rules.placeholders);
    if (!ok) problems.error(value.span, "headers: " + ok.error().message);
    headers.push_back({e.key, value.text});
  };
  for (const config::Entry& e : node.entries) {
    if (has_header(headers, e.key))
      problems.error(e.key_span,
                     format("the header {} is given twice; several values go in a list", config::quoted(e.key)));
    if (e.value.kind == config::Kind::kSequence)
      for (const config::Node& item : e.value.items) add(e, item);
    else
      add(e, e.value);
  }
  return headers;
}

Check read_check(const config::Node& node, config::Diagnostics& problems) {
  Check check;
  const auto read = [&](const config::Node& item) {
    const auto text = scalar(item, "check", problems);
    if (!text) return;
    if (const auto ok = add_check(*text, check); !ok) problems.error(item.span, "check: " + ok.error().message);
  };
  if (node.kind == config::Kind::kSequence)
    for (const config::Node& item : node.items) read(item);
  else
    read(node);
  return check;
}

Request read_request_fields(Fields& fields, const config::Node& node, const RequestPlace& place, Reading& reading) {
  Request request;
  config::Diagnostics& problems = reading.problems;
  read_line(fields, node, request, place.placeholders, problems);
  read_name_and_fields(fields, request.method, {.placeholders = place.placeholders}, place, request, reading);
  request.check = place.check;
  if (const auto* check = fields.entry("check"); check != nullptr && !place.is_step)
    request.check = read_check(check->value, problems);
  read_body(fields, request, place.placeholders, reading);
  check_headers(request, node.span, problems);
  if (!place.is_item) return request;
  request.concurrency = fields.value<int>("concurrency", parse_connections);
  const auto weight = fields.value<double>("weight", [](std::string_view text) -> Result<double> {
    const auto number = parse_count(text);
    if (number && (*number <= 0 || *number > 1e6))
      return fail(ErrorCode::kInvalid, "must be above 0 and at most 1000000");
    return number;
  });
  if (weight) request.weight = *weight;
  if (weight && request.concurrency)
    problems.error(fields.find("weight")->key_span,
                   "weight and concurrency exclude each other: a weight is a share of the common load, which this "
                   "request does not draw from");
  return request;
}

Request read_opening_fields(Fields& fields, const RequestPlace& place, Reading& reading) {
  Request request;
  const config::Entry* path = fields.entry("websocket");
  if (const auto text = scalar(path->value, "websocket", reading.problems)) {
    if (const auto ok = check_target(*text); !ok)
      reading.problems.error(path->value.span,
                             text->find("://") != std::string_view::npos
                                 ? "websocket: expected a path; the scheme and host belong in `target:`"
                                 : "websocket: " + ok.error().message);
    request.target = *text;
  }
  read_name_and_fields(fields, "websocket",
                       {.placeholders = place.placeholders, .check_name = check_upgrade_header_name}, place, request,
                       reading);
  request.subprotocols = read_subprotocols(fields);
  check_headers(request, path->value.span, reading.problems);
  return request;
}

Request read_request(const config::Node& node, const RequestPlace& place, Reading& reading) {
  if (node.kind == config::Kind::kMap) {
    Fields fields(node, place.is_item ? "an item of requests" : "request", reading.problems);
    Request request = read_request_fields(fields, node, place, reading);
    fields.finish();
    return request;
  }
  // "GET /path" alone: a mapping with this one key
  config::Node map;
  map.kind = config::Kind::kMap;
  map.span = node.span;
  map.entries.push_back({"request", node.span, node});
  Fields fields(map, "request", reading.problems);
  return read_request_fields(fields, map, place, reading);
}

}  // namespace loadstone::scenario
