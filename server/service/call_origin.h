// The origin of a call: what a gRPC call shows of who makes it.
//
// Thread-safe: a pure function.

#pragma once

#include <grpcpp/server_context.h>

#include "server/auth/authenticator.h"

namespace sightline::server {

// Borrows the call's metadata. A header "authorization" of another scheme than Bearer counts as a
// token that is wrong, and so do several of them.
CallOrigin OriginOf(const grpc::ServerContextBase& call);

}  // namespace sightline::server
