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

#include "server/acceptor/tls_session.h"
#include "storage/base/mutex.h"

namespace sightline::server {
namespace {

// Passed on in one go, and held at most when the receiver does not keep up.
constexpr size_t kBufferBytes = 64 << 10;
// Of which a client may be so many in a row before the others have their turn.
constexpr int kRoundsMax = 4;
// What a client has not taken of what TLS answers by itself, which nobody reads for.
constexpr size_t kUntakenBytesMax = 2 * kBufferBytes;
// Handshakes are dear: after so many steps of theirs come those who are connected.
constexpr size_t kHandshakesInARow = 8;
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

// One direction of a connection: bytes that are to be sent and are not sent yet. Where the receiver
// keeps up there are none, and it holds no memory.
class Pipe {
 public:
  bool is_empty() const { return waiting_.empty(); }
  size_t size() const { return waiting_.size() - sent_; }

  // Sends what waits. False when the receiver is gone.
  bool Flush(int to) {
    if (is_empty()) return true;
    const ssize_t count = Send(to, std::string_view(waiting_).substr(sent_));
    if (count < 0) return false;
    sent_ += static_cast<size_t>(count);
    if (sent_ == waiting_.size()) {
      waiting_ = std::string();
      sent_ = 0;
    }
    return true;
  }

  // Sends these as well, or keeps them. `to` -1: there is no receiver yet.
  bool Put(int to, std::string_view bytes) {
    if (is_empty() && to >= 0 && !bytes.empty()) {
      const ssize_t count = Send(to, bytes);
      if (count < 0) return false;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    waiting_.append(bytes);
    return true;
  }

 private:
  // How many; 0 when the receiver has no room, -1 when it is gone.
  static ssize_t Send(int to, std::string_view bytes) {
    const ssize_t count = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : count;
  }

  std::string waiting_;
  size_t sent_ = 0;  // Of waiting_.
};

struct Connection {
  Connection(Descriptor client_end, Peer peer_of, const FrameLimits& limits)
      : client(std::move(client_end)), peer(std::move(peer_of)), guard(limits) {}

  // Whether gRPC has it.
  bool is_handed_over() const { return server.get() >= 0; }

  // The server's is made when it is handed over.
  Descriptor client, server;
  const Peer peer;
  std::unique_ptr<TlsSession> tls;  // Null: there is none.
  FrameGuard guard;
  Pipe to_server, to_client;
  uint64_t number = 0;  // Among the connected clients, once it is handed over.
  int64_t active_millis = 0;
  bool is_server_gone = false;                    // Its end is not watched any more.
  bool is_server_at_end = false;                  // It has said all.
  uint32_t client_events = 0, server_events = 0;  // What epoll watches for.
  std::list<Connection*>::iterator by_activity;   // In the acceptor's list.
};

class EpollAcceptor final : public ConnectionAcceptor {
 public:
  EpollAcceptor(const AcceptorOptions& options, ConnectedClients* clients, HandOver hand_over)
      : options_(options),
        connections_max_(ConnectionsThatFit(options.connections_max)),
        clients_(clients),
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
    storage::MutexLock lock(&cut_mutex_);
    return {.open = open_.load(),
            .accepted = accepted_.load(),
            .refused = refused_.load(),
            .evicted = evicted_.load(),
            .cut = cut_.load(),
            .cut_by_reason = cut_by_reason_};
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
    std::vector<epoll_event> handshakes;
    while (!stops_.load()) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), kEventsMax, WaitMillis());
      handshakes.clear();
      bool is_asked_to_accept = false;
      for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<size_t>(i)];
        if (event.data.fd == wake_.get()) {
          uint64_t ignored = 0;
          (void)!::read(wake_.get(), &ignored, sizeof(ignored));
        } else if (event.data.fd == listener_.get()) {
          is_asked_to_accept = true;
        } else if (const auto found = by_descriptor_.find(event.data.fd);
                   found == by_descriptor_.end()) {
          continue;  // Closed by what came before.
        } else if (found->second->is_handed_over()) {
          Serve(found->second, event.data.fd, event.events);
        } else {
          handshakes.push_back(event);
        }
      }
      // Those that are left out are told of again.
      if (handshakes.size() > kHandshakesInARow) handshakes.resize(kHandshakesInARow);
      for (const epoll_event& event : handshakes) {
        Serve(by_descriptor_.at(event.data.fd), event.data.fd, event.events);
      }
      // Last, so that no event above is of a descriptor that has been given out anew.
      if (is_asked_to_accept) AcceptAll();
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
    const int on = 1;
    ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    auto connection =
        std::make_unique<Connection>(std::move(client), std::move(peer), options_.frames);
    Connection* each = connection.get();
    if (options_.tls) each->tls = std::make_unique<TlsSession>(options_.tls());
    each->client_events = EPOLLIN;
    if (!Watch(each->client.get(), EPOLLIN)) {
      refused_.fetch_add(1);
      return;
    }
    each->active_millis = now;
    each->by_activity = by_activity_.insert(by_activity_.end(), each);
    ++peers_[each->peer.host];
    ++silent_;
    by_descriptor_[each->client.get()] = each;
    connections_.emplace(each, std::move(connection));
    open_.fetch_add(1);
    accepted_.fetch_add(1);
    if (each->tls == nullptr && !GiveToServer(each)) Refuse(each);
  }

  // Makes the server's end, and hands the other one over. False when there are no descriptors left.
  bool GiveToServer(Connection* connection) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
      return false;
    }
    Descriptor ours(ends[0]), grpcs(ends[1]);
    ConnectedClient client{.host = connection->peer.host,
                           .address = connection->peer.text,
                           .is_loopback = connection->peer.is_loopback,
                           .certificate_names = {}};
    if (connection->tls) client.certificate_names = connection->tls->CertificateNames();
    const uint64_t number = clients_->Add(std::move(client));
    if (!NameSocket(number, ours.get()) || !Watch(ours.get(), EPOLLIN)) {
      clients_->Remove(number);
      return false;
    }
    connection->number = number;
    connection->server = std::move(ours);
    connection->server_events = EPOLLIN;
    by_descriptor_[connection->server.get()] = connection;
    hand_over_(grpcs.Release());
    return true;
  }

  static bool NameSocket(uint64_t number, int descriptor) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = ConnectedClients::SocketName(number);
    // The first byte stays 0: an abstract name, which no file has.
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    return ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), bytes) == 0;
  }

  void Refuse(Connection* connection) {
    refused_.fetch_add(1);
    Close(connection);
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
      if (!IsSilent(*connection)) continue;
      CountCut("no greeting came in time", connection->peer);
      Close(connection);
    }
  }

  void CountCut(const char* reason, const Peer& peer) {
    cut_.fetch_add(1);
    {
      storage::MutexLock lock(&cut_mutex_);
      ++cut_by_reason_[reason];
    }
    if (options_.on_cut) options_.on_cut(reason, peer.host);
  }

  void Serve(Connection* connection, int descriptor, uint32_t events) {
    const bool is_gone = (events & (EPOLLHUP | EPOLLERR)) != 0;
    if (!PassOn(connection) || (is_gone && descriptor == connection->client.get())) {
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

  // Reads and writes until all would have to wait. False when the connection is over.
  bool PassOn(Connection* connection) {
    return connection->to_server.Flush(connection->server.get()) &&
           connection->to_client.Flush(connection->client.get()) && PassToServer(connection) &&
           PassToClient(connection) &&
           !(connection->is_server_at_end && connection->to_client.is_empty());
  }

  static bool MayReadClient(const Connection& connection) {
    return connection.to_server.is_empty() && connection.to_client.size() <= kUntakenBytesMax;
  }

  bool PassToServer(Connection* connection) {
    for (int round = 0; round < kRoundsMax && MayReadClient(*connection); ++round) {
      const ssize_t count = ::recv(connection->client.get(), buffer_.data(), buffer_.size(), 0);
      if (count < 0) return errno == EAGAIN || errno == EINTR;
      // Either side's end is the end: HTTP/2 has no half-closed connections.
      if (count == 0) return false;
      std::string_view bytes(buffer_.data(), static_cast<size_t>(count));
      if (connection->tls) {
        if (!Decrypt(connection, bytes)) return false;
        bytes = converted_;
      }
      if (bytes.empty()) continue;
      if (!Look(connection, bytes) || !connection->to_server.Put(connection->server.get(), bytes)) {
        return false;
      }
    }
    return true;
  }

  bool PassToClient(Connection* connection) {
    // What is left of one that has gone fits into the buffers on the way.
    for (int round = 0; (round < kRoundsMax || connection->is_server_gone) &&
                        connection->is_handed_over() && connection->to_client.is_empty();
         ++round) {
      ssize_t count = ::recv(connection->server.get(), buffer_.data(), buffer_.size(), 0);
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) return true;
      // Closed with something unread, it ends with an error.
      count = std::max<ssize_t>(count, 0);
      std::string_view bytes(buffer_.data(), static_cast<size_t>(count));
      connection->is_server_at_end = count == 0;
      connection->guard.ReadFromServer(bytes);
      if (connection->tls) {
        converted_.clear();
        if (count == 0) {
          connection->tls->End(&converted_);
        } else if (!connection->tls->Write(bytes, &converted_)) {
          return false;
        }
        bytes = converted_;
      }
      if (count > 0) NoteActivity(connection);
      if (!connection->to_client.Put(connection->client.get(), bytes)) return false;
      if (count == 0) return true;
    }
    return true;
  }

  // Into converted_. Hands the connection over when its handshake has ended.
  bool Decrypt(Connection* connection, std::string_view bytes) {
    converted_.clear();
    reply_.clear();
    const TlsSession::State state = connection->tls->Read(bytes, &converted_, &reply_);
    // In the end too: it says why.
    if (!connection->to_client.Put(connection->client.get(), reply_)) return false;
    if (state == TlsSession::State::kFailed) {
      CountCut(connection->tls->failure(), connection->peer);
      return false;
    }
    if (connection->tls->is_established() && !connection->is_handed_over() &&
        !GiveToServer(connection)) {
      refused_.fetch_add(1);
      return false;
    }
    // What came before the end has no reader any more.
    return state == TlsSession::State::kGoesOn;
  }

  // What a client has said goes past the guard, and counts as activity.
  bool Look(Connection* connection, std::string_view bytes) {
    const bool was_silent = IsSilent(*connection);
    const char* const reason = connection->guard.ReadFromClient(bytes, NowMillis());
    if (was_silent && !IsSilent(*connection)) --silent_;
    NoteActivity(connection);
    if (reason != nullptr) CountCut(reason, connection->peer);
    return reason == nullptr;
  }

  void NoteActivity(Connection* connection) {
    // One that drips its greeting byte by byte is not active for that.
    if (IsSilent(*connection)) return;
    connection->active_millis = NowMillis();
    by_activity_.splice(by_activity_.end(), by_activity_, connection->by_activity);
  }

  static bool IsSilent(const Connection& connection) { return !connection.guard.has_greeted(); }

  void UpdateEvents(Connection* connection) const {
    const auto update = [this](int descriptor, bool reads, bool writes, uint32_t* current) {
      const uint32_t events = (reads ? uint32_t{EPOLLIN} : 0u) | (writes ? uint32_t{EPOLLOUT} : 0u);
      if (descriptor < 0 || events == *current) return;
      *current = events;
      epoll_event event{};
      event.events = events;
      event.data.fd = descriptor;
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event);
    };
    update(connection->client.get(), MayReadClient(*connection), !connection->to_client.is_empty(),
           &connection->client_events);
    update(connection->server.get(), connection->to_client.is_empty(),
           !connection->to_server.is_empty(), &connection->server_events);
  }

  void Close(Connection* connection) {
    if (IsSilent(*connection)) --silent_;
    by_descriptor_.erase(connection->client.get());
    if (connection->is_handed_over()) {
      by_descriptor_.erase(connection->server.get());
      clients_->Remove(connection->number);
    }
    by_activity_.erase(connection->by_activity);
    const auto peer = peers_.find(connection->peer.host);
    if (--peer->second == 0) peers_.erase(peer);
    connections_.erase(connection);
    open_.fetch_sub(1);
  }

  const AcceptorOptions options_;
  const int64_t connections_max_;
  ConnectedClients* const clients_;
  const HandOver hand_over_;
  Descriptor listener_, epoll_, wake_, spare_;
  int port_ = 0;

  // The thread's own.
  std::vector<char> buffer_ = std::vector<char>(kBufferBytes);
  std::string converted_, reply_;  // What TLS makes of it.
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::unordered_map<int, Connection*> by_descriptor_;
  std::list<Connection*> by_activity_;  // Who has done nothing for longest comes first.
  std::map<std::string, int64_t> peers_;
  int64_t silent_ = 0;  // Connections that have not greeted.

  std::atomic<bool> stops_accepting_{false}, stops_{false};
  std::atomic<int64_t> open_{0};
  std::atomic<uint64_t> accepted_{0}, refused_{0}, evicted_{0}, cut_{0};
  mutable storage::Mutex cut_mutex_;
  std::map<std::string, uint64_t> cut_by_reason_ SL_GUARDED_BY(cut_mutex_);
  std::thread thread_;
};

}  // namespace

StatusOr<std::unique_ptr<ConnectionAcceptor>> ConnectionAcceptor::Start(
    const AcceptorOptions& options, ConnectedClients* clients, HandOver hand_over) {
  auto acceptor = std::make_unique<EpollAcceptor>(options, clients, std::move(hand_over));
  SL_RETURN_IF_ERROR(acceptor->Listen());
  return acceptor;
}

}  // namespace sightline::server
