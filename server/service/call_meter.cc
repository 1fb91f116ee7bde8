#include "server/service/call_meter.h"

#include <chrono>

#include "server/auth/method_table.h"

namespace sightline::server {
namespace {

using grpc::experimental::InterceptionHookPoints;

class Meter final : public grpc::experimental::Interceptor {
 public:
  // gRPC keeps the method's name as long as the method.
  Meter(Metrics* metrics, const char* method)
      : metrics_(metrics), method_(method), begin_(std::chrono::steady_clock::now()) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_MESSAGE)) {
      if (const grpc::ByteBuffer* message = methods->GetSerializedSendMessage()) {
        metrics_->MessageSent(method_, message->Length());
      }
    }
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin_;
      metrics_->CallEnded(method_, static_cast<StatusCode>(methods->GetSendStatus().error_code()),
                          time.count());
    }
    methods->Proceed();
  }

 private:
  Metrics* const metrics_;
  const char* const method_;
  const std::chrono::steady_clock::time_point begin_;
};

class Factory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Factory(Metrics* metrics) : metrics_(metrics) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    return PermissionFor(info->method()) ? new Meter(metrics_, info->method()) : nullptr;
  }

 private:
  Metrics* const metrics_;
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeCallMeter(
    Metrics* metrics) {
  return std::make_unique<Factory>(metrics);
}

}  // namespace sightline::server
