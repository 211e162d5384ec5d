#include "net/epoll_reactor.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/check.h"
#include "base/format.h"
#include "net/socket_table.h"

namespace loadstone::net {
namespace {

constexpr std::size_t kReceiveBytes = 16 * 1024;
// Bytes of one turn stay valid until the next, so this bounds what one turn reads; the rest waits in the kernel.
constexpr std::size_t kArenaBytes = 1024 * 1024;
constexpr int kEventsPerTurn = 512;

class Poll final : public Reactor {
 public:
  ~Poll() override {
    for (const auto& s : sockets_)
      if (s.fd >= 0) close_socket(s.fd, How::kGraceful);
    if (epoll_ >= 0) ::close(epoll_);
  }

  Status start(std::size_t max_sockets) {
    sockets_.allow(max_sockets);
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) return fail(ErrorCode::kUnavailable, format("epoll cannot be used: {}", std::strerror(errno)));
    arena_.reset(new char[kArenaBytes]);  // left unwritten: untouched pages cost nothing
    return {};
  }

  tl::expected<SocketId, int> connect(const Address& to, const Address* from) override {
    if (sockets_.is_full()) return tl::unexpected(-EMFILE);
    const int fd = make_socket(to, from);
    if (fd < 0) return tl::unexpected(fd);
    const SocketId id = sockets_.add();
    Socket& s = sockets_[id];
    s = Socket{};
    s.fd = fd;
    if (::connect(fd, to.raw(), to.length) != 0 && errno != EINPROGRESS) {
      // EAGAIN from a unix socket means that its backlog is full: for the caller a refusal like any other.
      done_.push_back({id, Completion::Kind::kConnected, -errno, nullptr});
      return id;
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.u32 = id;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) {
      const int error = errno;
      ::close(fd);
      s.fd = -1;
      sockets_.forget(id);
      return tl::unexpected(-error);
    }
    return id;
  }

  void send(SocketId id, std::string_view bytes, Tell tell) override {
    Socket& s = sockets_[id];
    s.output = bytes.data();
    s.left = s.total = bytes.size();
    s.tells = tell != Tell::kFailure || bytes.size() > kLargeSend;
    sending_.push_back(id);
  }

  void set_receiving(SocketId id, bool receives) override {
    Socket& s = sockets_[id];
    if (s.fd < 0 || s.receives == receives) return;
    s.receives = receives;
    if (receives) unread_.push_back(id);  // no edge will come for what has arrived meanwhile
  }

  void delay_acknowledgements(SocketId id) override { delay_acknowledgements_of(sockets_[id].fd); }

  void close(SocketId id, How how) override {
    Socket& s = sockets_[id];
    if (s.fd < 0) return;
    close_socket(s.fd, how);
    s.fd = -1;
    s.left = 0;
    // What failed within connect() or flush() and has not been returned yet.
    if (!done_.empty()) std::erase_if(done_, [&](const Completion& c) { return c.socket == id; });
    sockets_.remove(id);
  }

  void flush() override {
    for (const SocketId id : sending_) write(id);
    sending_.clear();
  }

  std::span<const Completion> wait(Instant deadline) override {
    sockets_.begin_turn();
    arena_used_ = 0;
    flush();
    // What flush and connect completed at once, and sockets that were left unread when the arena was full.
    completions_.clear();
    std::swap(completions_, done_);
    std::swap(reading_, unread_);
    for (const SocketId id : reading_)
      if (sockets_[id].fd >= 0) read(id);
    reading_.clear();

    Nanoseconds left = deadline - SteadyClock::read();
    if (!completions_.empty() || !unread_.empty() || left < Nanoseconds(0)) left = Nanoseconds(0);
    const timespec timeout{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
    const int n = epoll_pwait2(epoll_, events_.data(), kEventsPerTurn, &timeout, nullptr);
    for (int i = 0; i < n; ++i) take(events_[static_cast<std::size_t>(i)]);
    return completions_;
  }

  std::string_view name() const override { return "epoll"; }

 private:
  struct Socket {
    int fd = -1;
    bool connected = false;
    bool ended = false;       // end of input or an error has been completed
    bool hanging_up = false;  // the peer has closed: read on to the end, for no further edge will come
    const char* output = nullptr;
    std::size_t left = 0;  // bytes of the current send that have not gone
    std::size_t total = 0;
    bool tells = false;  // of the current send: completed also when all is well
    bool receives = true;
  };

  void write(SocketId id) {
    Socket& s = sockets_[id];
    while (s.fd >= 0 && s.left > 0) {
      const ssize_t n = ::send(s.fd, s.output, s.left, MSG_NOSIGNAL);
      if (n >= 0) {
        s.output += n;
        s.left -= static_cast<std::size_t>(n);
        if (s.left == 0 && s.tells)
          done_.push_back({id, Completion::Kind::kSent, static_cast<std::int32_t>(s.total), nullptr});
      } else if (errno == EAGAIN) {
        return;  // EPOLLOUT will come
      } else if (errno != EINTR) {
        s.left = 0;
        done_.push_back({id, Completion::Kind::kSent, -errno, nullptr});
      }
    }
  }

  void read(SocketId id) {
    Socket& s = sockets_[id];
    while (!s.ended && s.receives) {
      if (arena_used_ + kReceiveBytes > kArenaBytes) {
        unread_.push_back(id);
        return;
      }
      char* to = arena_.get() + arena_used_;
      const ssize_t n = ::recv(s.fd, to, kReceiveBytes, 0);
      if (n > 0) {
        arena_used_ += static_cast<std::size_t>(n);
        completions_.push_back({id, Completion::Kind::kReceived, static_cast<std::int32_t>(n), to});
        if (static_cast<std::size_t>(n) < kReceiveBytes && !s.hanging_up)
          return;  // a short read has emptied the socket
      } else if (n < 0 && errno == EINTR) {
        continue;
      } else if (n < 0 && errno == EAGAIN) {
        return;
      } else {
        s.ended = true;
        completions_.push_back({id, Completion::Kind::kReceived, n == 0 ? 0 : -errno, nullptr});
      }
    }
  }

  void take(const epoll_event& event) {
    const SocketId id = event.data.u32;
    Socket& s = sockets_[id];
    if (s.fd < 0) return;
    if (!s.connected) {
      if ((event.events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return;
      int error = 0;
      socklen_t size = sizeof error;
      getsockopt(s.fd, SOL_SOCKET, SO_ERROR, &error, &size);
      s.connected = error == 0;
      s.ended = error != 0;
      completions_.push_back({id, Completion::Kind::kConnected, -error, nullptr});
      if (error != 0) return;
    }
    s.hanging_up = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    if ((event.events & EPOLLOUT) != 0 && s.left > 0) {
      write(id);
      completions_.insert(completions_.end(), done_.begin(), done_.end());
      done_.clear();
    }
    if ((event.events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) read(id);
  }

  int epoll_ = -1;
  SocketTable<Socket> sockets_;
  std::vector<SocketId> sending_;
  std::vector<SocketId> unread_;
  std::vector<SocketId> reading_;
  std::vector<Completion> done_;  // completed outside wait()
  std::vector<Completion> completions_;
  std::unique_ptr<char[]> arena_;
  std::size_t arena_used_ = 0;
  std::array<epoll_event, kEventsPerTurn> events_{};
};

}  // namespace

Result<std::unique_ptr<Reactor>> EpollReactor::make(std::size_t max_sockets) {
  auto poll = std::make_unique<Poll>();
  if (auto started = poll->start(max_sockets); !started) return fail(started.error());
  return poll;
}

}  // namespace loadstone::net
