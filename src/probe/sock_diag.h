// TCP sockets as the kernel knows them, by netlink (NETLINK_SOCK_DIAG, see sock_diag(7)): tens of microseconds where
// the text files of /proc/net cost tens of milliseconds. Needs no privileges.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace loadstone::probe {

struct ListeningSocket {
  std::uint16_t port = 0;
  std::uint64_t inode = 0;
  std::uint32_t waiting = 0;  // connections that nobody has accepted yet
  std::uint32_t backlog = 0;  // how many may wait
};

struct EstablishedSocket {
  std::uint16_t local_port = 0;
  std::uint16_t remote_port = 0;
  std::uint64_t inode = 0;  // 0 once its process has closed it, or when it was not accepted yet
  std::uint32_t unread_bytes = 0;
  std::uint32_t unsent_bytes = 0;  // written, and not acknowledged
  // With details only: microseconds since it was opened, in which it had something to send, and was kept from it by a
  // receiver that does not read, or by its own buffer.
  std::uint64_t busy_us = 0;
  std::uint64_t receiver_limited_us = 0;
  std::uint64_t buffer_limited_us = 0;
  std::uint64_t retransmits = 0;
  std::uint64_t acked_bytes = 0;  // that the other end has taken since it was opened
};

class SockDiag {
 public:
  // Looks into the network namespace of a process, which needs CAP_SYS_ADMIN when it is not our own. 0: our own.
  [[nodiscard]] static Result<SockDiag> open(pid_t whose = 0);
  SockDiag(SockDiag&& other) noexcept;
  SockDiag& operator=(SockDiag&& other) noexcept;
  ~SockDiag();

  // Listening TCP sockets, of IPv4 and IPv6; of one port, or all with 0.
  [[nodiscard]] Result<std::vector<ListeningSocket>> listening(std::uint16_t port);
  // Connections of one local port, or all with 0. Costs about a microsecond a socket.
  [[nodiscard]] Status established(std::uint16_t local_port, bool with_details,
                                   const std::function<void(const EstablishedSocket&)>& each);

 private:
  explicit SockDiag(int socket) : socket_(socket) {}
  [[nodiscard]] Status dump(std::uint8_t family, std::uint16_t local_port, std::uint32_t states, bool with_details,
                            const std::function<void(const void* message, std::size_t bytes)>& each);

  int socket_ = -1;
  std::uint32_t sequence_ = 0;
};

}  // namespace loadstone::probe
