#include "server/service/admin_service.h"

#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "server/service/admin_codec.h"
#include "server/service/audit_tail.h"
#include "server/service/caller_limits.h"
#include "server/service/list_page.h"
#include "server/service/revision_token.h"
#include "server/service/unary_answer.h"
#include "server/service/value_codec.h"

namespace sightline::server {
namespace {

// How long SetReadOnly waits for writes that were let in before.
constexpr std::chrono::seconds kQuietWait{10};

template <typename Work>
grpc::ServerUnaryReactor* Answer(const ServiceContext* context, grpc::CallbackServerContext* call,
                                 std::string_view method, const Work& work) {
  return AnswerNow(context, call, method, kBadAdminRequest, "", work);
}

// Answers with the operation that begins with the work which `make_work` (-> StatusOr<Work>) gives.
template <typename MakeWork, typename Response>
grpc::ServerUnaryReactor* AnswerStart(const ServiceContext* context,
                                      grpc::CallbackServerContext* call, std::string_view method,
                                      OperationKind kind, const MakeWork& make_work,
                                      Response* response) {
  return Answer(context, call, method, [&](const Caller& caller) -> Status {
    StatusOr<OperationRegistry::Work> work = make_work();
    SL_RETURN_IF_ERROR(work.status());
    SL_ASSIGN_OR_RETURN(const Operation operation,
                        context->operations->Start(kind, caller.principal(), *std::move(work)));
    *response->mutable_operation() = ToProto(operation, SeesWholeStore(caller));
    return OkStatus();
  });
}

Status CheckHasBackups(const ServiceContext& context) {
  return context.backups.directory.empty()
             ? FailedPrecondition("This server keeps no backups: it was started without --backups")
             : OkStatus();
}

uint64_t DiskFreeBytes(const storage::Store& store) {
  std::error_code error;
  const auto space = std::filesystem::space(store.ScratchDirectory(), error);
  return error ? 0 : space.available;
}

}  // namespace

grpc::ServerUnaryReactor* AdminService::GetServerInfo(grpc::CallbackServerContext* call,
                                                      const v1::GetServerInfoRequest*,
                                                      v1::GetServerInfoResponse* response) {
  return Answer(context_, call, "/sightline.v1.AdminService/GetServerInfo",
                [&](const Caller& caller) -> Status {
                  response->set_version(context_->version);
                  response->set_api_version("v1");
                  for (const auto& [name, value] :
                       LimitsByName(LimitsFor(caller.limits(), context_->limits))) {
                    (*response->mutable_limits())[name] = value;
                  }
                  // What came after the first release of v1 is named here; there is nothing yet but
                  // these.
                  for (const char* feature :
                       {"columnar-results", "idempotent-writes", "users", "load-file-slql",
                        "load-file-import", "operations", "usage-limits"}) {
                    response->add_features(feature);
                  }
                  SetTimestamp(context_->start_micros, response->mutable_start_time());
                  response->set_read_only(context_->read_only->is_on());
                  return OkStatus();
                });
}

grpc::ServerUnaryReactor* AdminService::GetStatistics(grpc::CallbackServerContext* call,
                                                      const v1::GetStatisticsRequest* request,
                                                      v1::GetStatisticsResponse* response) {
  const auto work = [this, request, response](CallContext* answered) -> Status {
    SL_ASSIGN_OR_RETURN(const std::shared_ptr<const storage::ReadView> view,
                        context_->store->OpenReadView(std::nullopt, answered->caller.clearance()));
    *response->mutable_revision() = ToProto(view->revision(), context_->store->ids());
    if (!request->skip_content()) {
      SL_ASSIGN_OR_RETURN(const storage::ContentStatistics content,
                          storage::CountContent(*view, answered->cancellation));
      *response->mutable_content() = ToProto(content);
    }
    const storage::StoreStatistics statistics = context_->store->Statistics();
    if (SeesWholeStore(answered->caller)) {
      *response->mutable_storage() = ToProto(statistics, DiskFreeBytes(*context_->store));
    }
    *response->mutable_read_only() = ToProto(context_->read_only->state());
    response->set_store_trouble(CutText(statistics.read_only_reason, 1'000));
    return OkStatus();
  };
  return new AdmittedAnswer(
      context_, call,
      {.method = "/sightline.v1.AdminService/GetStatistics",
       .code = kBadAdminRequest,
       .time_max = std::chrono::milliseconds(context_->limits.time_ms_default)},
      {.work = work});
}

grpc::ServerUnaryReactor* AdminService::SetReadOnly(grpc::CallbackServerContext* call,
                                                    const v1::SetReadOnlyRequest* request,
                                                    v1::SetReadOnlyResponse* response) {
  const bool is_on = request->read_only();
  const auto turn = [this, request, response](const Caller& caller) -> Status {
    SL_RETURN_IF_ERROR(
        context_->read_only->Set(request->read_only(), request->reason(), caller.principal()));
    *response->mutable_state() = ToProto(context_->read_only->state());
    return OkStatus();
  };
  // After the writes that came before, on their lane and in the store, it is this one's turn.
  const auto wait = [this, is_on, response](CallContext* answered) -> Status {
    if (!is_on) return OkStatus();
    SL_RETURN_IF_ERROR(
        context_->store->BeginTransaction(answered->caller.clearance(), &answered->cancellation)
            .status());
    response->set_quiet(true);
    return OkStatus();
  };
  // It is turned; that somebody still writes is no error.
  const auto is_busy = [](const Status&) { return OkStatus(); };
  return new AdmittedAnswer(context_, call,
                            {.method = "/sightline.v1.AdminService/SetReadOnly",
                             .detail = is_on ? "on" : "off",
                             .code = kBadAdminRequest,
                             .lane = Lane::kWrite,
                             .time_max = kQuietWait},
                            {.first = turn, .work = wait, .failed = is_busy});
}

grpc::ServerUnaryReactor* AdminService::StartBackup(grpc::CallbackServerContext* call,
                                                    const v1::StartBackupRequest*,
                                                    v1::StartBackupResponse* response) {
  const auto work = [this]() -> StatusOr<OperationRegistry::Work> {
    SL_RETURN_IF_ERROR(CheckHasBackups(*context_));
    return BackupWork(context_->store, context_->backups);
  };
  return AnswerStart(context_, call, "/sightline.v1.AdminService/StartBackup",
                     OperationKind::kBackup, work, response);
}

grpc::ServerUnaryReactor* AdminService::ListBackups(grpc::CallbackServerContext* call,
                                                    const v1::ListBackupsRequest* request,
                                                    v1::ListBackupsResponse* response) {
  return Answer(context_, call, "/sightline.v1.AdminService/ListBackups",
                [&](const Caller& caller) -> Status {
                  SL_RETURN_IF_ERROR(CheckHasBackups(*context_));
                  StatusOr<std::vector<storage::BackupInfo>> backups =
                      storage::ListBackups(context_->backups.directory);
                  // None has been made yet.
                  if (backups.status().code() == StatusCode::kNotFound) backups.emplace();
                  SL_RETURN_IF_ERROR(backups.status());
                  SL_ASSIGN_OR_RETURN(const ListPage page,
                                      ListPageOf(backups->size(), request->page_size(),
                                                 context_->limits, request->page_token()));
                  for (size_t i = page.begin; i < page.end; ++i) {
                    *response->add_backups() = ToProto((*backups)[i], SeesWholeStore(caller));
                  }
                  response->set_next_page_token(page.next);
                  return OkStatus();
                });
}

grpc::ServerUnaryReactor* AdminService::StartVerifyBackup(
    grpc::CallbackServerContext* call, const v1::StartVerifyBackupRequest* request,
    v1::StartVerifyBackupResponse* response) {
  const auto work = [&]() -> StatusOr<OperationRegistry::Work> {
    SL_RETURN_IF_ERROR(CheckHasBackups(*context_));
    const int64_t number = request->number();
    if (number < 0 || number > std::numeric_limits<uint32_t>::max()) {
      return InvalidArgument("number: there is no backup {}", number);
    }
    if (number == 0) return VerifyBackupWork(context_->backups, std::nullopt);
    return VerifyBackupWork(context_->backups, static_cast<uint32_t>(number));
  };
  return AnswerStart(context_, call, "/sightline.v1.AdminService/StartVerifyBackup",
                     OperationKind::kVerifyBackup, work, response);
}

grpc::ServerUnaryReactor* AdminService::StartVerify(grpc::CallbackServerContext* call,
                                                    const v1::StartVerifyRequest*,
                                                    v1::StartVerifyResponse* response) {
  const auto work = [this]() -> StatusOr<OperationRegistry::Work> {
    return VerifyWork(context_->store);
  };
  return AnswerStart(context_, call, "/sightline.v1.AdminService/StartVerify",
                     OperationKind::kVerify, work, response);
}

grpc::ServerUnaryReactor* AdminService::StartCompaction(grpc::CallbackServerContext* call,
                                                        const v1::StartCompactionRequest*,
                                                        v1::StartCompactionResponse* response) {
  const auto work = [this]() -> StatusOr<OperationRegistry::Work> {
    return CompactionWork(context_->store);
  };
  return AnswerStart(context_, call, "/sightline.v1.AdminService/StartCompaction",
                     OperationKind::kCompaction, work, response);
}

grpc::ServerUnaryReactor* AdminService::ListOperations(grpc::CallbackServerContext* call,
                                                       const v1::ListOperationsRequest* request,
                                                       v1::ListOperationsResponse* response) {
  return Answer(context_, call, "/sightline.v1.AdminService/ListOperations",
                [&](const Caller& caller) -> Status {
                  const std::vector<Operation> operations = context_->operations->List();
                  SL_ASSIGN_OR_RETURN(const ListPage page,
                                      ListPageOf(operations.size(), request->page_size(),
                                                 context_->limits, request->page_token()));
                  for (size_t i = page.begin; i < page.end; ++i) {
                    *response->add_operations() = ToProto(operations[i], SeesWholeStore(caller));
                  }
                  response->set_next_page_token(page.next);
                  return OkStatus();
                });
}

grpc::ServerUnaryReactor* AdminService::GetOperation(grpc::CallbackServerContext* call,
                                                     const v1::GetOperationRequest* request,
                                                     v1::GetOperationResponse* response) {
  return Answer(context_, call, "/sightline.v1.AdminService/GetOperation",
                [&](const Caller& caller) -> Status {
                  SL_ASSIGN_OR_RETURN(const uint64_t number, OperationNumber(request->name()));
                  SL_ASSIGN_OR_RETURN(const Operation operation,
                                      context_->operations->Find(number));
                  *response->mutable_operation() = ToProto(operation, SeesWholeStore(caller));
                  return OkStatus();
                });
}

grpc::ServerUnaryReactor* AdminService::CancelOperation(grpc::CallbackServerContext* call,
                                                        const v1::CancelOperationRequest* request,
                                                        v1::CancelOperationResponse* response) {
  return AnswerNow(context_, call, "/sightline.v1.AdminService/CancelOperation", kBadAdminRequest,
                   request->name(), [&](const Caller& caller) -> Status {
                     SL_ASSIGN_OR_RETURN(const uint64_t number, OperationNumber(request->name()));
                     SL_ASSIGN_OR_RETURN(const Operation operation,
                                         context_->operations->Cancel(number));
                     *response->mutable_operation() = ToProto(operation, SeesWholeStore(caller));
                     return OkStatus();
                   });
}

grpc::ServerWriteReactor<v1::TailAuditLogResponse>* AdminService::TailAuditLog(
    grpc::CallbackServerContext* call, const v1::TailAuditLogRequest* request) {
  return NewAuditTail(context_, call, request, &tails_open_);
}

}  // namespace sightline::server
