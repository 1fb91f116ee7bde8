#include "server/service/bulk_load.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "proto/crc32c.h"
#include "server/service/audited_call.h"
#include "server/service/caller_limits.h"
#include "server/service/file_import.h"
#include "server/service/load_transfers.h"
#include "server/service/message_hash.h"
#include "server/service/request_error.h"
#include "server/service/revision_token.h"
#include "server/service/status_mapping.h"
#include "server/service/uuid.h"
#include "storage/base/mutex.h"

namespace sightline::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kMethod = "/sightline.v1.StatementService/BulkLoad";
constexpr int kThrottlePercentMax = 90;
// Of a message of the load.
constexpr size_t kRejectBytesTarget = 256 << 10;
constexpr std::chrono::milliseconds kProgressInterval{200};
constexpr std::chrono::milliseconds kLookInterval{50};  // At the token, while the client reads.

// A load_id is the caller's own. No request_id of WriteStatements has this form.
std::string RequestKey(const Caller& caller, const v1::BulkLoadOpen& open) {
  std::string key = caller.principal();
  key.push_back('\0');
  return key + "load/" + open.load_id();
}

class BulkLoadReactor final
    : public grpc::ServerBidiReactor<v1::BulkLoadRequest, v1::BulkLoadResponse> {
 public:
  BulkLoadReactor(const ServiceContext* context, grpc::CallbackServerContext* call,
                  std::atomic<int64_t>* loads_open)
      : context_(context),
        loads_open_(loads_open),
        registered_(context->calls->Add([call] { call->TryCancel(); })),
        audited_(context, *call, kMethod) {
    // Counted first, so that two calls at once cannot both take the last place.
    const int64_t loads = loads_open_->fetch_add(1) + 1;
    StatusOr<Caller> caller = audited_.Admit();
    Status status = caller.status();
    if (status.ok() && loads > context_->limits.loads_max) {
      status = ResourceExhausted("The server is busy: files loading, {}; try again", loads - 1);
      error_.reason = kBusyReason;
    }
    if (!status.ok()) {
      Fail(status);
      return;
    }
    caller_ = std::move(*caller);
    Read();
  }

  void OnCancel() override {
    storage::MutexLock lock(&mutex_);
    is_cancelled_ = true;
    if (token_) token_->Cancel();
    sent_.notify_all();
  }

  void OnReadDone(bool ok) override {
    registered_->ClientMoved();
    const Status status = ok ? Take() : BrokenOff();
    if (!status.ok()) Fail(status);
  }

  void OnWriteDone(bool ok) override {
    registered_->ClientMoved();
    {
      storage::MutexLock lock(&mutex_);
      is_writing_ = false;
      if (!ok) is_cancelled_ = true;
      if (!ok && token_) token_->Cancel();
      sent_.notify_all();
    }
    if (is_loading_) {
      SendWaiting();
    } else if (ok) {
      Read();
    } else {
      // The client is gone; what the status says reaches nobody.
      Fail(MakeStatus(StatusCode::kCancelled, "The client went away"));
    }
  }

  void OnDone() override {
    context_->calls->Remove(registered_);
    lease_.reset();
    loads_open_->fetch_sub(1);
    delete this;
  }

 private:
  // --- Receiving: one operation is under way at a time, and no other thread is.

  void Read() {
    registered_->WaitForClient();
    StartRead(&message_);
  }

  void Fail(const Status& status) {
    const std::string& name = open_.file_name();
    if (!name.empty()) error_.metadata["file"] = name;
    if (lease_ != nullptr) {
      error_.metadata["received_through"] = std::to_string(lease_->transfer().byte_count());
    }
    lease_.reset();  // Before the client hears of it: he may be back at once.
    audited_.SetOutcome(status);
    Finish(ToGrpcStatus(status, error_));
  }

  Status BrokenOff() {
    SL_RETURN_IF_ERROR(CheckNotCancelled());
    return WithCode(kBadFileStream,
                    InvalidArgument("The stream ended without finish; nothing was loaded"));
  }

  Status CheckNotCancelled() {
    storage::MutexLock lock(&mutex_);
    return is_cancelled_ ? MakeStatus(StatusCode::kCancelled, "The call was cancelled")
                         : OkStatus();
  }

  // Takes the message, and sees to what comes next.
  Status Take() {
    SL_RETURN_IF_ERROR(CheckNotCancelled());
    if (context_->calls->draining()) return Unavailable("The server is shutting down");
    SL_RETURN_IF_ERROR(context_->authenticator->CheckStillAdmitted(*caller_));
    switch (message_.part_case()) {
      case v1::BulkLoadRequest::kOpen:
        return Open(message_.open());
      case v1::BulkLoadRequest::kChunk:
        return Append(message_.chunk());
      case v1::BulkLoadRequest::kFinish:
        return StartLoad(message_.finish());
      case v1::BulkLoadRequest::PART_NOT_SET:
        break;
    }
    return BadStream("A message is open, chunk or finish");
  }

  static Status BadStream(std::string_view what) {
    return WithCode(kBadFileStream, InvalidArgument("{}", what));
  }

  Status Open(const v1::BulkLoadOpen& open) {
    if (lease_ != nullptr) return BadStream("There is one open, and it comes first");
    if (!IsUuid(open.load_id())) {
      error_.metadata["field"] = "load_id";
      return WithCode(
          kBadRequestId,
          InvalidArgument("load_id: not a UUID, as in 123e4567-e89b-12d3-a456-426614174000"));
    }
    open_ = open;
    audited_.SetDetail("load " + open.load_id());
    SL_RETURN_IF_ERROR(CheckOpen(open_, caller_->clearance(), &error_));
    SL_ASSIGN_OR_RETURN(is_script_, IsScript(open_));
    const std::weak_ptr<RegisteredCall> call = registered_;
    StatusOr<std::unique_ptr<LoadTransfers::Lease>> lease =
        context_->transfers->Take(caller_->principal(), open_, [call] {
          if (const auto registered = call.lock()) registered->Cancel();
        });
    if (lease.status().code() == StatusCode::kAlreadyExists) error_.reason = "LOAD_ID_REUSED";
    if (!lease.ok()) return lease.status();
    lease_ = std::move(*lease);
    // After the lease: whoever had it may have committed.
    SL_ASSIGN_OR_RETURN(const std::optional<storage::RememberedReply> earlier,
                        context_->store->FindRequest(RequestKey(*caller_, open_)));
    if (earlier) {
      lease_->Discard();
      return Replay(*earlier);
    }
    Acknowledge();
    return OkStatus();
  }

  // What is remembered of a load: its open, how long it was, what came of it. Not its revision,
  // which the store remembers.
  std::string Remembered(const v1::BulkLoadResult& result) const {
    v1::BulkLoadResponse response;
    response.set_received_through(lease_->transfer().byte_count());
    response.set_committed_through(lease_->transfer().byte_count());
    *response.mutable_result() = result;
    return HashOf(open_) + response.SerializeAsString();
  }

  Status Replay(const storage::RememberedReply& earlier) {
    std::string_view remembered(earlier.reply);
    if (remembered.substr(0, kHashBytes) != HashOf(open_)) {
      error_.reason = "LOAD_ID_REUSED";
      return MakeStatus(StatusCode::kAlreadyExists,
                        "load_id: stands for another file, or this one with other options");
    }
    remembered.remove_prefix(std::min(kHashBytes, remembered.size()));
    if (!response_.ParseFromArray(remembered.data(), static_cast<int>(remembered.size()))) {
      return DataLoss("The reply to an earlier load is damaged");
    }
    *response_.mutable_result()->mutable_revision() =
        ToProto(earlier.revision, context_->store->ids());
    response_.mutable_result()->set_replayed(true);
    lease_.reset();
    audited_.SetOutcome(OkStatus());
    registered_->WaitForClient();
    StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
    return OkStatus();
  }

  Status Append(const v1::BulkLoadChunk& chunk) {
    if (lease_ == nullptr) return BadStream("The first message is open");
    const auto byte_count = static_cast<int64_t>(chunk.data().size());
    if (byte_count > context_->limits.load_chunk_bytes_max) {
      return WithCode(kBadFileStream,
                      InvalidArgument("A chunk has {} bytes, more than {}", byte_count,
                                      context_->limits.load_chunk_bytes_max));
    }
    if (Crc32c(chunk.data()) != chunk.crc32c()) {
      return WithCode(kBadChecksum, InvalidArgument("The chunk at offset {} does not match its "
                                                    "checksum; it was not taken",
                                                    chunk.offset()));
    }
    const int64_t bytes_max =
        is_script_ ? context_->limits.load_bytes_max : context_->limits.load_file_bytes_max;
    Status status = lease_->Append(chunk.offset(), chunk.data(), bytes_max);
    if (status.code() == StatusCode::kOutOfRange) error_.reason = kBadFileStream;
    if (!status.ok()) return status;
    Acknowledge();
    return OkStatus();
  }

  void Acknowledge() {
    response_.set_received_through(lease_->transfer().byte_count());
    response_.set_throttle_percent(
        std::min(kThrottlePercentMax, context_->admission->QueuePercent(Lane::kRead)));
    registered_->WaitForClient();
    StartWrite(&response_);
  }

  Status StartLoad(const v1::BulkLoadFinish& finish) {
    if (lease_ == nullptr) return BadStream("The first message is open");
    const int64_t byte_count = lease_->transfer().byte_count();
    if (finish.total_bytes() != byte_count) {
      return WithCode(
          kBadFileStream,
          InvalidArgument("The file is not complete: bytes received {}, said to have {}",
                          byte_count, finish.total_bytes()));
    }
    is_loading_ = true;
    {
      storage::MutexLock lock(&mutex_);
      const ServerLimits limits = LimitsFor(caller_->limits(), context_->limits);
      token_.emplace(Clock::now() + std::chrono::milliseconds(limits.time_ms_max));
      if (is_cancelled_) token_->Cancel();
    }
    const Status status = context_->admission->Submit(
        Lane::kWrite, /*opens_result=*/false, [this] { Run(); }, &*token_);
    if (status.code() == StatusCode::kResourceExhausted) error_.reason = kBusyReason;
    return status;
  }

  // --- Loading: on the writers' lane. OnWriteDone may come at the same time.

  void Run() {
    const Status status = Load();
    if (status.ok()) {
      audited_.SetWrites(result_.statements_added(), result_.statements_retracted());
    }
    const bool is_final = status.ok() || status.code() == StatusCode::kInvalidArgument ||
                          status.code() == StatusCode::kPermissionDenied;
    // What cannot be loaded need not be kept.
    if (is_final) lease_->Discard();
    // Another thread may end the call from now on: nothing of it is touched behind this.
    SendWaiting(status);
  }

  Status Load() {
    SL_RETURN_IF_ERROR(CheckTurn(*token_));
    SL_RETURN_IF_ERROR(CheckMayWrite(*context_));
    SL_ASSIGN_OR_RETURN(const uint32_t checksum, lease_->transfer().Checksum(*token_));
    if (checksum != message_.finish().crc32c()) {
      return WithCode(kBadChecksum,
                      InvalidArgument("The file that was received does not match its checksum; "
                                      "nothing was loaded, send it again"));
    }
    return is_script_ ? RunScript() : Import();
  }

  Status Import() {
    ImportListeners listeners;
    listeners.on_progress = [this](const v1::BulkLoadProgress& progress) { Tell(progress); };
    listeners.on_reject = [this](v1::RejectedRecord record) { Tell(std::move(record)); };
    const RememberedImport remembered{
        RequestKey(*caller_, open_),
        [this](const v1::BulkLoadResult& result) { return Remembered(result); }};
    return ImportFile(*context_, *caller_, lease_->transfer(), *token_, listeners, remembered,
                      &result_, &error_);
  }

  Status RunScript() {
    SL_ASSIGN_OR_RETURN(const std::string text, lease_->transfer().ReadAll());
    query::QueryRequest query;
    query.text = text;
    query.clearance = caller_->clearance();
    query.cancellation = &*token_;
    const ServerLimits limits = LimitsFor(caller_->limits(), context_->limits);
    query.limits.rows_max = static_cast<uint64_t>(limits.rows_max);
    query.limits.memory_bytes_max = static_cast<uint64_t>(limits.memory_bytes_max);
    query.limits.steps_max = static_cast<uint64_t>(limits.steps_max);
    query.before_commit = [this](storage::Transaction* transaction,
                                 const query::QuerySummary& summary) {
      SetResult(summary);
      return transaction->RememberRequest(RequestKey(*caller_, open_), Remembered(result_));
    };
    SL_ASSIGN_OR_RETURN(const std::unique_ptr<query::ResultCursor> cursor,
                        context_->load_engine->Execute(query));
    // It is committed now. A file may end in a query: its rows are nobody's, and an error in them
    // would be taken for the load's.
    query::ResultBatch rows;
    while (cursor->Next(&rows).value_or(0) > 0) {
    }
    const query::QuerySummary& summary = cursor->summary();
    SetResult(summary);
    *result_.mutable_revision() =
        ToProto(summary.committed_at.value_or(cursor->read_at()), context_->store->ids());
    return OkStatus();
  }

  void SetResult(const query::QuerySummary& summary) {
    result_.set_statements_added(static_cast<int64_t>(summary.statements_added));
    result_.set_statements_existing(static_cast<int64_t>(summary.statements_existing));
    result_.set_statements_retracted(static_cast<int64_t>(summary.statements_retracted));
    result_.set_definitions(static_cast<int64_t>(summary.definitions));
  }

  void Tell(const v1::BulkLoadProgress& progress) {
    {
      storage::MutexLock lock(&mutex_);
      const auto now = Clock::now();
      const bool is_news = progress.stage() != told_stage_;
      if (!is_news && now - told_at_ < kProgressInterval) return;
      told_at_ = now;
      told_stage_ = progress.stage();
      *waiting_.mutable_progress() = progress;
    }
    SendWaiting();
  }

  // Waits while the client does not read on: it may have stopped, and then it is cut.
  void Tell(v1::RejectedRecord record) {
    {
      storage::MutexLock lock(&mutex_);
      while (is_writing_ && waiting_bytes_ >= kRejectBytesTarget && token_->Check().ok()) {
        sent_.wait_for(lock.native(), kLookInterval);
      }
      waiting_bytes_ += record.ByteSizeLong();
      *waiting_.add_rejects() = std::move(record);
    }
    SendWaiting();
  }

  // Sends what waits, when nothing is under way. Any thread; ends the call when all is said.
  // `ended_with`: how the load has ended, when it has.
  void SendWaiting(const std::optional<Status>& ended_with = std::nullopt) {
    std::optional<Status> end;
    bool is_last = false;
    {
      storage::MutexLock lock(&mutex_);
      if (ended_with) ended_with_ = ended_with;
      if (is_writing_ || is_ended_) return;
      const bool has_waiting = waiting_.has_progress() || waiting_.rejects_size() > 0;
      if (!has_waiting && !ended_with_) return;
      is_last = ended_with_ && (ended_with_->ok() || !has_waiting);
      if (is_last) end = ended_with_;
      is_ended_ = is_last;
      is_writing_ = !is_last;
      response_.Clear();
      response_.Swap(&waiting_);
      waiting_bytes_ = 0;
    }
    if (is_last && !end->ok()) {
      Fail(*end);
      return;
    }
    response_.set_received_through(lease_->transfer().byte_count());
    if (is_last) {
      response_.set_committed_through(lease_->transfer().byte_count());
      *response_.mutable_result() = result_;
      lease_.reset();  // Before the client hears of it.
      audited_.SetOutcome(OkStatus());
      registered_->WaitForClient();
      StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
      return;
    }
    registered_->WaitForClient();
    StartWrite(&response_);
  }

  const ServiceContext* const context_;
  std::atomic<int64_t>* const loads_open_;
  const std::shared_ptr<RegisteredCall> registered_;
  AuditedCall audited_;
  std::optional<Caller> caller_;
  v1::BulkLoadOpen open_;
  bool is_script_ = false;
  std::unique_ptr<LoadTransfers::Lease> lease_;
  std::atomic<bool> is_loading_{false};
  v1::BulkLoadRequest message_;
  v1::BulkLoadResponse response_;  // Of the write that is under way.
  v1::BulkLoadResult result_;
  ErrorContext error_;

  storage::Mutex mutex_;
  std::condition_variable sent_;
  bool is_cancelled_ SL_GUARDED_BY(mutex_) = false;
  bool is_writing_ SL_GUARDED_BY(mutex_) = false;  // While it is loading.
  bool is_ended_ SL_GUARDED_BY(mutex_) = false;
  std::optional<storage::CancellationToken> token_;     // Set before the load begins.
  v1::BulkLoadResponse waiting_ SL_GUARDED_BY(mutex_);  // For the next write.
  size_t waiting_bytes_ SL_GUARDED_BY(mutex_) = 0;      // Of its rejects.
  std::optional<Status> ended_with_ SL_GUARDED_BY(mutex_);
  v1::BulkLoadStage told_stage_ SL_GUARDED_BY(mutex_) = v1::BULK_LOAD_STAGE_UNSPECIFIED;
  Clock::time_point told_at_ SL_GUARDED_BY(mutex_);
};

}  // namespace

grpc::ServerBidiReactor<v1::BulkLoadRequest, v1::BulkLoadResponse>* NewBulkLoad(
    const ServiceContext* context, grpc::CallbackServerContext* call,
    std::atomic<int64_t>* loads_open) {
  return new BulkLoadReactor(context, call, loads_open);
}

}  // namespace sightline::server
