#include "scenario/load.h"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/ascii.h"
#include "base/format.h"
#include "base/units.h"
#include "config/parse.h"
#include "scenario/load_parts.h"

namespace loadstone::scenario {
namespace {

using config::Kind;

struct Target {
  Endpoint endpoint;
  std::string base_path;
};

// The target of a suite or a scenario, as the command line lets it be.
std::optional<Target> read_target(Fields& fields, Reading& reading) {
  auto base = fields.value<BaseUrl>("target", parse_base_url);
  if (reading.options.target) {
    auto given = base_of(*reading.options.target);
    if (given) base = std::move(*given);
  }
  if (!base) return std::nullopt;
  Target target;
  target.endpoint.url = base->url;
  target.base_path = base->path;
  return target;
}

void check_name(const config::Node& value, const std::string& name, std::map<std::string, std::size_t>& used,
                const config::Source& source, config::Diagnostics& problems) {
  constexpr std::size_t kMaxName = 100;
  if (name.empty() || name.size() > kMaxName) {
    problems.error(value.span, format("name: expected 1 to {} characters", kMaxName));
    return;
  }
  if (std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
    problems.error(value.span, "name: control characters are not allowed");
    return;
  }
  // Results are files of that name, also where letters differ only in case.
  const std::string file = lower(safe_file_name(name));
  const auto [other, is_new] = used.emplace(file, value.span.offset);
  if (!is_new)
    problems.error(value.span,
                   format("the name {} is taken by the scenario on line {}", config::quoted(name),
                          source.position(other->second).line + 1),
                   "names must differ, also as names of files");
}

// What a suite gives to its scenarios.
struct Shared {
  std::optional<Target> target;
  bool has_target = false;  // it says one, readable or not
  Settings defaults;
};

// Sets what the scenario does, from whichever key says it; returns that key's entry, or null.
const config::Entry* read_kind(Fields& fields, const Shared& shared, const std::string& base_path, Scenario& scenario,
                               Reading& reading) {
  const config::Entry* http = fields.entry("http");
  const config::Entry* websocket = fields.entry("websocket");
  const config::Entry* event_stream = fields.entry("event_stream");
  if (websocket != nullptr && event_stream != nullptr)
    reading.problems.error(event_stream->key_span,
                           "websocket and event_stream exclude each other: make it two scenarios");
  const config::Entry* audience = websocket != nullptr ? websocket : event_stream;
  if (http != nullptr && audience != nullptr)
    reading.problems.error(
        audience->key_span,
        format("http and {0} exclude each other: make it two scenarios; what a broadcast is caused by "
               "stands inside of {0}, as `publish:`",
               audience->key));
  if (audience != nullptr) {
    const auto read = audience == websocket ? read_websocket : read_event_stream;
    scenario.kind = read(audience->value, shared.defaults, base_path, scenario.endpoint, reading);
    return audience;
  }
  fields.require("http", "the scenario says nothing to do: give it an `http:`, a `websocket:` or an `event_stream:`");
  if (http != nullptr) scenario.kind = read_http(http->value, shared.defaults, base_path, scenario.endpoint, reading);
  return http;
}

Scenario read_scenario(const config::Node& node, const Shared& shared, std::map<std::string, std::size_t>& names,
                       const config::Source& source, Reading& reading) {
  config::Diagnostics& problems = reading.problems;
  Scenario scenario;
  Fields fields(node, "a scenario", problems);
  if (auto name = fields.text("name")) {
    scenario.name = *name;
    check_name(fields.find("name")->value, *name, names, source, problems);
  }
  fields.require("name", "the scenario has no `name:`");
  const bool has_own = fields.find("target") != nullptr;
  auto target = read_target(fields, reading);
  if (!target && !has_own) target = shared.target;
  if (!target && !has_own && !shared.has_target && node.kind == Kind::kMap)
    problems.error(node.span,
                   "where do the requests go? give the suite or the scenario a `target:`, or use --target URL");
  if (target) scenario.endpoint = target->endpoint;
  const std::size_t before = problems.size();
  const config::Entry* kind = read_kind(fields, shared, target ? target->base_path : "", scenario, reading);
  const bool is_readable = kind != nullptr && problems.size() == before;
  const config::Entry* expect = fields.entry("expect");
  scenario.profile = fields.boolean("profile").value_or(false);
  fields.finish();
  // Steps are known only of a scenario that could be read; the rest of an expression can be checked anyway.
  if (expect != nullptr && (is_readable || kind != nullptr))
    scenario.targets = read_expect(expect->value, scenario, problems);
  return scenario;
}

void keep_only(Suite& suite, const std::vector<std::string>& globs, config::Diagnostics& problems) {
  std::string names;
  for (const Scenario& s : suite.scenarios) names += (names.empty() ? "" : ", ") + s.name;
  std::erase_if(suite.scenarios, [&](const Scenario& s) {
    return std::none_of(globs.begin(), globs.end(),
                        [&](const std::string& g) { return ::fnmatch(g.c_str(), s.name.c_str(), 0) == 0; });
  });
  if (!suite.scenarios.empty()) return;
  std::string wanted;
  for (const auto& g : globs) wanted += (wanted.empty() ? "" : ", ") + g;
  problems.general_error(format("no scenario matches --only {}", wanted), "there is: " + names);
}

Suite read_suite(const config::Node& root, const config::Source& source, Reading& reading) {
  config::Diagnostics& problems = reading.problems;
  Suite suite;
  suite.file = source.name();
  Fields fields(root, "the suite", problems);
  suite.name = fields.text("suite").value_or(std::filesystem::path(source.name()).stem().string());
  Shared shared{read_target(fields, reading), fields.find("target") != nullptr, {}};
  if (const auto* entry = fields.entry("defaults")) {
    Fields default_fields(entry->value, "defaults", problems);
    shared.defaults = read_settings(default_fields, reading);
    default_fields.finish();
  }
  if (const auto* entry = fields.entry("service")) {
    std::optional<Endpoint> endpoint;
    if (shared.target) {
      endpoint = shared.target->endpoint;
      apply_endpoint(shared.defaults, *endpoint);
    }
    std::optional<Service> service;
    std::optional<ProbeAddress> probe;
    read_service(entry->value, endpoint, service, probe, problems);
    // Another target is another service, which somebody else has started, elsewhere.
    if (!reading.options.target) {
      suite.service = std::move(service);
      suite.probe = std::move(probe);
    }
  }
  const config::Entry* scenarios = fields.entry("scenarios");
  fields.require("scenarios", "the suite has no `scenarios:`");
  fields.finish();
  if (scenarios == nullptr) return suite;
  if (scenarios->value.kind != Kind::kSequence || scenarios->value.items.empty()) {
    problems.error(scenarios->value.span,
                   "scenarios: expected a list of at least one scenario, each beginning with '- name:'");
    return suite;
  }
  if (scenarios->value.items.size() > kMaxScenarios) {
    problems.error(scenarios->key_span, format("more than {} scenarios", kMaxScenarios));
    return suite;
  }
  std::map<std::string, std::size_t> names;
  for (const config::Node& item : scenarios->value.items)
    suite.scenarios.push_back(read_scenario(item, shared, names, source, reading));
  return suite;
}

Loaded load_source(const config::SharedSource& source, const LoadOptions& options) {
  Loaded loaded;
  config::Diagnostics problems(source);
  auto root = config::parse(*source, problems);
  Secrets secrets;
  if (root) {
    secrets = find_secrets(*root, options.variables);
    config::substitute(*root, options.variables, loaded.variables, problems);
    // A value that lacks its variable would only be reported a second time.
    if (problems.empty()) {
      Reading reading{problems, options, std::filesystem::path(source->name()).parent_path().string(), secrets};
      Suite suite = read_suite(*root, *source, reading);
      for (Scenario& s : suite.scenarios) s.secrets = reading.secrets;
      secrets = reading.secrets;
      loaded.problems = reading.other_problems;
      for (Scenario& s : suite.scenarios) options.tls.apply(s.endpoint.tls);
      if (suite.service) options.tls.apply(suite.service->endpoint.tls);
      if (problems.empty() && !options.only.empty()) keep_only(suite, options.only, problems);
      if (problems.empty()) {
        if (options.scale != 1)
          for (Scenario& s : suite.scenarios) scale_durations(s, options.scale);
        loaded.suite = std::move(suite);
      }
    }
  }
  loaded.problems = secrets.hide(problems.text() + loaded.problems);
  return loaded;
}

}  // namespace

Result<BaseUrl> base_of(const Url& url) {
  if (url.scheme == "ws" || url.scheme == "wss")
    return fail(ErrorCode::kInvalid,
                format("expected an http or https address, not {}; a WebSocket is opened over {}://", url.scheme,
                       url.is_secure() ? "https" : "http"));
  if (url.scheme != "http" && url.scheme != "https")
    return fail(ErrorCode::kInvalid, format("expected an http or https address, not {}", url.scheme));
  if (url.target.find('?') != std::string::npos)
    return fail(ErrorCode::kInvalid, "a target has no query; write it in the requests");
  BaseUrl base{url, url.target};
  base.url.target = "/";
  while (base.path.ends_with('/')) base.path.pop_back();
  return base;
}

Result<BaseUrl> parse_base_url(std::string_view text) {
  const auto url = parse_url(text);
  if (!url) return fail(url.error());
  return base_of(*url);
}

Loaded load_suite(const std::string& path, const LoadOptions& options) {
  const auto source = config::read_source(path);
  if (!source) return {std::nullopt, format("error: {}\n", config::printable(source.error().message)), {}};
  return load_source(*source, options);
}

Loaded load_suite_text(const std::string& path, std::string_view text, const LoadOptions& options) {
  const auto source = config::make_source(path, text);
  if (!source) return {std::nullopt, format("error: {}\n", config::printable(source.error().message)), {}};
  return load_source(*source, options);
}

}  // namespace loadstone::scenario
