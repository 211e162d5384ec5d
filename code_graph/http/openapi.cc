// The table of routes as an OpenAPI 3 document.
#include <map>

#include "base/format.h"
#include "base/json_writer.h"
#include "code_graph/http/route.h"
#include "code_graph/http/service.h"

namespace code_graph::http {
namespace {

using loadstone::JsonWriter;

std::string description(const Parameter& p) {
  std::string text(p.says);
  for (const std::string_view alias : p.aliases)
    text += loadstone::format("{}{}", &alias == p.aliases.data() ? "; also as " : ", ", alias);
  return text;
}

void write_schema(JsonWriter& json, const Parameter& p) {
  json.begin_object();
  json.field("description", description(p));
  switch (p.kind) {
    case Kind::kInteger:
    case Kind::kNumber:
      json.field("type", p.kind == Kind::kInteger ? "integer" : "number");
      json.field("minimum", p.least);
      json.field("maximum", p.most);
      break;
    case Kind::kBoolean:
      json.field("type", "boolean");
      break;
    case Kind::kWords:
    case Kind::kTexts:
      json.field("type", "array");
      json.field("maxItems", kMostTexts);
      break;
    case Kind::kValue:
      break;
    default:
      json.field("type", "string");
      if (p.kind == Kind::kText && p.least > 0) json.field("minLength", p.least);
      if (p.kind == Kind::kText) json.field("maxLength", p.most);
  }
  if (p.kind == Kind::kWords || p.kind == Kind::kTexts) {
    json.key("items");
    json.begin_object();
    json.field("type", "string");
  }
  if (!p.words.empty()) {
    json.key("enum");
    json.begin_array();
    for (const std::string_view word : p.words) json.string(word);
    json.end_array();
  }
  if (p.kind == Kind::kWords || p.kind == Kind::kTexts) json.end_object();
  if (!p.fallback.empty()) {
    json.key("default");
    json.raw(p.fallback);
  }
  json.end_object();
}

void write_operation(JsonWriter& json, const Route& route) {
  json.begin_object();
  json.field("summary", route.says);
  bool body = false;
  bool body_required = false;
  json.key("parameters");
  json.begin_array();
  for (const Parameter& p : route.parameters) {
    if (p.place == Place::kBody || p.place == Place::kQueryOrBody) {
      body = true;
      body_required = body_required || (p.place == Place::kBody && p.required);
    }
    if (p.place == Place::kBody) continue;
    json.begin_object();
    json.field("name", p.name);
    json.field("in", p.place == Place::kPath ? "path" : "query");
    json.field("required", p.place == Place::kPath || (p.required && p.place == Place::kQuery && p.unless.empty()));
    if (p.kind == Kind::kWords || p.kind == Kind::kTexts) {
      json.field("style", "form");
      json.field("explode", false);
    }
    // Needed when another one is missing, which a description can only show.
    if (p.required && !p.unless.empty()) json.field("example", "main");
    json.key("schema");
    write_schema(json, p);
    json.end_object();
  }
  json.end_array();
  json.key("responses");
  json.begin_object();
  for (const char* code : {route.opens_websocket ? "101" : "200", "default"}) {
    json.key(code);
    json.begin_object();
    json.field("description", code[0] == '1'   ? "a WebSocket"
                              : code[0] == '2' ? "the reply"
                                               : "an error: {\"detail\": …}");
    json.end_object();
  }
  json.end_object();
  if (body) {
    json.key("requestBody");
    json.begin_object();
    json.field("required", body_required);
    json.key("content");
    json.begin_object();
    json.key("application/json");
    json.begin_object();
    json.key("schema");
    json.begin_object();
    json.field("type", "object");
    json.key("properties");
    json.begin_object();
    for (const Parameter& p : route.parameters) {
      if (p.place != Place::kBody && p.place != Place::kQueryOrBody) continue;
      json.key(p.name);
      write_schema(json, p);
    }
    json.end_object();
    if (body_required) {
      json.key("required");
      json.begin_array();
      for (const Parameter& p : route.parameters)
        if (p.required && p.place == Place::kBody) json.string(p.name);
      json.end_array();
    }
    json.end_object();
    json.end_object();
    json.end_object();
    json.end_object();
  }
  json.end_object();
}

}  // namespace

std::string openapi_json() {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("openapi", "3.0.3");
  json.key("info");
  json.begin_object();
  json.field("title", "Code Graph API");
  json.field("version", "1.0.0");
  json.end_object();
  json.key("paths");
  json.begin_object();
  std::map<std::string_view, std::vector<const Route*>> paths;
  for (const Route& route : routes()) paths[route.path].push_back(&route);
  for (const auto& [path, there] : paths) {
    json.key(path);
    json.begin_object();
    for (const Route* route : there) {
      json.key(route->method == "GET" ? "get" : "post");
      write_operation(json, *route);
    }
    json.end_object();
  }
  json.end_object();
  json.end_object();
  return out;
}

}  // namespace code_graph::http
