#include "cli/tls_flags.h"

#include "cli/run_flags.h"
#include "net/tls_terms.h"

namespace loadstone::cli {

void TlsFlags::declare(Flags& flags) {
  flags.group("TLS");
  flags.flag(insecure, "-k,--insecure", "Accept any certificate");
  flags.value(cacert, "--cacert", "FILE", "Trust these CAs instead of the system's (PEM)");
  flags.value(crlfile, "--crlfile", "FILE", "Refuse what these lists revoke; one of every CA of the chain (PEM)");
  flags.value(cert, "--cert", "FILE", "The client's certificate (PEM)");
  flags.value(key, "--key", "FILE", "Its key, unless that is in --cert (PEM, without a password)");
  flags.value(server_name, "--server-name", "NAME",
              "Ask for this server instead of the URL's host (SNI), and check it");
  flags.value(min, "--tls-min", "1.2|1.3", "The lowest version to speak (1.2)");
  flags.value(max, "--tls-max", "1.2|1.3", "The highest version to speak (1.3)");
  flags.flag(no_resume, "--no-tls-resume", "A whole handshake for each connection; else a session is taken up again");
}

scenario::TlsChoices TlsFlags::read(Usage& usage) const {
  scenario::TlsChoices tls;
  if (insecure) tls.insecure = true;
  if (no_resume) tls.resume = false;
  tls.ca = cacert;
  tls.crl = crlfile;
  tls.cert = cert;
  tls.key = key;
  tls.server_name = read_flag(server_name, "--server-name", scenario::parse_server_name, usage);
  tls.min_version = read_flag(min, "--tls-min", scenario::parse_tls_version, usage);
  tls.max_version = read_flag(max, "--tls-max", scenario::parse_tls_version, usage);
  if (key && !cert) usage.mistakes.emplace_back("--key needs --cert: the certificate that it belongs to");
  if (tls.min_version && tls.max_version && *tls.min_version > *tls.max_version)
    usage.mistakes.emplace_back("--tls-max is below --tls-min");
  return tls;
}

Status check_tls_files(const scenario::Endpoint& endpoint) {
  const auto tls = scenario::tls_to(endpoint);
  return tls ? net::check_tls(*tls) : Status();
}

}  // namespace loadstone::cli
