// ConnectionAcceptor: takes TCP connections in front of gRPC, which gets one end of a socket pair
// for each; what goes between is passed on by a thread of ours.
//
// gRPC's own listener in the packaged version never accepts again once the process has run out of
// file descriptors (CVE-2023-4785), and its connections are open to the attacks that FrameGuard
// knows. Here the number of connections is held to limits, so that descriptors do not run out; one
// that does not begin to speak in time is closed; and when there is no place left, the one that has
// done nothing for longest makes room for the next.
//
// gRPC sees who is at the other end: its end's peer is a unix address in the abstract namespace
// that names the client, "sightline/127.0.0.1:41234".
//
// Thread safety: safe from any thread.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "server/acceptor/frame_guard.h"
#include "storage/base/status.h"

namespace sightline::server {

struct AcceptorOptions {
  std::string host;
  int port = 0;  // 0: any free one.
  // Of all clients; lowered where the system allows the process fewer descriptors.
  int64_t connections_max = 1'000;
  int64_t connections_per_peer_max = 64;  // Of one address. Loopback does not count.
  // From being accepted to the first frame.
  int64_t greeting_ms_max = 5'000;
  // Without TLS. With it the bytes say nothing, and a guard would see noise.
  bool guards_frames = true;
  FrameLimits frames;
  // Told of each connection that is cut: why, and of which address. By the acceptor's thread. May
  // be empty.
  std::function<void(std::string_view reason, std::string_view host)> on_cut = nullptr;
};

struct AcceptorStatistics {
  int64_t open = 0;
  uint64_t accepted = 0;
  uint64_t refused = 0;  // There was no place.
  uint64_t evicted = 0;  // Idle, to make room.
  uint64_t cut = 0;      // By the guard, or because no greeting came.
  std::map<std::string, uint64_t> cut_by_reason;
};

class ConnectionAcceptor {
 public:
  // Given gRPC's end of each connection, which it then owns. Called by the acceptor's thread.
  using HandOver = std::function<void(int descriptor)>;

  // Listens and starts the thread. Errors: kFailedPrecondition when the address cannot be had.
  static StatusOr<std::unique_ptr<ConnectionAcceptor>> Start(const AcceptorOptions& options,
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
