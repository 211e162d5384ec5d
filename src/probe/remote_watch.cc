#include "probe/remote_watch.h"

#include <charconv>

#include "base/format.h"
#include "probe/outpost.h"

namespace loadstone::probe {
namespace {

constexpr Nanoseconds kPatience = 2s;

}  // namespace

Result<std::unique_ptr<RemoteWatch>> RemoteWatch::start(const std::string& host, std::uint16_t port,
                                                        const std::string& token, std::uint16_t service_port) {
  const std::string place = format("{}:{}", host, port);
  const auto within = [&](const Error& error) { return fail(error.within("the probe at " + place)); };
  auto socket = LineSocket::connect(host, port, kPatience);
  if (!socket) return within(socket.error());
  if (auto sent = socket->write(format("{} {} {}", kOutpostGreeting, service_port, token)); !sent)
    return within(sent.error());
  const auto answer = socket->read();
  if (!answer) return within(answer.error());
  constexpr std::string_view kOk = "ok ", kError = "error ";
  if (answer->starts_with(kError)) return within({ErrorCode::kUnavailable, answer->substr(kError.size())});
  if (!answer->starts_with(kOk)) return within({ErrorCode::kInvalid, "it is not a loadstone probe"});
  std::string description = format("{}, seen by the probe at {}", answer->substr(kOk.size()), place);
  return std::unique_ptr<RemoteWatch>(new RemoteWatch(std::move(*socket), place, std::move(description)));
}

RemoteWatch::RemoteWatch(LineSocket socket, std::string place, std::string description)
    : socket_(std::move(socket)), place_(std::move(place)), description_(std::move(description)) {}

void RemoteWatch::lose(const std::string& why) {
  if (problem_.empty()) problem_ = format("what the service uses, since the probe at {} was lost ({})", place_, why);
}

std::string RemoteWatch::ask(std::string_view question, std::string_view word) {
  if (!problem_.empty()) return {};
  if (const auto sent = socket_.write(question); !sent) {
    lose(sent.error().message);
    return {};
  }
  const auto answer = socket_.read();
  if (!answer) {
    lose(answer.error().message);
    return {};
  }
  if (!answer->starts_with(word)) {
    lose("an answer that does not fit the question");
    return {};
  }
  return answer->substr(word.size());
}

void RemoteWatch::begin() { ask("begin", "ok"); }
void RemoteWatch::begin_measuring() { ask("begin_measuring", "ok"); }

result::ServiceSample RemoteWatch::take() {
  const std::string json = ask("take", "sample ");
  if (json.empty()) return {};
  const auto sample = result::service_sample_from_line(json);
  if (!sample) lose(sample.error().message);
  return sample.value_or(result::ServiceSample{});
}

double RemoteWatch::memory() {
  const std::string text = ask("memory", "memory ");
  double bytes = 0;
  if (!text.empty() && std::from_chars(text.data(), text.data() + text.size(), bytes).ec != std::errc())
    lose("an answer that is no number");
  return bytes;
}

std::vector<std::string> RemoteWatch::missing() {
  std::vector<std::string> sources;
  constexpr std::string_view kMissing = "missing ";
  if (problem_.empty()) {
    if (const auto sent = socket_.write("missing"); !sent) lose(sent.error().message);
    while (problem_.empty()) {
      const auto line = socket_.read();
      if (!line) {
        lose(line.error().message);
      } else if (line->starts_with(kMissing)) {
        sources.push_back(line->substr(kMissing.size()));
      } else {
        if (*line != "ok") lose("an answer that does not fit the question");
        break;
      }
    }
  }
  if (!problem_.empty()) sources.push_back(problem_);
  return sources;
}

}  // namespace loadstone::probe
