// Why TLS failed, in words for the person who has to mend it.
#pragma once

#include <openssl/ssl.h>

#include <string>

#include "net/tls_terms.h"

namespace loadstone::net {

// OpenSSL's word for the oldest error of this thread, which is the cause of the others; clears them all.
[[nodiscard]] std::string openssl_error();

// Why `store` refuses the certificate it has come to: "the certificate has expired on 2024-05-01".
[[nodiscard]] std::string certificate_refusal(X509_STORE_CTX* store, const TlsOptions& options);

// Why the last call on a connection of `terms` failed; clears this thread's errors.
[[nodiscard]] std::string tls_failure(TlsTerms& terms);

// The server agrees to none of the protocols that ALPN offered.
[[nodiscard]] std::string refused_protocols(const TlsOptions& options);

}  // namespace loadstone::net
