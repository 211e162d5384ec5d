#include "draft/suite_text.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/format.h"
#include "draft/suite_value.h"
#include "scenario/values.h"

namespace loadstone::draft {
namespace {

constexpr std::size_t kMaxRequestsText = std::size_t{900} << 10;  // a suite may have 1 MiB
constexpr std::size_t kMaxNameBytes = 90;                         // a step's name may have 100

void line(std::string& out, std::size_t indent, std::string_view text) {
  out.append(indent, ' ');
  out += text;
  out += '\n';
}

void field(std::string& out, std::size_t indent, std::string_view key, std::string_view value) {
  line(out, indent, format("{}: {}", key, yaml_scalar(value)));
}

// METHOD /path as the loader names a request that has no name.
std::string own_name(const Request& r) { return r.method + " " + r.target.substr(0, r.target.find('?')); }

// Every request gets a name that no other has, of a length that a name may have; empty where the loader's own will do.
std::vector<std::string> names_of(const std::vector<Request>& requests) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (const Request& r : requests) {
    const std::string own = own_name(r);
    // A variable in a path would make the name depend on its value.
    std::string wanted = r.name.empty() ? own : r.name;
    std::replace(wanted.begin(), wanted.end(), '$', '_');
    if (wanted.size() > kMaxNameBytes) wanted.resize(kMaxNameBytes);
    std::string name = wanted;
    for (int n = 2; !taken.insert(name).second; ++n) name = format("{} {}", wanted, n);
    names.push_back(r.name.empty() && name == own ? "" : name);
  }
  return names;
}

void append_headers(std::string& out, std::size_t indent, const std::vector<scenario::Header>& headers) {
  if (headers.empty()) return;
  line(out, indent, "headers:");
  std::set<std::string> written;
  for (const auto& h : headers) {
    if (!written.insert(h.name).second) continue;
    const auto same = [&](const scenario::Header& other) { return other.name == h.name; };
    if (std::count_if(headers.begin(), headers.end(), same) == 1) {
      field(out, indent + 2, yaml_scalar(h.name), h.value);
      continue;
    }
    line(out, indent + 2, yaml_scalar(h.name) + ":");
    for (const auto& other : headers)
      if (same(other)) line(out, indent + 4, "- " + yaml_scalar(other.value));
  }
}

// What belongs to a request besides its first line.
void append_rest(std::string& out, std::size_t indent, const Request& r, const std::vector<scenario::Header>& hoisted) {
  std::vector<scenario::Header> own;
  for (const auto& h : r.headers) {
    const auto same = [&](const scenario::Header& other) { return other.name == h.name && other.value == h.value; };
    if (std::none_of(hoisted.begin(), hoisted.end(), same)) own.push_back(h);
  }
  append_headers(out, indent, own);
  switch (r.body.form) {
    case BodyForm::kNone:
      break;
    case BodyForm::kText:
      field(out, indent, "body", r.body.text);
      break;
    case BodyForm::kJson:
      line(out, indent, "json: " + r.body.text);
      break;
    case BodyForm::kFile:
      field(out, indent, "body_file", r.body.text);
      break;
  }
  if (!r.check.empty()) field(out, indent, "check", r.check);
}

std::string item_text(const Request& r, const std::string& name, const std::vector<scenario::Header>& hoisted) {
  std::string rest;
  append_rest(rest, 10, r, hoisted);
  if (r.weight > 1) line(rest, 10, format("weight: {}", r.weight));
  std::string out;
  for (const std::string& note : r.notes) line(out, 8, "# " + comment_text(note));
  const std::string request = yaml_scalar(r.method + " " + r.target);
  if (name.empty() && rest.empty()) {
    line(out, 8, "- " + request);
  } else if (name.empty()) {
    line(out, 8, "- request: " + request);
  } else {
    line(out, 8, "- name: " + yaml_scalar(name));
    line(out, 10, "request: " + request);
  }
  out += rest;
  if (r.is_live) return out;
  std::string commented;
  for (std::size_t at = 0; at < out.size();) {
    const std::size_t end = out.find('\n', at);
    const std::string_view one = std::string_view(out).substr(at + 8, end - at - 8);
    line(commented, 8, one.starts_with('#') ? std::string(one) : "# " + std::string(one));
    at = end + 1;
  }
  return commented;
}

// Headers that every live request sends alike, and once.
std::vector<scenario::Header> shared_headers(const std::vector<Request>& requests) {
  std::vector<scenario::Header> shared;
  const auto first = std::find_if(requests.begin(), requests.end(), [](const Request& r) { return r.is_live; });
  CHECK(first != requests.end());
  for (const auto& h : first->headers) {
    const bool everywhere = std::all_of(requests.begin(), requests.end(), [&](const Request& r) {
      const auto named = [&](const auto& o) { return scenario::same_header_name(o.name, h.name); };
      const auto same = [&](const auto& o) { return o.name == h.name && o.value == h.value; };
      return !r.is_live || (std::count_if(r.headers.begin(), r.headers.end(), named) == 1 &&
                            std::any_of(r.headers.begin(), r.headers.end(), same));
    });
    if (everywhere) shared.push_back(h);
  }
  return shared;
}

// The live requests come first in importance: what does not fit is left out from the end.
void append_requests(std::string& out, const Draft& draft) {
  const bool is_single = draft.requests.size() == 1;
  if (is_single) {
    const Request& r = draft.requests.front();
    for (const std::string& note : r.notes) line(out, 6, "# " + comment_text(note));
    field(out, 6, "request", r.method + " " + r.target);
    append_rest(out, 6, r, {});
    return;
  }
  const auto shared = shared_headers(draft.requests);
  append_headers(out, 6, shared);
  line(out, 6, "requests:");
  const auto names = names_of(draft.requests);
  const std::size_t begin = out.size();
  std::size_t left_out = 0;
  std::size_t live = 0;
  for (std::size_t i = 0; i < draft.requests.size(); ++i) {
    const Request& r = draft.requests[i];
    const std::string item = item_text(r, names[i], shared);
    const bool fits =
        out.size() - begin + item.size() <= kMaxRequestsText && (!r.is_live || live < scenario::kMaxRequests);
    if (!fits) {
      ++left_out;
      continue;
    }
    live += r.is_live ? 1 : 0;
    out += item;
  }
  if (left_out > 0) line(out, 8, format("# Left out: {} more requests; a suite may not be longer", left_out));
}

void append_head(std::string& out, const Draft& draft) {
  line(out, 0, format("# Drafted by `loadstone init` from {}.", comment_text(draft.origin)));
  line(out, 0, "# `loadstone check` says what a suite would do and sends nothing; `loadstone run` runs it.");
  if (!draft.variables.empty()) {
    line(out, 0, "#");
    line(out, 0, "# Secrets are not kept here. Give them in the environment, or with --set NAME=VALUE:");
    for (const Variable& v : draft.variables) line(out, 0, format("#   {}: {}", v.name, comment_text(v.meaning)));
  }
  if (!draft.files.empty()) {
    line(out, 0, "#");
    line(out, 0, "# Long bodies are in files beside this one, as they were: look for secrets in them.");
  }
  if (!draft.notes.empty()) line(out, 0, "#");
  for (const std::string& note : draft.notes) line(out, 0, "# " + comment_text(note));
  if (draft.more_notes > 0) line(out, 0, format("# And {} more such notes.", draft.more_notes));
}

void append_connection(std::string& out, const Draft& draft) {
  if (draft.version == "2")
    line(out, 6, "version: 2              # of HTTP; a server that does not speak it is a failed connect");
  if (draft.version == "1.1") line(out, 6, "version: 1.1            # of HTTP");
  if (draft.insecure) line(out, 6, "insecure: true          # any certificate is accepted");
  if (!draft.unix_socket.empty())
    field(out, 6, "unix_socket", draft.unix_socket);
  else if (!draft.connect_to.empty())
    field(out, 6, "connect_to", draft.connect_to);
  if (!draft.timeout.empty() && !draft.is_websocket) field(out, 6, "timeout", draft.timeout);
  if (!draft.connect_timeout.empty()) field(out, 6, "connect_timeout", draft.connect_timeout);
}

void append_websocket(std::string& out, const Draft& draft) {
  const Request& r = draft.requests.front();
  line(out, 4, "websocket:");
  field(out, 6, "path", r.target);
  append_headers(out, 6, r.headers);
  append_connection(out, draft);
  out +=
      "      clients: 10             # connections that open and stay; `echo:` or `publish:` gives them something to "
      "say\n"
      "      stagger: 10ms           # between two of them\n"
      "      duration: 10s\n"
      "    expect:                   # what must hold, or the exit code is 1\n"
      "      - connect.success_rate == 100%\n";
}

}  // namespace

std::string suite_text(const Draft& draft) {
  CHECK(!draft.requests.empty());
  std::string out;
  append_head(out, draft);
  field(out, 0, "suite", literal(draft.suite));
  field(out, 0, "target", literal(draft.target));
  line(out, 0, "scenarios:");
  line(out, 2, "- name: " + yaml_scalar(draft.scenario));
  if (draft.is_websocket) {
    append_websocket(out, draft);
    return out;
  }
  line(out, 4, "http:");
  append_requests(out, draft);
  append_connection(out, draft);
  out +=
      "      rate: 50/s              # in all, however slow the answers; or `concurrency: 10` for users who wait for "
      "them\n"
      "      connections: 50         # at most\n"
      "      warmup: 2s              # the same load before, not counted\n"
      "      duration: 15s\n"
      "    expect:                   # what must hold, or the exit code is 1; set it by what your users need\n"
      "      - error_rate < 1%\n"
      "      - latency.p95 < 250ms\n";
  return out;
}

}  // namespace loadstone::draft
