// Connection: what the acceptor keeps of one TCP connection.

#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/acceptor/descriptor.h"
#include "server/acceptor/frame_guard.h"
#include "server/acceptor/prelude.h"
#include "server/acceptor/tls_session.h"

namespace sightline::server {

struct Peer {
  std::string host;  // Without the port: "127.0.0.1", "::1".
  std::string text;  // "127.0.0.1:41234", "[::1]:41234"
  bool is_loopback = false;

  static Peer Of(const sockaddr_storage& address);
};

// One direction of a connection: bytes that are to be sent and are not sent yet. Where the receiver
// keeps up there are none, and it holds no memory.
class Pipe {
 public:
  bool is_empty() const { return waiting_.empty(); }
  size_t size() const { return waiting_.size() - sent_; }

  // Sends what waits. False when the receiver is gone.
  bool Flush(int to);
  // Sends these as well, or keeps what there is no room for. False when the receiver is gone.
  bool Put(int to, std::string_view bytes);

 private:
  std::string waiting_;
  size_t sent_ = 0;  // Of waiting_.
};

struct Connection;

// What the acceptor keeps of one address.
struct PeerConnections {
  int64_t open = 0;
  std::list<Connection*> silent;  // Of those, who has not greeted; the oldest comes first.
};

struct Connection {
  Connection(uint64_t number, Descriptor client_end, Peer peer_of, bool is_over_tls,
             const FrameLimits& limits, std::string_view settings)
      : id(number),
        client(std::move(client_end)),
        peer(std::move(peer_of)),
        is_shaking_hands(is_over_tls),
        guard(limits),
        prelude(std::make_unique<Prelude>(settings)) {}

  // Whether gRPC has it: from its first call on.
  bool is_handed_over() const { return server.get() >= 0; }
  // Whether the client has still to say that it speaks HTTP/2.
  bool is_silent() const { return !guard.has_greeted(); }

  const uint64_t id;  // Of the acceptor's own.
  Descriptor client, server;
  const Peer peer;
  bool is_shaking_hands;            // With TLS, whose handshake has not ended.
  bool is_in_pool = false;          // A step of that is being worked on, and `tls` with it.
  std::unique_ptr<TlsSession> tls;  // Null before its first step, and where there is none.
  FrameGuard guard;
  std::unique_ptr<Prelude> prelude;  // Null when it is over.
  Pipe to_server, to_client;
  uint64_t client_number = 0;  // Among the connected clients, once it is handed over.
  int64_t active_millis = 0;
  bool is_server_gone = false;                    // Its end is not watched any more.
  bool is_server_at_end = false;                  // It has said all.
  uint32_t client_events = 0, server_events = 0;  // What epoll watches for.

  // Its places in the acceptor's lists.
  std::list<Connection*>::iterator by_activity;
  PeerConnections* of_peer = nullptr;
  std::list<Connection*>::iterator among_silent;  // While it is silent.
  // Where it has shown a certificate: when that ends, and which authorities have vouched for it.
  std::optional<std::multimap<int64_t, Connection*>::iterator> by_certificate_end;
  std::list<Connection*>::iterator by_trust;
  std::shared_ptr<const TlsContext> trusted_by;
};

}  // namespace sightline::server
