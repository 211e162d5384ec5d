// HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), as browsers save it.
#include <algorithm>
#include <map>
#include <set>

#include "base/ascii.h"
#include "base/format.h"
#include "base/url.h"
#include "draft/captured.h"
#include "draft/document.h"
#include "draft/read.h"
#include "draft/suite_value.h"
#include "scenario/values.h"

namespace loadstone::draft {
namespace {

constexpr std::size_t kMaxKinds = 10'000;  // of requests that are told apart; a suite takes fewer

struct Recorded {
  const config::Node* entry = nullptr;
  const config::Node* request = nullptr;
  Url url;
  std::string origin;
};

std::string origin_of(const Url& url) { return format("{}://{}", url.scheme, url.authority()); }

class Recording {
 public:
  Recording(const Choices& choices, config::Diagnostics& problems) : choices_(choices), problems_(problems) {}

  std::optional<Draft> read(const config::Node& root) {
    const config::Node* entries = member(member(&root, "log"), "entries");
    if (entries == nullptr || entries->kind != config::Kind::kSequence) {
      problems_.error(root.span, "expected a HAR file: {\"log\": {\"entries\": [...]}}");
      return std::nullopt;
    }
    for (const config::Node& entry : entries->items) collect(entry);
    if (!problems_.empty()) return std::nullopt;
    const auto origin = chosen_origin(*entries);
    if (!origin) return std::nullopt;
    draft_.target = *origin;
    draft_.origin = format("the HAR file {}", choices_.name);
    for (const Recorded& r : recorded_)
      if (r.origin == *origin) add(r);
    if (draft_.requests.empty()) {
      problems_.error(entries->span, format("no request to {} that could be sent again", *origin));
      return std::nullopt;
    }
    choose_version(*origin);
    draft_.suite = recorded_host(*origin);
    draft_.scenario = draft_.requests.size() == 1 ? scenario_name(draft_.requests.front().target) : "recorded_requests";
    note_what_is_missing(*origin);
    return std::move(draft_);
  }

 private:
  void collect(const config::Node& entry) {
    const config::Node* request = member(&entry, "request");
    const config::Node* address = member(request, "url");
    if (address == nullptr || address->kind != config::Kind::kScalar) {
      problems_.error(entry.span, "expected an entry with a request that has a `url`");
      return;
    }
    std::string_view text = address->text;
    const std::string_view scheme = text.substr(0, text.find(':'));
    if (scheme == "ws" || scheme == "wss") {
      ++websockets_;
      return;
    }
    if (scheme != "http" && scheme != "https") {
      ++elsewhere_;  // data:, blob:, extensions
      return;
    }
    auto url = parse_url(strict_url(text.substr(0, text.find('#'))));
    if (!url) {
      draft_.note(format("Left out: {}", url.error().message));
      return;
    }
    std::string origin = origin_of(*url);
    recorded_.push_back({&entry, request, std::move(*url), std::move(origin)});
  }

  std::optional<std::string> chosen_origin(const config::Node& entries) {
    std::vector<std::pair<std::string, std::size_t>> counts;
    for (const Recorded& r : recorded_) {
      const auto known = std::find_if(counts.begin(), counts.end(), [&](const auto& c) { return c.first == r.origin; });
      if (known != counts.end())
        ++known->second;
      else
        counts.emplace_back(r.origin, 1);
    }
    if (counts.empty()) {
      problems_.error(entries.span, "no request over http or https in this recording");
      return std::nullopt;
    }
    const auto most = std::max_element(counts.begin(), counts.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    if (choices_.origin.empty()) return most->first;
    const auto wanted = parse_url(choices_.origin);
    if (!wanted) {
      problems_.general_error("--origin: " + wanted.error().message);
      return std::nullopt;
    }
    std::string known;
    for (std::size_t i = 0; i < std::min<std::size_t>(counts.size(), 10); ++i)
      known += format("{}{}", i > 0 ? ", " : "", counts[i].first);
    for (const auto& [origin, count] : counts)
      if (origin == origin_of(*wanted)) return origin;
    problems_.general_error(format("no request to {} in this recording; it has {}", origin_of(*wanted), known));
    return std::nullopt;
  }

  std::string recorded_host(const std::string& origin) const {
    const auto it =
        std::find_if(recorded_.begin(), recorded_.end(), [&](const Recorded& r) { return r.origin == origin; });
    return it->url.host;
  }

  static std::string_view status_of(const Recorded& r) {
    return text_of(member(member(r.entry, "response"), "status"));
  }

  // Chromium writes http/2.0, Firefox HTTP/2, others h2. The answer knows best what was spoken.
  static bool is_http2(const Recorded& r) {
    std::string_view version = text_of(member(member(r.entry, "response"), "httpVersion"));
    if (version.empty()) version = text_of(member(r.request, "httpVersion"));
    const std::string word = lower(version);
    return word == "h2" || word == "h2c" || word == "http/2" || word == "http/2.0";
  }

  // HTTP/2 where nothing to the origin was recorded over another version.
  void choose_version(const std::string& origin) {
    std::size_t all = 0;
    std::size_t over_http2 = 0;
    for (const Recorded& r : recorded_) {
      if (r.origin != origin || status_of(r) == "101") continue;
      ++all;
      over_http2 += is_http2(r) ? 1 : 0;
    }
    if (over_http2 == 0) return;
    if (over_http2 == all)
      draft_.version = "2";
    else
      draft_.note(
          format("Recorded over HTTP/2 were {} of {}; `version: 2` sends all over it.", over_http2, how_many(all)));
  }

  void add(const Recorded& r) {
    Request request;
    request.method = text_of(member(r.request, "method"));
    if (const auto ok = scenario::check_method(request.method); !ok) {
      draft_.note(format("Left out: {} {}: {}", request.method, r.url.target, ok.error().message));
      return;
    }
    if (draft_.requests.size() >= kMaxKinds) {
      ++too_many_;
      return;
    }
    const std::string_view status = status_of(r);
    if (status == "101") {
      ++websockets_;
      return;
    }
    request.target = captured_target(draft_, r.url.target);
    if (request.target.size() > kMaxTarget) {
      draft_.note(format("Left out: a {} whose path is longer than {} bytes", request.method, kMaxTarget));
      return;
    }
    add_headers(r, request);
    if (!add_body(r, request)) return;
    expect_status(status, request);
    const std::string key = identity(request);
    if (const auto known = known_.find(key); known != known_.end()) {
      ++draft_.requests[known->second].weight;
      return;
    }
    known_.emplace(key, draft_.requests.size());
    draft_.requests.push_back(std::move(request));
  }

  void add_headers(const Recorded& r, Request& request) {
    const config::Node* headers = member(r.request, "headers");
    if (headers == nullptr) return;
    for (const config::Node& header : headers->items) {
      const std::string_view name = text_of(member(&header, "name"));
      if (is_worth_sending(name) && !scenario::same_header_name(name, "User-Agent"))
        add_header(draft_, request, name, text_of(member(&header, "value")));
      else if (!name.starts_with(':'))
        unsent_.insert(std::string(name));
    }
  }

  // False when the body cannot be sent again.
  bool add_body(const Recorded& r, Request& request) {
    const config::Node* post = member(r.request, "postData");
    if (post == nullptr) return true;
    const std::string_view type = text_of(member(post, "mimeType"));
    if (!type.empty() && !scenario::has_header(request.headers, "Content-Type"))
      add_header(draft_, request, "Content-Type", type);
    std::string body(text_of(member(post, "text")));
    const config::Node* parameters = member(post, "params");
    if (body.empty() && parameters != nullptr && !parameters->items.empty()) {
      if (type.starts_with("multipart/")) {
        draft_.note(format("Left out: {} {}: the recording lacks its multipart body", request.method, r.url.target));
        return false;
      }
      for (const config::Node& p : parameters->items)
        body += format("{}{}={}", body.empty() ? "" : "&", scenario::encode_query(text_of(member(&p, "name"))),
                       scenario::encode_query(text_of(member(&p, "value"))));
    }
    set_body(draft_, choices_, request, body);
    return true;
  }

  // The suite's own rule takes 200 to 399.
  static void expect_status(std::string_view status, Request& request) {
    if (status == "304") {
      request.notes.emplace_back("Recorded from the browser's cache; it is asked for anew here.");
      return;
    }
    if (status.size() != 3 || status < "400" || status > "599" || !scenario::parse_statuses(status)) return;
    request.check = format("status == {}", status);
    request.notes.push_back(format("Answered {} when it was recorded.", status));
  }

  static std::string identity(const Request& r) {
    std::string key = r.method + '\n' + r.target + '\n' + r.check + '\n';
    for (const auto& h : r.headers) key += h.name + ':' + h.value + '\n';
    return key + '\n' + std::to_string(static_cast<int>(r.body.form)) + r.body.text;
  }

  void note_what_is_missing(const std::string& origin) {
    std::map<std::string, std::size_t> others;
    for (const Recorded& r : recorded_)
      if (r.origin != origin) ++others[r.origin];
    if (!others.empty()) {
      std::string names;
      std::size_t total = 0;
      for (const auto& [name, count] : others) {
        total += count;
        if (names.size() < 100) names += format("{}{} ({})", names.empty() ? "" : ", ", name, count);
      }
      draft_.note(format("Left out: {} to other origins (--origin chooses one): {}", how_many(total), names));
    }
    if (websockets_ > 0)
      draft_.note(format("Left out: {} that opened a WebSocket; see `websocket:` of suites.", how_many(websockets_)));
    if (elsewhere_ > 0)
      draft_.note(format("Left out: {} that went to no server (data:, blob:, extensions).", how_many(elsewhere_)));
    if (too_many_ > 0) draft_.note(format("Left out: {} beyond the first {} kinds.", how_many(too_many_), kMaxKinds));
    if (unsent_.empty()) return;
    std::string names;
    for (const std::string& name : unsent_)
      if (names.size() < 120) names += (names.empty() ? "" : ", ") + name;
    draft_.note(format("Headers that only the browser and its cache need are left out: {}", names));
  }

  static std::string how_many(std::size_t n) { return format("{} request{}", n, n == 1 ? "" : "s"); }

  const Choices& choices_;
  config::Diagnostics& problems_;
  Draft draft_;
  std::vector<Recorded> recorded_;
  std::map<std::string, std::size_t> known_;  // identity of a request to its place in the draft
  std::set<std::string> unsent_;
  std::size_t websockets_ = 0;
  std::size_t elsewhere_ = 0;
  std::size_t too_many_ = 0;
};

}  // namespace

std::optional<Draft> from_har(const config::Node& root, const Choices& choices, config::Diagnostics& problems) {
  return Recording(choices, problems).read(root);
}

}  // namespace loadstone::draft
