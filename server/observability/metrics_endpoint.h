// MetricsEndpoint: GET /metrics over HTTP, for Prometheus.
//
// The metrics count what is in the whole store, above anyone's clearance, and whoever can connect
// may read them: so it listens on this machine alone. The web server is the Prometheus library's
// (CivetWeb): two threads, five seconds a request, no files. Who holds both threads keeps others
// from reading metrics, and nothing else.
//
// Thread safety: one thread at a time.

#pragma once

#include <memory>
#include <string>

#include "server/observability/metrics.h"
#include "storage/base/status.h"

namespace sightline::server {

class MetricsEndpoint {
 public:
  // `host` is an address: "127.0.0.1", "::1". Port 0 takes a free one. Borrows nothing of the
  // caller's. Errors: kFailedPrecondition when the address cannot be had.
  static StatusOr<std::unique_ptr<MetricsEndpoint>> Start(const std::string& host, int port,
                                                          const Metrics& metrics);
  virtual ~MetricsEndpoint() = default;

  virtual int port() const = 0;
};

}  // namespace sightline::server
