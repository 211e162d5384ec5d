// What is counted and timed of TLS handshakes.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "net/reactor.h"
#include "result/block.h"
#include "stats/histogram.h"

namespace loadstone::audience {

struct TlsTally {
  stats::Histogram tcp, handshake;  // of connections that speak TLS: what came before it, and it
  std::uint64_t full = 0, resumed = 0;

  void connected(Instant begun, const net::Handshake& handshake, Instant now);
  [[nodiscard]] bool is_empty() const { return full + resumed == 0; }
  void reset();
  void move_to(TlsTally& other);
  // As connect.tcp, connect.tls, connect.tls.full and connect.tls.resumed.
  void add_to(result::Block& block) const;
};

}  // namespace loadstone::audience
