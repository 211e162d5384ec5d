#include "faults/faulty_server.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>

#include "base/clock.h"
#include "base/format.h"

namespace loadstone::faults {
namespace {

constexpr int kPollMs = 50;  // until it is seen that the server is to stop

tl::unexpected<Error> system_error(const char* doing) {
  return fail(ErrorCode::kIo, format("{}: {}", doing, std::strerror(errno)));
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

bool can_read(int socket) {
  pollfd p{socket, POLLIN, 0};
  return ::poll(&p, 1, kPollMs) > 0;
}

}  // namespace

Result<std::unique_ptr<FaultyServer>> FaultyServer::start(const Options& options) {
  if (!is_possible(options.fault, options.shape))
    return fail(ErrorCode::kInvalid,
                "one event loop never waits for a lock, a permit or another thread: choose another shape");
  std::unique_ptr<FaultyServer> server(new FaultyServer(options));
  if (auto status = server->listen(); !status) return fail(status.error());
  if (auto status = server->plant(); !status) return fail(status.error());
  FaultyServer* s = server.get();
  if (options.shape == Shape::kThreads) {
    s->threads_.emplace_back([s] { s->accept_for_threads(); });
  } else {
    s->poller_ = ::epoll_create1(EPOLL_CLOEXEC);
    const bool hand_over = options.shape == Shape::kPool;
    s->threads_.emplace_back([s, hand_over] { s->loop(hand_over); });
    for (int i = 0; hand_over && i < kWorkers; ++i) s->threads_.emplace_back([s] { s->worker(); });
  }
  return server;
}

Status FaultyServer::listen() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto address = loopback(options_.port);
  socklen_t length = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::listen(listener_, options_.fault == Fault::kBacklog ? 4 : 4096) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    return system_error("listening");
  port_ = ntohs(address.sin_port);
  return {};
}

Status FaultyServer::plant() {
  if (options_.fault == Fault::kDescriptors) {
    const int next = ::dup(listener_);
    ::close(next);
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = static_cast<rlim_t>(next) + kSpareDescriptors;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return system_error("limiting descriptors");
  }
  if (options_.fault == Fault::kQuota) {
    auto quota = Quota::impose(kQuotaCores);
    if (!quota) return fail(quota.error());
    quota_ = std::move(*quota);
  }
  if (options_.fault != Fault::kSlowConsumer) return {};
  // In a process of their own: clients are no part of the service.
  consumers_ = ::fork();
  if (consumers_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(listener_);
    const auto address = loopback(port_);
    for (int i = 0; i < kConsumers; ++i) {
      const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
      if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) ::_exit(1);
    }
    for (;;) ::pause();
  }
  for (int i = 0; i < kConsumers; ++i) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return system_error("accepting clients that do not read");
    const timeval patience{0, 2000};
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    work_.add_consumer(socket);
  }
  return {};
}

FaultyServer::~FaultyServer() {
  stop_ = true;
  ready_.notify_all();
  for (std::thread& t : threads_) t.join();
  while (serving_ > 0) std::this_thread::sleep_for(5ms);
  if (poller_ >= 0) ::close(poller_);
  if (listener_ >= 0) ::close(listener_);
  if (consumers_ <= 0) return;
  ::kill(consumers_, SIGKILL);
  ::waitpid(consumers_, nullptr, 0);
}

int FaultyServer::accept_one() const {
  if (options_.fault == Fault::kBacklog) std::this_thread::sleep_for(60ms);
  const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (socket >= 0) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  } else if (errno == EMFILE) {
    std::this_thread::sleep_for(10ms);  // what waits in the queue stays there
  }
  return socket;
}

bool FaultyServer::serve(Connection& c) {
  char part[8192];
  const ssize_t n = ::recv(c.socket, part, sizeof part, 0);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  if (n == 0) return false;
  c.received.append(part, static_cast<std::size_t>(n));
  constexpr std::size_t kLongest = 65536;
  if (c.received.size() > kLongest) return false;
  static constexpr char kAnswer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  for (auto end = c.received.find("\r\n\r\n"); end != std::string::npos; end = c.received.find("\r\n\r\n")) {
    c.received.erase(0, end + 4);
    work_.request();
    if (::send(c.socket, kAnswer, sizeof kAnswer - 1, MSG_NOSIGNAL) < 0) return false;
  }
  return true;
}

void FaultyServer::accept_for_threads() {
  while (!stop_) {
    if (!can_read(listener_)) continue;
    const int socket = accept_one();
    if (socket < 0) continue;
    ++serving_;
    std::thread([this, socket] { serve_thread(socket); }).detach();
  }
}

void FaultyServer::serve_thread(int socket) {
  Connection connection{socket, {}};
  work_.connection_opened();
  // Blocks in recv, as such servers do; now and then it is seen whether to stop.
  const timeval patience{0, kPollMs * 1000};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  while (!stop_ && serve(connection)) {
  }
  ::close(socket);
  work_.connection_closed();
  --serving_;
}

void FaultyServer::loop(bool hand_over) {
  std::map<int, std::unique_ptr<Connection>> connections;
  epoll_event listen_event{};
  listen_event.events = EPOLLIN;
  ::epoll_ctl(poller_, EPOLL_CTL_ADD, listener_, &listen_event);
  const auto drop = [&](int socket) {
    ::close(socket);
    connections.erase(socket);
    work_.connection_closed();
  };
  std::vector<epoll_event> events(64);
  while (!stop_) {
    const int n = ::epoll_wait(poller_, events.data(), static_cast<int>(events.size()), kPollMs);
    for (int i = 0; i < n; ++i) {
      auto* connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (connection == nullptr) {
        const int socket = accept_one();
        if (socket < 0) continue;
        auto& made = connections[socket] = std::make_unique<Connection>(Connection{socket, {}});
        work_.connection_opened();
        epoll_event event{};
        event.events = EPOLLIN | (hand_over ? EPOLLONESHOT : 0U);
        event.data.ptr = made.get();
        ::epoll_ctl(poller_, EPOLL_CTL_ADD, socket, &event);
      } else if (hand_over) {
        // Looked at by a worker, and armed again under the lock; one that is over is told by an end of file and dropped
        // here.
        const std::lock_guard lock(mutex_);
        char byte = 0;
        if (::recv(connection->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) {
          drop(connection->socket);
          continue;
        }
        queue_.push_back(connection);
        ready_.notify_one();
      } else if (!serve(*connection)) {
        drop(connection->socket);
      }
    }
  }
  {
    const std::lock_guard lock(mutex_);  // no worker takes another
    queue_.clear();
  }
  ready_.notify_all();
  std::unique_lock lock(mutex_);
  ready_.wait(lock, [&] { return serving_ == 0; });
  for (const auto& [socket, connection] : connections) ::close(socket);
}

void FaultyServer::worker() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ready_.wait(lock, [&] { return stop_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Connection* connection = queue_.front();
    queue_.pop_front();
    ++serving_;
    lock.unlock();
    const bool goes_on = serve(*connection);
    if (!goes_on) ::shutdown(connection->socket, SHUT_RDWR);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLONESHOT;
    event.data.ptr = connection;
    lock.lock();
    ::epoll_ctl(poller_, EPOLL_CTL_MOD, connection->socket, &event);
    --serving_;
    if (stop_) ready_.notify_all();
  }
}

}  // namespace loadstone::faults
