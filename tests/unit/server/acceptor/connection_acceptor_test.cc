#include "server/acceptor/connection_acceptor.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sightline::server {
namespace {

using std::chrono::milliseconds;

const std::string kGreeting =
    std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + std::string("\0\0\0\x04\0\0\0\0\0", 9);

// What the acceptor answers to that: SETTINGS, and that it has heard the client's.
const std::string kGreetingBack("\0\0\0\x04\0\0\0\0\0\0\0\0\x04\x01\0\0\0\0", 18);
// With which a first call begins: HEADERS of stream 1.
const std::string kCall("\0\0\x01\x01\x04\0\0\0\x01h", 10);
constexpr size_t kPrefaceBytes = 24;
// Of no stream anything has been done.
const std::string kGoAway("\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0", 17);

// Sends back the frames it gets, on a thread for each connection; remembers who is at the other
// end.
class EchoServer {
 public:
  ~EchoServer() {
    for (std::thread& thread : threads_) thread.join();
  }
  void Serve(int descriptor) {
    sockaddr_un peer{};
    socklen_t bytes = sizeof(peer);
    ::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &bytes);
    const std::lock_guard lock(mutex_);
    peers_.emplace_back(peer.sun_path + 1, bytes - offsetof(sockaddr_un, sun_path) - 1);
    threads_.emplace_back([descriptor] {
      std::string buffer(64 << 10, '\0');
      pollfd poll{descriptor, POLLIN, 0};
      if (::poll(&poll, 1, 20'000) > 0) {
        EXPECT_EQ(::recv(descriptor, buffer.data(), kPrefaceBytes, 0),
                  static_cast<ssize_t>(kPrefaceBytes));
      }
      while (::poll(&poll, 1, 20'000) > 0) {
        const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
        if (count <= 0) break;
        for (ssize_t sent = 0; sent < count;) {
          pollfd out{descriptor, POLLOUT, 0};
          ::poll(&out, 1, 20'000);
          const ssize_t now = ::send(descriptor, buffer.data() + sent,
                                     static_cast<size_t>(count - sent), MSG_NOSIGNAL);
          if (now <= 0) break;
          sent += now;
        }
      }
      ::close(descriptor);
    });
  }
  std::vector<std::string> peers() {
    const std::lock_guard lock(mutex_);
    return peers_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> peers_;
  std::vector<std::thread> threads_;
};

class Client {
 public:
  explicit Client(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  Client(Client&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), is_connected_(other.is_connected_) {}
  ~Client() {
    if (socket_ >= 0) ::close(socket_);
  }

  bool Send(const std::string& bytes) const {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  // As many bytes as asked for; fewer when the connection ends or nothing comes for five seconds.
  std::string Receive(size_t byte_count) const {
    std::string bytes;
    while (bytes.size() < byte_count && Wait(5'000)) {
      char buffer[16'384];
      const ssize_t count =
          ::recv(socket_, buffer, std::min(sizeof(buffer), byte_count - bytes.size()), 0);
      if (count <= 0) break;
      bytes.append(buffer, static_cast<size_t>(count));
    }
    return bytes;
  }
  // Whether the other side ends it in this time, having sent nothing.
  bool IsClosedWithin(int millis) const {
    char byte = 0;
    return Wait(millis) && ::recv(socket_, &byte, 1, 0) <= 0;
  }
  bool is_connected() const { return is_connected_; }

 private:
  bool Wait(int millis) const {
    pollfd poll{socket_, POLLIN, 0};
    return ::poll(&poll, 1, millis) > 0;
  }

  int socket_;
  bool is_connected_ = false;
};

class ConnectionAcceptorTest : public ::testing::Test {
 protected:
  void Start(const std::function<void(AcceptorOptions*)>& change = [](AcceptorOptions*) {}) {
    AcceptorOptions options;
    options.host = "127.0.0.1";
    change(&options);
    auto acceptor = ConnectionAcceptor::Start(
        options, &clients_, [this](int descriptor) { server_.Serve(descriptor); });
    ASSERT_TRUE(acceptor.ok()) << acceptor.status().ToString();
    acceptor_ = std::move(*acceptor);
  }
  Client Greeted() const {
    Client client(acceptor_->port());
    EXPECT_TRUE(client.Send(kGreeting));
    EXPECT_EQ(client.Receive(kGreetingBack.size()), kGreetingBack);
    return client;
  }
  // One that has begun a call, and has the server's greeting (its own, sent back).
  Client Calling() const {
    Client client = Greeted();
    EXPECT_TRUE(client.Send(kCall));
    const std::string settings = kGreeting.substr(kPrefaceBytes);
    EXPECT_EQ(client.Receive(settings.size() + kCall.size()), settings + kCall);
    return client;
  }
  bool Eventually(const std::function<bool()>& holds) const {
    for (int i = 0; i < 500; ++i) {
      if (holds()) return true;
      std::this_thread::sleep_for(milliseconds(10));
    }
    return false;
  }

  EchoServer server_;
  ConnectedClients clients_;
  std::unique_ptr<ConnectionAcceptor> acceptor_;
};

TEST_F(ConnectionAcceptorTest, PassesBytesBothWaysAndNamesThePeer) {
  Start();
  const Client client = Calling();
  // A DATA frame of a mebibyte, more than all buffers on the way hold.
  const std::string frame = std::string("\x10\0\0\0\0\0\0\0\x01", 9) + std::string(1 << 20, 'd');
  std::thread sender([&] { EXPECT_TRUE(client.Send(frame)); });
  EXPECT_EQ(client.Receive(frame.size()), frame);
  sender.join();
  ASSERT_EQ(server_.peers().size(), 1u);
  const auto found = clients_.Find("unix-abstract:" + server_.peers()[0]);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->host, "127.0.0.1");
  EXPECT_TRUE(found->is_loopback);
  EXPECT_EQ(found->address.substr(0, 10), "127.0.0.1:");
}

TEST_F(ConnectionAcceptorTest, AnEndIsPassedOn) {
  Start();
  { const Client client = Calling(); }
  EXPECT_TRUE(Eventually([this] { return acceptor_->Statistics().open == 0; }));
  EXPECT_EQ(acceptor_->Statistics().cut, 0u);
  EXPECT_EQ(clients_.Find("unix-abstract:" + server_.peers()[0]), nullptr);
}

TEST_F(ConnectionAcceptorTest, TheServerHearsOfAConnectionWithItsFirstCall) {
  const std::string setting("\0\x03\0\0\0\x64", 6);
  Start([&](AcceptorOptions* options) { options->settings = setting; });
  const Client client(acceptor_->port());
  EXPECT_TRUE(client.Send(kGreeting));
  const std::string greeting_back =
      std::string("\0\0\x06\x04\0\0\0\0\0", 9) + setting + std::string("\0\0\0\x04\x01\0\0\0\0", 9);
  EXPECT_EQ(client.Receive(greeting_back.size()), greeting_back);
  // PING, and that the settings have come.
  EXPECT_TRUE(client.Send(std::string("\0\0\x08\x06\0\0\0\0\0", 9) + "12345678" +
                          std::string("\0\0\0\x04\x01\0\0\0\0", 9)));
  EXPECT_EQ(client.Receive(17), std::string("\0\0\x08\x06\x01\0\0\0\0", 9) + "12345678");
  EXPECT_TRUE(server_.peers().empty());
  EXPECT_EQ(acceptor_->Statistics().waiting, 1);
  EXPECT_TRUE(client.Send(kCall));
  EXPECT_EQ(client.Receive(9 + kCall.size()), kGreeting.substr(kPrefaceBytes) + kCall);
  EXPECT_EQ(server_.peers().size(), 1u);
  EXPECT_EQ(acceptor_->Statistics().waiting, 0);
}

TEST_F(ConnectionAcceptorTest, WhoSaysNothingIsCut) {
  Start([](AcceptorOptions* options) { options->greeting_ms_max = 200; });
  const Client silent(acceptor_->port());
  Client slow(acceptor_->port());
  const Client good = Calling();
  // Byte by byte does not help.
  std::atomic<bool> is_over{false};
  std::thread drip([&] {
    for (size_t i = 0; i < kGreeting.size() - 1 && !is_over.load(); ++i) {
      if (!slow.Send(kGreeting.substr(i, 1))) break;
      std::this_thread::sleep_for(milliseconds(50));
    }
  });
  EXPECT_TRUE(silent.IsClosedWithin(3'000));
  EXPECT_TRUE(Eventually([this] { return acceptor_->Statistics().cut == 2; }));
  is_over.store(true);
  drip.join();
  EXPECT_TRUE(good.Send(std::string("\0\0\0\0\0\0\0\0\x01", 9)));
  EXPECT_EQ(good.Receive(9).size(), 9u);
}

TEST_F(ConnectionAcceptorTest, AnAttackerIsCutAndOthersAreNot) {
  Start();
  const Client good = Calling(), bad = Greeted();
  EXPECT_TRUE(bad.Send(std::string("\x7F\xFF\xFF\x01\x04\0\0\0\x01", 9)));
  EXPECT_TRUE(Eventually([this] { return acceptor_->Statistics().cut == 1; }));
  EXPECT_TRUE(good.Send(std::string("\0\0\0\0\0\0\0\0\x01", 9)));
  EXPECT_EQ(good.Receive(9).size(), 9u);
}

TEST_F(ConnectionAcceptorTest, TheIdlestMakesRoom) {
  Start([](AcceptorOptions* options) { options->connections_max = 16; });
  std::vector<Client> idle;
  for (int i = 0; i < 16; ++i) idle.push_back(Greeted());
  // All have just spoken: no place.
  const Client early(acceptor_->port());
  EXPECT_TRUE(early.IsClosedWithin(5'000));
  EXPECT_EQ(acceptor_->Statistics().refused, 1u);
  std::this_thread::sleep_for(milliseconds(1'200));
  // One with a call under way stays, though it is the oldest: HEADERS of stream 1.
  EXPECT_TRUE(idle[0].Send(std::string("\0\0\x01\x01\x05\0\0\0\x01h", 10)));
  EXPECT_EQ(idle[0].Receive(19).size(), 19u);
  const Client late = Greeted();
  EXPECT_EQ(acceptor_->Statistics().evicted, 1u);
  // It is told that what it asks from now on it may ask elsewhere.
  EXPECT_EQ(idle[1].Receive(17), kGoAway);
  EXPECT_TRUE(idle[1].IsClosedWithin(5'000));
  EXPECT_EQ(acceptor_->Statistics().open, 16);
}

TEST_F(ConnectionAcceptorTest, HalfACallHoldsNoPlaceForever) {
  Start([](AcceptorOptions* options) { options->connections_max = 16; });
  std::vector<Client> idle;
  for (int i = 0; i < 16; ++i) {
    idle.push_back(Calling());  // The call's DATA never comes.
  }
  std::this_thread::sleep_for(milliseconds(3'200));
  const Client late = Greeted();
  EXPECT_EQ(acceptor_->Statistics().evicted, 1u);
}

// As gRPC closes a connection, while the client is slow to read what it was sent.
TEST_F(ConnectionAcceptorTest, WhatWasSentArrivesAlsoAfterTheServersEndAndCostsNoProcessor) {
  std::thread sender;
  std::atomic<size_t> sent{0};
  AcceptorOptions options;
  options.host = "127.0.0.1";
  auto acceptor = ConnectionAcceptor::Start(options, &clients_, [&](int descriptor) {
    sender = std::thread([&sent, descriptor] {
      // Until all buffers on the way are full: a frame of as many bytes as a frame may have.
      std::string bytes = std::string("\xFF\xFF\xFF\0\0\0\0\0\x01", 9) + std::string(1 << 16, 'd');
      pollfd out{descriptor, POLLOUT, 0};
      while (::poll(&out, 1, 500) > 0) {
        const ssize_t now = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (now <= 0) break;
        sent += static_cast<size_t>(now);
        bytes.assign(1 << 16, 'd');
      }
      ::close(descriptor);
    });
  });
  ASSERT_TRUE(acceptor.ok()) << acceptor.status().ToString();
  const Client client((*acceptor)->port());
  EXPECT_TRUE(client.Send(kGreeting + kCall));
  ASSERT_EQ(client.Receive(kGreetingBack.size() + 1).size(), kGreetingBack.size() + 1);
  sender.join();
  const std::clock_t used = std::clock();
  std::this_thread::sleep_for(milliseconds(500));
  EXPECT_LT(static_cast<double>(std::clock() - used) / CLOCKS_PER_SEC, 0.05);
  EXPECT_EQ(client.Receive(sent.load()).size(), sent.load() - 1);
  EXPECT_TRUE(client.IsClosedWithin(5'000));
}

TEST_F(ConnectionAcceptorTest, AddressesThatCannotBeHadAreRefused) {
  Start();
  AcceptorOptions options;
  options.host = "127.0.0.1";
  options.port = acceptor_->port();
  EXPECT_EQ(ConnectionAcceptor::Start(options, &clients_, [](int) {}).status().code(),
            StatusCode::kFailedPrecondition);
  options.host = "192.0.2.1";  // TEST-NET-1: nobody's.
  EXPECT_EQ(ConnectionAcceptor::Start(options, &clients_, [](int) {}).status().code(),
            StatusCode::kFailedPrecondition);
}

TEST_F(ConnectionAcceptorTest, WhoIsIdleForLongIsToldToGo) {
  Start([](AcceptorOptions* options) { options->idle_ms_max = 300; });
  const Client waiting = Greeted(), calling = Calling();
  EXPECT_EQ(waiting.Receive(17), kGoAway);
  EXPECT_TRUE(waiting.IsClosedWithin(5'000));
  // One with a call under way stays, for as long as that takes.
  EXPECT_FALSE(calling.IsClosedWithin(600));
  EXPECT_EQ(acceptor_->Statistics().ended_idle, 1u);
}

// Of those who have not greeted there are at most half as many as there are places.
TEST_F(ConnectionAcceptorTest, TheSilentLeaveRoomForNewcomers) {
  Start([](AcceptorOptions* options) { options->connections_max = 16; });
  const Client good = Calling();
  std::vector<std::unique_ptr<Client>> silent;
  for (int i = 0; i < 40; ++i) silent.push_back(std::make_unique<Client>(acceptor_->port()));
  const Client late = Calling();
  EXPECT_EQ(acceptor_->Statistics().evicted, 33u);
  EXPECT_EQ(acceptor_->Statistics().refused, 0u);
  EXPECT_TRUE(silent[0]->IsClosedWithin(5'000));
  EXPECT_FALSE(silent[39]->IsClosedWithin(100));
}

TEST_F(ConnectionAcceptorTest, StopClosesEverything) {
  Start();
  const Client client = Calling(), waiting = Greeted();
  acceptor_->StopAccepting();
  EXPECT_TRUE(Eventually([this] { return !Client(acceptor_->port()).is_connected(); }));
  EXPECT_EQ(waiting.Receive(17), kGoAway);
  EXPECT_TRUE(waiting.IsClosedWithin(5'000));
  EXPECT_EQ(acceptor_->Statistics().open, 1);
  acceptor_->Stop();
  EXPECT_TRUE(client.IsClosedWithin(5'000));
  EXPECT_EQ(acceptor_->Statistics().open, 0);
}

}  // namespace
}  // namespace sightline::server
