#include "audience/connect_tally.h"

namespace loadstone::audience {

void ConnectTally::connected(Instant begun, const net::Handshake* handshake, Instant now) {
  tcp.record((handshake != nullptr ? handshake->tcp_open : now) - begun);
  if (handshake == nullptr) return;
  tls.record(now - handshake->tcp_open);
  ++(handshake->is_resumed ? resumed : full);
}

void ConnectTally::reset() {
  tcp.reset();
  tls.reset();
  full = resumed = 0;
}

void ConnectTally::move_to(ConnectTally& other) {
  other.tcp.add(tcp);
  other.tls.add(tls);
  other.full += full;
  other.resumed += resumed;
  reset();
}

void ConnectTally::add_to(result::Block& block) const {
  if (!tcp.empty()) block.histograms["connect.tcp"].add(tcp);
  if (!tls.empty()) block.histograms["connect.tls"].add(tls);
  if (full > 0) block.counters["connect.tls.full"] += full;
  if (resumed > 0) block.counters["connect.tls.resumed"] += resumed;
}

}  // namespace loadstone::audience
