#include "server/service/request_error.h"

#include <absl/strings/cord.h>

namespace sightline::server {
namespace {

// Never leaves the process.
constexpr char kPayloadKey[] = "sightline/request-code";

}  // namespace

Status WithCode(std::string_view code, Status status) {
  if (status.code() == StatusCode::kInvalidArgument && RequestCodeOf(status).empty()) {
    status.SetPayload(kPayloadKey, absl::Cord(std::string(code)));
  }
  return status;
}

Status WithPrefix(std::string_view prefix, const Status& status) {
  Status prefixed = MakeStatus(status.code(), std::string(prefix) + MessageOf(status));
  const std::string code = RequestCodeOf(status);
  return code.empty() ? prefixed : WithCode(code, std::move(prefixed));
}

std::string RequestCodeOf(const Status& status) {
  const auto payload = status.GetPayload(kPayloadKey);
  return payload.has_value() ? std::string(*payload) : std::string();
}

}  // namespace sightline::server
