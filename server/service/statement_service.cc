#include "server/service/statement_service.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/service/audited_call.h"
#include "server/service/bulk_load.h"
#include "server/service/explore_calls.h"
#include "server/service/message_hash.h"
#include "server/service/mutation_decoder.h"
#include "server/service/node_number.h"
#include "server/service/request_error.h"
#include "server/service/revision_token.h"
#include "server/service/unary_answer.h"
#include "server/service/uuid.h"

namespace sightline::server {
namespace {

constexpr std::string_view kWriteMethod = "/sightline.v1.StatementService/WriteStatements";

// SHA-256 of what the request would do.
std::string HashOfMutations(const v1::WriteStatementsRequest& request) {
  v1::WriteStatementsRequest mutations;
  *mutations.mutable_mutations() = request.mutations();
  return HashOf(mutations);
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
  if (!v1::Durability_IsValid(request.durability())) {
    error->metadata["field"] = "durability";
    return WithCode(kBadRequest, InvalidArgument("durability: there is no {}",
                                                 static_cast<int>(request.durability())));
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
      // It may have been written just now: then it has to be durable first.
      SL_RETURN_IF_ERROR(transaction->Commit().status());
      SL_ASSIGN_OR_RETURN(const auto remembered_as, context.store->FindRequest(key));
      if (!remembered_as) return DataLoss("The reply to an earlier request is lost");
      *response->mutable_revision() = ToProto(remembered_as->revision, context.store->ids());
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
    // Without the revision, which the store remembers and nobody knows yet.
    SL_RETURN_IF_ERROR(transaction->RememberRequest(key, hash + response->SerializeAsString()));
  }
  const bool is_relaxed = request.durability() == v1::DURABILITY_RELAXED;
  SL_ASSIGN_OR_RETURN(const storage::CommitResult committed,
                      transaction->Commit(is_relaxed ? storage::Durability::kRelaxed
                                                     : storage::Durability::kSynced));
  *response->mutable_revision() = ToProto(committed.revision, context.store->ids());
  return OkStatus();
}

namespace {

// Statements that the write has added and taken back.
void CountWrites(const v1::WriteStatementsRequest& request,
                 const v1::WriteStatementsResponse& response, CallContext* call) {
  for (int i = 0; i < request.mutations_size(); ++i) {
    if (request.mutations(i).has_retract()) {
      ++call->retracted;
    } else if (!response.results(i).duplicate()) {
      ++call->added;
    }
  }
}

}  // namespace

grpc::ServerUnaryReactor* StatementService::WriteStatements(
    grpc::CallbackServerContext* call, const v1::WriteStatementsRequest* request,
    v1::WriteStatementsResponse* response) {
  const auto work = [request, response](CallContext* answered) -> Status {
    SL_RETURN_IF_ERROR(CheckMayWrite(answered->service));
    const Status status =
        sightline::server::WriteStatements(answered->service, answered->caller, *request,
                                           answered->cancellation, response, answered->error);
    if (!status.ok()) response->Clear();  // A reply that was begun is no reply.
    if (status.ok() && !request->validate_only() && !response->replayed()) {
      CountWrites(*request, *response, answered);
    }
    return status;
  };
  return new AdmittedAnswer(
      context_, call,
      {.method = kWriteMethod,
       .lane = Lane::kWrite,
       .time_max = std::chrono::milliseconds(context_->limits.write_time_ms_max)},
      {.work = work});
}

grpc::ServerUnaryReactor* StatementService::BatchGetStatements(
    grpc::CallbackServerContext* call, const v1::BatchGetStatementsRequest* request,
    v1::BatchGetStatementsResponse* response) {
  return AnswerAsQuery(context_, call, "/sightline.v1.StatementService/BatchGetStatements", request,
                       response);
}

grpc::ServerBidiReactor<v1::BulkLoadRequest, v1::BulkLoadResponse>* StatementService::BulkLoad(
    grpc::CallbackServerContext* call) {
  return NewBulkLoad(context_, call, &loads_open_);
}

}  // namespace sightline::server
