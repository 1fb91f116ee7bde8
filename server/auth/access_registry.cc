#include "server/auth/access_registry.h"

#include <algorithm>
#include <set>
#include <utility>

namespace sightline::server {
namespace {

using storage::MutexLock;

// Of the records' names.
constexpr std::string_view kUser = "user/";
constexpr std::string_view kToken = "token/";
constexpr std::string_view kRole = "role/";

constexpr size_t kLabelBytesMax = 200;
constexpr size_t kNameBytesMax = 250;  // Of authorizations and of certificates' names.

std::string UserKey(std::string_view name) { return std::string(kUser).append(name); }
std::string TokenKey(std::string_view id) { return std::string(kToken).append(id); }
std::string RoleKey(Role role) { return std::string(kRole).append(RoleName(role)); }

Status NotLetIn() {
  return MakeStatus(StatusCode::kUnauthenticated, "The access token is not one of this server");
}

}  // namespace

StatusOr<std::unique_ptr<AccessRegistry>> AccessRegistry::Open(storage::Store* store,
                                                               storage::Clock* clock) {
  std::unique_ptr<AccessRegistry> registry(new AccessRegistry(store, clock));
  SL_ASSIGN_OR_RETURN(const auto records, store->ServerRecords());
  Access access;
  for (const auto& [name, record] : records) {
    const std::string_view view = name;
    if (view.starts_with(kUser)) {
      SL_ASSIGN_OR_RETURN(User user, DecodeUser(view.substr(kUser.size()), record));
      access.users.emplace(user.name, std::move(user));
    } else if (view.starts_with(kToken)) {
      SL_ASSIGN_OR_RETURN(AccessToken token, DecodeToken(view.substr(kToken.size()), record));
      access.tokens.emplace(token.id, std::move(token));
    } else if (view.starts_with(kRole)) {
      const std::optional<Role> role = ParseRole(view.substr(kRole.size()));
      if (!role) return DataLoss("A record of access control is of no role: {}", view);
      storage::ByteReader reader(record);
      SL_ASSIGN_OR_RETURN(access.role_limits[*role], ReadUsageLimits(&reader));
      SL_RETURN_IF_ERROR(reader.ExpectEnd());
    }
  }
  MutexLock lock(&registry->mutex_);
  registry->access_ = std::make_shared<const Access>(std::move(access));
  return registry;
}

std::shared_ptr<const AccessRegistry::Access> AccessRegistry::access() const {
  MutexLock lock(&mutex_);
  return access_;
}

bool AccessRegistry::IsExpired(const AccessToken& token) const {
  return token.expire_micros != 0 && clock_->NowMicros() >= token.expire_micros;
}

Status AccessRegistry::Commit(const Changes& changes, Access next) {
  SL_RETURN_IF_ERROR(store_->WriteServerRecords(changes));
  auto shared = std::make_shared<const Access>(std::move(next));
  MutexLock lock(&mutex_);
  access_ = std::move(shared);
  return OkStatus();
}

StatusOr<std::optional<AccessRegistry::Issued>> AccessRegistry::CreateFirstAdministrator() {
  if (!access()->users.empty()) return std::optional<Issued>();
  User admin;
  admin.name = "admin";
  admin.role = Role::kAdministrator;
  admin.clearance.tlp_max = storage::TlpLabel::kRed;
  SL_RETURN_IF_ERROR(CreateUser(admin));
  AccessToken token;
  token.user = admin.name;
  token.label = "made at the first start";
  SL_ASSIGN_OR_RETURN(Issued issued, IssueToken(std::move(token)));
  return std::optional<Issued>(std::move(issued));
}

StatusOr<AccessRegistry::Holder> AccessRegistry::FindHolder(std::string_view token_text) const {
  SL_ASSIGN_OR_RETURN(const TokenText text, ParseToken(token_text));
  const auto access = this->access();
  const auto token = access->tokens.find(text.id);
  // An unknown token takes as long as a wrong one.
  const std::string no_hash(32, '\0');
  const bool matches = SecretMatches(
      text.secret, token == access->tokens.end() ? no_hash : token->second.secret_hash);
  if (token == access->tokens.end() || !matches || IsExpired(token->second)) return NotLetIn();
  const auto user = access->users.find(token->second.user);
  if (user == access->users.end() || user->second.disabled) return NotLetIn();
  return Holder{user->second, token->second};
}

StatusOr<User> AccessRegistry::FindByCertificate(const std::vector<std::string>& names) const {
  const auto access = this->access();
  const User* found = nullptr;
  for (const auto& [name, user] : access->users) {
    const bool is_his =
        std::any_of(names.begin(), names.end(), [&his = user.certificate_names](const auto& one) {
          return std::find(his.begin(), his.end(), one) != his.end();
        });
    if (!is_his || user.disabled) continue;
    if (found != nullptr) {
      return MakeStatus(StatusCode::kUnauthenticated,
                        "The client certificate's names are those of several users");
    }
    found = &user;
  }
  if (found != nullptr) return *found;
  return MakeStatus(StatusCode::kUnauthenticated, "The client certificate is no user's");
}

Status AccessRegistry::CheckStillGood(std::string_view user, std::string_view token_id) const {
  const auto access = this->access();
  const auto found = access->users.find(user);
  if (found == access->users.end() || found->second.disabled) return NotLetIn();
  if (token_id.empty()) return OkStatus();
  const auto token = access->tokens.find(token_id);
  return token == access->tokens.end() || IsExpired(token->second) ? NotLetIn() : OkStatus();
}

std::vector<User> AccessRegistry::Users() const {
  const auto access = this->access();
  std::vector<User> users;
  for (const auto& [name, user] : access->users) users.push_back(user);
  return users;
}

StatusOr<User> AccessRegistry::FindUser(std::string_view name) const {
  const auto access = this->access();
  const auto found = access->users.find(name);
  if (found == access->users.end()) return NotFound("There is no user {}", name.substr(0, 80));
  return found->second;
}

std::vector<AccessToken> AccessRegistry::Tokens() const {
  const auto access = this->access();
  std::vector<AccessToken> tokens;
  for (const auto& [id, token] : access->tokens) tokens.push_back(token);
  std::sort(tokens.begin(), tokens.end(), [](const AccessToken& a, const AccessToken& b) {
    return std::tie(a.user, a.create_micros, a.id) < std::tie(b.user, b.create_micros, b.id);
  });
  return tokens;
}

StatusOr<AccessToken> AccessRegistry::FindToken(std::string_view id) const {
  const auto access = this->access();
  const auto found = access->tokens.find(id);
  if (found == access->tokens.end()) return NotFound("There is no token {}", id.substr(0, 80));
  return found->second;
}

Status AccessRegistry::CheckUser(const Access& access, const User& user) const {
  SL_RETURN_IF_ERROR(CheckUserName(user.name));
  SL_RETURN_IF_ERROR(CheckUsageLimits(user.limits));
  const auto check_size = [](std::string_view what, std::string_view name) -> Status {
    if (!name.empty() && name.size() <= kNameBytesMax) return OkStatus();
    return InvalidArgument("{} has 1 to {} bytes", what, kNameBytesMax);
  };
  for (const std::string& authorization : user.clearance.authorizations) {
    SL_RETURN_IF_ERROR(check_size("An authorization", authorization));
  }
  for (const std::string& name : user.certificate_names) {
    SL_RETURN_IF_ERROR(check_size("A certificate's name", name));
    for (const auto& [other_name, other] : access.users) {
      if (other_name == user.name) continue;
      const auto& his = other.certificate_names;
      if (std::find(his.begin(), his.end(), name) != his.end()) {
        return InvalidArgument("The certificate's name is {}'s already: {}", other_name, name);
      }
    }
  }
  return OkStatus();
}

Status AccessRegistry::CheckAdministrated(const Access& next) const {
  for (const auto& [name, user] : next.users) {
    if (user.role != Role::kAdministrator || user.disabled) continue;
    if (!user.certificate_names.empty()) return OkStatus();
    for (const auto& [id, token] : next.tokens) {
      if (token.user == name && token.expire_micros == 0 &&
          RoleOf(user, token) == Role::kAdministrator) {
        return OkStatus();
      }
    }
  }
  return FailedPrecondition(
      "No administrator would be left who can call: with a certificate, or a token that does not "
      "expire");
}

Status AccessRegistry::CreateUser(const User& user) {
  MutexLock lock(&write_mutex_);
  Access next = *access();
  SL_RETURN_IF_ERROR(CheckUser(next, user));
  if (!next.users.emplace(user.name, user).second) {
    return MakeStatus(StatusCode::kAlreadyExists,
                      fmt::format("There is a user {} already", user.name));
  }
  return Commit({{UserKey(user.name), EncodeUser(user)}}, std::move(next));
}

Status AccessRegistry::UpdateUser(const User& user) {
  MutexLock lock(&write_mutex_);
  Access next = *access();
  const auto found = next.users.find(user.name);
  if (found == next.users.end()) return NotFound("There is no user {}", user.name);
  SL_RETURN_IF_ERROR(CheckUser(next, user));
  found->second = user;
  SL_RETURN_IF_ERROR(CheckAdministrated(next));
  return Commit({{UserKey(user.name), EncodeUser(user)}}, std::move(next));
}

Status AccessRegistry::DeleteUser(std::string_view name) {
  MutexLock lock(&write_mutex_);
  Access next = *access();
  const auto found = next.users.find(name);
  if (found == next.users.end()) return NotFound("There is no user {}", name.substr(0, 80));
  next.users.erase(found);
  Changes changes = {{UserKey(name), std::nullopt}};
  for (const auto& [id, token] : access()->tokens) {
    if (token.user != name) continue;
    next.tokens.erase(id);
    changes.emplace(TokenKey(id), std::nullopt);
  }
  SL_RETURN_IF_ERROR(CheckAdministrated(next));
  return Commit(changes, std::move(next));
}

Status AccessRegistry::SetRoleLimits(Role role, const UsageLimits& limits) {
  SL_RETURN_IF_ERROR(CheckUsageLimits(limits));
  MutexLock lock(&write_mutex_);
  Access next = *access();
  std::optional<std::string> record;
  next.role_limits.erase(role);
  if (limits != UsageLimits()) {
    next.role_limits.emplace(role, limits);
    AppendUsageLimits(limits, &record.emplace());
  }
  return Commit({{RoleKey(role), std::move(record)}}, std::move(next));
}

UsageLimits AccessRegistry::RoleLimits(Role role) const {
  const auto access = this->access();
  const auto found = access->role_limits.find(role);
  return found == access->role_limits.end() ? UsageLimits() : found->second;
}

UsageLimits AccessRegistry::LimitsOf(const User& user) const {
  return LowerOf(RoleLimits(user.role), user.limits);
}

StatusOr<AccessRegistry::Issued> AccessRegistry::IssueToken(AccessToken token) {
  SL_ASSIGN_OR_RETURN(TokenText text, MakeToken());
  token.id = text.id;
  token.secret_hash = HashSecret(text.secret);
  token.create_micros = clock_->NowMicros();
  if (token.label.size() > kLabelBytesMax) {
    return InvalidArgument("A token's label has at most {} bytes", kLabelBytesMax);
  }
  if (IsExpired(token)) return InvalidArgument("The token would have expired already");
  MutexLock lock(&write_mutex_);
  Access next = *access();
  if (!next.users.contains(token.user)) return NotFound("There is no user {}", token.user);
  next.tokens[token.id] = token;
  SL_RETURN_IF_ERROR(Commit({{TokenKey(token.id), EncodeToken(token)}}, std::move(next)));
  return Issued{std::move(token), std::move(text)};
}

Status AccessRegistry::RevokeToken(std::string_view id) {
  MutexLock lock(&write_mutex_);
  Access next = *access();
  const auto found = next.tokens.find(id);
  if (found == next.tokens.end()) return NotFound("There is no token {}", id.substr(0, 80));
  next.tokens.erase(found);
  SL_RETURN_IF_ERROR(CheckAdministrated(next));
  return Commit({{TokenKey(id), std::nullopt}}, std::move(next));
}

}  // namespace sightline::server
