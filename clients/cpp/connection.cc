#include "clients/cpp/connection.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <string_view>
#include <thread>
#include <utility>

#include "clients/cpp/unix_socket.h"

namespace sightline::client {
namespace {

// A batch holds at most 4,096 rows; one cell may be a long list.
constexpr int kMessageBytesMax = 64 << 20;
// Diagnostics travel in the trailing metadata, for which gRPC's default is 8 KiB.
constexpr int kMetadataBytesMax = 256 << 10;
constexpr std::chrono::milliseconds kFirstPause{50};
constexpr int kReconnectMsMin = 100;
constexpr int kReconnectMsMax = 2'000;

Error BadAddress(std::string message) {
  return {grpc::StatusCode::INVALID_ARGUMENT, std::move(message), kReasonBadAddress, {}};
}

std::optional<Error> NotUtf8(std::string_view query) {
  const std::optional<size_t> place = FirstInvalidUtf8(query);
  if (!place) return std::nullopt;
  return Error{grpc::StatusCode::INVALID_ARGUMENT,
               fmt::format("the query is not UTF-8 (byte {})", *place),
               kReasonNotUtf8,
               {}};
}

bool IsPort(std::string_view text) {
  if (text.empty() || text.size() > 5) return false;
  int port = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    port = port * 10 + (c - '0');
  }
  return port > 0 && port <= 65535;
}

}  // namespace

Result<std::string> TargetOf(const std::string& address) {
  constexpr std::string_view kUnix = "unix:";
  if (address.starts_with(kUnix)) {
    const std::string path = address.substr(kUnix.size());
    if (path.empty()) return BadAddress("the address 'unix:' names no socket");
    if (path.size() > kUnixSocketPathBytesMax) {
      return BadAddress(fmt::format("the socket path is {} bytes long, the system allows {}: {}",
                                    path.size(), kUnixSocketPathBytesMax, path));
    }
    std::string target(kUnix);
    for (const unsigned char c : path) {
      if (std::isalnum(c) != 0 ||
          std::string_view("/-._~").find(static_cast<char>(c)) != std::string_view::npos) {
        target += static_cast<char>(c);
      } else {
        target += fmt::format("%{:02X}", c);
      }
    }
    return target;
  }
  const size_t colon = address.rfind(':');
  const std::string host = colon == std::string::npos ? "" : address.substr(0, colon);
  const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const bool is_plain = !host.empty() && host.find_first_of(":/[] %?#") == std::string::npos;
  if ((!is_plain && !is_bracketed) || !IsPort(std::string_view(address).substr(colon + 1))) {
    return BadAddress(fmt::format("'{}' is not an address: write HOST:PORT or unix:PATH", address));
  }
  return "dns:" + address;
}

std::optional<size_t> FirstInvalidUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    const auto byte = [&](size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char lead = byte(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || i + length > text.size()) return i;
    // The second byte rules out overlong forms, surrogates and what lies above U+10FFFF.
    const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (byte(i + 1) < low || byte(i + 1) > high) return i;
    for (size_t k = 2; k < length; ++k) {
      if ((byte(i + k) & 0xC0) != 0x80) return i;
    }
    i += length;
  }
  return std::nullopt;
}

bool IsLocal(const std::string& address) {
  const std::string host = address.substr(0, address.rfind(':'));
  if (address.starts_with("unix:") || host == "localhost" || host == "[::1]") return true;
  in_addr v4{};
  return host.starts_with("127.") && ::inet_pton(AF_INET, host.c_str(), &v4) == 1;
}

Connection::Connection(std::string address, std::string token,
                       std::shared_ptr<grpc::Channel> channel)
    : address_(std::move(address)),
      token_(std::move(token)),
      channel_(std::move(channel)),
      queries_(v1::QueryService::NewStub(channel_)),
      statements_(v1::StatementService::NewStub(channel_)),
      admin_(v1::AdminService::NewStub(channel_)),
      access_(v1::AccessService::NewStub(channel_)),
      explore_(v1::ExploreService::NewStub(channel_)) {}

std::unique_ptr<RunningCall> Connection::NewCall(const CallOptions& options) const {
  auto call = std::make_unique<RunningCall>(options.cancel);
  if (options.timeout) {
    call->context().set_deadline(std::chrono::system_clock::now() + *options.timeout);
  }
  if (!token_.empty()) call->context().AddMetadata("authorization", "Bearer " + token_);
  return call;
}

Result<std::unique_ptr<Connection>> Connection::Open(const std::string& address,
                                                     const ConnectOptions& options) {
  Result<std::string> target = TargetOf(address);
  if (!target.ok()) return target.error();
  if (!options.token.empty() && !options.tls && !IsLocal(address)) {
    return BadAddress(fmt::format(
        "the token would go to {} in the clear, for everyone on the way to read; use TLS",
        address));
  }
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (options.tls) {
    grpc::SslCredentialsOptions tls;
    tls.pem_root_certs = options.tls->ca;
    tls.pem_cert_chain = options.tls->certificate;
    tls.pem_private_key = options.tls->key;
    credentials = grpc::SslCredentials(tls);
  }
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
  // A proxy for the web is not meant for the database.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // A server that is started again is found soon.
  // (GRPC_ARG_MIN_RECONNECT_BACKOFF_MS stays as it is: it bounds how long an attempt may take.)
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectMsMin);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMsMax);
  auto channel = grpc::CreateCustomChannel(*target, credentials, arguments);
  std::unique_ptr<Connection> connection(new Connection(address, options.token, channel));

  const auto deadline = std::chrono::system_clock::now() + options.timeout;
  grpc_connectivity_state state = channel->GetState(/*try_to_connect=*/true);
  while (state != GRPC_CHANNEL_READY && state != GRPC_CHANNEL_TRANSIENT_FAILURE &&
         state != GRPC_CHANNEL_SHUTDOWN) {
    if (!channel->WaitForStateChange(state, deadline)) {
      return Error{grpc::StatusCode::UNAVAILABLE,
                   fmt::format("no answer from {} within {} ms", address, options.timeout.count()),
                   kReasonNotConnected,
                   {}};
    }
    state = channel->GetState(/*try_to_connect=*/true);
  }
  if (state != GRPC_CHANNEL_READY) {
    // Only a call is told why the channel failed.
    CallOptions probe;
    probe.timeout = std::chrono::milliseconds(500);
    Result<v1::GetServerInfoResponse> info = connection->ServerInfo(probe);
    if (!info.ok()) {
      return Error{grpc::StatusCode::UNAVAILABLE,
                   fmt::format("cannot connect to {}: {}", address, info.error().message),
                   kReasonNotConnected,
                   {}};
    }
  }
  return connection;
}

Result<std::unique_ptr<QueryStream>> Connection::Execute(const v1::ExecuteQueryRequest& request,
                                                         const CallOptions& options) {
  if (std::optional<Error> error = NotUtf8(request.query())) return *error;
  return QueryStream::Start(queries_.get(), request, NewCall(options));
}

Result<v1::WriteStatementsResponse> Connection::Write(const v1::WriteStatementsRequest& request,
                                                      const CallOptions& options) {
  CallOptions tries = options;
  // Else the server would not know it again, and write it twice.
  if (request.request_id().empty()) tries.attempts = 1;
  v1::WriteStatementsResponse response;
  const grpc::Status status = Retry(tries, [&](grpc::ClientContext* context) {
    response.Clear();
    return statements_->WriteStatements(context, request, &response);
  });
  if (!status.ok()) return FromGrpc(status);
  return response;
}

grpc::Status Connection::Retry(
    const CallOptions& options,
    const std::function<grpc::Status(grpc::ClientContext*)>& attempt) const {
  // The time is for all attempts together.
  const auto deadline = options.timeout ? std::chrono::system_clock::now() + *options.timeout
                                        : std::chrono::system_clock::time_point::max();
  CallOptions rest = options;
  auto pause = kFirstPause;
  for (int tried = 1;; ++tried) {
    if (options.timeout) {
      rest.timeout = std::max(std::chrono::milliseconds(1),
                              std::chrono::duration_cast<std::chrono::milliseconds>(
                                  deadline - std::chrono::system_clock::now()));
    }
    const auto call = NewCall(rest);
    grpc::Status status = attempt(&call->context());
    const bool may_retry = status.error_code() == grpc::StatusCode::UNAVAILABLE &&
                           tried < options.attempts &&
                           std::chrono::system_clock::now() + pause < deadline &&
                           (options.cancel == nullptr || !options.cancel->is_cancelled());
    if (!may_retry) return status;
    std::this_thread::sleep_for(pause);
    pause *= 2;
  }
}

Result<v1::BulkLoadResult> Connection::BulkLoad(v1::BulkLoadOpen open, std::istream& content,
                                                const CallOptions& call,
                                                const LoadOptions& options) {
  if (open.load_id().empty()) open.set_load_id(NewLoadId());
  // The time is that of all attempts.
  const auto begin = std::chrono::steady_clock::now();
  const auto new_call = [&] {
    CallOptions attempt = call;
    if (call.timeout) {
      const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::steady_clock::now() - begin);
      attempt.timeout = std::max(*call.timeout - spent, std::chrono::milliseconds(1));
    }
    return NewCall(attempt);
  };
  return RunBulkLoad(statements_.get(), new_call, call.cancel, open, content, options);
}

template <typename Stub, typename Request, typename Response>
Result<Response> Connection::Call(Stub* stub,
                                  grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                               Response*),
                                  const Request& request, const CallOptions& options) const {
  const auto call = NewCall(options);
  Response response;
  const grpc::Status status = (stub->*method)(&call->context(), request, &response);
  if (!status.ok()) return FromGrpc(status);
  return response;
}

Result<FetchedRows> Connection::FetchRows(const v1::FetchRowsRequest& request,
                                          const CallOptions& options) {
  if (std::optional<Error> error = NotUtf8(request.query())) return *error;
  v1::FetchRowsResponse response;
  const grpc::Status status = Retry(options, [&](grpc::ClientContext* context) {
    response.Clear();
    return queries_->FetchRows(context, request, &response);
  });
  if (!status.ok()) return FromGrpc(status);
  return FetchedRows::Decode(std::move(response));
}

Result<v1::CompleteQueryResponse> Connection::CompleteQuery(const v1::CompleteQueryRequest& request,
                                                            const CallOptions& options) {
  if (std::optional<Error> error = NotUtf8(request.query())) return *error;
  return Call(queries_.get(), &v1::QueryService::Stub::CompleteQuery, request, options);
}

Result<v1::AnalyzeQueryResponse> Connection::AnalyzeQuery(const v1::AnalyzeQueryRequest& request,
                                                          const CallOptions& options) {
  if (std::optional<Error> error = NotUtf8(request.query())) return *error;
  return Call(queries_.get(), &v1::QueryService::Stub::AnalyzeQuery, request, options);
}

Result<v1::ListRunningQueriesResponse> Connection::ListRunningQueries(
    const v1::ListRunningQueriesRequest& request, const CallOptions& options) {
  return Call(queries_.get(), &v1::QueryService::Stub::ListRunningQueries, request, options);
}

Result<v1::CancelQueryResponse> Connection::CancelQuery(const std::string& query_id,
                                                        const CallOptions& options) {
  v1::CancelQueryRequest request;
  request.set_query_id(query_id);
  return Call(queries_.get(), &v1::QueryService::Stub::CancelQuery, request, options);
}

Result<v1::GetServerInfoResponse> Connection::ServerInfo(const CallOptions& options) {
  return Call(admin_.get(), &v1::AdminService::Stub::GetServerInfo, v1::GetServerInfoRequest(),
              options);
}

Result<v1::GetIdentityResponse> Connection::GetIdentity(const CallOptions& options) {
  return Call(access_.get(), &v1::AccessService::Stub::GetIdentity, v1::GetIdentityRequest(),
              options);
}

Result<v1::CreateUserResponse> Connection::CreateUser(const v1::CreateUserRequest& request,
                                                      const CallOptions& options) {
  return Call(access_.get(), &v1::AccessService::Stub::CreateUser, request, options);
}

Result<v1::UpdateUserResponse> Connection::UpdateUser(const v1::UpdateUserRequest& request,
                                                      const CallOptions& options) {
  return Call(access_.get(), &v1::AccessService::Stub::UpdateUser, request, options);
}

Result<v1::DeleteUserResponse> Connection::DeleteUser(const v1::DeleteUserRequest& request,
                                                      const CallOptions& options) {
  return Call(access_.get(), &v1::AccessService::Stub::DeleteUser, request, options);
}

Result<v1::ListUsersResponse> Connection::ListUsers(const v1::ListUsersRequest& request,
                                                    const CallOptions& options) {
  return Call(access_.get(), &v1::AccessService::Stub::ListUsers, request, options);
}

Result<v1::ListRolesResponse> Connection::ListRoles(const v1::ListRolesRequest& request,
                                                    const CallOptions& options) {
  return Call(access_.get(), &v1::AccessService::Stub::ListRoles, request, options);
}

Result<v1::UpdateRoleResponse> Connection::UpdateRole(const v1::UpdateRoleRequest& request,
                                                      const CallOptions& options) {
  return Call(access_.get(), &v1::AccessService::Stub::UpdateRole, request, options);
}

Result<v1::IssueTokenResponse> Connection::IssueToken(const v1::IssueTokenRequest& request,
                                                      const CallOptions& options) {
  return Call(access_.get(), &v1::AccessService::Stub::IssueToken, request, options);
}

Result<v1::RevokeTokenResponse> Connection::RevokeToken(const v1::RevokeTokenRequest& request,
                                                        const CallOptions& options) {
  return Call(access_.get(), &v1::AccessService::Stub::RevokeToken, request, options);
}

Result<v1::ListTokensResponse> Connection::ListTokens(const v1::ListTokensRequest& request,
                                                      const CallOptions& options) {
  return Call(access_.get(), &v1::AccessService::Stub::ListTokens, request, options);
}

Result<v1::GetStatisticsResponse> Connection::GetStatistics(const v1::GetStatisticsRequest& request,
                                                            const CallOptions& options) {
  return Call(admin_.get(), &v1::AdminService::Stub::GetStatistics, request, options);
}

Result<v1::SetReadOnlyResponse> Connection::SetReadOnly(const v1::SetReadOnlyRequest& request,
                                                        const CallOptions& options) {
  return Call(admin_.get(), &v1::AdminService::Stub::SetReadOnly, request, options);
}

Result<v1::StartBackupResponse> Connection::StartBackup(const v1::StartBackupRequest& request,
                                                        const CallOptions& options) {
  return Call(admin_.get(), &v1::AdminService::Stub::StartBackup, request, options);
}

Result<v1::ListBackupsResponse> Connection::ListBackups(const v1::ListBackupsRequest& request,
                                                        const CallOptions& options) {
  return Call(admin_.get(), &v1::AdminService::Stub::ListBackups, request, options);
}

Result<v1::StartVerifyBackupResponse> Connection::StartVerifyBackup(
    const v1::StartVerifyBackupRequest& request, const CallOptions& options) {
  return Call(admin_.get(), &v1::AdminService::Stub::StartVerifyBackup, request, options);
}

Result<v1::StartVerifyResponse> Connection::StartVerify(const v1::StartVerifyRequest& request,
                                                        const CallOptions& options) {
  return Call(admin_.get(), &v1::AdminService::Stub::StartVerify, request, options);
}

Result<v1::StartCompactionResponse> Connection::StartCompaction(
    const v1::StartCompactionRequest& request, const CallOptions& options) {
  return Call(admin_.get(), &v1::AdminService::Stub::StartCompaction, request, options);
}

Result<v1::ListOperationsResponse> Connection::ListOperations(
    const v1::ListOperationsRequest& request, const CallOptions& options) {
  return Call(admin_.get(), &v1::AdminService::Stub::ListOperations, request, options);
}

Result<v1::GetOperationResponse> Connection::GetOperation(const v1::GetOperationRequest& request,
                                                          const CallOptions& options) {
  return Call(admin_.get(), &v1::AdminService::Stub::GetOperation, request, options);
}

Result<v1::CancelOperationResponse> Connection::CancelOperation(
    const v1::CancelOperationRequest& request, const CallOptions& options) {
  return Call(admin_.get(), &v1::AdminService::Stub::CancelOperation, request, options);
}

MaybeError Connection::TailAuditLog(
    const v1::TailAuditLogRequest& request,
    const std::function<bool(const v1::TailAuditLogResponse&)>& take, const CallOptions& options) {
  const auto call = NewCall(options);
  const auto reader = admin_->TailAuditLog(&call->context(), request);
  v1::TailAuditLogResponse part;
  bool is_wanted = true;
  while (is_wanted && reader->Read(&part)) is_wanted = take(part);
  if (!is_wanted) {
    call->context().TryCancel();
    while (reader->Read(&part)) {
    }
  }
  const grpc::Status status = reader->Finish();
  return status.ok() || !is_wanted ? MaybeError() : FromGrpc(status);
}

}  // namespace sightline::client
