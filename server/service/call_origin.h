// The origin of a call: what a gRPC call shows of who makes it.
//
// Thread-safe: a pure function.

#pragma once

#include <grpcpp/server_context.h>

#include "server/acceptor/connected_clients.h"
#include "server/auth/authenticator.h"

namespace sightline::server {

// `client` is whose connection the call came by; null: it did not come through the acceptor.
// Borrows the call's metadata. A header "authorization" of another scheme than Bearer counts as a
// token that is wrong, and so do several of them.
CallOrigin OriginOf(const grpc::ServerContextBase& call, const ConnectedClient* client);

}  // namespace sightline::server
