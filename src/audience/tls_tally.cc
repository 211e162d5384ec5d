#include "audience/tls_tally.h"

namespace loadstone::audience {

void TlsTally::connected(Instant begun, const net::Handshake& made, Instant now) {
  tcp.record(made.tcp_open - begun);
  handshake.record(now - made.tcp_open);
  ++(made.is_resumed ? resumed : full);
}

void TlsTally::reset() {
  tcp.reset();
  handshake.reset();
  full = resumed = 0;
}

void TlsTally::move_to(TlsTally& other) {
  other.tcp.add(tcp);
  other.handshake.add(handshake);
  other.full += full;
  other.resumed += resumed;
  reset();
}

void TlsTally::add_to(result::Block& block) const {
  if (is_empty()) return;
  block.histograms["connect.tcp"].add(tcp);
  block.histograms["connect.tls"].add(handshake);
  block.counters["connect.tls.full"] += full;
  block.counters["connect.tls.resumed"] += resumed;
}

}  // namespace loadstone::audience
