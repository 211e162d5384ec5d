// What TLS is like for all connections of one thread: trust, versions, the client's own certificate, and the sessions
// that later connections may resume. One of the few doors to libssl, all of them in this folder.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/tls_options.h"

using SSL_CTX = struct ssl_ctx_st;
using SSL_SESSION = struct ssl_session_st;
using BIO = struct bio_st;

namespace loadstone::net {

// Belongs to one thread, and so takes no locks that others would wait for.
class TlsTerms {
 public:
  // Reads the files. An error names the file and says what is wrong with it.
  [[nodiscard]] static Result<std::unique_ptr<TlsTerms>> make(const TlsOptions& options);
  TlsTerms(const TlsTerms&) = delete;
  TlsTerms& operator=(const TlsTerms&) = delete;
  ~TlsTerms();

  [[nodiscard]] const TlsOptions& options() const { return options_; }
  [[nodiscard]] bool host_is_name() const { return host_is_name_; }

  // Of a connection that has ended: one later connection may resume it. A user who comes back is so a user who comes
  // back, and one who comes for the first time pays for a whole handshake. Takes the session over.
  void keep(SSL_SESSION* session);
  // A session for a new connection, which owns it then; or null.
  [[nodiscard]] SSL_SESSION* take_session();
  static constexpr std::size_t kMostSessions = 1024;

  // For TlsStream alone. The wire of whatever stream is at work: what it may read and where its bytes go.
  struct Wire {
    std::string_view incoming;
    std::string* outgoing = nullptr;
  };
  [[nodiscard]] Wire& wire() { return wire_; }
  [[nodiscard]] SSL_CTX* raw() { return context_; }
  // For a new connection, which owns it: reads and writes the wire.
  [[nodiscard]] BIO* make_bio();
  // What was wrong with the last certificate that was refused.
  std::string& refusal() { return refusal_; }

 private:
  explicit TlsTerms(const TlsOptions& options);
  [[nodiscard]] Status trust();
  [[nodiscard]] Status check_revocation();
  [[nodiscard]] Status present_certificate();
  [[nodiscard]] Status set_versions();

  TlsOptions options_;
  bool host_is_name_ = true;
  SSL_CTX* context_ = nullptr;
  Wire wire_;
  std::string refusal_;
  std::vector<SSL_SESSION*> sessions_;
};

// What there is to say of the files and names in `options` before anything is connected.
[[nodiscard]] Status check_tls(const TlsOptions& options);

}  // namespace loadstone::net
