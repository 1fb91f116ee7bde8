// Request errors: what is wrong with a request beside its query text, with stable codes of the
// family SL8 (docs/language/errors/<CODE>.md).
//
// A status carries its code within the process; ToGrpcStatus makes it the ErrorInfo's reason. Where
// a part of a request has been found wrong, the first that knows which part it is says the code:
// a decoder of values does not know, the reader of parameters does.
//
// Thread-safe: pure functions.

#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "storage/base/status.h"

namespace sightline::server {

inline constexpr std::string_view kBadRequest = "SL8000";  // None of the following.
inline constexpr std::string_view kBadLimits = "SL8001";
inline constexpr std::string_view kTooManyParameters = "SL8002";
inline constexpr std::string_view kBadParameter = "SL8003";
inline constexpr std::string_view kNamesNothing = "SL8004";
inline constexpr std::string_view kBadRevision = "SL8005";
// SL8006 is the query engine's: a script that writes at an earlier revision.
inline constexpr std::string_view kBadRequestId = "SL8007";
inline constexpr std::string_view kBadMutationCount = "SL8008";
inline constexpr std::string_view kBadMutation = "SL8009";
inline constexpr std::string_view kBadFileStream = "SL8010";
inline constexpr std::string_view kMalformedRequest = "SL8011";
inline constexpr std::string_view kBadImport = "SL8012";
inline constexpr std::string_view kTooManyRejects = "SL8013";
inline constexpr std::string_view kBadAccessRequest = "SL8014";
inline constexpr std::string_view kBadAdminRequest = "SL8015";
inline constexpr std::string_view kBadPageToken = "SL8020";
inline constexpr std::string_view kBadReadRequest = "SL8021";  // Of a page, an entity, statements.
inline constexpr std::string_view kLargeResult = "SL8022";     // Of a call with one answer.
inline constexpr std::string_view kBadChecksum = "SL8030";

// `status`, with the code unless it has one already. Only kInvalidArgument takes one.
Status WithCode(std::string_view code, Status status);
// `status` with `prefix` in front of its message; keeps the code.
Status WithPrefix(std::string_view prefix, const Status& status);
// Empty when it has none.
std::string RequestCodeOf(const Status& status);

}  // namespace sightline::server
