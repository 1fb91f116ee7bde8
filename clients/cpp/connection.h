// Connection: a Sightline server, as C++ programs call it. Start here.
//
//   auto connection = Connection::Open("127.0.0.1:7432", {});
//   v1::ExecuteQueryRequest request;
//   request.set_query("MATCH (s)-[:supplies]->(\"optics\") RETURN s");
//   auto stream = (*connection)->Execute(request, {});
//   ResultBatch batch;
//   while (*(*stream)->Next(&batch)) { ... batch.cell(column, row) ... }

#pragma once

#include <grpcpp/channel.h>

#include <chrono>
#include <istream>
#include <memory>
#include <optional>
#include <string>

#include "clients/cpp/bulk_load.h"
#include "clients/cpp/cancel_source.h"
#include "clients/cpp/error.h"
#include "clients/cpp/fetched_rows.h"
#include "clients/cpp/query_stream.h"
#include "sightline/v1/access_service.grpc.pb.h"
#include "sightline/v1/admin_service.grpc.pb.h"
#include "sightline/v1/explore_service.grpc.pb.h"
#include "sightline/v1/query_service.grpc.pb.h"
#include "sightline/v1/statement_service.grpc.pb.h"

namespace sightline::client {

// Encryption. Whole PEM texts, not names of files.
struct TlsOptions {
  // Whom to believe about the server's certificate; empty: the system's authorities.
  std::string ca;
  // One's own, where the server asks for it: both or none.
  std::string certificate;
  std::string key;
};

struct ConnectOptions {
  // How long to wait for the server to answer. A refused connection fails at once.
  std::chrono::milliseconds timeout{5000};
  // Who calls: "slt_...". Goes with every call; without TLS only to this machine.
  std::string token;
  std::optional<TlsOptions> tls;  // Unset: not encrypted.
};

struct CallOptions {
  // How long the whole call may take; unset: as long as it needs.
  std::optional<std::chrono::milliseconds> timeout;
  // Borrowed, may be null; must outlive the call (of Execute: the stream).
  CancelSource* cancel = nullptr;
  // Of FetchRows and the calls that explore, which change nothing, and of Write with a request_id:
  // how often one is tried while the server is UNAVAILABLE, with growing pauses and within
  // `timeout`. Nothing else is a reason to try again.
  int attempts = 3;
};

using TakePath = std::function<void(const v1::FoundPath& path)>;

// Thread safety: all calls from any thread, any number at a time.
// Lifetime: a QueryStream must not outlive its connection.
//
// Nothing is retried behind the caller's back, except BulkLoad(), and what CallOptions::attempts
// says.
class Connection {
 public:
  // `address` is HOST:PORT ("127.0.0.1:7432", "[::1]:7432") or unix:PATH. Errors: INVALID_ARGUMENT
  // (BAD_ADDRESS), also for a token that would go over a network in the clear; UNAVAILABLE
  // (NOT_CONNECTED), saying why.
  static Result<std::unique_ptr<Connection>> Open(const std::string& address,
                                                  const ConnectOptions& options);

  // Starts a query. Errors: the server's, with diagnostics; INVALID_ARGUMENT for a text that is not
  // UTF-8, which could not even be sent.
  Result<std::unique_ptr<QueryStream>> Execute(const v1::ExecuteQueryRequest& request,
                                               const CallOptions& options);

  // Asks a query that reads and whose result is small, and has all of it: for look-ups, at about
  // half of what Execute costs. Errors: the server's, SL8022 for a result that is larger (then
  // Execute is to be asked); INTERNAL (MALFORMED_RESULT); INVALID_ARGUMENT as above.
  Result<FetchedRows> FetchRows(const v1::FetchRowsRequest& request, const CallOptions& options);

  // What may come at a place of a text that is being written. Errors: the server's;
  // INVALID_ARGUMENT for a text that is not UTF-8.
  Result<v1::CompleteQueryResponse> CompleteQuery(const v1::CompleteQueryRequest& request,
                                                  const CallOptions& options);
  // What a script is, without running it. Errors: as above; a mistake in the script is none.
  Result<v1::AnalyzeQueryResponse> AnalyzeQuery(const v1::AnalyzeQueryRequest& request,
                                                const CallOptions& options);
  // One's own running queries; of administrators everybody's. Errors: the server's.
  Result<v1::ListRunningQueriesResponse> ListRunningQueries(
      const v1::ListRunningQueriesRequest& request, const CallOptions& options);
  // Ends a query, by the id of its header or of the list. Errors: NOT_FOUND; the server's.
  Result<v1::CancelQueryResponse> CancelQuery(const std::string& query_id,
                                              const CallOptions& options);

  // With a request_id the call is repeated up to three times while the server is UNAVAILABLE; the
  // server takes it once. Without one, a lost answer leaves it open whether the write took place.
  Result<v1::WriteStatementsResponse> Write(const v1::WriteStatementsRequest& request,
                                            const CallOptions& options);

  // Loads a file, whole or not at all; `open` says what it is, and gets a load_id when it has none.
  // `content` is read as it is sent, so that the file may be of any size. While the server is
  // UNAVAILABLE, or busy, it is tried again from where it was (LoadOptions::away_max). A load_id of
  // an earlier attempt, also of another process, goes on where that was; `content` begins at the
  // file's beginning all the same, and what the server has of it is only read.
  //
  // Errors: the server's, for a script with diagnostics whose places are those of the file;
  // INVALID_ARGUMENT (UNREADABLE_INPUT) when reading fails, and nothing is loaded then. After
  // another error than the server's refusal (clients/cpp/error.h) the same load_id finds out what
  // has become of it.
  Result<v1::BulkLoadResult> BulkLoad(v1::BulkLoadOpen open, std::istream& content,
                                      const CallOptions& call, const LoadOptions& options = {});

  // What a link chart asks for: proto/sightline/v1/explore_service.proto. Errors: the server's.
  Result<v1::SearchEntitiesResponse> SearchEntities(const v1::SearchEntitiesRequest& request,
                                                    const CallOptions& options);
  Result<v1::GetEntityResponse> GetEntity(const v1::GetEntityRequest& request,
                                          const CallOptions& options);
  Result<v1::SummarizeNeighborsResponse> SummarizeNeighbors(
      const v1::SummarizeNeighborsRequest& request, const CallOptions& options);
  Result<v1::ExpandEntityResponse> ExpandEntity(const v1::ExpandEntityRequest& request,
                                                const CallOptions& options);
  Result<v1::ListTimelineResponse> ListTimeline(const v1::ListTimelineRequest& request,
                                                const CallOptions& options);
  Result<v1::ListStatementsResponse> ListStatements(const v1::ListStatementsRequest& request,
                                                    const CallOptions& options);
  Result<v1::BatchGetStatementsResponse> BatchGetStatements(
      const v1::BatchGetStatementsRequest& request, const CallOptions& options);
  // Calls `take` with each path as it comes. Tried again only while no path has come. Errors: the
  // server's; DATA_LOSS (INCOMPLETE_RESULT) for a stream that ends without its summary.
  Result<v1::FindPathsSummary> FindPaths(const v1::FindPathsRequest& request,
                                         const CallOptions& options, const TakePath& take);

  Result<v1::GetServerInfoResponse> ServerInfo(const CallOptions& options);

  // Users and tokens: proto/sightline/v1/access_service.proto. Errors: the server's.
  Result<v1::GetIdentityResponse> GetIdentity(const CallOptions& options);
  Result<v1::CreateUserResponse> CreateUser(const v1::CreateUserRequest& request,
                                            const CallOptions& options);
  Result<v1::UpdateUserResponse> UpdateUser(const v1::UpdateUserRequest& request,
                                            const CallOptions& options);
  Result<v1::DeleteUserResponse> DeleteUser(const v1::DeleteUserRequest& request,
                                            const CallOptions& options);
  Result<v1::ListUsersResponse> ListUsers(const v1::ListUsersRequest& request,
                                          const CallOptions& options);
  Result<v1::ListRolesResponse> ListRoles(const v1::ListRolesRequest& request,
                                          const CallOptions& options);
  Result<v1::UpdateRoleResponse> UpdateRole(const v1::UpdateRoleRequest& request,
                                            const CallOptions& options);
  Result<v1::IssueTokenResponse> IssueToken(const v1::IssueTokenRequest& request,
                                            const CallOptions& options);
  Result<v1::RevokeTokenResponse> RevokeToken(const v1::RevokeTokenRequest& request,
                                              const CallOptions& options);
  Result<v1::ListTokensResponse> ListTokens(const v1::ListTokensRequest& request,
                                            const CallOptions& options);

  // Looking after the server: proto/sightline/v1/admin_service.proto. Errors: the server's.
  Result<v1::GetStatisticsResponse> GetStatistics(const v1::GetStatisticsRequest& request,
                                                  const CallOptions& options);
  Result<v1::SetReadOnlyResponse> SetReadOnly(const v1::SetReadOnlyRequest& request,
                                              const CallOptions& options);
  Result<v1::StartBackupResponse> StartBackup(const v1::StartBackupRequest& request,
                                              const CallOptions& options);
  Result<v1::ListBackupsResponse> ListBackups(const v1::ListBackupsRequest& request,
                                              const CallOptions& options);
  Result<v1::StartVerifyBackupResponse> StartVerifyBackup(
      const v1::StartVerifyBackupRequest& request, const CallOptions& options);
  Result<v1::StartVerifyResponse> StartVerify(const v1::StartVerifyRequest& request,
                                              const CallOptions& options);
  Result<v1::StartCompactionResponse> StartCompaction(const v1::StartCompactionRequest& request,
                                                      const CallOptions& options);
  Result<v1::ListOperationsResponse> ListOperations(const v1::ListOperationsRequest& request,
                                                    const CallOptions& options);
  Result<v1::GetOperationResponse> GetOperation(const v1::GetOperationRequest& request,
                                                const CallOptions& options);
  Result<v1::CancelOperationResponse> CancelOperation(const v1::CancelOperationRequest& request,
                                                      const CallOptions& options);
  // Hands each part of the audit log to `take`, until the end, or until `take` wants no more
  // (false): that is no error.
  MaybeError TailAuditLog(const v1::TailAuditLogRequest& request,
                          const std::function<bool(const v1::TailAuditLogResponse&)>& take,
                          const CallOptions& options);

  const std::string& address() const { return address_; }

 private:
  Connection(std::string address, std::string token, std::shared_ptr<grpc::Channel> channel);

  // With the deadline and the token.
  std::unique_ptr<RunningCall> NewCall(const CallOptions& options) const;
  // A call of one message each way.
  template <typename Stub, typename Request, typename Response>
  Result<Response> Call(Stub* stub,
                        grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                     Response*),
                        const Request& request, const CallOptions& options) const;

  // For a call that may be made twice: `attempt` makes it once.
  grpc::Status Retry(const CallOptions& options,
                     const std::function<grpc::Status(grpc::ClientContext*)>& attempt) const;
  template <typename Stub, typename Request, typename Response>
  Result<Response> Read(Stub* stub,
                        grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                     Response*),
                        const Request& request, const CallOptions& options) const;

  const std::string address_;
  const std::string token_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::QueryService::Stub> queries_;
  const std::unique_ptr<v1::StatementService::Stub> statements_;
  const std::unique_ptr<v1::AdminService::Stub> admin_;
  const std::unique_ptr<v1::AccessService::Stub> access_;
  const std::unique_ptr<v1::ExploreService::Stub> explore_;
};

// Whether what is sent to this address stays on this machine: 127.0.0.0/8, ::1, localhost, a unix
// socket.
bool IsLocal(const std::string& address);

// The gRPC target for an address: "unix:/tmp/a%20b" for "unix:/tmp/a b". Errors: INVALID_ARGUMENT
// (BAD_ADDRESS), also for a socket path longer than the 107 bytes the system allows.
Result<std::string> TargetOf(const std::string& address);

// The byte offset of the first place where `text` is not UTF-8; nothing when all of it is.
std::optional<size_t> FirstInvalidUtf8(std::string_view text);

}  // namespace sightline::client
