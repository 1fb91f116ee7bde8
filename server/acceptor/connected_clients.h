// ConnectedClients: who is at the other end of each connection that the acceptor has handed to
// gRPC.
//
// A call shows where it comes from only by its connection's peer (grpc::ServerContext::peer): the
// name of the socket that the acceptor keeps, "sightline/" and 16 hexadecimal digits, in the
// abstract namespace. The digits are random, so that no other process of the machine can have taken
// the name before. Nothing that a client sends has a part in it.
//
// Thread safety: safe from any thread.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/base/mutex.h"

namespace sightline::server {

struct ConnectedClient {
  std::string host;     // "192.0.2.7", "2001:db8::1"
  std::string address;  // With the port: "192.0.2.7:41234", "[2001:db8::1]:41234".
  bool is_loopback = false;
  // Of the certificate that the TLS handshake has verified: subject alternative names and common
  // name. Empty without one.
  std::vector<std::string> certificate_names;
};

class ConnectedClients {
 public:
  // The connection's number, under which it is found until it is removed.
  uint64_t Add(ConnectedClient client);
  void Remove(uint64_t connection);

  // What the acceptor's socket is to be bound to, without the byte 0 that makes it abstract.
  static std::string SocketName(uint64_t connection);

  // The client of the connection with this peer, as gRPC writes it:
  // "unix-abstract:sightline/0123456789abcdef". Null when it is none of these, or has gone.
  std::shared_ptr<const ConnectedClient> Find(std::string_view peer) const;

 private:
  mutable storage::Mutex mutex_;
  std::unordered_map<uint64_t, std::shared_ptr<const ConnectedClient>> clients_
      SL_GUARDED_BY(mutex_);
};

}  // namespace sightline::server
