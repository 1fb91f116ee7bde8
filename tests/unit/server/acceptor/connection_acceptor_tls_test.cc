// The acceptor with TLS, against OpenSSL's own client on real sockets.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/acceptor/connection_acceptor.h"
#include "tests/unit/server/acceptor/test_certificates.h"

namespace sightline::server {
namespace {

using std::chrono::milliseconds;
using test::MakeAuthority;
using test::MakeCertificate;
using test::TestCertificate;
using test::UseCertificate;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;

const std::string kGreeting =
    std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + std::string("\0\0\0\x04\0\0\0\0\0", 9);

// What the acceptor answers to that: SETTINGS, and that it has heard the client's.
const std::string kGreetingBack("\0\0\0\x04\0\0\0\0\0\0\0\0\x04\x01\0\0\0\0", 18);
// With which a first call begins: HEADERS of stream 1.
const std::string kCall("\0\0\x01\x01\x04\0\0\0\x01h", 10);
constexpr size_t kPrefaceBytes = 24;

std::string PeerOf(int descriptor) {
  sockaddr_un peer{};
  socklen_t bytes = sizeof(peer);
  ::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &bytes);
  return "unix-abstract:" +
         std::string(peer.sun_path + 1, bytes - offsetof(sockaddr_un, sun_path) - 1);
}

class Client {
 public:
  Client(int port, const TestCertificate* certificate)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        context_(SSL_CTX_new(TLS_client_method())),
        ssl_(SSL_new(context_)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
    const timeval patience{10, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>("\2h2"), 3);
    if (certificate != nullptr) UseCertificate(*certificate, ssl_);
    SSL_set_fd(ssl_, socket_);
    is_connected_ = SSL_connect(ssl_) == 1;
  }
  ~Client() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ::close(socket_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool Send(const std::string& bytes) const {
    return SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) ==
           static_cast<int>(bytes.size());
  }
  // As many bytes as asked for; fewer when the connection ends or nothing comes for ten seconds.
  std::string Receive(size_t byte_count) const {
    std::string bytes;
    char buffer[16'384];
    while (bytes.size() < byte_count) {
      const int count = SSL_read(
          ssl_, buffer, static_cast<int>(std::min(sizeof(buffer), byte_count - bytes.size())));
      if (count <= 0) break;
      bytes.append(buffer, static_cast<size_t>(count));
    }
    return bytes;
  }
  // Whether its end is said, and not a connection that breaks.
  bool IsEnded() const { return (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0; }
  bool is_connected() const { return is_connected_; }
  int socket() const { return socket_; }
  SSL* ssl() const { return ssl_; }

 private:
  const int socket_;
  SSL_CTX* const context_;
  SSL* const ssl_;
  bool is_connected_ = false;
};

class ConnectionAcceptorTlsTest : public ::testing::Test {
 protected:
  // OpenSSL writes to sockets as to files.
  ConnectionAcceptorTlsTest() { std::signal(SIGPIPE, SIG_IGN); }
  ~ConnectionAcceptorTlsTest() override {
    acceptor_.reset();
    for (std::thread& thread : servers_) thread.join();
  }
  void Start(const std::function<void(AcceptorOptions*)>& change = [](AcceptorOptions*) {}) {
    AcceptorOptions options;
    options.host = "127.0.0.1";
    Trust(client_ca_);
    options.tls = [this] {
      const std::lock_guard lock(mutex_);
      return context_;
    };
    change(&options);
    auto acceptor = ConnectionAcceptor::Start(options, &clients_, [this](int descriptor) {
      const std::lock_guard lock(mutex_);
      names_.push_back(clients_.Find(PeerOf(descriptor))->certificate_names);
      servers_.emplace_back([this, descriptor] { serve_(descriptor); });
    });
    ASSERT_TRUE(acceptor.ok()) << acceptor.status().ToString();
    acceptor_ = std::move(*acceptor);
  }
  // From now on clients need a certificate of one of these authorities.
  void Trust(const std::string& client_ca) {
    auto context = TlsContext::Make(
        {.certificate = server_.certificate, .key = server_.key, .client_ca = client_ca});
    ASSERT_TRUE(context.ok()) << context.status().ToString();
    const std::lock_guard lock(mutex_);
    context_ = *context;
  }
  // Sends back the frames it gets.
  static void Echo(int descriptor) {
    std::string buffer(64 << 10, '\0');
    pollfd in{descriptor, POLLIN, 0};
    if (::poll(&in, 1, 20'000) > 0) {
      EXPECT_EQ(::recv(descriptor, buffer.data(), kPrefaceBytes, 0),
                static_cast<ssize_t>(kPrefaceBytes));
    }
    while (::poll(&in, 1, 20'000) > 0) {
      const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
      if (count <= 0) break;
      if (!SendAll(descriptor, buffer.substr(0, static_cast<size_t>(count)))) break;
    }
    ::close(descriptor);
  }
  static bool SendAll(int descriptor, const std::string& bytes) {
    for (size_t sent = 0; sent < bytes.size();) {
      pollfd out{descriptor, POLLOUT, 0};
      ::poll(&out, 1, 20'000);
      const ssize_t now =
          ::send(descriptor, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (now <= 0) return false;
      sent += static_cast<size_t>(now);
    }
    return true;
  }
  std::unique_ptr<Client> Greeted(const TestCertificate* certificate = nullptr) const {
    auto client = std::make_unique<Client>(acceptor_->port(), certificate);
    EXPECT_TRUE(client->Send(kGreeting));
    EXPECT_EQ(client->Receive(kGreetingBack.size()), kGreetingBack);
    return client;
  }
  // One that has begun a call, and has the server's greeting (its own, sent back).
  std::unique_ptr<Client> Calling(const TestCertificate* certificate = nullptr) const {
    auto client = Greeted(certificate);
    EXPECT_TRUE(client->Send(kCall));
    const std::string settings = kGreeting.substr(kPrefaceBytes);
    EXPECT_EQ(client->Receive(settings.size() + kCall.size()), settings + kCall);
    return client;
  }
  bool Eventually(const std::function<bool()>& holds) const {
    for (int i = 0; i < 1'000; ++i) {
      if (holds()) return true;
      std::this_thread::sleep_for(milliseconds(10));
    }
    return false;
  }
  std::vector<std::vector<std::string>> names() {
    const std::lock_guard lock(mutex_);
    return names_;
  }

  const TestCertificate authority_ = MakeAuthority("authority");
  const TestCertificate server_ = MakeCertificate(authority_, "server", "DNS:localhost");
  std::string client_ca_;
  std::function<void(int descriptor)> serve_ = &Echo;
  ConnectedClients clients_;
  std::mutex mutex_;
  std::shared_ptr<const TlsContext> context_;
  std::vector<std::vector<std::string>> names_;
  std::vector<std::thread> servers_;
  std::unique_ptr<ConnectionAcceptor> acceptor_;
};

TEST_F(ConnectionAcceptorTlsTest, PassesBytesBothWays) {
  Start();
  const auto client = Calling();
  // A DATA frame of a mebibyte, more than all buffers on the way hold.
  const std::string frame = std::string("\x10\0\0\0\0\0\0\0\x01", 9) + std::string(1 << 20, 'd');
  for (size_t at = 0; at < frame.size(); at += 16'384) {
    const std::string part = frame.substr(at, 16'384);
    ASSERT_TRUE(client->Send(part));
    ASSERT_EQ(client->Receive(part.size()), part);
  }
  EXPECT_THAT(names(), ::testing::ElementsAre(std::vector<std::string>{}));
}

TEST_F(ConnectionAcceptorTlsTest, TellsWhoIsConnected) {
  client_ca_ = authority_.certificate;
  Start();
  const TestCertificate mia = MakeCertificate(authority_, "Mia", "DNS:mia.example.org");
  const TestCertificate tom = MakeCertificate(authority_, "Tom", "DNS:tom.example.org");
  for (const TestCertificate* certificate : {&mia, &tom}) {
    const auto client = Calling(certificate);
  }
  EXPECT_THAT(names(), ::testing::ElementsAre(::testing::ElementsAre("mia.example.org", "Mia"),
                                              ::testing::ElementsAre("tom.example.org", "Tom")));
}

TEST_F(ConnectionAcceptorTlsTest, StrangersReachNobody) {
  client_ca_ = authority_.certificate;
  Start();
  const TestCertificate eve = MakeCertificate(MakeAuthority("other"), "Eve", "DNS:mia.example.org");
  for (const TestCertificate* certificate : {static_cast<const TestCertificate*>(nullptr), &eve}) {
    const Client client(acceptor_->port(), certificate);
    client.Send(kGreeting);
    EXPECT_EQ(client.Receive(1), "");
  }
  EXPECT_TRUE(Eventually([this] { return acceptor_->Statistics().open == 0; }));
  EXPECT_THAT(acceptor_->Statistics().cut_by_reason, Contains(Key("it shows no good certificate")));
  EXPECT_TRUE(names().empty());
}

TEST_F(ConnectionAcceptorTlsTest, TheGuardSeesWhatIsWithin) {
  Start();
  const auto good = Calling(), bad = Greeted();
  EXPECT_TRUE(bad->Send(std::string("\x7F\xFF\xFF\x01\x04\0\0\0\x01", 9)));
  EXPECT_TRUE(Eventually([this] { return acceptor_->Statistics().cut == 1; }));
  EXPECT_THAT(acceptor_->Statistics().cut_by_reason, Contains(Key("its headers are too long")));
  EXPECT_TRUE(good->Send(std::string("\0\0\0\0\0\0\0\0\x01", 9)));
  EXPECT_EQ(good->Receive(9).size(), 9u);
}

TEST_F(ConnectionAcceptorTlsTest, WhoDoesNotGreetIsCutWhereverHeStops) {
  Start([](AcceptorOptions* options) { options->greeting_ms_max = 300; });
  const Client shaken(acceptor_->port(), nullptr);
  EXPECT_TRUE(shaken.is_connected());
  const int silent = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(acceptor_->port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(silent, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::send(silent, "\x16\x03\x01", 3, MSG_NOSIGNAL), 3);
  EXPECT_TRUE(Eventually([this] { return acceptor_->Statistics().cut == 2; }));
  EXPECT_EQ(shaken.Receive(1), "");
  ::close(silent);
}

// A new key costs a thousand times what its bytes do.
TEST_F(ConnectionAcceptorTlsTest, WhoAsksForNewKeysAllTheTimeIsCut) {
  Start();
  const auto good = Calling(), bad = Greeted();
  for (int i = 0; i < 10'000; ++i) {
    if (SSL_key_update(bad->ssl(), SSL_KEY_UPDATE_REQUESTED) != 1 ||
        SSL_do_handshake(bad->ssl()) != 1) {
      break;
    }
  }
  EXPECT_TRUE(Eventually([this] { return acceptor_->Statistics().cut == 1; }));
  EXPECT_THAT(acceptor_->Statistics().cut_by_reason, Contains(Key("its TLS is busy with itself")));
  EXPECT_TRUE(good->Send(std::string("\0\0\0\0\0\0\0\0\x01", 9)));
  EXPECT_EQ(good->Receive(9).size(), 9u);
}

TEST_F(ConnectionAcceptorTlsTest, WhatWasSentArrivesAlsoAfterTheServersEnd) {
  // The server's thread may end after this function.
  const auto sent = std::make_shared<const std::string>(
      std::string("\xFF\xFF\xFF\0\0\0\0\0\x01", 9) + std::string(3 << 20, 'd'));
  const std::string& bytes = *sent;
  serve_ = [sent](int descriptor) {
    EXPECT_TRUE(SendAll(descriptor, *sent));
    ::close(descriptor);
  };
  Start();
  const Client client(acceptor_->port(), nullptr);
  EXPECT_TRUE(client.Send(kGreeting + kCall));
  std::this_thread::sleep_for(milliseconds(300));
  EXPECT_EQ(client.Receive(kGreetingBack.size()), kGreetingBack);
  EXPECT_EQ(client.Receive(bytes.size() + 1).size(), bytes.size());
  EXPECT_TRUE(client.IsEnded());
}

TEST_F(ConnectionAcceptorTlsTest, ACertificateThatEndsEndsItsConnection) {
  client_ca_ = authority_.certificate;
  Start();
  const TestCertificate mia = MakeCertificate(authority_, "Mia", "DNS:mia.example.org");
  const TestCertificate tom = MakeCertificate(authority_, "Tom", "DNS:tom.example.org", 3);
  const auto stays = Calling(&mia), calls = Calling(&tom), waits = Greeted(&tom);
  EXPECT_EQ(acceptor_->Statistics().cut, 0u);
  // GOAWAY, and the end.
  EXPECT_EQ(calls->Receive(18).size(), 17u);
  EXPECT_EQ(waits->Receive(18).size(), 17u);
  EXPECT_TRUE(Eventually([this] { return acceptor_->Statistics().open == 1; }));
  EXPECT_THAT(acceptor_->Statistics().cut_by_reason,
              ::testing::ElementsAre(::testing::Pair("its certificate has ended", 2u)));
  EXPECT_TRUE(stays->Send(std::string("\0\0\0\0\0\0\0\0\x01", 9)));
  EXPECT_EQ(stays->Receive(9).size(), 9u);
}

TEST_F(ConnectionAcceptorTlsTest, AnAuthorityThatIsTrustedNoMoreEndsItsClientsConnections) {
  const TestCertificate other = MakeAuthority("other");
  client_ca_ = authority_.certificate + other.certificate;
  Start();
  const TestCertificate mia = MakeCertificate(authority_, "Mia", "DNS:mia.example.org");
  const TestCertificate tom = MakeCertificate(other, "Tom", "DNS:tom.example.org");
  std::vector<std::unique_ptr<Client>> stay, go;
  // More than are looked at in one go.
  for (int i = 0; i < 20; ++i) {
    stay.push_back(Calling(&mia));
    go.push_back(Calling(&tom));
  }
  Trust(authority_.certificate);
  for (const auto& client : go) EXPECT_EQ(client->Receive(18).size(), 17u);
  EXPECT_TRUE(Eventually([this] { return acceptor_->Statistics().open == 20; }));
  EXPECT_THAT(
      acceptor_->Statistics().cut_by_reason,
      ::testing::ElementsAre(::testing::Pair("its certificate is not trusted any more", 20u)));
  for (const auto& client : stay) {
    EXPECT_TRUE(client->Send(std::string("\0\0\0\0\0\0\0\0\x01", 9)));
    EXPECT_EQ(client->Receive(9).size(), 9u);
  }
}

}  // namespace
}  // namespace sightline::server
