#include "duet/build.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/format.h"
#include "scenario/values.h"

namespace loadstone::duet {
namespace {

constexpr std::string_view kPort = "{port}";

// A port that was free a moment ago.
Result<std::uint16_t> free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(ErrorCode::kIo, "no socket could be made");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  const bool good = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(fd);
  if (!good) return fail(ErrorCode::kUnavailable, "there is no free port on 127.0.0.1");
  return ntohs(address.sin_port);
}

void replace_port(std::string& word, std::uint16_t port) {
  const std::string digits = std::to_string(port);
  for (std::size_t at = word.find(kPort); at != std::string::npos; at = word.find(kPort, at + digits.size()))
    word.replace(at, kPort.size(), digits);
}

}  // namespace

Result<BuildSpec> parse_build(const std::string& text, const scenario::Service& like) {
  BuildSpec spec;
  spec.text = text;
  if (text.starts_with("http://") || text.starts_with("https://")) {
    auto url = parse_url(text);
    if (!url) return fail(url.error());
    spec.url = std::move(*url);
    return spec;
  }
  auto command = scenario::split_command(text);
  if (!command) return fail(command.error());
  spec.service = like;
  spec.service.command = std::move(*command);
  if (text.find(kPort) == std::string::npos)
    return fail(ErrorCode::kInvalid,
                "a command needs {port} where its port goes, so that both can run at once: 'build/app --port {port}'");
  return spec;
}

Result<Build> Build::start(const BuildSpec& spec, const std::string& log_file, const std::function<bool()>& give_up) {
  Build build;
  if (spec.url) {
    build.url_ = *spec.url;
    return build;
  }
  const auto port = free_port();
  if (!port) return fail(port.error());
  scenario::Service service = spec.service;
  for (std::string& word : service.command) replace_port(word, *port);
  for (auto& [name, value] : service.environment) replace_port(value, *port);
  service.endpoint = scenario::Endpoint{};
  service.endpoint.url = Url{"http", "127.0.0.1", *port, "/"};
  auto started = service::RunningService::start(service, log_file, give_up);
  if (!started) return fail(started.error().within(spec.text));
  build.url_ = service.endpoint.url;
  build.service_.emplace(std::move(*started));
  return build;
}

std::optional<pid_t> Build::pid() const { return service_ ? std::optional(service_->pid()) : std::nullopt; }

}  // namespace loadstone::duet
