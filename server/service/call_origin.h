// The origin of a call: what a gRPC call shows of who makes it.
//
// Thread-safe: pure functions.

#pragma once

#include <grpcpp/server_context.h>

#include <string>
#include <string_view>

#include "server/auth/authenticator.h"

namespace sightline::server {

// Borrows the call's metadata. A header "authorization" of another scheme than Bearer counts as a
// token that is wrong, and so do several of them.
CallOrigin OriginOf(const grpc::ServerContextBase& call);

// The address in a call's peer(), as the acceptor names its connections: "192.0.2.7",
// "2001:db8::1"; empty where it is none of these (a unix socket).
std::string PeerHost(std::string_view peer);
bool IsLoopbackHost(std::string_view host);

}  // namespace sightline::server
