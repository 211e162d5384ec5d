// OpenAPI 3.0 and 3.1 (https://spec.openapis.org/oas/).
#include <algorithm>
#include <array>
#include <map>

#include "base/format.h"
#include "base/secrets.h"
#include "base/url.h"
#include "base/utf8.h"
#include "draft/captured.h"
#include "draft/openapi_schema.h"
#include "draft/read.h"
#include "draft/suite_value.h"
#include "scenario/values.h"

namespace loadstone::draft {
namespace {

using config::Kind;
using config::Node;

constexpr std::array<std::string_view, 8> kMethods = {"get",   "head",   "post",    "put",
                                                      "patch", "delete", "options", "trace"};
constexpr std::size_t kMaxOperations = 5000;
constexpr std::size_t kMaxNameBytes = 80;

// What a parameter's value becomes in a URL, percent-encoded.
std::string encoded(const Node& value) {
  if (value.kind == Kind::kNull) return "";
  config::Diagnostics problems;
  const std::string text = value.kind == Kind::kScalar ? value.text : config::to_json(value, problems);
  return percent_encoded(text);
}

std::string comma_separated(const Node& value) {
  if (value.kind != Kind::kSequence) return encoded(value);
  std::string out;
  for (const Node& item : value.items) out += (out.empty() ? "" : ",") + encoded(item);
  return out;
}

// One operation on its way into a request.
struct Operation {
  Request request;
  std::string path;
  std::string query;
  std::vector<std::string> made_up;  // names of parameters whose value no example gave
  bool has_made_up_path = false;     // one of them is in the path: most likely nothing is there

  void add_query(std::string_view name, std::string_view value) {
    query += format("{}{}={}", query.empty() ? "" : "&", name, value);
  }
};

class Description {
 public:
  Description(const Node& root, const Choices& choices, config::Diagnostics& problems)
      : root_(root), choices_(choices), problems_(problems), samples_(root) {}

  std::optional<Draft> read() {
    const Node* version = member(&root_, "openapi");
    if (version == nullptr || !text_of(version).starts_with("3.")) {
      problems_.error(version == nullptr ? root_.span : version->span,
                      "expected an OpenAPI document of version 3.0 or 3.1");
      return std::nullopt;
    }
    const Node* paths = member(&root_, "paths");
    if (paths == nullptr || paths->kind != Kind::kMap || paths->entries.empty()) {
      problems_.error(paths == nullptr ? root_.span : paths->span, "expected `paths` with at least one path");
      return std::nullopt;
    }
    if (!set_target()) return std::nullopt;
    draft_.origin = format("the OpenAPI document {}", choices_.name);
    const std::string title = comment_text(text_of(member(member(&root_, "info"), "title")));
    draft_.suite = title.empty() ? "service" : title;
    draft_.scenario = "every_operation";
    for (const config::Entry& path : paths->entries) read_path(path);
    if (draft_.requests.empty()) {
      problems_.error(paths->span, "no operation that a load could repeat");
      return std::nullopt;
    }
    const auto is_live = [](const Request& r) { return r.is_live; };
    // What is live comes first, in the order of the document.
    std::stable_partition(draft_.requests.begin(), draft_.requests.end(), is_live);
    if (!draft_.requests.front().is_live) {
      problems_.error(paths->span,
                      "no GET or HEAD whose path is known; --all takes all operations, with values made up");
      return std::nullopt;
    }
    if (!choices_.all && writing_ > 0) note_commented(writing_, "that write");
    if (!choices_.all && unknown_paths_ > 0)
      note_commented(unknown_paths_, "whose path needs a value that the document does not give");
    if (has_own_servers_) draft_.note("Servers that the document names for single paths are not used.");
    if (too_many_ > 0) draft_.note(format("Left out: {} beyond the first {}.", how_many(too_many_), kMaxOperations));
    return std::move(draft_);
  }

 private:
  static std::string how_many(std::size_t n) { return format("{} operation{}", n, n == 1 ? "" : "s"); }

  void note_commented(std::size_t n, std::string_view which) {
    draft_.note(format("Only comments here, unless with `loadstone init --all`: operations {} ({}).", which, n));
  }

  // servers[0] with its variables' defaults, resolved against --target when it is relative.
  bool set_target() {
    const Node* servers = member(&root_, "servers");
    const bool has_server = servers != nullptr && !servers->items.empty();
    const Node* server = has_server ? member(&servers->items.front(), "url") : nullptr;
    std::string text(text_of(server));
    if (const Node* variables = has_server ? member(&servers->items.front(), "variables") : nullptr)
      for (const config::Entry& v : variables->entries)
        for (std::size_t at = 0; (at = text.find("{" + v.key + "}", at)) != std::string::npos;) {
          const std::string_view value = text_of(member(&v.value, "default"));
          text.replace(at, v.key.size() + 2, value);
          at += value.size();
          if (text.size() > kMaxTarget) break;
        }
    const bool is_absolute = text.find("://") != std::string::npos;
    std::string chosen = choices_.target;
    if (chosen.empty() && !is_absolute) {
      const std::string help = "give --target http://HOST:PORT";
      if (server == nullptr)
        problems_.general_error("the document names no server", help);
      else
        problems_.error(server->span,
                        format("the server {} is relative to where the document came from", config::quoted(text)),
                        help);
      return false;
    }
    const auto refuse = [&](const std::string& why) {
      if (chosen.empty() && server != nullptr)
        problems_.error(server->span, why);
      else
        problems_.general_error("--target: " + why);
      return false;
    };
    const auto url = parse_url(chosen.empty() ? text : chosen);
    if (!url) return refuse(url.error().message);
    if (url->target.find('?') != std::string::npos) return refuse("expected a URL without a query");
    std::string base = url->target;
    if (!chosen.empty() && !is_absolute && text.starts_with('/')) base = text;
    while (base.ends_with('/')) base.pop_back();
    if (base.size() > kMaxTarget) return refuse(format("expected a path of at most {} bytes", kMaxTarget));
    draft_.target = format("{}://{}{}", url->is_secure() ? "https" : "http", url->authority(),
                           base.empty() ? "" : request_target(base));
    if (draft_.target.find('?') != std::string::npos || !parse_url(draft_.target))
      return refuse(format("{} is no URL without a query", config::quoted(draft_.target)));
    return true;
  }

  void read_path(const config::Entry& path) {
    const Node* item = samples_.resolve(&path.value);
    if (item == nullptr || !path.key.starts_with('/')) {
      draft_.note(format("Left out: {}: it leads nowhere in this document", comment_text(path.key)));
      return;
    }
    for (const std::string_view method : kMethods) {
      const Node* operation = member(item, method);
      if (operation == nullptr || operation->kind != Kind::kMap) continue;
      has_own_servers_ =
          has_own_servers_ || member(item, "servers") != nullptr || member(operation, "servers") != nullptr;
      if (draft_.requests.size() >= kMaxOperations)
        ++too_many_;
      else
        read_operation(path.key, method, *item, *operation);
    }
  }

  void read_operation(const std::string& path, std::string_view method, const Node& item, const Node& operation) {
    Operation made;
    made.path = path;
    made.request.method.clear();
    for (const char c : method) made.request.method += static_cast<char>(c - 'a' + 'A');
    const std::string shown = format("{} {}", made.request.method, comment_text(path));
    if (const std::string_view why = unrepeatable(operation); !why.empty()) {
      draft_.note(format("Left out: {}: {}", shown, why));
      return;
    }
    for (const Node* p : parameters_of(item, operation)) add_parameter(*p, made);
    fill_path(made);
    add_security(operation, made);
    const std::string target = made.path + (made.query.empty() ? "" : "?" + made.query);
    made.request.target = request_target(target);
    if (made.request.target.size() > kMaxTarget) {
      draft_.note(format("Left out: {}: its path is longer than {} bytes", shown, kMaxTarget));
      return;
    }
    // The variables that security put in are no literals.
    made.request.target = with_variables(made.request.target);
    if (!add_body(operation, made)) {
      draft_.note(format("Left out: {}: no body could be made from its schema", shown));
      return;
    }
    const std::string id = comment_text(text_of(member(&operation, "operationId")));
    made.request.name = valid_utf8(id).substr(0, kMaxNameBytes) == id ? id : "";
    made.request.check = expected_status(operation);
    const bool is_writing = made.request.method != "GET" && made.request.method != "HEAD";
    writing_ += is_writing ? 1 : 0;
    made.request.is_live = choices_.all || (!is_writing && !made.has_made_up_path);
    unknown_paths_ += !is_writing && made.has_made_up_path ? 1 : 0;
    if (!made.made_up.empty())
      made.request.notes.push_back(format("Made up: {}. Put in what the service knows.", join(made.made_up, ", ")));
    draft_.requests.push_back(std::move(made.request));
  }

  // Why a load cannot repeat it; empty when it can.
  std::string_view unrepeatable(const Node& operation) const {
    const Node* responses = member(&operation, "responses");
    if (responses == nullptr) return "";
    for (const config::Entry& e : responses->entries) {
      if (e.key == "101") return "it opens a WebSocket; see `websocket:` of suites";
      const Node* content = member(samples_.resolve(&e.value), "content");
      if (e.key.starts_with('2') && content != nullptr && content->entries.size() == 1 &&
          content->entries.front().key.starts_with("text/event-stream"))
        return "its answer is a stream that does not end";
    }
    return "";
  }

  // Those of the operation hide those of the path that have the same name and place.
  std::vector<const Node*> parameters_of(const Node& item, const Node& operation) const {
    std::vector<const Node*> found;
    for (const Node* owner : {&operation, &item}) {
      const Node* list = member(owner, "parameters");
      if (list == nullptr) continue;
      for (const Node& one : list->items) {
        const Node* p = samples_.resolve(&one);
        if (text_of(member(p, "name")).empty()) continue;
        const auto same = [&](const Node* other) {
          return text_of(member(other, "name")) == text_of(member(p, "name")) &&
                 text_of(member(other, "in")) == text_of(member(p, "in"));
        };
        if (std::none_of(found.begin(), found.end(), same)) found.push_back(p);
      }
    }
    return found;
  }

  void add_parameter(const Node& p, Operation& made) {
    const std::string name(text_of(member(&p, "name")));
    const std::string_view in = text_of(member(&p, "in"));
    // One that may be left out is sent when the document itself shows how.
    const bool has_example = member(&p, "example") != nullptr || member(&p, "examples") != nullptr;
    if (in != "path" && !has_example && text_of(member(&p, "required")) != "true") return;
    const Node* content = member(&p, "content");
    const bool has_content = content != nullptr && !content->entries.empty();
    const auto sample = samples_.of_carrier(has_content ? content->entries.front().value : p);
    const bool is_exploded = text_of(member(&p, "explode")) != "false";
    if (in == "path") {
      const std::string value = comma_separated(sample.value);
      const std::string braces = "{" + name + "}";
      for (std::size_t at = 0;
           (at = made.path.find(braces, at)) != std::string::npos && made.path.size() < kMaxTarget;) {
        made.path.replace(at, braces.size(), value);
        at += value.size();
      }
    } else if (in == "query") {
      add_query(name, sample.value, is_exploded, text_of(member(&p, "style")) == "deepObject", made);
    } else if (in == "header") {
      static constexpr std::array<std::string_view, 3> kIgnored = {"Accept", "Content-Type", "Authorization"};
      if (std::any_of(kIgnored.begin(), kIgnored.end(), [&](auto n) { return scenario::same_header_name(n, name); }))
        return;
      config::Diagnostics problems;
      add_header(draft_, made.request, name,
                 sample.value.kind == Kind::kScalar ? sample.value.text : config::to_json(sample.value, problems));
    } else if (in == "cookie") {
      add_header(draft_, made.request, "Cookie", "");
    }
    // Whoever reads the suite need not be told of a secret twice.
    if (!sample.is_given && in != "cookie" && !(in == "header" && is_secret_name(name)))
      made.made_up.push_back(comment_text(name));
    made.has_made_up_path = made.has_made_up_path || (in == "path" && !sample.is_given);
  }

  void add_query(const std::string& name, const Node& value, bool is_exploded, bool is_deep, Operation& made) {
    Node plain;
    plain.kind = Kind::kScalar;
    plain.text = name;
    const std::string key = encoded(plain);
    if (is_secret_name(name) && value.kind == Kind::kScalar)
      return made.add_query(
          key, variable_mark(secret(draft_, variable_name(name),
                                    format("the query parameter {}, percent-encoded", comment_text(name)))));
    if (value.kind == Kind::kSequence && is_exploded) {
      for (const Node& item : value.items) made.add_query(key, encoded(item));
    } else if (value.kind == Kind::kMap && (is_exploded || is_deep)) {
      for (const config::Entry& e : value.entries) {
        plain.text = e.key;
        made.add_query(is_deep ? format("{}[{}]", key, encoded(plain)) : encoded(plain), encoded(e.value));
      }
    } else {
      made.add_query(key, comma_separated(value));
    }
  }

  // Parts of a path that no parameter describes.
  static void fill_path(Operation& made) {
    for (std::size_t at = 0; (at = made.path.find('{', at)) != std::string::npos;) {
      const std::size_t end = made.path.find('}', at);
      if (end == std::string::npos) break;
      made.made_up.push_back(comment_text(made.path.substr(at + 1, end - at - 1)));
      made.has_made_up_path = true;
      made.path.replace(at, end - at + 1, "1");
    }
  }

  void add_security(const Node& operation, Operation& made) {
    const Node* wanted = member(&operation, "security");
    if (wanted == nullptr) wanted = member(&root_, "security");
    if (wanted == nullptr || wanted->items.empty()) return;
    const Node* schemes = member(member(&root_, "components"), "securitySchemes");
    for (const config::Entry& e : wanted->items.front().entries) {
      const Node* scheme = samples_.resolve(member(schemes, e.key));
      const std::string_view type = text_of(member(scheme, "type"));
      const std::string name(text_of(member(scheme, "name")));
      const std::string_view in = text_of(member(scheme, "in"));
      if (type == "http" && text_of(member(scheme, "scheme")) == "basic")
        add_header(draft_, made.request, "Authorization", "Basic ");
      else if (type == "http" || type == "oauth2" || type == "openIdConnect")
        add_header(draft_, made.request, "Authorization", "Bearer ");
      else if (type == "apiKey" && in == "header")
        add_api_key(name, made.request);
      else if (type == "apiKey" && in == "cookie")
        add_header(draft_, made.request, "Cookie", "");
      else if (type == "apiKey" && in == "query")
        made.add_query(scenario::encode_query(name),
                       variable_mark(secret(draft_, variable_name(name),
                                            format("the query parameter {}, percent-encoded", comment_text(name)))));
    }
  }

  // Whatever its name, it is a secret.
  void add_api_key(const std::string& name, Request& request) {
    if (!scenario::check_header_name(name) || scenario::same_header_name(name, "Content-Length") ||
        scenario::has_header(request.headers, name))
      return;
    request.headers.push_back({name, secret(draft_, variable_name(name), format("the header {}", name))});
  }

  // A variable within a path that is still to be encoded: what encoding leaves alone and no document can hold.
  std::string variable_mark(const std::string& variable) {
    marks_.push_back(variable);
    return format("\x01{}\x02", marks_.size() - 1);
  }

  [[nodiscard]] std::string with_variables(const std::string& target) const {
    std::string out = literal(target);
    for (std::size_t i = 0; i < marks_.size(); ++i) {
      const std::string mark = format("%01{}%02", i);
      if (const std::size_t at = out.find(mark); at != std::string::npos) out.replace(at, mark.size(), marks_[i]);
    }
    return out;
  }

  // False when a body is required and none could be made.
  bool add_body(const Node& operation, Operation& made) {
    const Node* body = samples_.resolve(member(&operation, "requestBody"));
    const Node* content = member(body, "content");
    if (content == nullptr || content->entries.empty() || made.request.method == "HEAD" ||
        made.request.method == "TRACE")
      return true;
    const bool is_required = text_of(member(body, "required")) == "true";
    if (!is_required && made.request.method == "GET") return true;
    const auto json = std::find_if(content->entries.begin(), content->entries.end(),
                                   [](const config::Entry& e) { return e.key.find("json") != std::string::npos; });
    const config::Entry& chosen = json == content->entries.end() ? content->entries.front() : *json;
    const auto sample = samples_.of_carrier(chosen.value);
    if (sample.value.kind == Kind::kNull && !sample.is_given) return !is_required;  // its schema never ends
    std::string type = chosen.key;
    if (type.find('*') != std::string::npos) type = "application/octet-stream";
    if (json != content->entries.end()) {
      add_header(draft_, made.request, "Content-Type", type);
      config::Diagnostics problems;
      set_body(draft_, choices_, made.request, config::to_json(sample.value, problems));
    } else if (type.starts_with("multipart/")) {
      return !is_required;
    } else {
      add_header(draft_, made.request, "Content-Type", type);
      set_body(draft_, choices_, made.request, form_or_text(type, sample.value));
    }
    if (!sample.is_given) made.made_up.emplace_back("the body");
    return true;
  }

  static std::string form_or_text(std::string_view type, const Node& value) {
    if (type != "application/x-www-form-urlencoded" || value.kind != Kind::kMap) {
      config::Diagnostics problems;
      return value.kind == Kind::kScalar ? value.text : config::to_json(value, problems);
    }
    std::string out;
    Node name;
    name.kind = Kind::kScalar;
    for (const config::Entry& e : value.entries) {
      name.text = e.key;
      out += format("{}{}={}", out.empty() ? "" : "&", encoded(name), encoded(e.value));
    }
    return out;
  }

  // The successes among `responses`; empty for the suite's own rule.
  static std::string expected_status(const Node& operation) {
    const Node* responses = member(&operation, "responses");
    if (responses == nullptr) return "";
    std::string list;
    std::size_t count = 0;
    for (const config::Entry& e : responses->entries) {
      std::string code = e.key;
      for (char& c : code) c = c == 'X' ? 'x' : c;
      if (code.size() != 3 || (code[0] != '2' && code[0] != '3') || !scenario::parse_statuses(code)) continue;
      if (++count > 10) return "";
      list += (list.empty() ? "" : ", ") + code;
    }
    return list.empty() ? "" : "status == " + list;
  }

  const Node& root_;
  const Choices& choices_;
  config::Diagnostics& problems_;
  SchemaSamples samples_;
  Draft draft_;
  std::vector<std::string> marks_;
  std::size_t writing_ = 0;
  std::size_t unknown_paths_ = 0;  // of operations that only read
  std::size_t too_many_ = 0;
  bool has_own_servers_ = false;
};

}  // namespace

std::optional<Draft> from_openapi(const Node& root, const Choices& choices, config::Diagnostics& problems) {
  return Description(root, choices, problems).read();
}

}  // namespace loadstone::draft
