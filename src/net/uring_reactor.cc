#include "net/uring_reactor.h"

#include <liburing.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/check.h"
#include "base/format.h"
#include "net/socket_table.h"

namespace loadstone::net {
namespace {

constexpr unsigned kSubmissions = 1024;
constexpr unsigned kCompletions = 8192;
// The buffers are shared by all sockets and given back each turn, so they need to hold one turn's receives, not one per
// socket.
constexpr unsigned kBuffers = 512;  // a power of two
constexpr unsigned kBufferBytes = 4096;
constexpr int kBufferGroup = 0;
// The time of a wait begins when all is submitted. One that is soon over would end late by what that takes.
constexpr Nanoseconds kSoon = 1ms;

enum class Operation : std::uint8_t { kConnect, kReceive, kSend, kCancel };

// An operation's user data: what it was, on which use of which socket. Completions of an earlier use are ignored.
std::uint64_t tag(SocketId socket, std::uint32_t use, Operation operation) {
  return (static_cast<std::uint64_t>(use & 0xffffffU) << 40) | (static_cast<std::uint64_t>(operation) << 32) | socket;
}

class Ring final : public Reactor {
 public:
  ~Ring() override {
    for (auto& s : sockets_)
      if (s.fd >= 0) close_socket(s.fd, How::kGraceful);
    if (ready_) io_uring_queue_exit(&ring_);
    if (buffer_ring_ != nullptr) munmap(buffer_ring_, buffer_ring_bytes());
  }

  Status start(std::size_t max_sockets) {
    sockets_.allow(max_sockets);
    io_uring_params params{};
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_COOP_TASKRUN |
                   IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE;
    params.cq_entries = kCompletions;
    if (const int error = io_uring_queue_init_params(kSubmissions, &ring_, &params); error != 0)
      return fail(ErrorCode::kUnavailable, format("io_uring cannot be used: {}", std::strerror(-error)));
    ready_ = true;
    if ((params.features & IORING_FEAT_EXT_ARG) == 0 || (params.features & IORING_FEAT_CQE_SKIP) == 0)
      return fail(ErrorCode::kUnavailable, "io_uring of this kernel lacks what is needed");
    io_uring_register_ring_fd(&ring_);  // saves a look-up a turn; works without
    if (const int error = io_uring_register_files_sparse(&ring_, static_cast<unsigned>(max_sockets)); error != 0)
      return fail(ErrorCode::kUnavailable,
                  format("io_uring cannot hold {} sockets: {}", max_sockets, std::strerror(-error)));
    return register_buffers();
  }

  tl::expected<SocketId, int> connect(const Address& to, const Address* from) override {
    if (sockets_.is_full()) return tl::unexpected(-EMFILE);
    const int fd = make_socket(to, from);
    if (fd < 0) return tl::unexpected(fd);
    const SocketId id = sockets_.add();
    Socket& s = sockets_[id];
    s.fd = fd;
    if (const int n = io_uring_register_files_update(&ring_, id, &s.fd, 1); n != 1) {
      ::close(fd);
      s.fd = -1;
      sockets_.forget(id);
      return tl::unexpected(n < 0 ? n : -EBADF);
    }
    io_uring_sqe* sqe = submission();
    io_uring_prep_connect(sqe, static_cast<int>(id), to.raw(), to.length);
    finish(sqe, id, Operation::kConnect);
    return id;
  }

  void send(SocketId id, std::string_view bytes, Tell tell) override {
    io_uring_sqe* sqe = submission();
    // WAITALL: the kernel goes on after a short send by itself.
    io_uring_prep_send(sqe, static_cast<int>(id), bytes.data(), bytes.size(), MSG_WAITALL | MSG_NOSIGNAL);
    finish(sqe, id, Operation::kSend);
    if (bytes.size() <= kLargeSend && tell == Tell::kFailure) sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    if (tell == Tell::kWithNext) {
      sockets_[id].quiet_round = round_;
      has_quiet_ = true;
    }
  }

  void set_receiving(SocketId id, bool receives) override {
    Socket& s = sockets_[id];
    if (s.fd < 0 || s.receives == receives) return;
    s.receives = receives;
    if (receives) {
      if (!s.is_armed) receive(id);  // else its cancellation is on the way, and arms it again
      return;
    }
    if (!s.is_armed) return;
    io_uring_sqe* sqe = submission();
    io_uring_prep_cancel64(sqe, tag(id, s.use, Operation::kReceive), 0);
    io_uring_sqe_set_data64(sqe, tag(id, s.use, Operation::kCancel));
  }

  void delay_acknowledgements(SocketId id) override { delay_acknowledgements_of(sockets_[id].fd); }

  void close(SocketId id, How how) override {
    Socket& s = sockets_[id];
    if (s.fd < 0) return;
    // What is queued for it must not be submitted to the next use of its number.
    if (io_uring_sq_ready(&ring_) > 0) io_uring_submit(&ring_);
    close_socket(s.fd, how);
    s.fd = -1;
    ++s.use;
    s.receives = true;
    s.is_armed = false;
    int none = -1;
    io_uring_register_files_update(&ring_, id, &none, 1);
    sockets_.remove(id);
  }

  void flush() override {
    if (io_uring_sq_ready(&ring_) > 0) io_uring_submit(&ring_);
  }

  std::span<const Completion> wait(Instant deadline) override {
    give_back_buffers();
    sockets_.begin_turn();
    completions_.clear();
    rearm();

    quiet_ = 0;
    if (has_quiet_) {
      submit_and_take(Nanoseconds(0));
      has_quiet_ = false;
      ++round_;  // those that have not gone by now are news when they have
      if (completions_.size() > quiet_) return completions_;
    }
    Nanoseconds left = deadline - SteadyClock::read();
    if (left > Nanoseconds(0) && left < kSoon && io_uring_sq_ready(&ring_) > 0) {
      flush();
      left = deadline - SteadyClock::read();
    }
    submit_and_take(left);
    return completions_;
  }

  std::string_view name() const override { return "io_uring"; }

 private:
  struct Socket {
    int fd = -1;
    std::uint32_t use = 0;  // counts the uses of this number
    bool receives = true;
    bool is_armed = false;          // a receive is with the kernel
    std::uint64_t quiet_round = 0;  // of its last kWithNext: that it went in that round is no news
  };

  static std::size_t buffer_ring_bytes() { return kBuffers * (sizeof(io_uring_buf) + kBufferBytes); }

  Status register_buffers() {
    // liburing 2.3 has no call that sets a buffer ring up, so: one mapping, the ring first and the buffers behind it.
    void* memory = mmap(nullptr, buffer_ring_bytes(), PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
    if (memory == MAP_FAILED) return fail(ErrorCode::kLimit, "no memory for receive buffers");
    buffer_ring_ = static_cast<io_uring_buf_ring*>(memory);
    buffers_ = static_cast<char*>(memory) + kBuffers * sizeof(io_uring_buf);
    io_uring_buf_ring_init(buffer_ring_);
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uint64_t>(buffer_ring_);
    registration.ring_entries = kBuffers;
    registration.bgid = kBufferGroup;
    if (const int error = io_uring_register_buf_ring(&ring_, &registration, 0); error != 0)
      return fail(ErrorCode::kUnavailable, format("io_uring cannot take a buffer ring: {}", std::strerror(-error)));
    for (unsigned i = 0; i < kBuffers; ++i) used_.push_back(static_cast<std::uint16_t>(i));
    give_back_buffers();
    return {};
  }

  void give_back_buffers() {
    if (used_.empty()) return;
    int offset = 0;
    for (const std::uint16_t i : used_)
      io_uring_buf_ring_add(buffer_ring_, buffers_ + std::size_t{i} * kBufferBytes, kBufferBytes, i,
                            io_uring_buf_ring_mask(kBuffers), offset++);
    io_uring_buf_ring_advance(buffer_ring_, offset);
    used_.clear();
  }

  void submit_and_take(Nanoseconds left) {
    if (io_uring_cq_ready(&ring_) > 0 || left <= Nanoseconds(0)) {
      io_uring_submit_and_get_events(&ring_);
    } else {
      __kernel_timespec timeout{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
      io_uring_cqe* first = nullptr;
      io_uring_submit_and_wait_timeout(&ring_, &first, 1, &timeout, nullptr);
    }
    unsigned head = 0;
    unsigned seen = 0;
    io_uring_cqe* cqe = nullptr;
    io_uring_for_each_cqe(&ring_, head, cqe) {
      ++seen;
      take(*cqe);
    }
    io_uring_cq_advance(&ring_, seen);
  }

  io_uring_sqe* submission() {
    io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
    if (sqe == nullptr) {
      io_uring_submit(&ring_);
      sqe = io_uring_get_sqe(&ring_);
      CHECK(sqe != nullptr, "the submission queue is full after a submit");
    }
    return sqe;
  }

  void finish(io_uring_sqe* sqe, SocketId id, Operation operation) {
    sqe->flags |= IOSQE_FIXED_FILE;
    io_uring_sqe_set_data64(sqe, tag(id, sockets_[id].use, operation));
  }

  void receive(SocketId id) {
    sockets_[id].is_armed = true;
    io_uring_sqe* sqe = submission();
    io_uring_prep_recv_multishot(sqe, static_cast<int>(id), nullptr, 0, 0);
    finish(sqe, id, Operation::kReceive);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = kBufferGroup;
  }

  // Receives that ended because the buffers ran out begin again, now that the buffers are back.
  void rearm() {
    for (const auto& [id, use] : disarmed_)
      if (sockets_[id].fd >= 0 && sockets_[id].use == use && sockets_[id].receives && !sockets_[id].is_armed)
        receive(id);
    disarmed_.clear();
  }

  void take(const io_uring_cqe& cqe) {
    const auto id = static_cast<SocketId>(cqe.user_data & 0xffffffffU);
    const auto operation = static_cast<Operation>((cqe.user_data >> 32) & 0xff);
    const auto use = static_cast<std::uint32_t>(cqe.user_data >> 40);
    const char* bytes = nullptr;
    if ((cqe.flags & IORING_CQE_F_BUFFER) != 0) {
      const auto buffer = static_cast<std::uint16_t>(cqe.flags >> IORING_CQE_BUFFER_SHIFT);
      used_.push_back(buffer);
      bytes = buffers_ + std::size_t{buffer} * kBufferBytes;
    }
    Socket& s = sockets_[id];
    if (s.fd < 0 || (s.use & 0xffffffU) != use) return;
    switch (operation) {
      case Operation::kConnect:
        if (cqe.res == 0) receive(id);
        completions_.push_back({id, Completion::Kind::kConnected, cqe.res, nullptr});
        return;
      case Operation::kReceive: {
        const bool ended = (cqe.flags & IORING_CQE_F_MORE) == 0;
        if (ended) s.is_armed = false;
        if (cqe.res == -ECANCELED) {
          if (s.receives) disarmed_.push_back({id, s.use});
          return;
        }
        if (ended && (cqe.res > 0 || cqe.res == -ENOBUFS)) disarmed_.push_back({id, s.use});
        if (cqe.res == -ENOBUFS) return;
        completions_.push_back({id, Completion::Kind::kReceived, cqe.res, bytes});
        return;
      }
      case Operation::kSend:
        if (s.quiet_round == round_ && cqe.res >= 0) ++quiet_;
        completions_.push_back({id, Completion::Kind::kSent, cqe.res, nullptr});
        return;
      case Operation::kCancel:
        return;
    }
  }

  struct Disarmed {
    SocketId id;
    std::uint32_t use;
  };

  io_uring ring_{};
  bool ready_ = false;
  io_uring_buf_ring* buffer_ring_ = nullptr;
  char* buffers_ = nullptr;
  std::vector<std::uint16_t> used_;  // buffers to give back
  SocketTable<Socket> sockets_;
  std::vector<Disarmed> disarmed_;
  std::vector<Completion> completions_;
  bool has_quiet_ = false;   // a kWithNext is queued
  std::uint64_t round_ = 1;  // of sends with kWithNext
  std::size_t quiet_ = 0;    // of completions_: no reason to return
};

}  // namespace

Result<std::unique_ptr<Reactor>> UringReactor::make(std::size_t max_sockets) {
  auto ring = std::make_unique<Ring>();
  if (auto started = ring->start(max_sockets); !started) return fail(started.error());
  return ring;
}

}  // namespace loadstone::net
