// BulkLoad: sends a file and has it loaded; goes on where it was when the connection is lost, or
// the server comes back.
//
// Thread safety: the functions may be called from any thread.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <istream>
#include <memory>
#include <string>
#include <string_view>

#include "clients/cpp/cancel_source.h"
#include "clients/cpp/error.h"
#include "sightline/v1/statement_service.grpc.pb.h"

namespace sightline::client {

// How a load is followed. Each may be null; called from the thread that loads.
struct LoadListeners {
  // Bytes that the server has; the first time those that it had already.
  std::function<void(int64_t bytes_received)> on_received;
  // All of the file is there, and it is being loaded.
  std::function<void(const v1::BulkLoadProgress&)> on_progress;
  std::function<void(const v1::RejectedRecord&)> on_reject;
  // The load begins again from the first byte: what was told of rejects is told once more.
  std::function<void()> on_restart;
};

struct LoadOptions {
  // How long the server may be away, in one piece, before the load is given up. 0: not at all.
  std::chrono::milliseconds away_max{60'000};
  LoadListeners listeners;
};

// A new load_id: a random UUID.
std::string NewLoadId();
// Whether it has a load_id's form.
bool IsLoadId(std::string_view text);

// Makes the context of one more call.
using NewCallFunction = std::function<std::unique_ptr<RunningCall>()>;

// For Connection, which says what the errors are. `cancel` may be null.
Result<v1::BulkLoadResult> RunBulkLoad(v1::StatementService::Stub* stub,
                                       const NewCallFunction& new_call, const CancelSource* cancel,
                                       const v1::BulkLoadOpen& open, std::istream& content,
                                       const LoadOptions& options);

}  // namespace sightline::client
