#include "scenario/tls_choices.h"

#include <algorithm>

#include "base/ascii.h"
#include "scenario/scenario.h"

namespace loadstone::scenario {

void TlsChoices::fill(const TlsChoices& others) {
  const auto take = [](auto& mine, const auto& theirs) {
    if (!mine) mine = theirs;
  };
  if (!cert && !key) {
    cert = others.cert;
    key = others.key;
  }
  take(insecure, others.insecure);
  take(resume, others.resume);
  take(ca, others.ca);
  take(crl, others.crl);
  take(server_name, others.server_name);
  take(min_version, others.min_version);
  take(max_version, others.max_version);
}

void TlsChoices::apply(TlsOptions& options) const {
  const auto set = [](auto& option, const auto& choice) {
    if (choice) option = *choice;
  };
  if (insecure) options.verifies = !*insecure;
  if (cert || key) {
    options.cert = cert.value_or("");
    options.key = key.value_or("");
  }
  set(options.resumes, resume);
  set(options.ca, ca);
  set(options.crl, crl);
  set(options.host, server_name);
  set(options.min, min_version);
  set(options.max, max_version);
}

std::optional<TlsOptions> tls_to(const Endpoint& endpoint) {
  if (!endpoint.url.is_secure()) return std::nullopt;
  TlsOptions options = endpoint.tls;
  if (options.host.empty()) options.host = endpoint.url.host;
  return options;
}

Result<TlsVersion> parse_tls_version(std::string_view text) {
  if (text == "1.2") return TlsVersion::k1_2;
  if (text == "1.3") return TlsVersion::k1_3;
  return fail(ErrorCode::kInvalid, "expected 1.2 or 1.3");
}

Result<std::string> parse_server_name(std::string_view text) {
  constexpr std::size_t kMaxName = 253;  // RFC 1035
  const bool is_clean = std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == ':';
  });
  if (text.empty() || text.size() > kMaxName || !is_clean)
    return fail(ErrorCode::kInvalid, "expected the name of a host, such as shop.example, or an IP address");
  return std::string(text);
}

}  // namespace loadstone::scenario
