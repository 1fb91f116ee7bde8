// ConnectionAcceptor: takes TCP connections in front of gRPC, which gets one end of a socket pair
// for each that makes a call; what goes between is passed on by a thread of ours. TLS ends here, so
// that gRPC and the guard see the same bytes with it and without it.
//
// gRPC's own listener in the packaged version never accepts again once the process has run out of
// file descriptors (CVE-2023-4785), and its connections are open to the attacks that FrameGuard
// knows. Here the number of connections is held to limits, so that descriptors do not run out; one
// that does not begin to speak in time is closed; and when there is no place left, the one that has
// done nothing for longest makes room for the next.
//
// gRPC gets a connection only when its TLS handshake has ended and its first call comes; until then
// Prelude speaks in its place. Its end's peer is a unix address in the abstract namespace, by which
// ConnectedClients tells who the client is.
//
// Thread safety: safe from any thread.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "server/acceptor/connected_clients.h"
#include "server/acceptor/frame_guard.h"
#include "server/acceptor/server_link.h"
#include "server/acceptor/tls_context.h"
#include "storage/base/status.h"

namespace sightline::server {

struct AcceptorOptions {
  std::string host;
  int port = 0;  // 0: any free one.
  // Of all clients; lowered where the system allows the process fewer descriptors.
  int64_t connections_max = 1'000;
  int64_t connections_per_peer_max = 64;  // Of one address. Loopback does not count.
  // From being accepted to the first frame, with the TLS handshake.
  int64_t greeting_ms_max = 5'000;
  // Without a word and without a call: such a connection is told to go (GOAWAY), and closed.
  int64_t idle_ms_max = 1'800'000;
  FrameLimits frames;
  // Announced in gRPC's place: the payload of a SETTINGS frame (server/acceptor/server_link.h).
  std::string settings;
  // What the next connection's TLS is to be like; by the acceptor's thread. Another context than
  // before: clients that it would not let in any more are cut. Empty: there is no TLS.
  std::function<std::shared_ptr<const TlsContext>()> tls = nullptr;
  // Told of each connection that is cut: why, and of which address. By the acceptor's thread. May
  // be empty.
  std::function<void(std::string_view reason, std::string_view host)> on_cut = nullptr;
};

struct AcceptorStatistics {
  int64_t open = 0;
  int64_t waiting = 0;  // Of those: for their first call, so that gRPC does not know of them.
  uint64_t accepted = 0;
  uint64_t refused = 0;     // There was no place.
  uint64_t evicted = 0;     // Idle, to make room.
  uint64_t ended_idle = 0;  // Idle for as long as one may be.
  uint64_t cut = 0;  // By the guard, for its TLS or its certificate, or because no greeting came.
  std::map<std::string, uint64_t> cut_by_reason;
};

class ConnectionAcceptor {
 public:
  // Listens and starts the thread, which calls `hand_over`. `clients`, which is borrowed, has each
  // connection from before it is handed over until it is closed. Errors: kFailedPrecondition when
  // the address cannot be had.
  static StatusOr<std::unique_ptr<ConnectionAcceptor>> Start(const AcceptorOptions& options,
                                                             ConnectedClients* clients,
                                                             HandOver hand_over);
  // Stops.
  virtual ~ConnectionAcceptor() = default;

  virtual int port() const = 0;
  // Takes no more connections, and ends those that have made no call yet; the others go on.
  virtual void StopAccepting() = 0;
  // Closes all connections, and hands over none from then on. After the server has shut down.
  virtual void Stop() = 0;
  virtual AcceptorStatistics Statistics() const = 0;
};

}  // namespace sightline::server
