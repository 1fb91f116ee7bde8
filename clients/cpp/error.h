// Error and Result: how calls of the client library fail.
//
// An Error keeps everything the server said: the gRPC status code, the stable reason, and the
// diagnostics with their places in the query text. Plain data, thread-compatible.

#pragma once

#include <grpcpp/support/status.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sightline/v1/diagnostic.pb.h"

namespace sightline::client {

struct Error {
  grpc::StatusCode code = grpc::StatusCode::UNKNOWN;
  std::string message;
  // google.rpc.ErrorInfo.reason of the server ("SL2011"), or one of the constants below.
  std::string reason;
  std::vector<v1::Diagnostic> diagnostics;
};

// Reasons that the library itself gives.
inline constexpr char kReasonNotConnected[] = "NOT_CONNECTED";     // No server answers there.
inline constexpr char kReasonNotStarted[] = "SERVER_NOT_STARTED";  // The private server.
inline constexpr char kReasonIncomplete[] = "INCOMPLETE_RESULT";   // A stream without its end.
inline constexpr char kReasonMalformed[] = "MALFORMED_RESULT";     // Against the protocol.
inline constexpr char kReasonUnreadable[] = "UNREADABLE_INPUT";    // A file that cannot be read.
inline constexpr char kReasonNotUtf8[] = "SL1004";                 // As the server's own.
inline constexpr char kReasonBadAddress[] = "BAD_ADDRESS";         // Not host:port or unix:PATH.

// Whether a reason is a code with a page in docs/language/errors: "SL2011", and not "NOT_FOUND".
bool IsStableCode(const std::string& reason);

// What a failed call said, with the diagnostics out of "grpc-status-details-bin"; a notice at their
// end tells of those that the server had to leave out. gRPC's own words for a time limit and for a
// server that shuts down (then UNAVAILABLE) become plain ones. REQUIRES: not OK.
Error FromGrpc(const grpc::Status& status);

// "INVALID_ARGUMENT"; "CODE_99" for a code that gRPC does not know.
std::string CodeName(grpc::StatusCode code);

// A value, or why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  // Implicit, so that functions can return either.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  // REQUIRES: ok().
  T& operator*() { return std::get<0>(state_); }
  const T& operator*() const { return std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  // REQUIRES: !ok().
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

// For calls that give nothing but success: no error is success.
using MaybeError = std::optional<Error>;

}  // namespace sightline::client
