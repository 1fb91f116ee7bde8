// ServerLink: the way of one connection to gRPC: a pair of sockets, of which gRPC gets one.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "server/acceptor/connected_clients.h"
#include "server/acceptor/descriptor.h"
#include "storage/base/status.h"

namespace sightline::server {

// Given gRPC's end of a connection, which it then owns.
using HandOver = std::function<void(int descriptor)>;

struct ServerLink {
  Descriptor ours, servers;

  // Neither end blocks. Ours has the name by which `connection` is found among the connected
  // clients. None when there are no descriptors left.
  static std::optional<ServerLink> Make(uint64_t connection);
};

// What gRPC announces when a connection begins: a SETTINGS frame's payload, as whoever greets in
// its place may announce it. What gRPC relies on only when it has heard that its own greeting has
// come (RFC 9113, 6.5.3: the size of a frame, and of the table of headers) is not in it: until then
// the standard's values hold. Asks on a connection of its own. Errors: kUnavailable when there is
// no answer in half a minute.
StatusOr<std::string> AskServerSettings(ConnectedClients* clients, const HandOver& hand_over);

}  // namespace sightline::server
