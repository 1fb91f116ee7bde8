#include "server/observability/metrics_endpoint.h"

#include <prometheus/exposer.h>

#include <exception>
#include <utility>
#include <vector>

namespace sightline::server {
namespace {

class ExposerEndpoint final : public MetricsEndpoint {
 public:
  ExposerEndpoint(const std::string& address, const Metrics& metrics)
      : metrics_(metrics.collectable()),
        exposer_(std::vector<std::string>{"listening_ports", address, "num_threads", "2",
                                          "request_timeout_ms", "5000", "enable_keep_alive",
                                          "no"}) {
    exposer_.RegisterCollectable(metrics_);
  }

  int port() const override { return exposer_.GetListeningPorts().at(0); }

 private:
  const std::shared_ptr<prometheus::Collectable> metrics_;
  prometheus::Exposer exposer_;
};

}  // namespace

StatusOr<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::Start(const std::string& host, int port,
                                                                  const Metrics& metrics) {
  const bool is_v6 = host.find(':') != std::string::npos;
  const std::string address =
      is_v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
  try {
    return std::unique_ptr<MetricsEndpoint>(std::make_unique<ExposerEndpoint>(address, metrics));
  } catch (const std::exception&) {
    // It says no more than that it did not work.
    return FailedPrecondition("Cannot serve metrics on {}: in use, or not ours to take", address);
  }
}

}  // namespace sightline::server
