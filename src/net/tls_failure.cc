#include "net/tls_failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>

#include "base/format.h"

namespace loadstone::net {
namespace {

constexpr int kMostNames = 3;  // of a certificate that are listed
constexpr int kFirstAlert = SSL_AD_REASON_OFFSET;

std::string text_of(const ASN1_STRING* string) {
  unsigned char* utf8 = nullptr;
  const int length = ASN1_STRING_to_UTF8(&utf8, string);
  if (length < 0) return "?";
  std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(length));
  OPENSSL_free(utf8);
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

std::string common_name(const X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at >= 0) return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  char line[256];
  return X509_NAME_oneline(name, line, sizeof line);
}

std::string address_of(const ASN1_OCTET_STRING* address) {
  const unsigned char* b = ASN1_STRING_get0_data(address);
  if (ASN1_STRING_length(address) == 4) return format("{}.{}.{}.{}", b[0], b[1], b[2], b[3]);
  char* text = i2s_ASN1_OCTET_STRING(nullptr, address);
  std::string copy(text != nullptr ? text : "?");
  OPENSSL_free(text);
  return copy;
}

// "a.example, b.example and 4 more"
std::string names_of(X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  if (!names) return common_name(X509_get_subject_name(certificate));
  std::string list;
  int listed = 0, more = 0;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    std::string text;
    if (name->type == GEN_DNS) text = text_of(name->d.dNSName);
    if (name->type == GEN_IPADD) text = address_of(name->d.iPAddress);
    if (text.empty()) continue;
    if (listed == kMostNames) {
      ++more;
      continue;
    }
    list += (list.empty() ? "" : ", ") + text;
    ++listed;
  }
  if (list.empty()) return common_name(X509_get_subject_name(certificate));
  return more > 0 ? format("{} and {} more", list, more) : list;
}

// "2024-05-01 10:00:00 UTC"
std::string date(const ASN1_TIME* time) {
  tm t{};
  if (ASN1_TIME_to_tm(time, &t) != 1) return "?";
  return format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
                t.tm_min, t.tm_sec);
}

std::string_view trusted(const TlsOptions& options) {
  return options.ca.empty() ? std::string_view("the system's CAs") : std::string_view(options.ca);
}

}  // namespace

std::string openssl_error() {
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  if (error == 0) return "no reason given";
  if (ERR_SYSTEM_ERROR(error)) {
    char buffer[256];
    ERR_error_string_n(error, buffer, sizeof buffer);
    return buffer;
  }
  const char* reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : format("OpenSSL's error {:x}", error);
}

std::string certificate_refusal(X509_STORE_CTX* store, const TlsOptions& options) {
  X509* certificate = X509_STORE_CTX_get_current_cert(store);
  const int error = X509_STORE_CTX_get_error(store);
  if (certificate == nullptr) return format("the certificate is refused: {}", X509_verify_cert_error_string(error));
  const std::string whose =
      X509_STORE_CTX_get_error_depth(store) == 0
          ? std::string("the certificate")
          : format("the certificate of the CA {}", common_name(X509_get_subject_name(certificate)));
  const std::string issuer = common_name(X509_get_issuer_name(certificate));
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return format("{} has expired: {}", whose, date(X509_get0_notAfter(certificate)));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return format("{} is not valid yet: from {}", whose, date(X509_get0_notBefore(certificate)));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return format("the certificate is not for {}, but for {}", options.host, names_of(certificate));
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return format("the certificate is self-signed, and not among {}", trusted(options));
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return format("{} comes from {}, a CA that is not among {}", whose, issuer, trusted(options));
    case X509_V_ERR_CERT_REVOKED:
      return format("{} has been revoked, says {}", whose, options.crl);
    case X509_V_ERR_UNABLE_TO_GET_CRL:
      return format("{} holds no CRL of {}, so nobody knows whether {} is revoked", options.crl, issuer, whose);
    case X509_V_ERR_CRL_HAS_EXPIRED:
      return format("the CRL of {} in {} has expired", issuer, options.crl);
    default:
      return format("{} is refused: {}", whose, X509_verify_cert_error_string(error));
  }
}

std::string refused_protocols(const TlsOptions& options) {
  const bool is_http2 = options.protocols == std::vector<std::string>{"h2"};
  return format("the server does not speak {}: it takes nothing of what ALPN offers",
                is_http2 ? "HTTP/2" : format("{}", join(options.protocols, " or ")));
}

std::string tls_failure(TlsTerms& terms) {
  const unsigned long error = ERR_peek_error();
  const int reason = ERR_GET_REASON(error);
  if (ERR_GET_LIB(error) == ERR_LIB_SSL) {
    if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED && !terms.refusal().empty()) {
      ERR_clear_error();
      return std::move(terms.refusal());
    }
    const auto versions = [&] {
      const TlsOptions& o = terms.options();
      const auto name = [](TlsVersion v) { return v == TlsVersion::k1_2 ? "TLS 1.2" : "TLS 1.3"; };
      return o.min == o.max ? std::string(name(o.min)) : format("{} to {}", name(o.min), name(o.max));
    };
    if (reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION || reason == SSL_R_UNSUPPORTED_PROTOCOL ||
        reason == SSL_R_WRONG_SSL_VERSION || reason == SSL_R_VERSION_TOO_LOW || reason == SSL_R_VERSION_TOO_HIGH) {
      ERR_clear_error();
      return format("the server does not speak {}", versions());
    }
    if (reason == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL) {
      ERR_clear_error();
      return refused_protocols(terms.options());
    }
    if (reason == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED) {
      ERR_clear_error();
      return "the server demands a client certificate";
    }
    if (reason > kFirstAlert && reason <= kFirstAlert + 255) {
      ERR_clear_error();
      return format("the server ended it with the TLS alert {}: {}", reason - kFirstAlert,
                    SSL_alert_desc_string_long(reason - kFirstAlert));
    }
  }
  return format("TLS failed: {}", openssl_error());
}

}  // namespace loadstone::net
