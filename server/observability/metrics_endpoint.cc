#include "server/observability/metrics_endpoint.h"

#include <netinet/in.h>
#include <prometheus/exposer.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

namespace sightline::server {
namespace {

class ExposerEndpoint final : public MetricsEndpoint {
 public:
  ExposerEndpoint(const std::string& address, const Metrics& metrics)
      : metrics_(metrics.collectable()),
        exposer_(std::make_unique<prometheus::Exposer>(
            std::vector<std::string>{"listening_ports", address, "num_threads", "2",
                                     "request_timeout_ms", "5000", "enable_keep_alive", "no"})) {
    exposer_->RegisterCollectable(metrics_);
  }

  // The library's listener looks whether it is to stop when somebody connects, else every two
  // seconds: somebody does.
  ~ExposerEndpoint() override {
    std::atomic<bool> is_stopped{false};
    std::thread visitor([&is_stopped, port = port()] {
      while (!is_stopped.load()) {
        Visit(port);
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
    });
    exposer_.reset();
    is_stopped.store(true);
    visitor.join();
  }

  int port() const override { return exposer_->GetListeningPorts().at(0); }

 private:
  // It listens on loopback only.
  static void Visit(int port) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<uint16_t>(port));
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = v4.sin_port;
    v6.sin6_addr = IN6ADDR_LOOPBACK_INIT;
    Connect(reinterpret_cast<const sockaddr*>(&v4), sizeof(v4));
    Connect(reinterpret_cast<const sockaddr*>(&v6), sizeof(v6));
  }
  static void Connect(const sockaddr* address, socklen_t byte_count) {
    const int descriptor =
        ::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return;
    // Begun is enough.
    (void)::connect(descriptor, address, byte_count);
    ::close(descriptor);
  }

  const std::shared_ptr<prometheus::Collectable> metrics_;
  std::unique_ptr<prometheus::Exposer> exposer_;
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
