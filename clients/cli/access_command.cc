#include "clients/cli/access_command.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "clients/cli/display_text.h"
#include "clients/cli/exit_code.h"
#include "clients/cli/query_command.h"
#include "clients/cli/records.h"
#include "clients/cli/value_text.h"

namespace sightline::cli {
namespace {

using Action = AccessWords::Action;

template <typename Texts>
std::string Joined(const Texts& texts) {
  return fmt::format("{}", fmt::join(texts.begin(), texts.end(), ","));
}

// "30 s", "10000 rows"; empty where there is none.
std::string LimitsText(const v1::UsageLimits& limits) {
  std::vector<std::string> words;
  const auto add = [&words](int64_t value, const char* unit) {
    if (value > 0) words.push_back(fmt::format("{} {}", value, unit));
  };
  const auto& time = limits.max_time();
  if (time.seconds() > 0 || time.nanos() > 0) {
    words.push_back(fmt::format(
        "{:g} s", static_cast<double>(time.seconds()) + static_cast<double>(time.nanos()) / 1e9));
  }
  add(limits.max_rows(), "rows");
  add(limits.max_memory_bytes() >> 20, "MiB");
  add(limits.max_steps(), "facts");
  add(limits.max_queries(), "queries");
  return fmt::format("{}", fmt::join(words, ", "));
}

// What was said, over what is there.
void Apply(const AccessWords& words, v1::UsageLimits* limits) {
  if (words.max_time) {
    *limits->mutable_max_time() =
        google::protobuf::util::TimeUtil::MillisecondsToDuration(words.max_time->count());
  }
  if (words.max_rows) limits->set_max_rows(*words.max_rows);
  if (words.max_memory_mib) limits->set_max_memory_bytes(*words.max_memory_mib << 20);
  if (words.max_steps) limits->set_max_steps(*words.max_steps);
  if (words.max_queries) limits->set_max_queries(*words.max_queries);
}

Records UserRecords(const std::vector<v1::User>& users) {
  Records records{
      {"name", "role", "clearance", "authorizations", "certificates", "limits", "state"}, {}};
  for (const v1::User& user : users) {
    records.rows.push_back(
        {user.name(), std::string(RoleName(user.role())), TlpLabelText(user.clearance().tlp_max()),
         Joined(user.clearance().authorizations()), Joined(user.certificate_names()),
         LimitsText(user.limits()), user.disabled() ? "disabled" : "enabled"});
  }
  return records;
}

// What was said, over what is there.
void Apply(const AccessWords& words, v1::User* user) {
  user->set_name(words.name);
  if (words.role) user->set_role(*words.role);
  if (words.clearance) user->mutable_clearance()->set_tlp_max(*words.clearance);
  if (words.authorizations) {
    user->mutable_clearance()->mutable_authorizations()->Assign(words.authorizations->begin(),
                                                                words.authorizations->end());
  }
  if (words.certificate_names) {
    user->mutable_certificate_names()->Assign(words.certificate_names->begin(),
                                              words.certificate_names->end());
  }
  if (words.disabled) user->set_disabled(*words.disabled);
  Apply(words, user->mutable_limits());
}

// All pages.
client::Result<std::vector<v1::User>> ListUsers(client::Connection* connection,
                                                const client::CallOptions& call) {
  std::vector<v1::User> users;
  v1::ListUsersRequest request;
  do {
    client::Result<v1::ListUsersResponse> page = connection->ListUsers(request, call);
    if (!page.ok()) return page.error();
    users.insert(users.end(), page->users().begin(), page->users().end());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return users;
}

client::Result<std::vector<v1::Token>> ListTokens(client::Connection* connection,
                                                  const std::string& user,
                                                  const client::CallOptions& call) {
  std::vector<v1::Token> tokens;
  v1::ListTokensRequest request;
  request.set_user(user);
  do {
    client::Result<v1::ListTokensResponse> page = connection->ListTokens(request, call);
    if (!page.ok()) return page.error();
    tokens.insert(tokens.end(), page->tokens().begin(), page->tokens().end());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return tokens;
}

client::MaybeError UpdateUser(const AccessWords& words, client::Connection* connection,
                              const client::CallOptions& call) {
  const client::Result<std::vector<v1::User>> users = ListUsers(connection, call);
  if (!users.ok()) return users.error();
  v1::UpdateUserRequest request;
  for (const v1::User& user : *users) {
    if (user.name() == words.name) *request.mutable_user() = user;
  }
  Apply(words, request.mutable_user());  // Of an unknown one the server says that he is.
  const auto updated = connection->UpdateUser(request, call);
  return updated.ok() ? client::MaybeError() : updated.error();
}

client::MaybeError ShowIdentity(Session* session, const client::CallOptions& call) {
  const auto identity = session->connection().GetIdentity(call);
  if (!identity.ok()) return identity.error();
  const bool expires = identity->has_expire_time();
  PrintRecords({{"user", "role", "clearance", "authorizations", "token", "expires"},
                {{identity->user(), std::string(RoleName(identity->role())),
                  TlpLabelText(identity->clearance().tlp_max()),
                  Joined(identity->clearance().authorizations()), identity->token_id(),
                  expires ? InstantText(identity->expire_time()) : ""}}},
               session);
  return std::nullopt;
}

client::MaybeError DoUser(const AccessWords& words, Session* session,
                          const client::CallOptions& call) {
  client::Connection& connection = session->connection();
  switch (words.action) {
    case Action::kShow:
      return ShowIdentity(session, call);
    case Action::kCreate: {
      v1::CreateUserRequest request;
      Apply(words, request.mutable_user());
      const auto created = connection.CreateUser(request, call);
      return created.ok() ? client::MaybeError() : created.error();
    }
    case Action::kUpdate:
      return UpdateUser(words, &connection, call);
    case Action::kDelete: {
      v1::DeleteUserRequest request;
      request.set_name(words.name);
      const auto deleted = connection.DeleteUser(request, call);
      return deleted.ok() ? client::MaybeError() : deleted.error();
    }
    default:
      break;
  }
  const client::Result<std::vector<v1::User>> users = ListUsers(&connection, call);
  if (!users.ok()) return users.error();
  PrintRecords(UserRecords(*users), session);
  return std::nullopt;
}

client::MaybeError DoRole(const AccessWords& words, Session* session,
                          const client::CallOptions& call) {
  const auto roles = session->connection().ListRoles({}, call);
  if (!roles.ok()) return roles.error();
  if (words.action == Action::kUpdate) {
    v1::UpdateRoleRequest request;
    for (const v1::RoleLimits& role : roles->roles()) {
      if (role.role() == *words.role) *request.mutable_role() = role;
    }
    Apply(words, request.mutable_role()->mutable_limits());
    const auto updated = session->connection().UpdateRole(request, call);
    return updated.ok() ? client::MaybeError() : updated.error();
  }
  Records records{{"role", "limits"}, {}};
  for (const v1::RoleLimits& role : roles->roles()) {
    records.rows.push_back({std::string(RoleName(role.role())), LimitsText(role.limits())});
  }
  PrintRecords(records, session);
  return std::nullopt;
}

client::MaybeError IssueToken(const AccessWords& words, Session* session,
                              const client::CallOptions& call) {
  v1::IssueTokenRequest request;
  request.set_user(words.user);
  request.set_label(words.label);
  if (words.lifetime) request.mutable_lifetime()->set_seconds(words.lifetime->count());
  if (words.role) request.set_role(*words.role);
  if (words.clearance) request.set_tlp_max(*words.clearance);
  if (words.authorizations) {
    request.mutable_authorizations()->mutable_names()->Assign(words.authorizations->begin(),
                                                              words.authorizations->end());
  }
  const auto issued = session->connection().IssueToken(request, call);
  if (!issued.ok()) return issued.error();
  session->out().Write(issued->secret() + "\n");
  if (!session->options().is_quiet) {
    const v1::Token& token = issued->token();
    session->Say(fmt::format(
        "token {} of {}: {}, {}, {}", token.id(), OneLine(token.user()), RoleName(token.role()),
        TlpLabelText(token.clearance().tlp_max()),
        token.has_expire_time() ? "until " + InstantText(token.expire_time()) : "without end"));
  }
  return std::nullopt;
}

client::MaybeError DoToken(const AccessWords& words, Session* session,
                           const client::CallOptions& call) {
  client::Connection& connection = session->connection();
  if (words.action == Action::kIssue) return IssueToken(words, session, call);
  if (words.action == Action::kRevoke) {
    v1::RevokeTokenRequest request;
    request.set_id(words.name);
    const auto revoked = connection.RevokeToken(request, call);
    return revoked.ok() ? client::MaybeError() : revoked.error();
  }
  const client::Result<std::vector<v1::Token>> tokens = ListTokens(&connection, words.user, call);
  if (!tokens.ok()) return tokens.error();
  Records records{
      {"id", "user", "label", "role", "clearance", "authorizations", "created", "expires"}, {}};
  for (const v1::Token& token : *tokens) {
    records.rows.push_back(
        {token.id(), token.user(), token.label(), std::string(RoleName(token.role())),
         TlpLabelText(token.clearance().tlp_max()), Joined(token.clearance().authorizations()),
         InstantText(token.create_time()),
         token.has_expire_time() ? InstantText(token.expire_time()) : ""});
  }
  PrintRecords(records, session);
  return std::nullopt;
}

int Run(Session* session,
        client::MaybeError (*work)(const AccessWords&, Session*, const client::CallOptions&)) {
  if (const int exit_code = session->Open(); exit_code != kExitOk) return exit_code;
  const client::CallOptions call{.timeout = session->options().timeout, .cancel = nullptr};
  if (const client::MaybeError error = work(session->options().access, session, call)) {
    session->Report(*error);
    return session->ExitCodeOf(*error, false);
  }
  return FinishOutput(session, kExitOk);
}

}  // namespace

int RunUserCommand(Session* session) { return Run(session, DoUser); }

int RunRoleCommand(Session* session) { return Run(session, DoRole); }

int RunTokenCommand(Session* session) { return Run(session, DoToken); }

}  // namespace sightline::cli
