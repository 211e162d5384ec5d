#include "net/tls_stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/check.h"
#include "net/tls_failure.h"

namespace loadstone::net {
namespace {

// The types of TLS records (RFC 8446, 5.1) that a server may begin with: an alert or a handshake.
bool begins_record(char first) { return first == 0x15 || first == 0x16; }

}  // namespace

TlsStream::TlsStream(TlsTerms& terms, std::string_view offer) : terms_(terms), ssl_(SSL_new(terms.raw())) {
  CHECK(ssl_ != nullptr, "no memory for a TLS connection");
  if (!offer.empty()) {
    std::string list(1, static_cast<char>(offer.size()));
    list += offer;
    CHECK(SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(list.data()),
                              static_cast<unsigned>(list.size())) == 0,
          "no memory for what ALPN offers");
  }
  BIO* bio = terms.make_bio();
  SSL_set_bio(ssl_, bio, bio);  // one reference for both directions
  SSL_set_connect_state(ssl_);
  if (terms.host_is_name() && !terms.options().host.empty())
    SSL_set_tlsext_host_name(ssl_, terms.options().host.c_str());
  if (SSL_SESSION* session = terms.take_session()) {
    SSL_set_session(ssl_, session);
    SSL_SESSION_free(session);
  }
}

TlsStream::~TlsStream() {
  release_session();
  // Without this OpenSSL takes the session for spoilt, since nobody has said goodbye.
  if (!has_failed_) SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(ssl_);
}

void TlsStream::release_session() {
  if (!is_shaken_ || has_failed_ || is_released_ || !terms_.options().resumes) return;
  is_released_ = true;
  SSL_SESSION* session = SSL_get1_session(ssl_);
  if (session != nullptr && SSL_SESSION_is_resumable(session) == 1)
    terms_.keep(session);
  else
    SSL_SESSION_free(session);
}

void TlsStream::attach(std::string_view incoming, std::string& outgoing) {
  terms_.wire() = {incoming, &outgoing};
  // SSL_get_error looks at the thread's errors, whoever made them. To ask first is cheaper than to clear nothing.
  if (ERR_peek_error() != 0) ERR_clear_error();
}

TlsStream::Step TlsStream::failed() {
  has_failed_ = true;
  problem_ = tls_failure(terms_);
  return Step::kFailed;
}

TlsStream::Step TlsStream::shake_hands(std::string_view& incoming, std::string& outgoing) {
  if (!has_begun_ && !incoming.empty()) {
    has_begun_ = true;
    if (!begins_record(incoming.front())) {
      has_failed_ = true;
      problem_ = "the server does not speak TLS on this port";
      return Step::kFailed;
    }
  }
  attach(incoming, outgoing);
  const int result = SSL_do_handshake(ssl_);
  incoming = terms_.wire().incoming;
  if (result == 1) {
    is_shaken_ = true;
    return Step::kDone;
  }
  if (SSL_get_error(ssl_, result) == SSL_ERROR_WANT_READ) return Step::kWaits;
  return failed();
}

TlsStream::Step TlsStream::read(std::string_view& incoming, std::string& outgoing, char* to, std::size_t room,
                                std::size_t& got) {
  attach(incoming, outgoing);
  const int result = SSL_read_ex(ssl_, to, room, &got);
  incoming = terms_.wire().incoming;
  if (result == 1) return Step::kDone;
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return Step::kWaits;
    case SSL_ERROR_ZERO_RETURN:
      return Step::kClosed;
    default:
      return failed();
  }
}

bool TlsStream::has_more() const { return SSL_has_pending(ssl_) == 1; }

void TlsStream::shrink() { SSL_free_buffers(ssl_); }

TlsStream::Step TlsStream::write(std::string_view plain, std::string& outgoing) {
  attach({}, outgoing);
  std::size_t written = 0;
  if (SSL_write_ex(ssl_, plain.data(), plain.size(), &written) == 1) {
    CHECK(written == plain.size());
    return Step::kDone;
  }
  return failed();
}

void TlsStream::say_goodbye(std::string& outgoing) {
  if (has_failed_ || !is_shaken_) return;
  attach({}, outgoing);
  SSL_shutdown(ssl_);
}

bool TlsStream::is_resumed() const { return SSL_session_reused(ssl_) == 1; }

std::string_view TlsStream::protocol() const {
  const unsigned char* name = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl_, &name, &length);
  return {reinterpret_cast<const char*>(name), length};
}

}  // namespace loadstone::net
