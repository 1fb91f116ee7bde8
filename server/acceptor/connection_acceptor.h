// ConnectionAcceptor: takes TCP connections in front of gRPC, which gets one end of a socket pair
// for each; what goes between is passed on by a thread of ours. TLS ends here, so that gRPC and the
// guard see the same bytes with it and without it.
//
// gRPC's own listener in the packaged version never accepts again once the process has run out of
// file descriptors (CVE-2023-4785), and its connections are open to the attacks that FrameGuard
// knows. Here the number of connections is held to limits, so that descriptors do not run out; one
// that does not begin to speak in time is closed; and when there is no place left, the one that has
// done nothing for longest makes room for the next.
//
// gRPC gets a connection only when its TLS handshake has ended. Its end's peer is a unix address in
// the abstract namespace, by which ConnectedClients tells who the client is.
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
  FrameLimits frames;
  // What the next connection's TLS is to be like; by the acceptor's thread. Empty: there is none.
  std::function<std::shared_ptr<const TlsContext>()> tls = nullptr;
  // Told of each connection that is cut: why, and of which address. By the acceptor's thread. May
  // be empty.
  std::function<void(std::string_view reason, std::string_view host)> on_cut = nullptr;
};

struct AcceptorStatistics {
  int64_t open = 0;
  uint64_t accepted = 0;
  uint64_t refused = 0;  // There was no place.
  uint64_t evicted = 0;  // Idle, to make room.
  uint64_t cut = 0;      // By the guard, for its TLS, or because no greeting came.
  std::map<std::string, uint64_t> cut_by_reason;
};

class ConnectionAcceptor {
 public:
  // Given gRPC's end of each connection, which it then owns. Called by the acceptor's thread.
  using HandOver = std::function<void(int descriptor)>;

  // Listens and starts the thread. `clients`, which is borrowed, has each connection from before it
  // is handed over until it is closed. Errors: kFailedPrecondition when the address cannot be had.
  static StatusOr<std::unique_ptr<ConnectionAcceptor>> Start(const AcceptorOptions& options,
                                                             ConnectedClients* clients,
                                                             HandOver hand_over);
  // Stops.
  virtual ~ConnectionAcceptor() = default;

  virtual int port() const = 0;
  // Takes no more connections; those that are there go on.
  virtual void StopAccepting() = 0;
  // Closes all connections, and hands over none from then on. After the server has shut down.
  virtual void Stop() = 0;
  virtual AcceptorStatistics Statistics() const = 0;
};

}  // namespace sightline::server
