#include "server/service/access_service.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/auth/access_registry.h"
#include "server/service/access_codec.h"
#include "server/service/list_page.h"
#include "server/service/request_error.h"
#include "server/service/unary_answer.h"
#include "server/service/value_codec.h"
#include "storage/base/clock.h"

namespace sightline::server {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kLifetimeSecondsMax = 10ll * 366 * 86'400;

template <typename Work>
grpc::ServerUnaryReactor* Answer(const ServiceContext* context, grpc::CallbackServerContext* call,
                                 std::string_view method, std::string detail, const Work& work) {
  return AnswerNow(context, call, method, kBadAccessRequest, std::move(detail), work);
}

bool IsAdministrator(const Caller& caller) { return caller.role() == Role::kAdministrator; }

Status NeedsAdministrator() {
  return MakeStatus(StatusCode::kPermissionDenied,
                    "For others than oneself this needs the role administrator");
}

// When a token that is issued now expires; 0: never.
StatusOr<int64_t> ExpiryOf(const v1::IssueTokenRequest& request, int64_t default_ms,
                           int64_t now_micros) {
  if (!request.has_lifetime()) return now_micros + default_ms * 1'000;
  const int64_t seconds = request.lifetime().seconds();
  if (seconds == 0 && request.lifetime().nanos() == 0) return 0;
  if (seconds < 1 || seconds > kLifetimeSecondsMax) {
    return InvalidArgument("A token lives from a second to ten years, or without end");
  }
  return now_micros + seconds * kMicrosPerSecond;
}

// Holds the new token to what the one that asks for it carries. Where no lifetime was asked for, it
// ends with that one at the latest.
Status HoldTo(const AccessToken& asking, bool has_lifetime, AccessToken* token) {
  if (asking.role) token->role = std::min(token->role.value_or(*asking.role), *asking.role);
  if (asking.tlp_max) {
    token->tlp_max = std::min(token->tlp_max.value_or(*asking.tlp_max), *asking.tlp_max);
  }
  if (asking.authorizations) {
    if (!token->authorizations) token->authorizations = asking.authorizations;
    std::erase_if(*token->authorizations, [&](const std::string& authorization) {
      return !asking.authorizations->contains(authorization);
    });
  }
  const bool outlives = asking.expire_micros != 0 &&
                        (token->expire_micros == 0 || token->expire_micros > asking.expire_micros);
  if (outlives && !has_lifetime) token->expire_micros = asking.expire_micros;
  if (!outlives || !has_lifetime) return OkStatus();
  return InvalidArgument("The token would live longer than the one that asks for it");
}

}  // namespace

grpc::ServerUnaryReactor* AccessService::GetIdentity(grpc::CallbackServerContext* call,
                                                     const v1::GetIdentityRequest*,
                                                     v1::GetIdentityResponse* response) {
  return Answer(context_, call, "/sightline.v1.AccessService/GetIdentity", "",
                [&](const Caller& caller) -> Status {
                  response->set_user(caller.principal());
                  response->set_role(ToProto(caller.role()));
                  *response->mutable_clearance() = ToProto(caller.clearance());
                  if (caller.token_id().empty()) return OkStatus();
                  response->set_token_id(caller.token_id());
                  SL_ASSIGN_OR_RETURN(const AccessToken token,
                                      context_->access->FindToken(caller.token_id()));
                  if (token.expire_micros != 0) {
                    SetTimestamp(token.expire_micros, response->mutable_expire_time());
                  }
                  return OkStatus();
                });
}

grpc::ServerUnaryReactor* AccessService::CreateUser(grpc::CallbackServerContext* call,
                                                    const v1::CreateUserRequest* request,
                                                    v1::CreateUserResponse* response) {
  return Answer(context_, call, "/sightline.v1.AccessService/CreateUser",
                "user " + request->user().name(), [&](const Caller&) -> Status {
                  SL_ASSIGN_OR_RETURN(const User user, UserFromProto(request->user()));
                  SL_RETURN_IF_ERROR(context_->access->CreateUser(user));
                  *response->mutable_user() = ToProto(user);
                  return OkStatus();
                });
}

grpc::ServerUnaryReactor* AccessService::UpdateUser(grpc::CallbackServerContext* call,
                                                    const v1::UpdateUserRequest* request,
                                                    v1::UpdateUserResponse* response) {
  return Answer(context_, call, "/sightline.v1.AccessService/UpdateUser",
                "user " + request->user().name(), [&](const Caller&) -> Status {
                  SL_ASSIGN_OR_RETURN(const User user, UserFromProto(request->user()));
                  SL_RETURN_IF_ERROR(context_->access->UpdateUser(user));
                  *response->mutable_user() = ToProto(user);
                  return OkStatus();
                });
}

grpc::ServerUnaryReactor* AccessService::DeleteUser(grpc::CallbackServerContext* call,
                                                    const v1::DeleteUserRequest* request,
                                                    v1::DeleteUserResponse*) {
  return Answer(context_, call, "/sightline.v1.AccessService/DeleteUser", "user " + request->name(),
                [&](const Caller&) { return context_->access->DeleteUser(request->name()); });
}

grpc::ServerUnaryReactor* AccessService::ListUsers(grpc::CallbackServerContext* call,
                                                   const v1::ListUsersRequest* request,
                                                   v1::ListUsersResponse* response) {
  return Answer(context_, call, "/sightline.v1.AccessService/ListUsers", "",
                [&](const Caller&) -> Status {
                  const std::vector<User> users = context_->access->Users();
                  SL_ASSIGN_OR_RETURN(const ListPage page,
                                      ListPageOf(users.size(), request->page_size(),
                                                 context_->limits, request->page_token()));
                  for (size_t i = page.begin; i < page.end; ++i)
                    *response->add_users() = ToProto(users[i]);
                  response->set_next_page_token(page.next);
                  return OkStatus();
                });
}

grpc::ServerUnaryReactor* AccessService::ListRoles(grpc::CallbackServerContext* call,
                                                   const v1::ListRolesRequest*,
                                                   v1::ListRolesResponse* response) {
  return Answer(context_, call, "/sightline.v1.AccessService/ListRoles", "",
                [&](const Caller&) -> Status {
                  for (const Role role : {Role::kReader, Role::kWriter, Role::kAdministrator}) {
                    v1::RoleLimits* const out = response->add_roles();
                    out->set_role(ToProto(role));
                    *out->mutable_limits() = ToProto(context_->access->RoleLimits(role));
                  }
                  return OkStatus();
                });
}

grpc::ServerUnaryReactor* AccessService::UpdateRole(grpc::CallbackServerContext* call,
                                                    const v1::UpdateRoleRequest* request,
                                                    v1::UpdateRoleResponse* response) {
  return Answer(context_, call, "/sightline.v1.AccessService/UpdateRole",
                "role " + v1::Role_Name(request->role().role()), [&](const Caller&) -> Status {
                  // Of a list, a role that is left out would be the first one's.
                  if (request->role().role() == v1::ROLE_UNSPECIFIED) {
                    return InvalidArgument("role.role is to be said");
                  }
                  SL_ASSIGN_OR_RETURN(const Role role, RoleFromProto(request->role().role()));
                  SL_ASSIGN_OR_RETURN(const UsageLimits limits,
                                      UsageLimitsFromProto(request->role().limits()));
                  SL_RETURN_IF_ERROR(context_->access->SetRoleLimits(role, limits));
                  *response->mutable_role() = request->role();
                  return OkStatus();
                });
}

grpc::ServerUnaryReactor* AccessService::IssueToken(grpc::CallbackServerContext* call,
                                                    const v1::IssueTokenRequest* request,
                                                    v1::IssueTokenResponse* response) {
  return Answer(context_, call, "/sightline.v1.AccessService/IssueToken",
                "for user " + request->user(), [&](const Caller& caller) -> Status {
                  AccessToken token;
                  token.user = request->user().empty() ? caller.principal() : request->user();
                  const bool is_for_oneself = token.user == caller.principal();
                  if (!is_for_oneself && !IsAdministrator(caller)) return NeedsAdministrator();
                  token.label = request->label();
                  SL_ASSIGN_OR_RETURN(token.expire_micros,
                                      ExpiryOf(*request, context_->limits.token_ms_default,
                                               storage::Clock::System()->NowMicros()));
                  if (request->role() != v1::ROLE_UNSPECIFIED) {
                    SL_ASSIGN_OR_RETURN(token.role, RoleFromProto(request->role()));
                  }
                  if (request->tlp_max() != v1::TLP_LABEL_UNSPECIFIED) {
                    SL_ASSIGN_OR_RETURN(token.tlp_max, TlpLabelFromProto(request->tlp_max()));
                  }
                  if (request->has_authorizations()) {
                    const auto& names = request->authorizations().names();
                    token.authorizations.emplace(names.begin(), names.end());
                  }
                  // An administrator's token may be a narrow one; one for somebody else is a matter
                  // of his role, and what that one has bounds it.
                  if (is_for_oneself && !caller.token_id().empty()) {
                    SL_ASSIGN_OR_RETURN(const AccessToken asking,
                                        context_->access->FindToken(caller.token_id()));
                    SL_RETURN_IF_ERROR(HoldTo(asking, request->has_lifetime(), &token));
                  }
                  SL_ASSIGN_OR_RETURN(const AccessRegistry::Issued issued,
                                      context_->access->IssueToken(std::move(token)));
                  SL_ASSIGN_OR_RETURN(const User user,
                                      context_->access->FindUser(issued.token.user));
                  *response->mutable_token() = ToProto(issued.token, user);
                  response->set_secret(issued.text.ToString());
                  return OkStatus();
                });
}

grpc::ServerUnaryReactor* AccessService::RevokeToken(grpc::CallbackServerContext* call,
                                                     const v1::RevokeTokenRequest* request,
                                                     v1::RevokeTokenResponse*) {
  return Answer(context_, call, "/sightline.v1.AccessService/RevokeToken", "token " + request->id(),
                [&](const Caller& caller) -> Status {
                  SL_ASSIGN_OR_RETURN(const AccessToken token,
                                      context_->access->FindToken(request->id()));
                  if (token.user != caller.principal() && !IsAdministrator(caller)) {
                    // As if there were none: whose tokens there are is nobody's business.
                    return NotFound("There is no token {}", request->id().substr(0, 80));
                  }
                  return context_->access->RevokeToken(request->id());
                });
}

grpc::ServerUnaryReactor* AccessService::ListTokens(grpc::CallbackServerContext* call,
                                                    const v1::ListTokensRequest* request,
                                                    v1::ListTokensResponse* response) {
  return Answer(
      context_, call, "/sightline.v1.AccessService/ListTokens", "",
      [&](const Caller& caller) -> Status {
        const std::string& whose = request->user().empty() ? caller.principal() : request->user();
        if (whose != caller.principal() && !IsAdministrator(caller)) return NeedsAdministrator();
        std::vector<AccessToken> tokens = context_->access->Tokens();
        if (whose != "*") {
          std::erase_if(tokens, [&](const AccessToken& token) { return token.user != whose; });
        }
        SL_ASSIGN_OR_RETURN(const ListPage page,
                            ListPageOf(tokens.size(), request->page_size(), context_->limits,
                                       request->page_token()));
        for (size_t i = page.begin; i < page.end; ++i) {
          const StatusOr<User> user = context_->access->FindUser(tokens[i].user);
          if (user.ok()) *response->add_tokens() = ToProto(tokens[i], *user);
        }
        response->set_next_page_token(page.next);
        return OkStatus();
      });
}

}  // namespace sightline::server
