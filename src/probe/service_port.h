// The port of the service: who waits to be accepted, and how its connections fare. By netlink; see sock_diag.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "base/clock.h"
#include "base/result.h"
#include "probe/sock_diag.h"
#include "result/service_sample.h"

namespace loadstone::probe {

class ServicePort {
 public:
  // `pid` is a process of the service: its network namespace is looked into.
  [[nodiscard]] static Result<ServicePort> open(std::uint16_t port, pid_t pid);

  // The accept queue; some tens of microseconds.
  Status look_at_queue(result::ServiceSample& into);
  // Every connection: about a microsecond and a half each.
  Status look_at_connections(result::ServiceSample& into);

  // Whether this socket is a connection that a client opened. Connections are listed anew at most every kListEvery; one
  // that is not known yet counts as a client's.
  [[nodiscard]] bool is_inbound(std::uint64_t inode, Instant now);

  static constexpr Nanoseconds kListEvery = 2s;

 private:
  ServicePort(std::uint16_t port, SockDiag diag) : port_(port), diag_(std::move(diag)) {}

  std::uint16_t port_;
  SockDiag diag_;
  std::map<std::uint64_t, std::uint64_t> unsent_;  // inodes with unsent bytes at the last look: bytes taken until then
  struct Limits {
    std::uint64_t busy_us = 0, receiver_limited_us = 0;
  };
  std::optional<Limits> last_limits_;
  std::set<std::uint64_t> inbound_;   // all that ever were in a list, while it is small
  std::set<std::uint64_t> outbound_;  // that were asked for, and were in no list after that
  std::set<std::uint64_t> asked_;     // since the last list
  Instant listed_{};
};

}  // namespace loadstone::probe
