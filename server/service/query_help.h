// What CompleteQuery and AnalyzeQuery answer: the engine's findings as messages.
//
// Thread-safe: free functions.

#pragma once

#include <chrono>

#include "server/auth/authenticator.h"
#include "server/service/service_context.h"
#include "server/service/status_mapping.h"
#include "sightline/v1/query_service.pb.h"
#include "storage/base/cancellation.h"
#include "storage/base/status.h"

namespace sightline::server {

// How long a completion may take: people type on. What was found until then is the answer.
inline constexpr std::chrono::milliseconds kCompletionTime{1'000};

// Errors: kInvalidArgument for a place that is none, a text that is too long; the store's.
Status CompleteQueryFor(const v1::CompleteQueryRequest& request, const ServiceContext& context,
                        const Caller& caller, const storage::CancellationToken& token,
                        v1::CompleteQueryResponse* response);

// Errors: kInvalidArgument for parameters that are wrong, a text that is too long;
// kDeadlineExceeded, kCancelled; the store's.
Status AnalyzeQueryFor(const v1::AnalyzeQueryRequest& request, const ServiceContext& context,
                       const Caller& caller, const storage::CancellationToken& token,
                       ErrorContext* error, v1::AnalyzeQueryResponse* response);

}  // namespace sightline::server
