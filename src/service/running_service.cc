#include "service/running_service.h"

#include <algorithm>
#include <fstream>
#include <thread>
#include <vector>

#include "base/format.h"
#include "base/units.h"
#include "service/readiness.h"

namespace loadstone::service {
namespace {

constexpr std::size_t kLinesShown = 15;
constexpr Nanoseconds kProbeTimeout = 1s;
constexpr Nanoseconds kFirstPause = 5ms;
constexpr Nanoseconds kLongestPause = 100ms;

std::string with_output(std::string message, const std::string& log_file) {
  const std::string lines = last_lines(log_file, kLinesShown);
  if (lines.empty()) return message + "; it printed nothing";
  return message + format("; the end of its output ({}):\n{}", log_file, lines);
}

// Waits until the service is ready; the error says what was the matter last.
Status wait_until_ready(const scenario::Service& service, RunningService& running,
                        const std::function<bool()>& give_up) {
  const Instant end = SteadyClock::read() + service.ready_timeout;
  Nanoseconds pause = kFirstPause;
  while (true) {
    const Nanoseconds left = end - SteadyClock::read();
    const auto ready = is_ready(service.endpoint, service.ready_method, service.ready_target,
                                std::clamp<Nanoseconds>(left, Nanoseconds(1ms), kProbeTimeout));
    // Also after a good answer: it may have come from somebody else who took the address.
    if (const auto why = running.died()) return fail(ErrorCode::kUnavailable, *why);
    if (ready) return {};
    if (ready.error().code == ErrorCode::kInvalid)
      return fail(ErrorCode::kUnavailable,
                  with_output(format("the service will not be ready: {}", ready.error().message), running.log_file()));
    if (give_up && give_up()) return fail(ErrorCode::kUnavailable, "interrupted while waiting for the service");
    if (SteadyClock::read() + pause >= end) {
      const std::string what = service.ready_target.empty() ? format("no connection to {}", where(service.endpoint))
                                                            : format("{} {} at {}", service.ready_method,
                                                                     service.ready_target, where(service.endpoint));
      return fail(ErrorCode::kUnavailable,
                  with_output(format("the service is not ready after {} ({}: {})", show_duration(service.ready_timeout),
                                     what, ready.error().message),
                              running.log_file()));
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace

Result<RunningService> RunningService::start(const scenario::Service& service, const std::string& log_file,
                                             const std::function<bool()>& give_up) {
  if (can_connect(service.endpoint, kProbeTimeout))
    return fail(ErrorCode::kUnavailable, format("something already answers at {}; stop it, or measure it with --target",
                                                where(service.endpoint)));
  auto keeper =
      Keeper::start({service.command, service.directory, service.environment, log_file, service.stop_timeout});
  if (!keeper) return fail(keeper.error());
  RunningService running(std::move(*keeper), log_file);
  if (const auto ready = wait_until_ready(service, running, give_up); !ready) return fail(ready.error());
  return running;
}

std::optional<std::string> RunningService::died() {
  const auto exit = keeper_.exited();
  if (!exit) return std::nullopt;
  return with_output("the service " + describe(*exit), log_file_);
}

std::string last_lines(const std::string& file, std::size_t count) {
  constexpr std::streamoff kMaxRead = 16384;
  constexpr std::size_t kMaxLine = 300;
  std::ifstream in(file, std::ios::binary);
  if (!in) return {};
  in.seekg(0, std::ios::end);
  const std::streamoff size = in.tellg();
  in.seekg(std::max<std::streamoff>(0, size - kMaxRead));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line.substr(0, kMaxLine));
  std::string text;
  for (std::size_t i = lines.size() > count ? lines.size() - count : 0; i < lines.size(); ++i) {
    std::string& line = lines[i];
    while (!line.empty() && line.back() == '\r') line.pop_back();
    std::replace_if(
        line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    text += format("{}  {}", text.empty() ? "" : "\n", line);
  }
  return text;
}

}  // namespace loadstone::service
