// Malformed requests: bytes that are no message of their method, text that is not UTF-8 among them.
//
// gRPC answers those itself, before any service of ours is asked, and with UNIMPLEMENTED and no
// word: as if the method did not exist. This makes it INVALID_ARGUMENT (SL8011).
//
// Thread safety: safe from any thread.

#pragma once

#include <grpcpp/support/server_interceptor.h>

#include <memory>
#include <vector>

namespace sightline::server {

// For ServerBuilder::experimental().SetInterceptorCreators.
std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
MalformedRequestInterceptors();

}  // namespace sightline::server
