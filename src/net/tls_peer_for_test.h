// The server's side of TLS for tests: certificates made on the spot, and a server as a filter of bytes that runs over
// the simulated network as well as on a thread with a real socket.
#pragma once

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include "base/check.h"

namespace loadstone::net {

template <auto Free>
struct Freeing {
  template <class T>
  void operator()(T* t) const {
    Free(t);
  }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using CertPointer = std::unique_ptr<X509, Freeing<X509_free>>;

struct Identity {
  KeyPointer key;
  CertPointer cert;
};

struct IssueOptions {
  std::string name = "a server";        // common name
  std::string names = "DNS:localhost";  // subjectAltName, as openssl.cnf has it
  long from = -3600, until = 3600;      // seconds from now
  bool is_ca = false;
  long serial = 1;
};

// A certificate by `issuer`, or self-signed.
inline Identity issue(const IssueOptions& options, const Identity* issuer = nullptr) {
  Identity made{KeyPointer(EVP_EC_gen("P-256")), CertPointer(X509_new())};
  X509* cert = made.cert.get();
  const Identity& by = issuer != nullptr ? *issuer : made;
  X509_set_version(cert, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert), options.serial);
  X509_gmtime_adj(X509_getm_notBefore(cert), options.from);
  X509_gmtime_adj(X509_getm_notAfter(cert), options.until);
  X509_set_pubkey(cert, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(options.name.c_str()), -1, -1, 0);
  X509_set_issuer_name(cert, X509_get_subject_name(by.cert.get()));
  X509V3_CTX context;
  X509V3_set_ctx(&context, by.cert.get(), cert, nullptr, nullptr, 0);
  const auto add = [&](int kind, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    CHECK(extension != nullptr);
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
  };
  add(NID_basic_constraints, options.is_ca ? "critical,CA:TRUE" : "CA:FALSE");
  if (options.is_ca) add(NID_key_usage, "keyCertSign,cRLSign");
  if (!options.is_ca) add(NID_subject_alt_name, options.names);
  CHECK(X509_sign(cert, by.key.get(), EVP_sha256()) > 0);
  return made;
}

// A folder with PEM files, gone at the end.
class PemFolder {
 public:
  PemFolder() {
    std::string name = ::testing::TempDir() + "loadstone-tls-XXXXXX";
    CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~PemFolder() { std::filesystem::remove_all(path_); }
  PemFolder(const PemFolder&) = delete;
  PemFolder& operator=(const PemFolder&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
    return path(name);
  }
  std::string write(const std::string& name, const X509* cert) const {
    return with_file(name, [&](FILE* f) { PEM_write_X509(f, cert); });
  }
  std::string write(const std::string& name, const EVP_PKEY* key, const char* password = nullptr) const {
    return with_file(name, [&](FILE* f) {
      PEM_write_PKCS8PrivateKey(f, key, password != nullptr ? EVP_aes_128_cbc() : nullptr, nullptr, 0, nullptr,
                                const_cast<char*>(password));
    });
  }
  // A CRL by `issuer` that revokes one serial number, or none (0).
  std::string write_crl(const std::string& name, const Identity& issuer, long revoked) const {
    const std::unique_ptr<X509_CRL, Freeing<X509_CRL_free>> crl(X509_CRL_new());
    const std::unique_ptr<ASN1_TIME, Freeing<ASN1_TIME_free>> now(X509_gmtime_adj(nullptr, -60));
    const std::unique_ptr<ASN1_TIME, Freeing<ASN1_TIME_free>> later(X509_gmtime_adj(nullptr, 3600));
    X509_CRL_set_version(crl.get(), 1);
    X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer.cert.get()));
    X509_CRL_set1_lastUpdate(crl.get(), now.get());
    X509_CRL_set1_nextUpdate(crl.get(), later.get());
    if (revoked != 0) {
      X509_REVOKED* entry = X509_REVOKED_new();
      const std::unique_ptr<ASN1_INTEGER, Freeing<ASN1_INTEGER_free>> serial(ASN1_INTEGER_new());
      ASN1_INTEGER_set(serial.get(), revoked);
      X509_REVOKED_set_serialNumber(entry, serial.get());
      X509_REVOKED_set_revocationDate(entry, now.get());
      X509_CRL_add0_revoked(crl.get(), entry);
    }
    X509_CRL_sign(crl.get(), issuer.key.get(), EVP_sha256());
    return with_file(name, [&](FILE* f) { PEM_write_X509_CRL(f, crl.get()); });
  }

 private:
  std::string with_file(const std::string& name, const std::function<void(FILE*)>& write) const {
    FILE* f = std::fopen(path(name).c_str(), "w");
    CHECK(f != nullptr);
    write(f);
    std::fclose(f);
    return path(name);
  }

  std::filesystem::path path_;
};

using ServerContext = std::unique_ptr<SSL_CTX, Freeing<SSL_CTX_free>>;

// Of exactly one version; knows the protocol http/1.1.
inline ServerContext make_server(const Identity& identity, int version = TLS1_3_VERSION) {
  ServerContext context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_min_proto_version(context.get(), version);
  SSL_CTX_set_max_proto_version(context.get(), version);
  SSL_CTX_use_certificate(context.get(), identity.cert.get());
  SSL_CTX_use_PrivateKey(context.get(), identity.key.get());
  SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>("test"), 4);
  return context;
}

// Chooses http/1.1, or ends the handshake.
inline void know_http(SSL_CTX* context) {
  SSL_CTX_set_alpn_select_cb(
      context,
      [](SSL*, const unsigned char** out, unsigned char* length, const unsigned char* offered, unsigned offered_length,
         void*) {
        static const unsigned char kKnown[] = "\x08http/1.1";
        unsigned char* chosen = nullptr;
        const int found = SSL_select_next_proto(&chosen, length, kKnown, 9, offered, offered_length);
        *out = chosen;
        return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
      },
      nullptr);
}

// The server's side of one connection: bytes from the wire in, bytes for the wire out.
class ServerStream {
 public:
  explicit ServerStream(SSL_CTX* context) : ssl_(SSL_new(context)) {
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), in_, out_);
    SSL_set_accept_state(ssl_.get());
  }

  // Takes what came; returns what was said in it.
  std::string take(std::string_view bytes) {
    ERR_clear_error();
    BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
    std::string plain;
    char block[16384];
    int n = 0;
    while ((n = SSL_read(ssl_.get(), block, sizeof block)) > 0) plain.append(block, static_cast<std::size_t>(n));
    const int error = SSL_get_error(ssl_.get(), n);
    has_failed_ = has_failed_ || error == SSL_ERROR_SSL;
    if (error == SSL_ERROR_SSL) reason_ = ERR_GET_REASON(ERR_peek_error());
    ERR_clear_error();  // the client's side lives in the same thread
    was_told_goodbye_ = error == SSL_ERROR_ZERO_RETURN;
    return plain;
  }
  void say(std::string_view plain) {
    CHECK(SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size())) == static_cast<int>(plain.size()));
  }
  void say_goodbye() { SSL_shutdown(ssl_.get()); }
  // What shall go to the wire.
  std::string out() {
    char* bytes = nullptr;
    const auto size = static_cast<std::size_t>(BIO_get_mem_data(out_, &bytes));
    std::string all(bytes, size);
    BIO_reset(out_);
    return all;
  }

  [[nodiscard]] SSL* raw() { return ssl_.get(); }
  [[nodiscard]] bool is_shaken() const { return SSL_is_init_finished(ssl_.get()) == 1; }
  [[nodiscard]] bool is_resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  [[nodiscard]] bool has_failed() const { return has_failed_; }
  [[nodiscard]] int reason() const { return reason_; }
  [[nodiscard]] bool was_told_goodbye() const { return was_told_goodbye_; }
  [[nodiscard]] std::string server_name() const {
    const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
    return name != nullptr ? name : "";
  }

 private:
  std::unique_ptr<SSL, Freeing<SSL_free>> ssl_;
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
  bool has_failed_ = false, was_told_goodbye_ = false;
  int reason_ = 0;
};

}  // namespace loadstone::net
