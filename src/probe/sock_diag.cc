#include "probe/sock_diag.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/format.h"

namespace loadstone::probe {
namespace {

// States of a TCP socket as bits (net/tcp_states.h, which is not for programs).
constexpr std::uint32_t kEstablished = 1U << 1;
constexpr std::uint32_t kCloseWait = 1U << 8;
constexpr std::uint32_t kListen = 1U << 10;

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 diag;
};

tl::unexpected<Error> system_error(std::string_view doing) {
  return fail(errno == EPERM || errno == EACCES ? ErrorCode::kUnavailable : ErrorCode::kIo,
              format("{}: {}", doing, std::strerror(errno)));
}

// A network namespace entered for the length of a scope; a thread's own affair.
class Namespace {
 public:
  static Result<Namespace> enter(pid_t whose) {
    const std::string theirs = format("/proc/{}/ns/net", whose);
    struct stat a{}, b{};
    if (::stat(theirs.c_str(), &a) != 0) return system_error("finding the network namespace of the service");
    if (::stat("/proc/thread-self/ns/net", &b) == 0 && a.st_ino == b.st_ino) return Namespace(-1);
    const int own = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    const int other = ::open(theirs.c_str(), O_RDONLY | O_CLOEXEC);
    const bool entered = own >= 0 && other >= 0 && ::setns(other, CLONE_NEWNET) == 0;
    const int error = errno;
    if (other >= 0) ::close(other);
    if (entered) return Namespace(own);
    if (own >= 0) ::close(own);
    errno = error;
    return system_error("entering the network namespace of the service");
  }
  Namespace(Namespace&& other) noexcept : own_(std::exchange(other.own_, -1)) {}
  Namespace& operator=(Namespace&&) = delete;
  ~Namespace() {
    if (own_ < 0) return;
    static_cast<void>(::setns(own_, CLONE_NEWNET));
    ::close(own_);
  }

 private:
  explicit Namespace(int own) : own_(own) {}
  int own_;
};

EstablishedSocket established_from(const inet_diag_msg& m, std::size_t bytes) {
  EstablishedSocket s;
  s.local_port = ntohs(m.id.idiag_sport);
  s.remote_port = ntohs(m.id.idiag_dport);
  s.inode = m.idiag_inode;
  s.unread_bytes = m.idiag_rqueue;
  s.unsent_bytes = m.idiag_wqueue;
  const auto* attribute = reinterpret_cast<const rtattr*>(&m + 1);
  for (auto left = bytes - sizeof m; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type != INET_DIAG_INFO) continue;
    tcp_info info{};  // an older kernel fills less of it
    std::memcpy(&info, RTA_DATA(attribute), std::min<std::size_t>(RTA_PAYLOAD(attribute), sizeof info));
    s.busy_us = info.tcpi_busy_time;
    s.receiver_limited_us = info.tcpi_rwnd_limited;
    s.buffer_limited_us = info.tcpi_sndbuf_limited;
    s.retransmits = info.tcpi_total_retrans;
    s.acked_bytes = info.tcpi_bytes_acked;
  }
  return s;
}

}  // namespace

Result<SockDiag> SockDiag::open(pid_t whose) {
  const auto entered = whose == 0 ? Namespace::enter(::getpid()) : Namespace::enter(whose);
  if (!entered) return fail(entered.error());
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (fd < 0) return system_error("opening a netlink socket");
  // The kernel answers at once; should it not, the probe must not hang.
  const timeval patience{2, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return SockDiag(fd);
}

SockDiag::SockDiag(SockDiag&& other) noexcept : socket_(std::exchange(other.socket_, -1)), sequence_(other.sequence_) {}

SockDiag& SockDiag::operator=(SockDiag&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(sequence_, other.sequence_);
  return *this;
}

SockDiag::~SockDiag() {
  if (socket_ >= 0) ::close(socket_);
}

Status SockDiag::dump(std::uint8_t family, std::uint16_t local_port, std::uint32_t states, bool with_details,
                      const std::function<void(const void*, std::size_t)>& each) {
  Request request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.header.nlmsg_seq = ++sequence_;
  request.diag.sdiag_family = family;
  request.diag.sdiag_protocol = IPPROTO_TCP;
  request.diag.idiag_states = states;
  request.diag.id.idiag_sport = htons(local_port);  // a dump keeps to it when it is not 0
  if (with_details) request.diag.idiag_ext = 1U << (INET_DIAG_INFO - 1);
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  if (::sendto(socket_, &request, sizeof request, 0, reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel) < 0)
    return system_error("asking the kernel for sockets");
  alignas(nlmsghdr) std::array<char, 32768> buffer;
  for (;;) {
    const ssize_t n = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return system_error("reading the kernel's sockets");
    auto left = static_cast<std::size_t>(n);
    for (auto* m = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(m, left); m = NLMSG_NEXT(m, left)) {
      if (m->nlmsg_seq != sequence_) continue;  // left over from an answer that was not read to its end
      if (m->nlmsg_type == NLMSG_DONE) return {};
      if (m->nlmsg_type == NLMSG_ERROR) {
        errno = -static_cast<const nlmsgerr*>(NLMSG_DATA(m))->error;
        return system_error("asking the kernel for sockets");
      }
      if (m->nlmsg_len >= NLMSG_LENGTH(sizeof(inet_diag_msg))) each(NLMSG_DATA(m), m->nlmsg_len - NLMSG_HDRLEN);
    }
  }
}

Result<std::vector<ListeningSocket>> SockDiag::listening(std::uint16_t port) {
  std::vector<ListeningSocket> found;
  for (const std::uint8_t family : {AF_INET, AF_INET6}) {
    const auto status = dump(family, port, kListen, false, [&](const void* message, std::size_t) {
      const auto& m = *static_cast<const inet_diag_msg*>(message);
      found.push_back({ntohs(m.id.idiag_sport), m.idiag_inode, m.idiag_rqueue, m.idiag_wqueue});
    });
    if (!status) return fail(status.error());
  }
  return found;
}

Status SockDiag::established(std::uint16_t local_port, bool with_details,
                             const std::function<void(const EstablishedSocket&)>& each) {
  for (const std::uint8_t family : {AF_INET, AF_INET6}) {
    const auto status =
        dump(family, local_port, kEstablished | kCloseWait, with_details, [&](const void* message, std::size_t bytes) {
          each(established_from(*static_cast<const inet_diag_msg*>(message), bytes));
        });
    if (!status) return status;
  }
  return {};
}

}  // namespace loadstone::probe
