#include "server/acceptor/connection_acceptor.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <list>
#include <map>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/acceptor/connection.h"
#include "server/acceptor/handshake_pool.h"
#include "storage/base/mutex.h"

namespace sightline::server {
namespace {

// Passed on in one go, and held at most when the receiver does not keep up.
constexpr size_t kBufferBytes = 64 << 10;
// Of which a client may be so many in a row before the others have their turn.
constexpr int kRoundsMax = 4;
// What a client has not taken of what TLS answers by itself, which nobody reads for.
constexpr size_t kUntakenBytesMax = 2 * kBufferBytes;
// Read in one go of a handshake, of which hardly a message is as long.
constexpr size_t kHandshakeBytes = 16 << 10;
// Certificates that are looked at again, after a change of authorities, before those who are
// connected have their turn.
constexpr int kTrustChecksInARow = 8;
// Of the process, for the store and all else.
constexpr int64_t kDescriptorsKept = 512;
// A connection takes one of the others, and two more when gRPC has it. A third of them is kept for
// that.
constexpr int64_t kLinkDescriptors = 2;
// Idle is who waits for no answer and has said nothing for so long; longer for one who is in the
// middle of a call that he has not sent to its end.
constexpr int64_t kIdleMillis = 1'000;
constexpr int64_t kIdleWithinCallMillis = 3'000;
constexpr int kEventsMax = 256;
// What an event is of: these, or of a connection, by its number and whose end of it.
constexpr uint64_t kOfWake = 0, kOfListener = 1;
enum class End : uint8_t { kClient, kServer };
uint64_t TagOf(uint64_t connection, End end) {
  return connection << 1 | static_cast<uint64_t>(end);
}

int64_t NowMillis() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// As many descriptors for connections as the system lets us have; none: there is no limit.
std::optional<int64_t> DescriptorsForConnections() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return std::nullopt;
  }
  return std::max<int64_t>(static_cast<int64_t>(limit.rlim_cur) - kDescriptorsKept, 48);
}

int64_t ConnectionsThatFit(int64_t wanted, const std::optional<int64_t>& descriptors) {
  return descriptors ? std::min(wanted, *descriptors - *descriptors / 3) : wanted;
}

int HandshakeThreads() {
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()) / 2, 1, 4);
}

class EpollAcceptor final : public ConnectionAcceptor {
 public:
  EpollAcceptor(const AcceptorOptions& options, ConnectedClients* clients, HandOver hand_over)
      : options_(options),
        descriptors_max_(DescriptorsForConnections()),
        connections_max_(ConnectionsThatFit(options.connections_max, descriptors_max_)),
        clients_(clients),
        hand_over_(std::move(hand_over)) {
    if (options_.tls) {
      handshakes_ = std::make_unique<HandshakePool>(HandshakeThreads(), [this] { Wake(); });
    }
  }

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
          ::listen(listener.get(), SOMAXCONN) == 0 &&
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
    if (epoll_.get() < 0 || wake_.get() < 0 || !Watch(listener_.get(), EPOLLIN, kOfListener) ||
        !Watch(wake_.get(), EPOLLIN, kOfWake)) {
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
    handshakes_.reset();
  }

  AcceptorStatistics Statistics() const override {
    storage::MutexLock lock(&cut_mutex_);
    return {.open = open_.load(),
            .waiting = open_.load() - handed_over_.load(),
            .accepted = accepted_.load(),
            .refused = refused_.load(),
            .evicted = evicted_.load(),
            .ended_idle = ended_idle_.load(),
            .cut = cut_.load(),
            .cut_by_reason = cut_by_reason_};
  }

 private:
  bool Watch(int descriptor, uint32_t events, uint64_t tag) const {
    epoll_event event{};
    event.events = events;
    event.data.u64 = tag;
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
      bool is_asked_to_accept = false;
      for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<size_t>(i)];
        if (event.data.u64 == kOfWake) {
          uint64_t ignored = 0;
          (void)!::read(wake_.get(), &ignored, sizeof(ignored));
        } else if (event.data.u64 == kOfListener) {
          is_asked_to_accept = true;
        } else if (const auto found = connections_.find(event.data.u64 >> 1);
                   found != connections_.end()) {  // Else closed by what came before.
          Serve(found->second.get(), static_cast<End>(event.data.u64 & 1), event.events);
        }
      }
      TakeHandshakes();
      if (is_asked_to_accept) AcceptAll();
      if (stops_accepting_.load() && listener_.get() >= 0) {
        listener_.Close();
        EndWaiting();
      }
      CutSilent();
      EndIdle();
      CutUntrusted();
    }
    listener_.Close();
    EndWaiting();
    while (!by_activity_.empty()) Close(by_activity_.front());
  }

  // Until there is something to do of which no event tells.
  int WaitMillis() const {
    if (has_untrusted_) return 0;
    return silent_.empty() ? 1'000 : 100;
  }

  // --- Connections come

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
      Admit(std::move(client), Peer::Of(address));
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
                              of_peer->second.open >= options_.connections_per_peer_max;
    const uint64_t id = next_id_++;
    if (is_peer_full || !MakePlace(now) || !Watch(client.get(), EPOLLIN, TagOf(id, End::kClient))) {
      refused_.fetch_add(1);
      return;
    }
    const int on = 1;
    ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    auto made =
        std::make_unique<Connection>(id, std::move(client), std::move(peer),
                                     options_.tls != nullptr, options_.frames, options_.settings);
    Connection* const connection = made.get();
    connections_.emplace(id, std::move(made));
    connection->client_events = EPOLLIN;
    connection->active_millis = now;
    connection->by_activity = by_activity_.insert(by_activity_.end(), connection);
    connection->of_peer = &peers_[connection->peer.host];
    ++connection->of_peer->open;
    BecomeSilent(connection);
    open_.fetch_add(1);
    accepted_.fetch_add(1);
  }

  // Whether there is one for a newcomer. Of those who have said nothing yet there are at most half
  // as many as there are places: the next takes the place of one of them.
  bool MakePlace(int64_t now) {
    if (static_cast<int64_t>(silent_.size()) >= std::max<int64_t>(connections_max_ / 2, 1)) {
      return EvictSilent();
    }
    return open_.load() < connections_max_ || EvictIdle(now) || EvictSilent();
  }

  // Closes the connection that has been idle for longest. Whether there is one.
  bool EvictIdle(int64_t now) {
    for (Connection* each : by_activity_) {
      const int64_t idle_millis = now - each->active_millis;
      if (idle_millis < kIdleMillis) break;
      const bool waits = !each->is_server_gone && each->guard.waiting_streams() > 0;
      if (waits) continue;
      if (each->guard.open_streams() > 0 && idle_millis < kIdleWithinCallMillis) continue;
      SayGoAway(each);
      Close(each);
      evicted_.fetch_add(1);
      return true;
    }
    return false;
  }

  // Closes the oldest that has said nothing, of the address that has most of them. Whether there is
  // one.
  bool EvictSilent() {
    if (most_silent_.empty()) return false;
    Close(most_silent_.rbegin()->second->silent.front());
    evicted_.fetch_add(1);
    return true;
  }

  void BecomeSilent(Connection* connection) {
    PeerConnections* const peer = connection->of_peer;
    silent_.emplace(connection->id, connection);
    Unrank(*peer);
    connection->among_silent = peer->silent.insert(peer->silent.end(), connection);
    Rank(peer);
  }

  void EndSilence(Connection* connection) {
    PeerConnections* const peer = connection->of_peer;
    silent_.erase(connection->id);
    Unrank(*peer);
    peer->silent.erase(connection->among_silent);
    Rank(peer);
  }

  // By how many are silent; among as many, who has been for longest comes last.
  using SilenceRank = std::pair<size_t, uint64_t>;
  static SilenceRank RankOf(const PeerConnections& peer) {
    return {peer.silent.size(), ~peer.silent.front()->id};
  }
  void Rank(PeerConnections* peer) {
    if (!peer->silent.empty()) most_silent_.emplace(RankOf(*peer), peer);
  }
  void Unrank(const PeerConnections& peer) {
    if (!peer.silent.empty()) most_silent_.erase(RankOf(peer));
  }

  // --- gRPC gets them

  // Makes the way to gRPC, and hands its end over. False when there are no descriptors left, though
  // the idle have made room.
  bool GiveToServer(Connection* connection) {
    const int64_t now = NowMillis();
    while (!HasDescriptors(kLinkDescriptors) && EvictIdle(now)) {
    }
    if (!HasDescriptors(kLinkDescriptors)) return false;
    ConnectedClient client{.host = connection->peer.host,
                           .address = connection->peer.text,
                           .is_loopback = connection->peer.is_loopback,
                           .certificate_names = {}};
    if (connection->tls) client.certificate_names = connection->tls->CertificateNames();
    const uint64_t number = clients_->Add(std::move(client));
    std::optional<ServerLink> link = ServerLink::Make(number);
    if (!link || !Watch(link->ours.get(), EPOLLIN, TagOf(connection->id, End::kServer))) {
      clients_->Remove(number);
      return false;
    }
    connection->client_number = number;
    connection->server = std::move(link->ours);
    connection->server_events = EPOLLIN;
    handed_over_.fetch_add(1);
    hand_over_(link->servers.Release());
    return true;
  }

  bool HasDescriptors(int64_t count) const {
    return !descriptors_max_ ||
           open_.load() + kLinkDescriptors * handed_over_.load() + count <= *descriptors_max_;
  }

  // --- Connections end

  void CountCut(const char* reason, const Peer& peer) {
    cut_.fetch_add(1);
    {
      storage::MutexLock lock(&cut_mutex_);
      ++cut_by_reason_[reason];
    }
    if (options_.on_cut) options_.on_cut(reason, peer.host);
  }

  void CutSilent() {
    const int64_t now = NowMillis();
    while (!silent_.empty()) {
      Connection* const oldest = silent_.begin()->second;
      // Who has said nothing has not been active since he was accepted.
      if (now - oldest->active_millis < options_.greeting_ms_max) break;
      CountCut("no greeting came in time", oldest->peer);
      Close(oldest);
    }
  }

  void EndIdle() {
    const int64_t now = NowMillis();
    if (now < next_idle_look_millis_) return;
    next_idle_look_millis_ = now + std::clamp<int64_t>(options_.idle_ms_max / 10, 1, 1'000);
    for (auto next = by_activity_.begin(); next != by_activity_.end();) {
      Connection* const connection = *next++;
      if (now - connection->active_millis < options_.idle_ms_max) break;
      if (connection->is_silent() || connection->guard.open_streams() > 0) continue;
      SayGoAway(connection);
      Close(connection);
      ended_idle_.fetch_add(1);
    }
  }

  // Those whose certificate has ended since they came, or is not trusted any more.
  void CutUntrusted() {
    has_untrusted_ = false;
    if (by_trust_.empty()) return;
    const auto cut = [this](const char* reason, Connection* connection) {
      CountCut(reason, connection->peer);
      SayGoAway(connection);
      Close(connection);
    };
    const int64_t now = std::time(nullptr);
    while (!by_certificate_end_.empty() && by_certificate_end_.begin()->first < now) {
      cut("its certificate has ended", by_certificate_end_.begin()->second);
    }
    const std::shared_ptr<const TlsContext> context = options_.tls();
    for (int i = 0; !by_trust_.empty() && by_trust_.front()->trusted_by != context; ++i) {
      if (i == kTrustChecksInARow) {
        has_untrusted_ = true;
        break;
      }
      Connection* const connection = by_trust_.front();
      if (connection->tls->IsTrustedBy(*context)) {
        connection->trusted_by = context;
        by_trust_.splice(by_trust_.end(), by_trust_, connection->by_trust);
      } else {
        cut("its certificate is not trusted any more", connection);
      }
    }
  }

  // All that gRPC does not know of.
  void EndWaiting() {
    for (auto next = by_activity_.begin(); next != by_activity_.end();) {
      Connection* const connection = *next++;
      if (connection->is_handed_over()) continue;
      SayGoAway(connection);
      Close(connection);
    }
  }

  // Tells the client that he may ask again elsewhere what he asks from now on, where that can be
  // said. Whether he hears it is his affair.
  void SayGoAway(Connection* connection) {
    if (connection->is_silent() || !connection->to_client.is_empty() ||
        !connection->guard.is_between_server_frames()) {
      return;
    }
    std::string words;
    AppendGoAway(connection->is_handed_over() ? connection->guard.last_stream() : 0, &words);
    if (!Tell(connection, words) || !connection->tls) return;
    sealed_.clear();
    connection->tls->End(&sealed_);
    (void)connection->to_client.Put(connection->client.get(), sealed_);
  }

  void Close(Connection* connection) {
    if (connection->is_silent()) EndSilence(connection);
    if (connection->is_in_pool) handshakes_->Forget(connection->id, connection->peer.host);
    if (connection->by_certificate_end) {
      by_certificate_end_.erase(*connection->by_certificate_end);
      by_trust_.erase(connection->by_trust);
    }
    if (connection->is_handed_over()) {
      clients_->Remove(connection->client_number);
      handed_over_.fetch_sub(1);
    }
    by_activity_.erase(connection->by_activity);
    if (--connection->of_peer->open == 0) peers_.erase(connection->peer.host);
    connections_.erase(connection->id);
    open_.fetch_sub(1);
  }

  // --- Connections speak

  void Serve(Connection* connection, End end, uint32_t events) {
    const bool is_gone = (events & (EPOLLHUP | EPOLLERR)) != 0;
    const bool has_left = end == End::kClient && (is_gone || (events & EPOLLRDHUP) != 0);
    if (!PassOn(connection) || has_left) {
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
           connection->to_client.Flush(connection->client.get()) &&
           (connection->is_shaking_hands ? ReadHandshake(connection) : PassToServer(connection)) &&
           PassToClient(connection) &&
           !(connection->is_server_at_end && connection->to_client.is_empty());
  }

  static bool MayReadClient(const Connection& connection) {
    return !connection.is_in_pool && connection.to_server.is_empty() &&
           connection.to_client.size() <= kUntakenBytesMax;
  }

  bool ReadHandshake(Connection* connection) {
    if (!MayReadClient(*connection)) return true;
    const ssize_t count = ::recv(connection->client.get(), buffer_.data(), kHandshakeBytes, 0);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    if (count == 0) return false;
    connection->is_in_pool = true;
    handshakes_->Add({.connection = connection->id,
                      .host = connection->peer.host,
                      .context = connection->tls ? nullptr : options_.tls(),
                      .tls = std::move(connection->tls),
                      .ciphertext = std::string(buffer_.data(), static_cast<size_t>(count))});
    return true;
  }

  void TakeHandshakes() {
    if (!handshakes_) return;
    for (HandshakePool::Result& result : handshakes_->TakeResults()) {
      const auto found = connections_.find(result.connection);
      if (found == connections_.end()) continue;
      Connection* const connection = found->second.get();
      connection->is_in_pool = false;
      connection->tls = std::move(result.tls);
      // In the end too: it says why.
      const bool goes_on = connection->to_client.Put(connection->client.get(), result.reply) &&
                           MayGoOn(connection, result.state) && EndHandshake(connection) &&
                           Look(connection, result.plaintext);
      if (goes_on) {
        UpdateEvents(connection);
      } else {
        Close(connection);
      }
    }
  }

  // If it is at its end.
  bool EndHandshake(Connection* connection) {
    const TlsSession& tls = *connection->tls;
    if (!tls.is_established()) return true;
    connection->is_shaking_hands = false;
    const std::optional<int64_t> end = tls.CertificateEndSeconds();
    if (!end) return true;
    connection->by_certificate_end = by_certificate_end_.emplace(*end, connection);
    connection->trusted_by = tls.context();
    // Those come first that have to be looked at again.
    connection->by_trust = by_trust_.insert(
        connection->trusted_by == options_.tls() ? by_trust_.end() : by_trust_.begin(), connection);
    return true;
  }

  bool MayGoOn(const Connection* connection, TlsSession::State state) {
    if (state == TlsSession::State::kFailed) CountCut(connection->tls->failure(), connection->peer);
    // What came before the end has no reader any more.
    return state == TlsSession::State::kGoesOn;
  }

  bool PassToServer(Connection* connection) {
    for (int round = 0; round < kRoundsMax && MayReadClient(*connection); ++round) {
      const ssize_t count = ::recv(connection->client.get(), buffer_.data(), buffer_.size(), 0);
      if (count < 0) return errno == EAGAIN || errno == EINTR;
      // Either side's end is the end: HTTP/2 has no half-closed connections.
      if (count == 0) return false;
      std::string_view bytes(buffer_.data(), static_cast<size_t>(count));
      if (connection->tls) {
        opened_.clear();
        reply_.clear();
        const TlsSession::State state = connection->tls->Read(bytes, &opened_, &reply_);
        if (!connection->to_client.Put(connection->client.get(), reply_) ||
            !MayGoOn(connection, state)) {
          return false;
        }
        bytes = opened_;
      }
      if (!Look(connection, bytes)) return false;
    }
    return true;
  }

  // What a client has said goes past the guard, and to gRPC or to who speaks in its place.
  bool Look(Connection* connection, std::string_view bytes) {
    if (bytes.empty()) return true;
    const bool was_silent = connection->is_silent();
    const char* reason = connection->guard.ReadFromClient(bytes, NowMillis());
    if (was_silent && !connection->is_silent()) EndSilence(connection);
    NoteActivity(connection);
    if (reason == nullptr && connection->prelude) {
      for_server_.clear();
      for_client_.clear();
      reason = connection->prelude->ReadFromClient(bytes, &for_server_, &for_client_);
      bytes = for_server_;
    }
    if (reason != nullptr) {
      CountCut(reason, connection->peer);
      return false;
    }
    return (!connection->prelude || SpeakInPlace(connection)) &&
           connection->to_server.Put(connection->server.get(), bytes);
  }

  // Sends what is to be answered in gRPC's place, and lets gRPC have the connection if it needs to.
  bool SpeakInPlace(Connection* connection) {
    if (!for_client_.empty() && !Tell(connection, for_client_)) return false;
    if (connection->prelude->needs_server() && !connection->is_handed_over() &&
        !GiveToServer(connection)) {
      refused_.fetch_add(1);
      SayGoAway(connection);
      return false;
    }
    if (connection->prelude->is_over()) connection->prelude.reset();
    return true;
  }

  bool PassToClient(Connection* connection) {
    // What is left of one that has gone fits into the buffers on the way.
    for (int round = 0; (round < kRoundsMax || connection->is_server_gone) &&
                        connection->is_handed_over() && connection->to_client.is_empty();
         ++round) {
      const ssize_t count = ::recv(connection->server.get(), buffer_.data(), buffer_.size(), 0);
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) return true;
      // Closed with something unread, it ends with an error.
      if (count <= 0) {
        connection->is_server_at_end = true;
        if (!connection->tls) return true;
        sealed_.clear();
        connection->tls->End(&sealed_);
        return connection->to_client.Put(connection->client.get(), sealed_);
      }
      std::string_view bytes(buffer_.data(), static_cast<size_t>(count));
      connection->guard.ReadFromServer(bytes);
      NoteActivity(connection);
      if (connection->prelude) {
        for_client_.clear();
        connection->prelude->ReadFromServer(bytes, &for_client_);
        if (connection->prelude->is_over()) connection->prelude.reset();
        bytes = for_client_;
      }
      if (!Tell(connection, bytes)) return false;
    }
    return true;
  }

  // Sends the client these, encrypted where that is so.
  bool Tell(Connection* connection, std::string_view bytes) {
    if (connection->tls) {
      sealed_.clear();
      if (!connection->tls->Write(bytes, &sealed_)) return false;
      bytes = sealed_;
    }
    return connection->to_client.Put(connection->client.get(), bytes);
  }

  void NoteActivity(Connection* connection) {
    // One that drips its greeting byte by byte is not active for that.
    if (connection->is_silent()) return;
    connection->active_millis = NowMillis();
    by_activity_.splice(by_activity_.end(), by_activity_, connection->by_activity);
  }

  void UpdateEvents(Connection* connection) const {
    const auto update = [&](End end, uint32_t events, uint32_t* current) {
      if (events == *current) return;
      *current = events;
      epoll_event event{};
      event.events = events;
      event.data.u64 = TagOf(connection->id, end);
      const Descriptor& descriptor = end == End::kClient ? connection->client : connection->server;
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor.get(), &event);
    };
    const auto events = [](bool reads, bool writes) {
      return (reads ? uint32_t{EPOLLIN} : 0u) | (writes ? uint32_t{EPOLLOUT} : 0u);
    };
    // Who leaves while the pool works for him is not read from, and to be heard of all the same.
    const uint32_t leaving = connection->is_in_pool ? uint32_t{EPOLLRDHUP} : 0u;
    update(End::kClient,
           events(MayReadClient(*connection), !connection->to_client.is_empty()) | leaving,
           &connection->client_events);
    if (!connection->is_handed_over()) return;
    update(End::kServer,
           events(connection->to_client.is_empty(), !connection->to_server.is_empty()),
           &connection->server_events);
  }

  const AcceptorOptions options_;
  const std::optional<int64_t> descriptors_max_;
  const int64_t connections_max_;
  ConnectedClients* const clients_;
  const HandOver hand_over_;
  Descriptor listener_, epoll_, wake_, spare_;
  int port_ = 0;

  // The thread's own.
  std::vector<char> buffer_ = std::vector<char>(kBufferBytes);
  std::string opened_, sealed_, reply_;  // What TLS makes of it.
  std::string for_server_, for_client_;  // What a prelude makes of it.
  uint64_t next_id_ = 1;
  std::unordered_map<uint64_t, std::unique_ptr<Connection>> connections_;
  std::list<Connection*> by_activity_;  // Who has done nothing for longest comes first.
  std::unordered_map<std::string, PeerConnections> peers_;
  std::map<uint64_t, Connection*> silent_;  // By their numbers, which is by age.
  std::map<SilenceRank, PeerConnections*> most_silent_;
  std::multimap<int64_t, Connection*> by_certificate_end_;  // In seconds since 1970.
  std::list<Connection*> by_trust_;  // Of the same: who is to be looked at again comes first.
  bool has_untrusted_ = false;       // Whether there is more to look at at once.
  int64_t next_idle_look_millis_ = 0;

  std::atomic<bool> stops_accepting_{false}, stops_{false};
  std::atomic<int64_t> open_{0}, handed_over_{0};
  std::atomic<uint64_t> accepted_{0}, refused_{0}, evicted_{0}, ended_idle_{0}, cut_{0};
  mutable storage::Mutex cut_mutex_;
  std::map<std::string, uint64_t> cut_by_reason_ SL_GUARDED_BY(cut_mutex_);
  std::unique_ptr<HandshakePool> handshakes_;  // Null without TLS.
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
