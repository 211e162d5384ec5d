#include "net/tls_terms.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "base/format.h"
#include "net/tls_failure.h"

namespace loadstone::net {
namespace {

constexpr std::size_t kMaxProtocol = 255;  // RFC 7301

TlsTerms::Wire& wire_of(BIO* bio) { return *static_cast<TlsTerms::Wire*>(BIO_get_data(bio)); }

int write_wire(BIO* bio, const char* bytes, std::size_t size, std::size_t* written) {
  wire_of(bio).outgoing->append(bytes, size);
  *written = size;
  return 1;
}

int read_wire(BIO* bio, char* to, std::size_t room, std::size_t* read) {
  BIO_clear_retry_flags(bio);
  std::string_view& incoming = wire_of(bio).incoming;
  if (incoming.empty()) {
    BIO_set_retry_read(bio);
    return 0;
  }
  *read = std::min(room, incoming.size());
  std::memcpy(to, incoming.data(), *read);
  incoming.remove_prefix(*read);
  return 1;
}

long control_wire(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

// Reads what has been received and appends to what shall be sent, of whichever stream is at work: no memory of its own.
const BIO_METHOD* wire_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
    CHECK(m != nullptr);
    BIO_meth_set_write_ex(m, write_wire);
    BIO_meth_set_read_ex(m, read_wire);
    BIO_meth_set_ctrl(m, control_wire);
    return m;
  }();
  return method;
}

int verified(int is_good, X509_STORE_CTX* store) {
  if (is_good == 1) return 1;
  const auto* ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* terms = static_cast<TlsTerms*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  terms->refusal() = certificate_refusal(store, terms->options());
  return 0;
}

// Nobody sits at a load tester to type a password; remembers that one was needed.
int refuse_password(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

Status can_read(std::string_view what, const std::string& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kInvalid,
                format("{} {}: {}", what, file, std::strerror(errno)));
  char byte = 0;
  const ssize_t n = ::read(fd, &byte, 1);
  const int error = errno;
  ::close(fd);
  if (n < 0) return fail(ErrorCode::kInvalid, format("{} {}: {}", what, file, std::strerror(error)));
  if (n == 0) return fail(ErrorCode::kInvalid, format("{} {}: the file is empty", what, file));
  return {};
}

int number_of(TlsVersion version) { return version == TlsVersion::k1_2 ? TLS1_2_VERSION : TLS1_3_VERSION; }

bool is_address(const std::string& host) {
  in6_addr any;
  return inet_pton(AF_INET, host.c_str(), &any) == 1 || inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

}  // namespace

TlsTerms::TlsTerms(const TlsOptions& options) : options_(options), host_is_name_(!is_address(options.host)) {}

TlsTerms::~TlsTerms() {
  for (SSL_SESSION* session : sessions_) SSL_SESSION_free(session);
  SSL_CTX_free(context_);
}

Result<std::unique_ptr<TlsTerms>> TlsTerms::make(const TlsOptions& options) {
  ERR_clear_error();
  std::unique_ptr<TlsTerms> terms(new TlsTerms(options));
  terms->context_ = SSL_CTX_new(TLS_client_method());
  if (terms->context_ == nullptr) return fail(ErrorCode::kLimit, format("TLS cannot be used: {}", openssl_error()));
  SSL_CTX_set_app_data(terms->context_, terms.get());
  if (auto done = terms->set_versions(); !done) return fail(done.error());
  if (auto done = terms->trust(); !done) return fail(done.error());
  if (auto done = terms->check_revocation(); !done) return fail(done.error());
  if (auto done = terms->present_certificate(); !done) return fail(done.error());
  return terms;
}

Status TlsTerms::set_versions() {
  SSL_CTX_set_mode(context_, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context_, 1);  // all there is in one copy, not a record's head and then its body
  // Something that servers stopped asking for long ago.
  SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION);
  if (!options_.resumes) SSL_CTX_set_options(context_, SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);  // sessions are kept here, without a lock
  if (options_.min > options_.max) return fail(ErrorCode::kInvalid, "the lowest TLS version is above the highest");
  SSL_CTX_set_min_proto_version(context_, number_of(options_.min));
  SSL_CTX_set_max_proto_version(context_, number_of(options_.max));
  std::string offered;
  for (const std::string& protocol : options_.protocols) {
    CHECK(!protocol.empty() && protocol.size() <= kMaxProtocol);
    offered += static_cast<char>(protocol.size());
    offered += protocol;
  }
  if (!offered.empty() && SSL_CTX_set_alpn_protos(context_, reinterpret_cast<const unsigned char*>(offered.data()),
                                                  static_cast<unsigned>(offered.size())) != 0)
    return fail(ErrorCode::kLimit, "no memory for the protocols of ALPN");
  return {};
}

Status TlsTerms::trust() {
  if (!options_.ca.empty()) {
    if (auto readable = can_read("CA file", options_.ca); !readable) return readable;
    if (SSL_CTX_load_verify_file(context_, options_.ca.c_str()) != 1)
      return fail(ErrorCode::kInvalid,
                  format("CA file {}: no certificate in PEM format: {}", options_.ca, openssl_error()));
  }
  if (!options_.verifies) return {};
  if (options_.ca.empty() && SSL_CTX_set_default_verify_paths(context_) != 1)
    return fail(ErrorCode::kUnavailable, format("the system's CAs cannot be read: {}", openssl_error()));
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, verified);
  X509_VERIFY_PARAM* rules = SSL_CTX_get0_param(context_);
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const int good = host_is_name_ ? X509_VERIFY_PARAM_set1_host(rules, options_.host.c_str(), options_.host.size())
                                 : X509_VERIFY_PARAM_set1_ip_asc(rules, options_.host.c_str());
  if (good != 1) return fail(ErrorCode::kInvalid, format("'{}' cannot be the name of a server", options_.host));
  return {};
}

Status TlsTerms::check_revocation() {
  if (options_.crl.empty()) return {};
  if (auto readable = can_read("CRL file", options_.crl); !readable) return readable;
  X509_STORE* store = SSL_CTX_get_cert_store(context_);
  X509_LOOKUP* lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
  if (lookup == nullptr || X509_load_crl_file(lookup, options_.crl.c_str(), X509_FILETYPE_PEM) < 1)
    return fail(ErrorCode::kInvalid, format("CRL file {}: no CRL in PEM format: {}", options_.crl, openssl_error()));
  ERR_clear_error();
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context_), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  return {};
}

Status TlsTerms::present_certificate() {
  if (options_.cert.empty()) {
    if (!options_.key.empty())
      return fail(ErrorCode::kInvalid, format("key {}: there is no certificate for it", options_.key));
    return {};
  }
  const std::string& key = options_.key.empty() ? options_.cert : options_.key;
  if (auto readable = can_read("certificate", options_.cert); !readable) return readable;
  if (auto readable = can_read("key", key); !readable) return readable;
  bool is_encrypted = false;
  SSL_CTX_set_default_passwd_cb(context_, refuse_password);
  SSL_CTX_set_default_passwd_cb_userdata(context_, &is_encrypted);
  const bool has_cert = SSL_CTX_use_certificate_chain_file(context_, options_.cert.c_str()) == 1;
  const std::string cert_error = has_cert ? "" : openssl_error();
  const bool has_key = has_cert && SSL_CTX_use_PrivateKey_file(context_, key.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb(context_, nullptr);
  SSL_CTX_set_default_passwd_cb_userdata(context_, nullptr);
  if (!has_cert)
    return fail(ErrorCode::kInvalid,
                format("certificate {}: no certificate in PEM format: {}", options_.cert, cert_error));
  if (has_key) return {};
  const bool is_another = ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_X509;  // it was compared with the certificate's
  const std::string error = openssl_error();
  if (is_encrypted)
    return fail(ErrorCode::kInvalid, format("key {}: it is encrypted; one without a password is needed", key));
  if (is_another) return fail(ErrorCode::kInvalid, format("key {}: it is not the key of {}", key, options_.cert));
  return fail(ErrorCode::kInvalid, format("key {}: no private key in PEM format: {}", key, error));
}

BIO* TlsTerms::make_bio() {
  BIO* bio = BIO_new(wire_method());
  CHECK(bio != nullptr, "no memory for a TLS connection");
  BIO_set_data(bio, &wire_);
  BIO_set_init(bio, 1);
  return bio;
}

void TlsTerms::keep(SSL_SESSION* session) {
  if (!options_.resumes || sessions_.size() == kMostSessions) {
    SSL_SESSION_free(session);
    return;
  }
  sessions_.push_back(session);
}

SSL_SESSION* TlsTerms::take_session() {
  if (sessions_.empty()) return nullptr;
  SSL_SESSION* session = sessions_.back();
  sessions_.pop_back();
  return session;
}

Status check_tls(const TlsOptions& options) {
  const auto terms = TlsTerms::make(options);
  if (!terms) return fail(terms.error());
  return {};
}

}  // namespace loadstone::net
