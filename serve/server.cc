#include "serve/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>

#include "base/format.h"
#include "serve/address.h"
#include "serve/http_connection.h"
#include "serve/loop.h"

namespace serve {

using loadstone::ErrorCode;
using loadstone::fail;

namespace {
constexpr Nanoseconds kRetryAccept = std::chrono::milliseconds(50);  // after running out of descriptors or connections
constexpr int kAcceptBatch = 64;                                     // connections taken before other work has its turn
constexpr std::uint64_t kRefusedAtOnce = 256;  // connections over the limit that are told so; beyond, closed unanswered
}  // namespace

// The listening socket lives on the first loop; connections go to all loops in turn.
class Server::Parts {
 public:
  Parts(std::shared_ptr<Shared> shared, int fd, const ListenAddress& bound)
      : shared_(std::move(shared)), bound_(bound), address_(show_address(bound.storage, bound.size)) {
    for (int i = 0; i < shared_->options.threads; ++i) loops_.push_back(std::make_shared<Loop>(shared_));
    listener_.emplace(loops_.front()->io().get_executor(), fd);
    paused_ = !shared_->options.accept;
    wait();
    for (const auto& loop : loops_) loop->start();
  }
  ~Parts() { stop(Nanoseconds(0)); }

  void stop(Nanoseconds grace);
  void set_paused(bool paused);
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] const Tally& tally() const { return shared_->tally; }
  [[nodiscard]] Loop& first_loop() { return *loops_.front(); }

 private:
  void wait();
  void accept_some();
  void admit(int fd, std::string peer);
  void close_listener();

  std::shared_ptr<Shared> shared_;
  ListenAddress bound_;
  std::string address_;
  std::vector<std::shared_ptr<Loop>> loops_;
  std::optional<asio::posix::basic_stream_descriptor<Executor>> listener_;
  std::size_t next_ = 0;
  bool waiting_ = false;
  bool paused_ = false;
  bool stopped_ = false;
};

void Server::Parts::wait() {
  if (waiting_ || paused_ || !listener_) return;
  waiting_ = true;
  listener_->async_wait(asio::posix::descriptor_base::wait_read, [this](const boost::system::error_code& error) {
    waiting_ = false;
    if (!error) accept_some();
  });
}

void Server::Parts::accept_some() {
  const Limits& limits = shared_->options.limits;
  Tally& tally = shared_->tally;
  for (int i = 0; i < kAcceptBatch && !paused_ && listener_; ++i) {
    if (shared_->options.when_full == WhenFull::kWait && tally.open.load() >= limits.connections) {
      loops_.front()->after(kRetryAccept, [this] { accept_some(); });
      return;
    }
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    const int fd =
        ::accept4(listener_->native_handle(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      admit(fd, show_address(peer, size));
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      loops_.front()->after(kRetryAccept, [this] { accept_some(); });
      return;
    }
    // Otherwise this one client went away before it was accepted.
  }
  wait();
}

void Server::Parts::admit(int fd, std::string peer) {
  Tally& tally = shared_->tally;
  const std::uint64_t n = tally.accepted.fetch_add(1) + 1;
  const std::uint64_t open = tally.open.load();
  bool refused = open >= shared_->options.limits.connections;
  Admission admission = Admission::kServe;
  if (shared_->options.on_accept) {
    try {
      admission = shared_->options.on_accept(n);
    } catch (...) {
      admission = Admission::kClose;
    }
  }
  if (refused) tally.refused.fetch_add(1);
  if (refused && open >= shared_->options.limits.connections + kRefusedAtOnce) admission = Admission::kClose;
  if (admission == Admission::kReset) {
    const linger now{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  if (admission == Admission::kClose || admission == Admission::kReset) {
    ::close(fd);
    return;
  }
  const int on = 1;
  if (bound_.storage.ss_family != AF_UNIX) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto loop = loops_[next_++ % loops_.size()];
  const auto begin = [loop, fd, admission, refused, family = static_cast<int>(bound_.storage.ss_family),
                      peer = std::move(peer)] {
    Socket socket(loop->io().get_executor());
    boost::system::error_code error;
    socket.assign(Stream(family, family == AF_UNIX ? 0 : IPPROTO_TCP), fd, error);
    if (error) {
      ::close(fd);
      return;
    }
    const auto connection = std::make_shared<HttpConnection>(loop, std::move(socket), peer);
    if (admission == Admission::kSilent) connection->stay_silent();
    loop->add(connection);
    if (admission == Admission::kSilent || loop->stopping()) return;
    if (refused)
      connection->refuse();
    else
      connection->start();
  };
  if (loop->is_current())
    begin();
  else
    loop->post(begin);
}

void Server::Parts::set_paused(bool paused) {
  first_loop().post([this, paused] {
    paused_ = paused;
    if (paused && listener_ && waiting_)
      listener_->cancel();
    else
      wait();
  });
}

void Server::Parts::close_listener() {
  if (!listener_) return;
  boost::system::error_code ignored;
  listener_->close(ignored);
  listener_.reset();
  if (bound_.storage.ss_family == AF_UNIX) ::unlink(reinterpret_cast<const sockaddr_un*>(&bound_.storage)->sun_path);
}

void Server::Parts::stop(Nanoseconds grace) {
  if (stopped_) return;
  stopped_ = true;
  first_loop().post([this] { close_listener(); });
  for (const auto& loop : loops_) loop->post([l = loop.get()] { l->begin_stop(); });
  const Instant until = SteadyClock::read() + grace;
  // Loops count their connections themselves; looking every few milliseconds is enough for a wait of this kind.
  const auto left = [this] { return shared_->tally.open.load() > 0; };
  while (SteadyClock::read() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (!left()) break;
  }
  for (const auto& loop : loops_) loop->finish();
}

std::uint16_t Server::Parts::port() const {
  if (bound_.storage.ss_family == AF_INET)
    return ntohs(reinterpret_cast<const sockaddr_in*>(&bound_.storage)->sin_port);
  if (bound_.storage.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&bound_.storage)->sin6_port);
  return 0;
}

loadstone::Result<std::unique_ptr<Server>> Server::start(Options options) {
  if (!options.on_request) return fail(ErrorCode::kInternal, "a server needs on_request");
  if (options.threads < 1 || options.threads > 1024)
    return fail(ErrorCode::kInvalid, loadstone::format("{} threads: expected 1 to 1024", options.threads));
  ListenAddress bound;
  const auto fd = listen_on(options.host, options.port, options.backlog, bound);
  if (!fd) return fail(fd.error());
  try {
    auto shared = std::make_shared<Shared>();
    shared->options = std::move(options);
    return std::unique_ptr<Server>(new Server(std::make_unique<Parts>(std::move(shared), *fd, bound)));
  } catch (const std::exception& e) {  // no threads or descriptors left
    return fail(ErrorCode::kUnavailable, loadstone::format("cannot start the server: {}", e.what()));
  }
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() { parts_->stop(Nanoseconds(0)); }

std::uint16_t Server::port() const { return parts_->port(); }
std::string Server::address() const { return parts_->address(); }

Counters Server::counters() const {
  const Tally& t = parts_->tally();
  return {t.accepted.load(), t.refused.load(),   t.open.load(),     t.websockets.load(),
          t.requests.load(), t.malformed.load(), t.timed_out.load()};
}

void Server::after(Nanoseconds delay, std::function<void()> run) {
  Loop* current = Loop::current();
  // Only a loop of this server will do; another server may live in the same process.
  if (current == nullptr || &current->shared() != &parts_->first_loop().shared()) current = &parts_->first_loop();
  current->after(delay, std::move(run));
}

void Server::pause_accepting() { parts_->set_paused(true); }
void Server::resume_accepting() { parts_->set_paused(false); }
void Server::stop(Nanoseconds grace) { parts_->stop(grace); }

}  // namespace serve
