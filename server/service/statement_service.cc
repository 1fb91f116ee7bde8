#include "server/service/statement_service.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <openssl/evp.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/service/audited_call.h"
#include "server/service/explore_calls.h"
#include "server/service/file_assembler.h"
#include "server/service/file_import.h"
#include "server/service/mutation_decoder.h"
#include "server/service/node_number.h"
#include "server/service/request_error.h"
#include "server/service/revision_token.h"
#include "server/service/worker_call.h"
#include "storage/base/check.h"

namespace sightline::server {
namespace {

constexpr std::string_view kWriteMethod = "/sightline.v1.StatementService/WriteStatements";
constexpr std::string_view kLoadMethod = "/sightline.v1.StatementService/LoadFile";
constexpr size_t kHashBytes = 32;

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hyphen_place = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (hyphen_place ? c != '-' : !hex) return false;
  }
  return true;
}

// SHA-256 of what the request would do.
std::string HashOfMutations(const v1::WriteStatementsRequest& request) {
  v1::WriteStatementsRequest mutations;
  *mutations.mutable_mutations() = request.mutations();
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    SL_CHECK(mutations.SerializeToCodedStream(&coded));
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int digest_bytes = 0;
  SL_CHECK(EVP_Digest(bytes.data(), bytes.size(), digest, &digest_bytes, EVP_sha256(), nullptr) ==
           1);
  SL_CHECK(digest_bytes == kHashBytes);
  return std::string(reinterpret_cast<const char*>(digest), digest_bytes);
}

// A request id is the caller's own: another's is as if never used.
std::string RequestKey(const Caller& caller, const v1::WriteStatementsRequest& request) {
  std::string key = caller.principal();
  key.push_back('\0');
  return key + request.request_id();
}

// Whether the write is still wanted, `done` mutations into it.
Status CheckGoingOn(const storage::CancellationToken& cancellation, int done, int mutations) {
  const Status status = cancellation.Check();
  if (status.ok()) return status;
  return MakeStatus(status.code(), fmt::format("{} after {} of {} mutations; nothing was written",
                                               status.code() == StatusCode::kDeadlineExceeded
                                                   ? "The time limit of a write passed"
                                                   : "The write was cancelled",
                                               done, mutations));
}

Status WriteAll(const v1::WriteStatementsRequest& request, const ServerLimits& limits,
                const storage::CancellationToken& cancellation, storage::Transaction* transaction,
                v1::WriteStatementsResponse* response, ErrorContext* error) {
  SL_ASSIGN_OR_RETURN(std::shared_ptr<const storage::ReadView> view, transaction->View());
  const storage::IdCipher& ids = view->ids();  // The store's.
  MutationDecoder decoder(transaction, std::move(view), limits);
  for (int i = 0; i < request.mutations_size(); ++i) {
    SL_RETURN_IF_ERROR(CheckGoingOn(cancellation, i, request.mutations_size()));
    const v1::Mutation& mutation = request.mutations(i);
    v1::MutationResult* result = response->add_results();
    std::string operation;
    Status status;
    switch (mutation.operation_case()) {
      case v1::Mutation::kAdd: {
        operation = ".add";
        StatusOr<storage::StatementDraft> draft = decoder.Decode(mutation.add());
        status = draft.status();
        if (!status.ok()) break;
        StatusOr<storage::AddedStatement> added = transaction->Add(*draft);
        status = added.status();
        if (!status.ok()) break;
        result->set_duplicate(added->duplicate);
        // The number of a statement that is only validated is nobody's yet.
        if (!request.validate_only() || added->duplicate) {
          result->set_statement(StatementNumber(added->id, ids));
        }
        break;
      }
      case v1::Mutation::kRetract: {
        operation = ".retract";
        StatusOr<storage::StatementId> id = decoder.Decode(mutation.retract());
        status = id.status();
        if (!status.ok()) break;
        status = transaction->Retract(*id, mutation.retract().reason());
        result->set_statement(StatementNumber(*id, ids));
        break;
      }
      case v1::Mutation::OPERATION_NOT_SET:
        status = InvalidArgument("neither add nor retract is set");
        break;
    }
    if (status.ok()) continue;
    std::string field = fmt::format("mutations[{}]{}", i, operation);
    if (!decoder.field().empty()) field += "." + decoder.field();
    error->metadata["mutation"] = std::to_string(i);
    error->metadata["field"] = field;
    if (status.code() == StatusCode::kPermissionDenied) error->reason = "SL7002";
    const std::string separator = decoder.field().empty() ? ": " : ".";
    return WithCode(kBadMutation,
                    WithPrefix(fmt::format("mutations[{}]{}{}", i, operation, separator), status));
  }
  return CheckGoingOn(cancellation, request.mutations_size(), request.mutations_size());
}

}  // namespace

Status WriteStatements(const ServiceContext& context, const Caller& caller,
                       const v1::WriteStatementsRequest& request,
                       const storage::CancellationToken& cancellation,
                       v1::WriteStatementsResponse* response, ErrorContext* error) {
  const bool remembered = !request.request_id().empty();
  if (remembered && !IsUuid(request.request_id())) {
    error->metadata["field"] = "request_id";
    return WithCode(
        kBadRequestId,
        InvalidArgument("request_id: not a UUID, as in 123e4567-e89b-12d3-a456-426614174000"));
  }
  if (request.mutations().empty() || request.mutations_size() > context.limits.mutations_max) {
    error->metadata["field"] = "mutations";
    return WithCode(kBadMutationCount,
                    InvalidArgument("mutations: there are 1 to {}, not {}",
                                    context.limits.mutations_max, request.mutations_size()));
  }
  SL_ASSIGN_OR_RETURN(const std::unique_ptr<storage::Transaction> transaction,
                      context.store->BeginTransaction(caller.clearance(), &cancellation));
  std::string hash, key;
  if (remembered) {
    hash = HashOfMutations(request);
    key = RequestKey(caller, request);
    SL_ASSIGN_OR_RETURN(const std::optional<std::string> earlier, transaction->FindRequest(key));
    if (earlier) {
      if (earlier->compare(0, kHashBytes, hash) != 0) {
        error->reason = "REQUEST_ID_REUSED";
        error->metadata["field"] = "request_id";
        return MakeStatus(StatusCode::kAlreadyExists,
                          "request_id: was used for other mutations before");
      }
      if (!response->ParseFromString(earlier->substr(kHashBytes))) {
        return DataLoss("The reply to an earlier request is damaged");
      }
      response->set_replayed(true);
      return OkStatus();
    }
  }
  SL_RETURN_IF_ERROR(
      WriteAll(request, context.limits, cancellation, transaction.get(), response, error));
  if (request.validate_only()) {
    *response->mutable_revision() = ToProto(context.store->revision(), context.store->ids());
    return OkStatus();
  }
  if (remembered) {
    // One writer at a time, and every commit adds one: this is the revision to be.
    const storage::Revision next{context.store->revision().value + 1};
    *response->mutable_revision() = ToProto(next, context.store->ids());
    SL_RETURN_IF_ERROR(transaction->RememberRequest(key, hash + response->SerializeAsString()));
  }
  SL_ASSIGN_OR_RETURN(const storage::CommitResult committed, transaction->Commit());
  *response->mutable_revision() = ToProto(committed.revision, context.store->ids());
  return OkStatus();
}

namespace {

class WriteStatementsReactor final : public grpc::ServerUnaryReactor {
 public:
  WriteStatementsReactor(const ServiceContext* context, grpc::CallbackServerContext* call,
                         const v1::WriteStatementsRequest* request,
                         v1::WriteStatementsResponse* response)
      : context_(context),
        request_(request),
        response_(response),
        registered_(context->calls->Add([call] { call->TryCancel(); })),
        audited_(context, *call, kWriteMethod),
        token_(std::chrono::steady_clock::now() +
               std::chrono::milliseconds(context->limits.write_time_ms_max)) {
    StatusOr<Caller> caller = audited_.Admit();
    Status status = caller.status();
    if (status.ok()) {
      caller_ = std::move(*caller);
      status = context_->admission->Submit(
          Lane::kWrite, /*opens_result=*/false, [this] { Run(); }, &token_);
      if (status.code() == StatusCode::kResourceExhausted) error_.reason = kBusyReason;
    }
    if (!status.ok()) End(status);
  }

  void OnCancel() override { token_.Cancel(); }

  void OnDone() override {
    context_->calls->Remove(registered_);
    delete this;
  }

 private:
  void Run() {
    Status status = CheckTurn(token_);
    if (status.ok()) status = CheckMayWrite(*context_);
    if (status.ok()) {
      status = WriteStatements(*context_, *caller_, *request_, token_, response_, &error_);
    }
    // A reply that was begun is no reply.
    if (!status.ok()) response_->Clear();
    if (status.ok() && !request_->validate_only() && !response_->replayed()) NoteWrites();
    End(status);
  }

  void NoteWrites() {
    int64_t added = 0, retracted = 0;
    for (int i = 0; i < request_->mutations_size(); ++i) {
      if (request_->mutations(i).has_retract()) {
        ++retracted;
      } else if (!response_->results(i).duplicate()) {
        ++added;
      }
    }
    audited_.SetWrites(added, retracted);
  }

  void End(const Status& status) {
    audited_.SetOutcome(status);
    Finish(ToGrpcStatus(status, error_));
  }

  const ServiceContext* const context_;
  const v1::WriteStatementsRequest* const request_;  // gRPC keeps both until OnDone.
  v1::WriteStatementsResponse* const response_;
  const std::shared_ptr<RegisteredCall> registered_;
  AuditedCall audited_;
  storage::CancellationToken token_;
  std::optional<Caller> caller_;
  ErrorContext error_;
};

class LoadFileReactor final : public grpc::ServerReadReactor<v1::LoadFileRequest> {
 public:
  LoadFileReactor(const ServiceContext* context, grpc::CallbackServerContext* call,
                  v1::LoadFileResponse* response, std::atomic<int64_t>* loads_open)
      : context_(context),
        response_(response),
        loads_open_(loads_open),
        registered_(context->calls->Add([call] { call->TryCancel(); })),
        audited_(context, *call, kLoadMethod),
        token_(std::chrono::steady_clock::now() +
               std::chrono::milliseconds(context->limits.time_ms_max)),
        file_(context->limits, context->store->ScratchDirectory()) {
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

  void OnCancel() override { token_.Cancel(); }

  void OnReadDone(bool ok) override {
    registered_->ClientMoved();
    Status status = WithCode(kBadFileStream, ok ? file_.Add(message_) : file_.End());
    if (status.ok() && ok && message_.has_open()) {
      status = CheckOpen(file_.open(), caller_->clearance(), &error_);
    }
    if (status.ok() && ok) {
      Read();
      return;
    }
    // A stream that broke ends here as well; then it is cancelled, and the check fails.
    if (status.ok()) status = token_.Check();
    if (status.ok()) {
      status = context_->admission->Submit(
          Lane::kWrite, /*opens_result=*/false, [this] { Run(); }, &token_);
      if (status.code() == StatusCode::kResourceExhausted) error_.reason = kBusyReason;
    }
    if (!status.ok()) Fail(status);
  }

  void OnDone() override {
    context_->calls->Remove(registered_);
    loads_open_->fetch_sub(1);
    delete this;
  }

 private:
  void Read() {
    registered_->WaitForClient();
    StartRead(&message_);
  }

  void Fail(const Status& status) {
    const std::string& name = file_.open().file_name();
    if (!name.empty()) error_.metadata["file"] = name;
    audited_.SetOutcome(status);
    Finish(ToGrpcStatus(status, error_));
  }

  void Run() {
    const Status status = Load();
    if (status.ok()) {
      audited_.SetWrites(response_->statements_added(), response_->statements_retracted());
      audited_.SetOutcome(status);
      Finish(grpc::Status::OK);
    } else {
      response_->Clear();
      Fail(status);
    }
  }

  Status Load() {
    SL_RETURN_IF_ERROR(CheckTurn(token_));
    SL_RETURN_IF_ERROR(CheckMayWrite(*context_));
    return file_.spool() == nullptr ? RunScript()
                                    : ImportFile(*context_, *caller_, file_.open(), *file_.spool(),
                                                 token_, response_, &error_);
  }

  Status RunScript() {
    query::QueryRequest query;
    query.text = file_.text();
    query.clearance = caller_->clearance();
    query.cancellation = &token_;
    query.limits.rows_max = static_cast<uint64_t>(context_->limits.rows_max);
    query.limits.memory_bytes_max = static_cast<uint64_t>(context_->limits.memory_bytes_max);
    query.limits.steps_max = static_cast<uint64_t>(context_->limits.steps_max);
    SL_ASSIGN_OR_RETURN(const std::unique_ptr<query::ResultCursor> cursor,
                        context_->load_engine->Execute(query));
    // It is committed now. A file may end in a query: its rows are nobody's, and an error in them
    // would be taken for the load's.
    query::ResultBatch rows;
    while (cursor->Next(&rows).value_or(0) > 0) {
    }
    const query::QuerySummary& summary = cursor->summary();
    *response_->mutable_revision() =
        ToProto(summary.committed_at.value_or(cursor->read_at()), cursor->ids());
    response_->set_statements_added(static_cast<int64_t>(summary.statements_added));
    response_->set_statements_existing(static_cast<int64_t>(summary.statements_existing));
    response_->set_statements_retracted(static_cast<int64_t>(summary.statements_retracted));
    response_->set_definitions(static_cast<int64_t>(summary.definitions));
    return OkStatus();
  }

  const ServiceContext* const context_;
  v1::LoadFileResponse* const response_;
  std::atomic<int64_t>* const loads_open_;
  const std::shared_ptr<RegisteredCall> registered_;
  AuditedCall audited_;
  storage::CancellationToken token_;
  FileAssembler file_;
  std::optional<Caller> caller_;
  v1::LoadFileRequest message_;
  ErrorContext error_;
};

}  // namespace

grpc::ServerUnaryReactor* StatementService::WriteStatements(
    grpc::CallbackServerContext* call, const v1::WriteStatementsRequest* request,
    v1::WriteStatementsResponse* response) {
  return new WriteStatementsReactor(context_, call, request, response);
}

grpc::ServerUnaryReactor* StatementService::BatchGetStatements(
    grpc::CallbackServerContext* call, const v1::BatchGetStatementsRequest* request,
    v1::BatchGetStatementsResponse* response) {
  return new WorkerCall(context_, call, "/sightline.v1.StatementService/BatchGetStatements",
                        request, response);
}

grpc::ServerReadReactor<v1::LoadFileRequest>* StatementService::LoadFile(
    grpc::CallbackServerContext* call, v1::LoadFileResponse* response) {
  return new LoadFileReactor(context_, call, response, &loads_open_);
}

}  // namespace sightline::server
