// ListenAddress: where the server listens.
//
// Thread-compatible plain data.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace sightline::server {

struct ListenAddress {
  enum class Kind : uint8_t { kTcp, kUnix };

  Kind kind = Kind::kTcp;
  std::string host;  // "127.0.0.1", "::1", "localhost"
  int port = 0;      // 0: any free one.
  std::string path;  // Of a unix socket; absolute or relative to the working directory.

  // "127.0.0.1:7432", "[::1]:7432", "unix:/run/sightline.sock": as people write it, and gRPC.
  std::string ToString() const;

  // Whether only this machine can reach it: 127.0.0.0/8, ::1, localhost, unix sockets.
  bool is_loopback() const;

  // The host is an address or a name. Errors: kInvalidArgument for what is malformed.
  static StatusOr<ListenAddress> Parse(std::string_view text);
};

// Whether a server could listen there now: asked before the store is made, so that a refused
// address leaves nothing behind. Errors: kFailedPrecondition, with the system's words: the port is
// taken, the socket's folder is missing or not writable.
Status CheckCanListen(const ListenAddress& address);

// Makes the way free for a unix socket: removes one that a dead server has left. Errors:
// kFailedPrecondition when a server answers there, or the path is something else than a socket.
Status ClearStaleSocket(const std::string& path);

}  // namespace sightline::server
