// What a user asks of TLS, from suites and flags to the sockets.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace loadstone {

enum class TlsVersion : std::uint8_t { k1_2, k1_3 };

// File names as the user gave them; all files are PEM.
struct TlsOptions {
  std::string host{};    // must be in the certificate; sent as server name (SNI) unless it is an IP address
  bool verifies = true;  // false: any certificate will do
  std::string ca{};      // file of CAs to trust instead of the system's; empty: the system's
  std::string crl{};     // file with a CRL of every CA of the chain; empty: nothing is asked about revocation
  std::string cert{};    // file of the client's certificate, with its chain; empty: none
  std::string key{};     // file of its key; empty: in `cert`
  TlsVersion min = TlsVersion::k1_2;
  TlsVersion max = TlsVersion::k1_3;
  bool resumes = true;                             // a connection may resume the session of one that has ended
  std::vector<std::string> protocols{"http/1.1"};  // offered by ALPN, the favourite first; empty: no ALPN
  bool needs_protocol = false;                     // a server that takes none of them will not do
};

}  // namespace loadstone
