// Runs one scenario against a server and prints everything that was counted, a name and a number a line: for scripts
// that compare it with what the server counted.
//
//   load_driver URL [NAME=VALUE...] METHOD:TARGET[:BODY_BYTES[:WEIGHT]]...
//     users=N (a closed load) or rate=N connections=N (an open one); duration=SECONDS or requests=N; warmup=SECONDS
//     ca=FILE resume=0|1 (of an https URL); keep_alive=0|1 reactor=io_uring|epoll shards=N seed=N drain=SECONDS
//     timeout=SECONDS streams=N (HTTP/2 with so many at once on a connection)
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "base/format.h"
#include "base/url.h"
#include "engine/run.h"

namespace {

using namespace loadstone;

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == at)
      parts.emplace_back();
    else
      parts.back().push_back(c);
  }
  return parts;
}

scenario::Request request_of(const std::string& text) {
  const auto parts = split(text, ':');
  scenario::Request request;
  request.method = parts.at(0);
  request.target = parts.at(1);
  request.name = request.method + " " + request.target;
  if (parts.size() > 2) request.body.assign(std::stoul(parts[2]), 'b');
  if (parts.size() > 3) request.weight = std::stod(parts[3]);
  request.check.status = {{100, 599}};
  return request;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  auto url = parse_url(argv[1]);
  if (!url) {
    std::fprintf(stderr, "%s\n", url.error().message.c_str());
    return 64;
  }
  std::map<std::string, std::string> options;
  scenario::HttpLoad load;
  for (int i = 2; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::size_t equals = argument.find('=');
    if (equals != std::string::npos && argument.find(':') == std::string::npos)
      options[argument.substr(0, equals)] = argument.substr(equals + 1);
    else
      load.requests.push_back(request_of(argument));
  }
  const auto number = [&](const char* name, double otherwise) {
    return options.contains(name) ? std::stod(options[name]) : otherwise;
  };
  const Nanoseconds duration = from_seconds(number("duration", 0));
  if (options.contains("rate")) {
    scenario::OpenLoad open;
    open.stages = {{number("rate", 0), number("rate", 0), duration}};
    open.connections = static_cast<int>(number("connections", 10));
    load.load = open;
  } else {
    load.load = scenario::ClosedLoad{{{static_cast<int>(number("users", 1)), duration}}, Nanoseconds(0)};
  }
  if (options.contains("requests")) load.request_count = std::stoull(options["requests"]);
  load.warmup = from_seconds(number("warmup", 0));
  load.drain = from_seconds(number("drain", 10));
  load.request_timeout = from_seconds(number("timeout", 30));
  load.keep_alive = number("keep_alive", 1) != 0;
  if (options.contains("streams")) {
    load.version = scenario::HttpVersion::k2;
    load.streams = static_cast<int>(number("streams", 1));
  }
  scenario::Scenario scenario;
  scenario.name = "driven";
  scenario.endpoint.url = *url;
  scenario.endpoint.tls.ca = options["ca"];
  scenario.endpoint.tls.resumes = number("resume", 1) != 0;
  scenario.kind = load;

  engine::RunOptions run;
  run.shards = static_cast<int>(number("shards", 1));
  run.seed = static_cast<std::uint64_t>(number("seed", 1));
  run.reactor = options["reactor"] == "epoll" ? net::ReactorKind::kEpoll : net::ReactorKind::kUring;
  std::map<std::string, std::uint64_t> counters;
  const engine::Observer observer{.block =
                                      [&](result::Block&& block) {
                                        for (const auto& [name, n] : block.counters) counters[name] += n;
                                        return true;
                                      },
                                  .begin = {},
                                  .should_stop = {}};
  const result::ScenarioEnd end = engine::run_scenario(scenario, 0, run, observer);
  if (!end.problem.empty()) {
    std::fprintf(stderr, "%s\n", end.problem.c_str());
    return 1;
  }
  for (const auto& [name, n] : counters) std::printf("%s\t%llu\n", name.c_str(), static_cast<unsigned long long>(n));
  for (const std::string& note : end.notes) std::fprintf(stderr, "%s\n", note.c_str());
  return 0;
}
