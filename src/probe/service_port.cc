#include "probe/service_port.h"

#include <algorithm>
#include <iterator>

namespace loadstone::probe {
namespace {

constexpr double kNearlyFull = 0.8;
constexpr std::size_t kMostRemembered = 100'000;

}  // namespace

Result<ServicePort> ServicePort::open(std::uint16_t port, pid_t pid) {
  auto diag = SockDiag::open(pid);
  if (!diag) return fail(diag.error());
  return ServicePort(port, std::move(*diag));
}

Status ServicePort::look_at_queue(result::ServiceSample& into) {
  const auto sockets = diag_.listening(port_);
  if (!sockets) return fail(sockets.error());
  if (sockets->empty()) return {};
  double waiting = 0, fullest = 0, backlog = 0;
  for (const auto& s : *sockets) {
    waiting += s.waiting;
    backlog += s.backlog;
    // The kernel takes one more than the backlog. Each of several sockets (SO_REUSEPORT) is full for itself.
    if (s.backlog > 0) fullest = std::max(fullest, static_cast<double>(s.waiting) / s.backlog);
  }
  into.queue_reads += 1;
  into.queue_full += fullest >= kNearlyFull ? 1 : 0;
  into.queue_used += waiting > 0 ? 1 : 0;
  into.queue_most = std::max(into.queue_most, waiting);
  into.queue_backlog = std::max(into.queue_backlog, backlog);
  return {};
}

Status ServicePort::look_at_connections(result::ServiceSample& into) {
  double connections = 0, unread = 0, unsent = 0, stuck = 0;
  Limits limits;
  std::map<std::uint64_t, std::uint64_t> now_unsent;
  const auto status = diag_.established(port_, true, [&](const EstablishedSocket& s) {
    connections += 1;
    unread += s.unread_bytes;
    unsent += s.unsent_bytes;
    limits.busy_us += s.busy_us;
    limits.receiver_limited_us += s.receiver_limited_us;
    if (s.unsent_bytes == 0 || s.inode == 0) return;
    now_unsent[s.inode] = s.acked_bytes;
    // A busy connection has something under way at any look, but another part of it each time.
    const auto before = unsent_.find(s.inode);
    stuck += before != unsent_.end() && before->second == s.acked_bytes ? 1 : 0;
  });
  if (!status) return status;
  into.connections = connections;
  into.unread_bytes = unread;
  into.unsent_bytes = unsent;
  into.stuck_sockets = stuck;
  unsent_ = std::move(now_unsent);
  // Connections that were closed since take their totals with them: a sum that shrank says nothing.
  const auto grown = [](std::uint64_t now, std::uint64_t before) {
    return now > before ? static_cast<double>(now - before) * 1e-6 : 0;
  };
  if (last_limits_) {
    into.send_seconds += grown(limits.busy_us, last_limits_->busy_us);
    into.receiver_limited_seconds += grown(limits.receiver_limited_us, last_limits_->receiver_limited_us);
  }
  last_limits_ = limits;
  return {};
}

bool ServicePort::is_inbound(std::uint64_t inode, Instant now) {
  if (inbound_.contains(inode)) return true;
  if (outbound_.contains(inode)) return false;
  asked_.insert(inode);
  if (now - listed_ < kListEvery) return true;
  listed_ = now;
  if (inbound_.size() > kMostRemembered) inbound_.clear();
  if (outbound_.size() > kMostRemembered) outbound_.clear();
  const auto status = diag_.established(port_, false, [&](const EstablishedSocket& s) { inbound_.insert(s.inode); });
  if (status)
    std::set_difference(asked_.begin(), asked_.end(), inbound_.begin(), inbound_.end(),
                        std::inserter(outbound_, outbound_.end()));
  asked_.clear();
  return !outbound_.contains(inode);
}

}  // namespace loadstone::probe
