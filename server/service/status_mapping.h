// Status mapping: how a failure of ours looks to a gRPC client.
//
// The codes are equal. The binary details (key "grpc-status-details-bin") hold a google.rpc.Status
// with one ErrorInfo, the diagnostics of a query when there are some, and RetryInfo when the server
// was busy. Details travel in a header, which clients cap at 8 KiB, so they are kept below 4 KiB
// and the message below 1 KiB.
//
// Thread-safe: pure functions.

#pragma once

#include <grpcpp/support/status.h>

#include <map>
#include <string>
#include <string_view>

#include "query/diagnostics/diagnostic.h"
#include "sightline/v1/diagnostic.pb.h"
#include "storage/base/status.h"

namespace sightline::server {

// The reason of a call that was turned away for load; only this one comes with RetryInfo.
inline constexpr std::string_view kBusyReason = "SERVER_BUSY";

// What ErrorInfo says beyond the message.
struct ErrorContext {
  // Empty: the first diagnostic's code, else the request error's, else SL5002 for a time limit and
  // SL8000 for a request that is wrong, else the status code's name ("NOT_FOUND").
  std::string reason;
  // Which mutation, field, parameter or file, for programs.
  std::map<std::string, std::string> metadata;
};

grpc::Status ToGrpcStatus(const Status& status, const ErrorContext& context = {});

v1::SourceSpan ToProto(const query::SourceSpan& span);
v1::Diagnostic ToProto(const query::Diagnostic& diagnostic);

// At most `bytes_max` bytes of valid UTF-8, cut between code points and ended by "..." when cut.
std::string CutText(std::string_view text, size_t bytes_max);

}  // namespace sightline::server
