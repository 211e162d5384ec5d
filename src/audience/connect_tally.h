// What is counted and timed of connections until they can carry bytes: TCP, and TLS where it is spoken.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "net/reactor.h"
#include "result/block.h"
#include "stats/histogram.h"

namespace loadstone::audience {

struct ConnectTally {
  stats::Histogram tcp, tls;
  std::uint64_t full = 0, resumed = 0;  // TLS handshakes

  // One that was begun then is open now; `handshake` is null where no TLS is spoken.
  void connected(Instant begun, const net::Handshake* handshake, Instant now);
  void reset();
  void move_to(ConnectTally& other);
  // As connect.tcp, connect.tls, connect.tls.full and connect.tls.resumed, as far as there are any.
  void add_to(result::Block& block) const;
};

}  // namespace loadstone::audience
