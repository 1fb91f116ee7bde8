#include "server/acceptor/tls_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <string>

#include "tests/unit/server/acceptor/test_certificates.h"

namespace sightline::server {
namespace {

using test::MakeAuthority;
using test::MakeCertificate;
using test::TestCertificate;
using test::UseCertificate;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A client in memory: OpenSSL's own side, with memory for a socket.
class TlsClient {
 public:
  // `protocol` empty: it says nothing of what it will speak.
  TlsClient(const std::string& protocol, const TestCertificate* certificate, int version_max)
      : context_(SSL_CTX_new(TLS_client_method())) {
    if (!protocol.empty()) {
      const std::string list = static_cast<char>(protocol.size()) + protocol;
      SSL_CTX_set_alpn_protos(context_, reinterpret_cast<const unsigned char*>(list.data()),
                              static_cast<unsigned>(list.size()));
    }
    SSL_CTX_set_max_proto_version(context_, version_max);
    // Below TLS 1.2 OpenSSL wants to be asked twice.
    if (version_max < TLS1_2_VERSION) SSL_CTX_set_cipher_list(context_, "ALL:@SECLEVEL=0");
    ssl_ = SSL_new(context_);
    if (certificate != nullptr) UseCertificate(*certificate, ssl_);
    SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_);
  }
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }

  // What it wants to send.
  std::string Take() {
    std::string bytes(BIO_ctrl_pending(SSL_get_wbio(ssl_)), '\0');
    if (!bytes.empty()) {
      BIO_read(SSL_get_wbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
    }
    return bytes;
  }
  void Give(const std::string& bytes) {
    if (!bytes.empty()) {
      BIO_write(SSL_get_rbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
    }
  }
  std::string Read() {
    std::string text(1 << 16, '\0');
    const int count = SSL_read(ssl_, text.data(), static_cast<int>(text.size()));
    text.resize(static_cast<size_t>(std::max(count, 0)));
    return text;
  }
  void Write(const std::string& text) {
    SSL_write(ssl_, text.data(), static_cast<int>(text.size()));
  }
  SSL* ssl() { return ssl_; }

 private:
  SSL_CTX* const context_;
  SSL* ssl_;
};

class TlsSessionTest : public ::testing::Test {
 protected:
  void Make(bool wants_certificates) {
    TlsPem pem{.certificate = server_.certificate, .key = server_.key, .client_ca = ""};
    if (wants_certificates) pem.client_ca = authority_.certificate;
    auto context = TlsContext::Make(pem);
    ASSERT_TRUE(context.ok()) << context.status().ToString();
    context_ = *context;
    session_ = std::make_unique<TlsSession>(*context);
  }
  void Connect(const std::string& protocol = "h2", const TestCertificate* certificate = nullptr,
               int version_max = TLS1_3_VERSION) {
    client_ = std::make_unique<TlsClient>(protocol, certificate, version_max);
  }
  // Until both have said what they have to say. The server's state.
  TlsSession::State Shake() {
    TlsSession::State state = TlsSession::State::kGoesOn;
    for (int i = 0; i < 4 && state == TlsSession::State::kGoesOn; ++i) {
      SSL_do_handshake(client_->ssl());
      state = Pass();
    }
    return state;
  }
  // What the client has said.
  TlsSession::State Pass() {
    std::string reply;
    const TlsSession::State state = session_->Read(client_->Take(), &heard_, &reply);
    client_->Give(reply);
    reply_bytes_ = reply.size();
    return state;
  }

  const TestCertificate authority_ = MakeAuthority("authority"), other_ = MakeAuthority("other");
  const TestCertificate server_ = MakeCertificate(authority_, "server", "DNS:localhost");
  std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<TlsSession> session_;
  std::unique_ptr<TlsClient> client_;
  std::string heard_;
  size_t reply_bytes_ = 0;
};

TEST_F(TlsSessionTest, PassesTextBothWays) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Make(false);
    Connect("h2", nullptr, version);
    EXPECT_EQ(Shake(), TlsSession::State::kGoesOn);
    ASSERT_TRUE(session_->is_established());
    EXPECT_EQ(SSL_version(client_->ssl()), version);
    EXPECT_THAT(session_->CertificateNames(), IsEmpty());
    heard_.clear();
    client_->Write("a question");
    EXPECT_EQ(Pass(), TlsSession::State::kGoesOn);
    EXPECT_EQ(heard_, "a question");
    std::string bytes;
    ASSERT_TRUE(session_->Write("an answer", &bytes));
    EXPECT_THAT(bytes, ::testing::Not(HasSubstr("answer")));
    client_->Give(bytes);
    EXPECT_EQ(client_->Read(), "an answer");
    SSL_shutdown(client_->ssl());
    EXPECT_EQ(Pass(), TlsSession::State::kEnded);
  }
}

TEST_F(TlsSessionTest, BytesMayComeOneByOne) {
  Make(false);
  Connect();
  for (int i = 0; i < 3; ++i) {
    SSL_do_handshake(client_->ssl());
    std::string reply;
    for (const char byte : client_->Take()) {
      ASSERT_EQ(session_->Read({&byte, 1}, &heard_, &reply), TlsSession::State::kGoesOn);
    }
    client_->Give(reply);
  }
  EXPECT_TRUE(session_->is_established());
  client_->Write("text");
  for (const char byte : client_->Take()) {
    std::string reply;
    session_->Read({&byte, 1}, &heard_, &reply);
  }
  EXPECT_EQ(heard_, "text");
}

TEST_F(TlsSessionTest, TheServersEndIsSaid) {
  Make(false);
  Connect();
  Shake();
  std::string bytes;
  session_->End(&bytes);
  client_->Give(bytes);
  EXPECT_EQ(client_->Read(), "");
  EXPECT_EQ(SSL_get_shutdown(client_->ssl()), SSL_RECEIVED_SHUTDOWN);
}

TEST_F(TlsSessionTest, OnlyHttp2IsSpoken) {
  for (const char* protocol : {"", "http/1.1"}) {
    Make(false);
    Connect(protocol);
    EXPECT_EQ(Shake(), TlsSession::State::kFailed) << protocol;
    EXPECT_FALSE(session_->is_established());
    ASSERT_NE(session_->failure(), nullptr);
  }
}

TEST_F(TlsSessionTest, OldVersionsAreNotSpoken) {
  Make(false);
  Connect("h2", nullptr, TLS1_1_VERSION);
  EXPECT_EQ(Shake(), TlsSession::State::kFailed);
}

TEST_F(TlsSessionTest, ACertificateIsAskedForAndItsNamesAreTold) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Make(true);
    const TestCertificate mia = MakeCertificate(
        authority_, "Mia", "DNS:mia.example.org,URI:spiffe://example.org/mia,IP:192.0.2.7");
    Connect("h2", &mia, version);
    EXPECT_EQ(Shake(), TlsSession::State::kGoesOn);
    ASSERT_TRUE(session_->is_established());
    EXPECT_THAT(session_->CertificateNames(),
                ElementsAre("mia.example.org", "spiffe://example.org/mia", "192.0.2.7", "Mia"));
  }
}

TEST_F(TlsSessionTest, WithoutAGoodCertificateTheHandshakeDoesNotEnd) {
  const TestCertificate eve = MakeCertificate(other_, "Mia", "DNS:mia.example.org");
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const TestCertificate* certificate :
         {static_cast<const TestCertificate*>(nullptr), &eve}) {
      Make(true);
      Connect("h2", certificate, version);
      EXPECT_EQ(Shake(), TlsSession::State::kFailed);
      EXPECT_FALSE(session_->is_established());
      EXPECT_STREQ(session_->failure(), "it shows no good certificate");
      EXPECT_THAT(session_->CertificateNames(), IsEmpty());
      std::string bytes;
      EXPECT_FALSE(session_->Write("secret", &bytes));
      EXPECT_EQ(bytes, "");
    }
  }
}

// A ticket would carry who somebody is past the end of his certificate.
TEST_F(TlsSessionTest, SessionsAreNotResumed) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Make(false);
    Connect("h2", nullptr, version);
    Shake();
    client_->Read();
    SSL_SESSION* const session = SSL_get1_session(client_->ssl());
    EXPECT_FALSE(SSL_SESSION_has_ticket(session));
    session_ = std::make_unique<TlsSession>(context_);
    Connect("h2", nullptr, version);
    SSL_set_session(client_->ssl(), session);
    Shake();
    EXPECT_TRUE(session_->is_established());
    EXPECT_EQ(SSL_session_reused(client_->ssl()), 0);
    SSL_SESSION_free(session);
  }
}

TEST_F(TlsSessionTest, NothingIsRenegotiated) {
  Make(false);
  Connect("h2", nullptr, TLS1_2_VERSION);
  Shake();
  SSL_renegotiate(client_->ssl());
  SSL_do_handshake(client_->ssl());
  std::string reply;
  const std::string hello = client_->Take();
  ASSERT_FALSE(hello.empty());
  session_->Read(hello, &heard_, &reply);
  client_->Give(reply);
  // Told no (RFC 5246, 7.2.2: no_renegotiation), and nothing has been negotiated.
  EXPECT_LT(reply.size(), 100u);
  EXPECT_NE(SSL_do_handshake(client_->ssl()), 1);
}

TEST_F(TlsSessionTest, NewKeysAreAnsweredWhileTheyAreFew) {
  Make(false);
  Connect();
  Shake();
  for (int i = 0; i < 10; ++i) {
    SSL_key_update(client_->ssl(), SSL_KEY_UPDATE_REQUESTED);
    client_->Write("x");
  }
  const std::string words = client_->Take();
  std::string reply;
  heard_.clear();
  EXPECT_EQ(session_->Read(words, &heard_, &reply), TlsSession::State::kGoesOn);
  EXPECT_EQ(heard_, std::string(10, 'x'));
  // With as much that is said as this, there may be more of them.
  for (int i = 0; i < 64; ++i) {
    client_->Write(std::string(1 << 20, 'd'));
    EXPECT_EQ(Pass(), TlsSession::State::kGoesOn);
  }
  for (int i = 0; i < 40; ++i)
    SSL_key_update(client_->ssl(), SSL_KEY_UPDATE_NOT_REQUESTED), client_->Write("x");
  EXPECT_EQ(Pass(), TlsSession::State::kGoesOn);
  for (int i = 0; i < 100; ++i)
    SSL_key_update(client_->ssl(), SSL_KEY_UPDATE_NOT_REQUESTED), client_->Write("x");
  heard_.clear();
  EXPECT_EQ(Pass(), TlsSession::State::kFailed);
  EXPECT_STREQ(session_->failure(), "its TLS is busy with itself");
  EXPECT_LT(heard_.size(), 60u);
}

TEST_F(TlsSessionTest, NoiseFails) {
  for (const std::string& noise : {std::string("GET / HTTP/1.1\r\n\r\n"),
                                   std::string("\x16\x03\x01\xFF\xFF"), std::string(64, '\0')}) {
    Make(false);
    std::string reply;
    EXPECT_EQ(session_->Read(noise, &heard_, &reply), TlsSession::State::kFailed);
    EXPECT_STREQ(session_->failure(), "its TLS handshake fails");
    EXPECT_EQ(session_->Read("more", &heard_, &reply), TlsSession::State::kFailed);
    EXPECT_EQ(heard_, "");
  }
}

TEST_F(TlsSessionTest, ADamagedRecordFails) {
  Make(false);
  Connect();
  Shake();
  client_->Write("text");
  std::string bytes = client_->Take();
  bytes.back() ^= 1;
  std::string reply;
  heard_.clear();
  EXPECT_EQ(session_->Read(bytes, &heard_, &reply), TlsSession::State::kFailed);
  EXPECT_STREQ(session_->failure(), "its TLS is broken");
  EXPECT_EQ(heard_, "");
}

TEST(TlsContextTest, SaysWhatIsWrongWithTheTexts) {
  const TestCertificate authority = MakeAuthority("authority");
  const TestCertificate server = MakeCertificate(authority, "server", "DNS:localhost");
  const auto trouble = [](const TlsPem& pem) { return MessageOf(TlsContext::Make(pem).status()); };
  EXPECT_THAT(trouble({.certificate = "x", .key = server.key, .client_ca = ""}),
              HasSubstr("no certificate"));
  EXPECT_THAT(trouble({.certificate = server.certificate, .key = "x", .client_ca = ""}),
              HasSubstr("no key"));
  EXPECT_THAT(trouble({.certificate = server.certificate, .key = authority.key, .client_ca = ""}),
              HasSubstr("do not go together"));
  EXPECT_THAT(trouble({.certificate = server.certificate, .key = server.key, .client_ca = "x"}),
              HasSubstr("clients' authorities"));
  const auto good =
      TlsContext::Make({.certificate = server.certificate, .key = server.key, .client_ca = ""});
  ASSERT_TRUE(good.ok());
  EXPECT_NEAR(static_cast<double>((*good)->expire_seconds()),
              static_cast<double>(std::time(nullptr) + 3'600), 60);
}

}  // namespace
}  // namespace sightline::server
