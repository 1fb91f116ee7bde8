#include "server/acceptor/connection_acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <list>
#include <map>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sightline::server {
namespace {

// Passed on in one go, and held at most when the receiver does not keep up.
constexpr size_t kBufferBytes = 64 << 10;
// Of the process, for the store and all else.
constexpr int64_t kDescriptorsKept = 512;
// Idle is who waits for no answer and has said nothing for so long; longer for one who is in the
// middle of a call that he has not sent to its end.
constexpr int64_t kIdleMillis = 1'000;
constexpr int64_t kIdleWithinCallMillis = 3'000;
constexpr int kEventsMax = 256;

int64_t NowMillis() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// A descriptor that is closed with the object.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() { Close(); }
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    Close();
    value_ = std::exchange(other.value_, -1);
    return *this;
  }

  int get() const { return value_; }
  int Release() { return std::exchange(value_, -1); }
  void Close() {
    if (value_ >= 0) ::close(value_);
    value_ = -1;
  }

 private:
  int value_ = -1;
};

// As many descriptors as the system lets us have, and how many connections of two each that makes.
int64_t ConnectionsThatFit(int64_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  // The client's, ours, and gRPC's.
  const auto most = (static_cast<int64_t>(limit.rlim_cur) - kDescriptorsKept) / 3;
  return std::clamp<int64_t>(most, 16, wanted);
}

struct Peer {
  std::string host;  // Without the port.
  std::string text;  // "127.0.0.1:41234", "[::1]:41234"
  bool is_loopback = false;
};

Peer PeerOf(const sockaddr_storage& address) {
  Peer peer;
  char text[INET6_ADDRSTRLEN] = "";
  int port = 0;
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
    port = ntohs(v6.sin6_port);
    peer.is_loopback = IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
    peer.text = fmt::format("[{}]:{}", text, port);
  } else {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    port = ntohs(v4.sin_port);
    peer.is_loopback = (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
    peer.text = fmt::format("{}:{}", text, port);
  }
  peer.host = text;
  return peer;
}

// One direction of a connection: bytes that were read and are not written yet. Where the receiver
// keeps up there are none, and it holds no memory.
struct Pipe {
  std::string waiting;
  size_t written = 0;      // Of waiting.
  bool is_at_end = false;  // The sender has closed its end.

  bool is_empty() const { return waiting.empty(); }
  std::string_view rest() const { return std::string_view(waiting).substr(written); }
  void Advance(size_t count) {
    written += count;
    if (written < waiting.size()) return;
    waiting = std::string();
    written = 0;
  }
};

struct Connection {
  Connection(Descriptor client_end, Descriptor server_end, Peer peer_of, const FrameLimits& limits)
      : client(std::move(client_end)),
        server(std::move(server_end)),
        peer(std::move(peer_of)),
        guard(limits) {}

  Descriptor client, server;
  const Peer peer;
  FrameGuard guard;
  Pipe to_server, to_client;
  int64_t accepted_millis = 0;
  int64_t active_millis = 0;
  bool has_spoken = false;
  bool is_server_gone = false;
  uint32_t client_events = 0, server_events = 0;  // What epoll watches for.
  std::list<Connection*>::iterator by_activity;   // In the acceptor's list.
};

class EpollAcceptor final : public ConnectionAcceptor {
 public:
  EpollAcceptor(const AcceptorOptions& options, HandOver hand_over)
      : options_(options),
        connections_max_(ConnectionsThatFit(options.connections_max)),
        hand_over_(std::move(hand_over)) {}

  ~EpollAcceptor() override { Stop(); }

  Status Listen() {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int failure = ::getaddrinfo(options_.host.c_str(),
                                          std::to_string(options_.port).c_str(), &hints, &found);
        failure != 0) {
      return FailedPrecondition("Cannot listen on {}: {}", options_.host, ::gai_strerror(failure));
    }
    int error = EADDRNOTAVAIL;
    for (const addrinfo* each = found; each != nullptr && listener_.get() < 0;
         each = each->ai_next) {
      Descriptor listener(::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      const int on = 1;
      sockaddr_storage bound{};
      socklen_t bound_bytes = sizeof(bound);
      const bool is_listening =
          listener.get() >= 0 &&
          ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
          ::bind(listener.get(), each->ai_addr, each->ai_addrlen) == 0 &&
          ::listen(listener.get(), 1'024) == 0 &&
          ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&bound), &bound_bytes) == 0;
      if (!is_listening) {
        error = errno;
        continue;
      }
      port_ = ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                                                : reinterpret_cast<sockaddr_in&>(bound).sin_port);
      listener_ = std::move(listener);
    }
    ::freeaddrinfo(found);
    if (listener_.get() < 0) {
      return FailedPrecondition("Cannot listen on {}:{}: {}", options_.host, options_.port,
                                std::strerror(error));
    }
    epoll_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
    wake_ = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    spare_ = Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (epoll_.get() < 0 || wake_.get() < 0 || !Watch(listener_.get(), EPOLLIN) ||
        !Watch(wake_.get(), EPOLLIN)) {
      return FailedPrecondition("Cannot watch connections: {}", std::strerror(errno));
    }
    thread_ = std::thread([this] { Run(); });
    return OkStatus();
  }

  int port() const override { return port_; }

  void StopAccepting() override {
    stops_accepting_.store(true);
    Wake();
  }

  void Stop() override {
    if (!thread_.joinable()) return;
    stops_.store(true);
    Wake();
    thread_.join();
  }

  AcceptorStatistics Statistics() const override {
    return {.open = open_.load(),
            .accepted = accepted_.load(),
            .refused = refused_.load(),
            .evicted = evicted_.load(),
            .cut = cut_.load()};
  }

 private:
  bool Watch(int descriptor, uint32_t events) const {
    epoll_event event{};
    event.events = events;
    event.data.fd = descriptor;
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) == 0;
  }

  void Wake() const {
    const uint64_t one = 1;
    // When the counter is full, the thread will wake anyway.
    (void)!::write(wake_.get(), &one, sizeof(one));
  }

  void Run() {
    std::vector<epoll_event> events(kEventsMax);
    while (!stops_.load()) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), kEventsMax, WaitMillis());
      for (int i = 0; i < count; ++i) {
        const int descriptor = events[static_cast<size_t>(i)].data.fd;
        if (descriptor == wake_.get()) {
          uint64_t ignored = 0;
          (void)!::read(wake_.get(), &ignored, sizeof(ignored));
        } else if (descriptor == listener_.get()) {
          AcceptAll();
        } else if (const auto found = by_descriptor_.find(descriptor);
                   found != by_descriptor_.end()) {
          Serve(found->second, descriptor, events[static_cast<size_t>(i)].events);
        }
      }
      if (stops_accepting_.load()) listener_.Close();
      CutSilent();
    }
    while (!by_activity_.empty()) Close(by_activity_.front());
    listener_.Close();
  }

  // Until the next greeting is due.
  int WaitMillis() const { return silent_ > 0 ? 100 : 60'000; }

  void AcceptAll() {
    // So many in one go that those who are connected are served in between.
    for (int i = 0; i < 64; ++i) {
      sockaddr_storage address{};
      socklen_t bytes = sizeof(address);
      Descriptor client(::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&address), &bytes,
                                  SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (client.get() < 0) {
        if (errno == EMFILE || errno == ENFILE) DropOne();
        return;
      }
      Admit(std::move(client), PeerOf(address));
    }
  }

  // Where there is no descriptor left to accept with, the one kept for that takes the next in line
  // and closes it: left waiting, it would wake us for ever.
  void DropOne() {
    spare_.Close();
    Descriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    client.Close();
    spare_ = Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    refused_.fetch_add(1);
  }

  void Admit(Descriptor client, Peer peer) {
    const int64_t now = NowMillis();
    const auto of_peer = peers_.find(peer.host);
    const bool is_peer_full = !peer.is_loopback && of_peer != peers_.end() &&
                              of_peer->second >= options_.connections_per_peer_max;
    if (is_peer_full || (open_.load() >= connections_max_ && !EvictIdle(now))) {
      refused_.fetch_add(1);
      return;
    }
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
      refused_.fetch_add(1);
      return;
    }
    Descriptor ours(ends[0]), grpcs(ends[1]);
    NameAfter(peer, ours.get());
    const int on = 1;
    ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    auto connection = std::make_unique<Connection>(std::move(client), std::move(ours),
                                                   std::move(peer), options_.frames);
    Connection* each = connection.get();
    each->client_events = each->server_events = EPOLLIN;
    if (!Watch(each->client.get(), EPOLLIN) || !Watch(each->server.get(), EPOLLIN)) {
      refused_.fetch_add(1);
      return;
    }
    each->accepted_millis = each->active_millis = now;
    each->by_activity = by_activity_.insert(by_activity_.end(), each);
    ++peers_[each->peer.host];
    ++silent_;
    by_descriptor_[each->client.get()] = each;
    by_descriptor_[each->server.get()] = each;
    connections_.emplace(each, std::move(connection));
    open_.fetch_add(1);
    accepted_.fetch_add(1);
    hand_over_(grpcs.Release());
  }

  // Gives gRPC's end a peer with the client's name. Without it the peer has none, no more.
  static void NameAfter(const Peer& peer, int descriptor) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = "sightline/" + peer.text;
    // The first byte stays 0: an abstract name, which no file has.
    const size_t bytes = std::min(name.size(), sizeof(address.sun_path) - 1);
    std::memcpy(address.sun_path + 1, name.data(), bytes);
    (void)::bind(descriptor, reinterpret_cast<sockaddr*>(&address),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + bytes));
  }

  // Closes the connection that has been idle for longest. Whether there is one.
  bool EvictIdle(int64_t now) {
    for (Connection* each : by_activity_) {
      const int64_t idle_millis = now - each->active_millis;
      if (idle_millis < kIdleMillis) break;
      const bool waits = !each->is_server_gone && each->guard.waiting_streams() > 0;
      if (waits) continue;
      if (each->guard.open_streams() > 0 && idle_millis < kIdleWithinCallMillis) continue;
      Close(each);
      evicted_.fetch_add(1);
      return true;
    }
    return false;
  }

  void CutSilent() {
    if (silent_ == 0) return;
    const int64_t now = NowMillis();
    // Who has said nothing has not been active since he was accepted.
    for (auto each = by_activity_.begin(); each != by_activity_.end();) {
      Connection* connection = *each++;
      if (now - connection->active_millis < options_.greeting_ms_max) break;
      const bool is_late =
          options_.guards_frames ? !connection->guard.has_greeted() : !connection->has_spoken;
      if (!is_late) continue;
      Close(connection);
      cut_.fetch_add(1);
    }
  }

  void Serve(Connection* connection, int descriptor, uint32_t events) {
    const bool is_gone = (events & (EPOLLHUP | EPOLLERR)) != 0;
    if (!PassOn(connection, connection->client.get(), connection->server.get(),
                &connection->to_server, /*is_from_client=*/true) ||
        !PassOn(connection, connection->server.get(), connection->client.get(),
                &connection->to_client, /*is_from_client=*/false) ||
        (is_gone && descriptor == connection->client.get())) {
      Close(connection);
      return;
    }
    UpdateEvents(connection);
    if (!is_gone) return;
    // gRPC has closed, and the client has not read all of it yet. Watched on, that end would wake
    // us for ever; when the client has read, its end is read from again.
    connection->is_server_gone = true;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, connection->server.get(), nullptr);
  }

  // Reads and writes until one of the two would have to wait. False when the connection is over.
  bool PassOn(Connection* connection, int from, int to, Pipe* pipe, bool is_from_client) {
    for (int round = 0; round < 4 && !pipe->is_at_end; ++round) {
      std::string_view bytes = pipe->rest();
      const bool is_new = bytes.empty();
      if (is_new) {
        const ssize_t count = ::recv(from, buffer_.data(), buffer_.size(), 0);
        if (count < 0) return errno == EAGAIN || errno == EINTR;
        pipe->is_at_end = count == 0;
        bytes = std::string_view(buffer_.data(), static_cast<size_t>(count));
        if (count > 0 && !Look(connection, bytes, is_from_client)) return false;
      }
      ssize_t count = bytes.empty() ? 0 : ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0 && errno != EAGAIN && errno != EINTR) return false;
      count = std::max<ssize_t>(count, 0);
      if (is_new) {
        pipe->waiting = bytes.substr(static_cast<size_t>(count));
      } else {
        pipe->Advance(static_cast<size_t>(count));
      }
      if (!pipe->is_empty()) return true;
    }
    // Either side's end is the end: HTTP/2 has no half-closed connections.
    return !pipe->is_at_end;
  }

  // What has come goes past the guard, and counts as activity.
  bool Look(Connection* connection, std::string_view bytes, bool is_from_client) {
    const int64_t now = NowMillis();
    const bool was_silent = IsSilent(*connection);
    if (options_.guards_frames) {
      if (!is_from_client) {
        connection->guard.ReadFromServer(bytes);
      } else if (connection->guard.ReadFromClient(bytes, now) != nullptr) {
        cut_.fetch_add(1);
        return false;
      }
    }
    if (is_from_client) connection->has_spoken = true;
    if (was_silent && !IsSilent(*connection)) --silent_;
    // One that drips its greeting byte by byte is not active for that.
    if (IsSilent(*connection)) return true;
    connection->active_millis = now;
    by_activity_.splice(by_activity_.end(), by_activity_, connection->by_activity);
    return true;
  }

  bool IsSilent(const Connection& connection) const {
    return options_.guards_frames ? !connection.guard.has_greeted() : !connection.has_spoken;
  }

  void UpdateEvents(Connection* connection) const {
    const auto wanted = [](const Pipe& in, const Pipe& out) {
      return (in.is_empty() ? uint32_t{EPOLLIN} : 0u) | (out.is_empty() ? 0u : uint32_t{EPOLLOUT});
    };
    const auto update = [this](int descriptor, uint32_t events, uint32_t* current) {
      if (events == *current) return;
      *current = events;
      epoll_event event{};
      event.events = events;
      event.data.fd = descriptor;
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event);
    };
    update(connection->client.get(), wanted(connection->to_server, connection->to_client),
           &connection->client_events);
    update(connection->server.get(), wanted(connection->to_client, connection->to_server),
           &connection->server_events);
  }

  void Close(Connection* connection) {
    if (IsSilent(*connection)) --silent_;
    by_descriptor_.erase(connection->client.get());
    by_descriptor_.erase(connection->server.get());
    by_activity_.erase(connection->by_activity);
    const auto peer = peers_.find(connection->peer.host);
    if (--peer->second == 0) peers_.erase(peer);
    connections_.erase(connection);
    open_.fetch_sub(1);
  }

  const AcceptorOptions options_;
  const int64_t connections_max_;
  const HandOver hand_over_;
  Descriptor listener_, epoll_, wake_, spare_;
  int port_ = 0;

  // The thread's own.
  std::vector<char> buffer_ = std::vector<char>(kBufferBytes);
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::unordered_map<int, Connection*> by_descriptor_;
  std::list<Connection*> by_activity_;  // Who has done nothing for longest comes first.
  std::map<std::string, int64_t> peers_;
  int64_t silent_ = 0;  // Connections that have not greeted.

  std::atomic<bool> stops_accepting_{false}, stops_{false};
  std::atomic<int64_t> open_{0};
  std::atomic<uint64_t> accepted_{0}, refused_{0}, evicted_{0}, cut_{0};
  std::thread thread_;
};

}  // namespace

StatusOr<std::unique_ptr<ConnectionAcceptor>> ConnectionAcceptor::Start(
    const AcceptorOptions& options, HandOver hand_over) {
  auto acceptor = std::make_unique<EpollAcceptor>(options, std::move(hand_over));
  SL_RETURN_IF_ERROR(acceptor->Listen());
  return acceptor;
}

}  // namespace sightline::server
