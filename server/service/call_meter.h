// CallMeter: counts every call of our methods as it ends, whoever answered it and however: code,
// time, bytes sent. Sits in gRPC, so that no service has to think of it.
//
// Thread safety: safe from any thread.

#pragma once

#include <grpcpp/support/server_interceptor.h>

#include <memory>

#include "server/observability/metrics.h"

namespace sightline::server {

// Borrows the metrics, which must outlive the gRPC server. To stand behind interceptors that change
// the status.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeCallMeter(
    Metrics* metrics);

}  // namespace sightline::server
