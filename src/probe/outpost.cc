#include "probe/outpost.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/format.h"
#include "net/address.h"
#include "probe/find.h"
#include "probe/watch.h"

namespace loadstone::probe {
namespace {

constexpr int kBacklog = 16;
// Between two lines of a visitor: a run may be quiet for as long as one of its blocks lasts, or its service starts.
constexpr Nanoseconds kPatience = 300s;

std::string one_line(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

Result<std::unique_ptr<Watch>> start_watch(std::string_view first_line, const Outpost::Terms& terms) {
  const std::string expected = format("{} PORT TOKEN", kOutpostGreeting);
  if (!first_line.starts_with(kOutpostGreeting) || first_line.substr(kOutpostGreeting.size(), 1) != " ")
    return fail(ErrorCode::kInvalid, "this probe expects \"" + expected + '"');
  first_line.remove_prefix(kOutpostGreeting.size() + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(first_line.data(), first_line.data() + first_line.size(), port);
  const std::string_view token = first_line.substr(static_cast<std::size_t>(end - first_line.data()));
  if (error != std::errc() || !token.starts_with(' '))
    return fail(ErrorCode::kInvalid, "this probe expects \"" + expected + '"');
  if (!terms.admits(token.substr(1))) return fail(ErrorCode::kInvalid, "the token is not the one of this probe");
  if (terms.process != 0) return Watch::start(terms.process, terms.service_port != 0 ? terms.service_port : port);
  const auto pid = find_listener(port);
  if (!pid) return fail(pid.error());
  return Watch::start(*pid, port);
}

Status answer(LineSocket& socket, std::string_view asked, Watch& watch) {
  if (asked == "begin") {
    watch.begin();
  } else if (asked == "begin_measuring") {
    watch.begin_measuring();
  } else if (asked == "take") {
    return socket.write("sample " + result::to_line(watch.take()));
  } else if (asked == "memory") {
    return socket.write(format("memory {}", watch.memory()));
  } else if (asked == "missing") {
    for (const std::string& source : watch.missing())
      if (auto sent = socket.write("missing " + one_line(source)); !sent) return sent;
  } else {
    return socket.write("error what was that?");
  }
  return socket.write("ok");
}

}  // namespace

Result<std::unique_ptr<Outpost>> Outpost::start(Terms terms) {
  const auto found = net::resolve(terms.host, terms.port);
  if (!found) return fail(found.error());
  const net::Address& address = found->addresses.front();
  const auto failed = [&] {
    return fail(ErrorCode::kUnavailable, format("listening on {}: {}", address.text(), std::strerror(errno)));
  };
  const int fd = ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return failed();
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_storage own{};
  socklen_t length = sizeof own;
  if (::bind(fd, address.raw(), address.length) != 0 || ::listen(fd, kBacklog) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &length) != 0) {
    auto error = failed();
    ::close(fd);
    return error;
  }
  const std::uint16_t port = ntohs(own.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(own).sin6_port
                                                             : reinterpret_cast<const sockaddr_in&>(own).sin_port);
  return std::unique_ptr<Outpost>(new Outpost(std::move(terms), fd, port));
}

Outpost::Outpost(Terms terms, int listener, std::uint16_t port)
    : terms_(std::move(terms)), listener_(listener), port_(port), thread_([this] { welcome(); }) {}

Outpost::~Outpost() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const Visitor& v : visitors_) v.socket.shut_down();
  }
  ::shutdown(listener_, SHUT_RDWR);  // ends accept()
  thread_.join();
  for (Visitor& v : visitors_) v.thread.join();
  ::close(listener_);
}

void Outpost::welcome() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      if (fd >= 0) ::close(fd);
      return;
    }
    visitors_.remove_if([](Visitor& v) {
      if (!v.is_gone) return false;
      v.thread.join();
      return true;
    });
    if (fd < 0) {
      std::this_thread::sleep_for(10ms);  // out of descriptors, or the visitor has thought better of it
      continue;
    }
    LineSocket socket(fd, kPatience);
    if (visitors_.size() >= kMostVisitors) continue;
    Visitor& v = visitors_.emplace_back(std::move(socket));
    v.thread = std::thread([this, &v] {
      serve(v.socket);
      v.socket.shut_down();
      v.is_gone = true;
    });
  }
}

void Outpost::serve(LineSocket& socket) const {
  const auto first = socket.read();
  if (!first) return;
  const auto watch = start_watch(*first, terms_);
  if (!watch) {
    static_cast<void>(socket.write("error " + one_line(watch.error().message)));
    return;
  }
  Status sent = socket.write("ok " + one_line((*watch)->description()));
  while (sent) {
    const auto asked = socket.read();
    if (!asked) return;
    sent = answer(socket, *asked, **watch);
  }
}

}  // namespace loadstone::probe
