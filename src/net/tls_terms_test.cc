#include "net/tls_terms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/tls_peer_for_test.h"

namespace loadstone::net {
namespace {

class TlsTermsTest : public ::testing::Test {
 protected:
  [[nodiscard]] static std::string wrong_with(const TlsOptions& options) {
    const auto checked = check_tls(options);
    return checked ? "" : checked.error().message;
  }

  PemFolder pem_;
  Identity ca_ = issue({.name = "a CA", .is_ca = true});
  Identity user_ = issue({.name = "a user"}, &ca_);
  Identity other_ = issue({.name = "another user"}, &ca_);
  std::string cert_ = pem_.write("cert.pem", user_.cert.get());
  std::string key_ = pem_.write("key.pem", user_.key.get());
  std::string empty_ = pem_.write("empty.pem", "");
  std::string prose_ = pem_.write("prose.pem", "no certificate at all\n");
};

TEST_F(TlsTermsTest, TakesGoodFiles) {
  EXPECT_EQ(wrong_with({.host = "localhost"}), "");
  EXPECT_EQ(wrong_with({.host = "::1", .ca = pem_.write("ca.pem", ca_.cert.get())}), "");
  EXPECT_EQ(wrong_with({.host = "localhost", .cert = cert_, .key = key_}), "");
  EXPECT_EQ(wrong_with({.host = "localhost", .crl = pem_.write_crl("crl.pem", ca_, 7)}), "");
}

TEST_F(TlsTermsTest, TakesTheKeyFromTheCertificatesFile) {
  std::string both;
  for (const std::string& part : {cert_, key_}) {
    std::ifstream in(part);
    both += std::string(std::istreambuf_iterator<char>(in), {});
  }
  EXPECT_EQ(wrong_with({.host = "localhost", .cert = pem_.write("both.pem", both)}), "");
  EXPECT_EQ(wrong_with({.host = "localhost", .cert = cert_}),
            "key " + cert_ + ": no private key in PEM format: unsupported");
}

TEST_F(TlsTermsTest, NamesTheFileAndWhatIsWrongWithIt) {
  const std::string none = pem_.path("none.pem");
  EXPECT_EQ(wrong_with({.host = "h", .ca = none}), "CA file " + none + ": No such file or directory");
  EXPECT_EQ(wrong_with({.host = "h", .ca = pem_.path("")}), "CA file " + pem_.path("") + ": Is a directory");
  EXPECT_EQ(wrong_with({.host = "h", .ca = empty_}), "CA file " + empty_ + ": the file is empty");
  EXPECT_THAT(wrong_with({.host = "h", .ca = prose_}),
              ::testing::StartsWith("CA file " + prose_ + ": no certificate in PEM format"));
  EXPECT_EQ(wrong_with({.host = "h", .crl = none}), "CRL file " + none + ": No such file or directory");
  EXPECT_THAT(wrong_with({.host = "h", .crl = cert_}),
              ::testing::StartsWith("CRL file " + cert_ + ": no CRL in PEM format"));
  EXPECT_EQ(wrong_with({.host = "h", .cert = none}), "certificate " + none + ": No such file or directory");
  EXPECT_THAT(wrong_with({.host = "h", .cert = prose_, .key = key_}),
              ::testing::StartsWith("certificate " + prose_ + ": no certificate in PEM format"));
  EXPECT_EQ(wrong_with({.host = "h", .cert = cert_, .key = none}), "key " + none + ": No such file or directory");
  EXPECT_THAT(wrong_with({.host = "h", .cert = cert_, .key = prose_}),
              ::testing::StartsWith("key " + prose_ + ": no private key in PEM format"));
}

TEST_F(TlsTermsTest, TellsAnotherKeyAndAnEncryptedOne) {
  const std::string other = pem_.write("other.pem", other_.key.get());
  EXPECT_EQ(wrong_with({.host = "h", .cert = cert_, .key = other}), "key " + other + ": it is not the key of " + cert_);
  const std::string encrypted = pem_.write("encrypted.pem", user_.key.get(), "secret");
  EXPECT_EQ(wrong_with({.host = "h", .cert = cert_, .key = encrypted}),
            "key " + encrypted + ": it is encrypted; one without a password is needed");
  EXPECT_EQ(wrong_with({.host = "h", .key = key_}), "key " + key_ + ": there is no certificate for it");
}

TEST_F(TlsTermsTest, WantsVersionsInOrder) {
  EXPECT_EQ(wrong_with({.host = "h", .min = TlsVersion::k1_3, .max = TlsVersion::k1_2}),
            "the lowest TLS version is above the highest");
}

}  // namespace
}  // namespace loadstone::net
