#include "clients/cpp/error.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace sightline::client {
namespace {

// gRPC's own words where no server has said anything, in words for people.
void SayPlainly(Error* error) {
  if (error->code == grpc::StatusCode::DEADLINE_EXCEEDED && error->message == "Deadline Exceeded") {
    error->message = "the time limit passed before the server's answer was complete";
  } else if (error->code != grpc::StatusCode::OK &&
             error->message.find("Cancelling all calls") != std::string::npos) {
    error->code = grpc::StatusCode::UNAVAILABLE;
    error->message = "the server is shutting down";
  }
}

}  // namespace

Error FromGrpc(const grpc::Status& status) {
  Error error;
  error.code = status.error_code();
  error.message = status.error_message();
  google::rpc::Status details;
  if (status.error_details().empty() || !details.ParseFromString(status.error_details())) {
    SayPlainly(&error);
    return error;
  }
  std::string omitted;
  for (const google::protobuf::Any& detail : details.details()) {
    google::rpc::ErrorInfo info;
    v1::DiagnosticList list;
    if (detail.Is<google::rpc::ErrorInfo>() && detail.UnpackTo(&info)) {
      error.reason = info.reason();
      if (const auto count = info.metadata().find("diagnostics_omitted");
          count != info.metadata().end()) {
        omitted = count->second;
      }
    } else if (detail.Is<v1::DiagnosticList>() && detail.UnpackTo(&list)) {
      error.diagnostics.assign(list.diagnostics().begin(), list.diagnostics().end());
    }
  }
  if (!omitted.empty() && !error.diagnostics.empty()) {
    v1::Diagnostic& notice = error.diagnostics.emplace_back();
    notice.set_severity(v1::SEVERITY_NOTICE);
    notice.set_message("the server left out further errors, which did not fit: " + omitted);
  }
  return error;
}

bool IsStableCode(const std::string& reason) {
  return reason.size() == 6 && reason.compare(0, 2, "SL") == 0 &&
         reason.find_first_not_of("0123456789", 2) == std::string::npos;
}

std::string CodeName(grpc::StatusCode code) {
  static constexpr const char* kNames[] = {"OK",
                                           "CANCELLED",
                                           "UNKNOWN",
                                           "INVALID_ARGUMENT",
                                           "DEADLINE_EXCEEDED",
                                           "NOT_FOUND",
                                           "ALREADY_EXISTS",
                                           "PERMISSION_DENIED",
                                           "RESOURCE_EXHAUSTED",
                                           "FAILED_PRECONDITION",
                                           "ABORTED",
                                           "OUT_OF_RANGE",
                                           "UNIMPLEMENTED",
                                           "INTERNAL",
                                           "UNAVAILABLE",
                                           "DATA_LOSS",
                                           "UNAUTHENTICATED"};
  const int index = static_cast<int>(code);
  if (index < 0 || index >= static_cast<int>(std::size(kNames))) {
    return "CODE_" + std::to_string(index);
  }
  return kNames[index];
}

}  // namespace sightline::client
