#include "draft/captured.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/format.h"
#include "base/secrets.h"
#include "base/utf8.h"
#include "config/parse_json.h"
#include "draft/suite_value.h"
#include "scenario/values.h"

namespace loadstone::draft {
namespace {

constexpr std::size_t kMaxFlowDepth = 40;  // a suite itself may be nested 64 deep
constexpr std::size_t kMaxKey = 500;       // YAML's own bound on a key is 1024

bool is_one_of(std::string_view word, const auto& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// What a scalar is when nothing quotes it: JSON's own words and numbers stay as they are.
bool is_bare(const config::Node& node) {
  if (node.is_quoted) return false;
  config::Diagnostics problems;
  const std::string json = config::to_json(node, problems);
  return problems.empty() && !json.starts_with('"');
}

bool is_flow_ready(const config::Node& node, std::size_t depth) {
  if (depth > kMaxFlowDepth) return false;
  return std::all_of(node.items.begin(), node.items.end(),
                     [&](const config::Node& item) { return is_flow_ready(item, depth + 1); }) &&
         std::all_of(node.entries.begin(), node.entries.end(), [&](const config::Entry& e) {
           return e.key.size() <= kMaxKey && e.key != "<<" && is_flow_ready(e.value, depth + 1);
         });
}

void append_flow(Draft& draft, const config::Node& node, std::string& out) {
  switch (node.kind) {
    case config::Kind::kNull:
      out += "null";
      break;
    case config::Kind::kScalar:
      out += is_bare(node) ? node.text : yaml_quoted(literal(node.text));
      break;
    case config::Kind::kSequence:
      out += '[';
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        if (i > 0) out += ", ";
        append_flow(draft, node.items[i], out);
      }
      out += ']';
      break;
    case config::Kind::kMap:
      out += '{';
      for (std::size_t i = 0; i < node.entries.size(); ++i) {
        const config::Entry& e = node.entries[i];
        out += format("{}{}: ", i > 0 ? ", " : "", yaml_quoted(e.key));
        if (e.value.kind == config::Kind::kScalar && e.value.is_quoted && is_secret_name(e.key))
          out += yaml_quoted(secret(draft, variable_name(e.key), format("the member {} of a body", e.key)));
        else
          append_flow(draft, e.value, out);
      }
      out += '}';
      break;
  }
}

// "a=b&c=d" with the values of secret names replaced. Everything else stays as it is.
std::string without_secrets(Draft& draft, std::string_view pairs, std::string_view where) {
  std::string out;
  while (true) {
    const std::size_t end = pairs.find('&');
    const std::string_view pair = pairs.substr(0, end);
    const std::size_t equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    if (equals != std::string_view::npos && equals + 1 < pair.size() && is_secret_name(name))
      out += format("{}={}", literal(name),
                    secret(draft, variable_name(name), format("{} {}, percent-encoded", where, name)));
    else
      out += literal(pair);
    if (end == std::string_view::npos) return out;
    out += '&';
    pairs.remove_prefix(end + 1);
  }
}

std::string content_type(const Request& request) {
  for (const auto& h : request.headers)
    if (scenario::same_header_name(h.name, "Content-Type")) return lower(h.value);
  return "";
}

void set_file(Draft& draft, const Choices& choices, Request& request, std::string_view bytes, std::string_view ending) {
  const auto same = std::find_if(draft.files.begin(), draft.files.end(),
                                 [&](const BodyFile& f) { return f.bytes == bytes && f.name.ends_with(ending); });
  std::string name = same != draft.files.end()
                         ? same->name
                         : format("{}.body-{}.{}", choices.body_prefix, draft.files.size() + 1, ending);
  if (same == draft.files.end()) draft.files.push_back({name, std::string(bytes)});
  request.body = {BodyForm::kFile, std::move(name)};
}

}  // namespace

bool is_worth_sending(std::string_view name) {
  static constexpr std::array<std::string_view, 28> kLeftOut = {
      // filled in, or of one connection (RFC 9110, section 7.6.1)
      "host", "content-length", "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect",
      "http2-settings", "proxy-connection", "proxy-authorization",
      // only browsers need them
      "upgrade-insecure-requests", "priority", "dnt", "purpose", "referer", "x-client-data", "save-data",
      "device-memory", "downlink", "rtt", "ect", "viewport-width",
      // a cache would answer, not the service
      "if-none-match", "if-modified-since", "cache-control", "pragma"};
  const std::string word = lower(name);
  return !word.starts_with(':') && !word.starts_with("sec-") && !is_one_of(word, kLeftOut);
}

std::string secret(Draft& draft, std::string name, std::string meaning) {
  const auto same = [&](const Variable& v) { return v.name == name; };
  const auto known = std::find_if(draft.variables.begin(), draft.variables.end(), same);
  if (known == draft.variables.end()) draft.variables.push_back({name, std::move(meaning)});
  return format("${{{}}}", name);
}

void add_header(Draft& draft, Request& request, std::string_view name, std::string_view value) {
  const auto left_out = [&](std::string_view why) {
    request.notes.push_back(format("Left out: the header {}: {}", config::quoted(name), why));
  };
  if (const auto ok = scenario::check_header_name(name); !ok) return left_out(ok.error().message);
  if (scenario::same_header_name(name, "Content-Length")) return;  // it is filled in
  const auto same = [&](const scenario::Header& h) { return scenario::same_header_name(h.name, name); };
  const bool is_new = std::none_of(request.headers.begin(), request.headers.end(), same);
  if (is_secret_name(name)) {
    if (!is_new) return;
    std::string_view scheme;
    std::string variable = variable_name(name);
    if (lower(name) == "authorization") {
      for (const std::string_view known : {"Bearer ", "Basic "})
        if (lower(value.substr(0, known.size())) == lower(known)) scheme = known;
      if (scheme == "Bearer ") variable = "BEARER_TOKEN";
      if (scheme == "Basic ") variable = "BASIC_CREDENTIALS";
    }
    std::string meaning = format("the header {}", name);
    if (scheme == "Bearer ") meaning += ": what follows Bearer";
    if (scheme == "Basic ") meaning += ": what follows Basic, which is user:password in base64";
    request.headers.push_back({std::string(name), std::string(scheme) + secret(draft, variable, std::move(meaning))});
    return;
  }
  if (value.size() > kMaxHeaderValue) return left_out(format("longer than {} bytes", kMaxHeaderValue));
  if (const auto ok = scenario::check_header_value(value); !ok) return left_out(ok.error().message);
  if (holds_placeholder(value)) return left_out("a suite would fill in its {{...}}");
  if (valid_utf8(value) != value) return left_out("it is not UTF-8");
  std::size_t bytes = name.size() + value.size();
  for (const auto& h : request.headers) bytes += h.name.size() + h.value.size();
  if (bytes > kMaxHeaders) return left_out("too much together with the others");
  // As the first of this name spells it: a mapping has it once.
  const auto first = std::find_if(request.headers.begin(), request.headers.end(), same);
  request.headers.push_back({is_new ? std::string(name) : first->name, literal(value)});
}

std::string strict_url(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_odd = c <= 0x20 || c >= 0x7F || std::string_view("\"<>\\^`{|}").find(c) != std::string_view::npos;
    if (is_odd)
      format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out;
}

std::string captured_target(Draft& draft, std::string_view target) {
  const std::string sendable = request_target(target);
  const std::size_t mark = sendable.find('?');
  if (mark == std::string::npos) return literal(sendable);
  const std::string_view query = std::string_view(sendable).substr(mark + 1);
  return literal(sendable.substr(0, mark)) + "?" + without_secrets(draft, query, "the query parameter");
}

void set_body(Draft& draft, const Choices& choices, Request& request, std::string_view bytes) {
  if (bytes.empty()) return;
  if (request.method == "HEAD" || request.method == "TRACE") {
    request.notes.push_back(format("Left out: the body, which {} has not", request.method));
    return;
  }
  const std::string type = content_type(request);
  const bool is_text = valid_utf8(bytes) == bytes && bytes.find('\0') == std::string_view::npos;
  const bool is_inline = is_text && bytes.size() <= kMaxInlineBody && !holds_placeholder(bytes);
  const bool is_json = type.find("json") != std::string::npos;
  if (is_inline && is_json) {
    const config::Source source("body", bytes);
    config::Diagnostics problems;
    const auto node = config::parse_json(source, problems);
    // An escape may have hidden a placeholder.
    if (node && is_flow_ready(*node, 0) && !holds_placeholder(config::to_json(*node, problems))) {
      request.body.form = BodyForm::kJson;
      append_flow(draft, *node, request.body.text);
      std::erase_if(request.headers, [](const scenario::Header& h) {
        return scenario::same_header_name(h.name, "Content-Type") && h.value == "application/json";
      });
      return;
    }
  }
  if (is_inline) {
    const bool is_form = type.find("x-www-form-urlencoded") != std::string::npos;
    request.body = {BodyForm::kText, is_form ? without_secrets(draft, bytes, "the form field") : literal(bytes)};
    return;
  }
  set_file(draft, choices, request, bytes, !is_text ? "bin" : is_json ? "json" : "txt");
}

}  // namespace loadstone::draft
