// One end of a seam, or an entry point, seen in a call. Both ends must be found for an edge, so these may be generous.
#include <algorithm>
#include <array>
#include <string>

#include "code_graph/parse/actions.h"

namespace code_graph::parse {
namespace {

using Kind = Evidence::Kind;

struct Verb {
  std::string_view name;
  std::string_view method;
};
constexpr Verb kVerbs[] = {{"get", "GET"},       {"post", "POST"},   {"put", "PUT"},
                           {"delete", "DELETE"}, {"patch", "PATCH"}, {"head", "HEAD"}};

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), graph::fold);
  return out;
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view w) { return text.find(w) != std::string_view::npos; });
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

bool is_url_path(std::string_view text) {
  return text.size() > 1 &&
         (text.front() == '/' || text.starts_with("http://") || text.starts_with("https://") || text.starts_with("${"));
}

std::string_view method_of(std::string_view verb) {
  const std::string low = lowered(verb);
  for (const Verb& v : kVerbs) {
    if (low == v.name || low == std::string(v.name) + "async") return v.method;
  }
  return {};
}

// The names of scripts in the literals of a call's arguments: "tools/job.py", "./run.sh".
void look_for_scripts(Outliner& o, TSNode call, TSNode arguments) {
  const std::string_view text = o.text(ts_node_is_null(arguments) ? call : arguments).substr(0, 2048);
  for (const std::string_view extension : {".py", ".js", ".sh", ".rb", ".pl", ".php", ".ts", ".lua", ".mjs"}) {
    for (std::size_t at = text.find(extension); at != std::string_view::npos; at = text.find(extension, at + 1)) {
      const std::size_t end = at + extension.size();
      if (end < text.size() && !is_one_of(text.substr(end, 1), {"\"", "'", " ", "`"})) continue;
      std::size_t from = at;
      while (from > 0 && !is_one_of(text.substr(from - 1, 1), {"\"", "'", " ", "`", "(", ",", "[", "="})) --from;
      if (end - from > extension.size())
        o.add_evidence(Kind::kSpawn, o.current(), call, "process", text.substr(from, end - from));
    }
  }
}

// fetch(path, {method: "POST"})
std::string_view method_in_options(std::string_view arguments) {
  const std::size_t at = arguments.find("method");
  if (at == std::string_view::npos) return "GET";
  for (const std::string_view m : {"POST", "PUT", "DELETE", "PATCH", "GET"}) {
    const std::size_t found = arguments.find(m, at);
    if (found != std::string_view::npos && found - at < 16) return m;
  }
  return "";
}

void look_for_http(Outliner& o, TSNode call, const Chain& callee, TSNode arguments, std::string_view last) {
  const std::string_view path = first_literal(o, arguments);
  if (!is_url_path(path)) return;
  std::string receiver;
  for (std::size_t i = 0; i + 1 < callee.names.size(); ++i) receiver += lowered(o.text_of(callee.names[i])) + '.';
  const std::uint32_t count = ts_node_named_child_count(arguments);

  if (is_one_of(last, {"fetch", "$fetch", "ofetch"})) {
    o.add_evidence(Kind::kRequest, o.current(), call, method_in_options(o.text(arguments)), path);
    return;
  }
  if (is_one_of(last, {"HandleFunc", "Handle", "handle_func"}) && count >= 2) {
    // Go 1.22 writes the method into the pattern.
    const std::size_t space = path.find(' ');
    const bool has_method = space != std::string_view::npos;
    o.add_route(call, has_method ? path.substr(0, space) : "", has_method ? path.substr(space + 1) : path,
                o.chain(ts_node_named_child(arguments, count - 1)));
    return;
  }
  const std::string_view method = method_of(last);
  if (method.empty()) {
    if ((last == "axios" || last == "request") && receiver.empty()) {
      o.add_evidence(Kind::kRequest, o.current(), call, method_in_options(o.text(arguments)), path);
    }
    return;
  }
  if (receiver.empty()) {
    // Sinatra, Ktor: get "/path" with a block.
    if (o.language() == Language::kRuby || o.language() == Language::kKotlin)
      o.add_route(call, method, path, std::nullopt);
    return;
  }
  if (has_any(receiver, {"app", "router", "route", "server", "mux", "blueprint", "engine"}) && count >= 2 &&
      path.front() == '/') {
    o.add_route(call, method, path, o.chain(ts_node_named_child(arguments, count - 1)));
  } else if (has_any(receiver, {"http", "client", "axios", "request", "session", "api", "fetch", "got", "faraday"})) {
    o.add_evidence(Kind::kRequest, o.current(), call, method, path);
  } else if (count >= 2 && path.front() == '/' && o.language() == Language::kGo) {
    o.add_route(call, method, path, o.chain(ts_node_named_child(arguments, count - 1)));
  }
}

void look_for_entry(Outliner& o, TSNode call, const Chain& callee, std::string_view last) {
  const DefinitionIndex here = o.current();
  const std::string_view first = callee.names.empty() ? std::string_view{} : o.text_of(callee.names.front());
  const std::size_t length = callee.names.size();
  switch (o.language()) {
    case Language::kPython:
      if (last == "run" && length == 2 && is_one_of(first, {"app", "application", "uvicorn", "socketio"}))
        o.add_entry(here, call, "app_run", 8, 1.5);
      if (last == "FastAPI") o.add_entry(here, call, "fastapi_app", 6, 1.2);
      break;
    case Language::kJavaScript:
    case Language::kTypeScript:
      if (last == "listen" && length == 2) o.add_entry(here, call, "server_listen", 8, 1.5);
      if (last == "express" && length == 1) o.add_entry(here, call, "express_app", 7, 1.3);
      if (first == "NestFactory" && last == "create") o.add_entry(here, call, "nest_bootstrap", 8, 1.5);
      if (last == "createServer" && length == 2) o.add_entry(here, call, "http_server", 7, 1.3);
      break;
    case Language::kGo:
      if (last.starts_with("ListenAndServe")) o.add_entry(here, call, "listen_and_serve", 8, 1.3);
      break;
    case Language::kCSharp:
      if (is_one_of(last, {"CreateDefaultBuilder", "CreateBuilder"})) o.add_entry(here, call, "aspnet_host", 9, 1.8);
      break;
    case Language::kJava:
      if (first == "SpringApplication" && last == "run") o.add_entry(here, call, "spring_boot", 9, 1.8);
      break;
    case Language::kKotlin:
      if (last == "embeddedServer") o.add_entry(here, call, "ktor_server", 9, 1.8);
      break;
    case Language::kRust:
      if (first == "rocket" && is_one_of(last, {"build", "ignite"})) o.add_entry(here, call, "rocket_launch", 8, 1.5);
      break;
    case Language::kRuby:
      if (last == "run" && length == 1 && o.path().ends_with(".ru")) o.add_entry(here, call, "rack_run", 9, 1.8);
      break;
    default:
      break;
  }
}

}  // namespace

void look_for_evidence(Outliner& o, TSNode call, const Chain& callee, TSNode arguments) {
  if (callee.names.empty()) return;
  const std::string_view last = o.text_of(callee.names.back());
  look_for_entry(o, call, callee, last);
  if (ts_node_is_null(arguments)) return;
  look_for_http(o, call, callee, arguments, last);
  if (is_one_of(last, {"run",
                       "Popen",
                       "call",
                       "check_call",
                       "check_output",
                       "spawn",
                       "spawnSync",
                       "exec",
                       "execFile",
                       "execSync",
                       "execFileSync",
                       "fork",
                       "system",
                       "Command",
                       "popen",
                       "create_subprocess_exec",
                       "create_subprocess_shell",
                       "ProcessBuilder",
                       "Start",
                       "passthru",
                       "shell_exec",
                       "execute"})) {
    look_for_scripts(o, call, arguments);
  }
}

}  // namespace code_graph::parse
