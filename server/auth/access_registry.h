// AccessRegistry: the users and their tokens, kept in the store, at hand in memory.
//
// Each change is durable before it counts, and counts for the next call at once: who is disabled or
// whose token is revoked is let in no more.
//
// Thread safety: safe from any thread.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/auth/token_secret.h"
#include "server/auth/user.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/store.h"

namespace sightline::server {

class AccessRegistry {
 public:
  // Reads what the store has. Borrows both, which must outlive it. Errors: the store's.
  static StatusOr<std::unique_ptr<AccessRegistry>> Open(storage::Store* store,
                                                        storage::Clock* clock);

  // A token as it is handed out: the only time that its secret is seen.
  struct Issued {
    AccessToken token;
    TokenText text;
  };

  // Where there are no users yet, makes "admin", an administrator who may read and write up to
  // TLP:RED, and a token that does not expire. None where there are users.
  StatusOr<std::optional<Issued>> CreateFirstAdministrator();

  // Who shows this token. kUnauthenticated, in the same words whether it is unknown, wrong, revoked
  // or expired, or its user is disabled or gone.
  struct Holder {
    User user;
    AccessToken token;
  };
  StatusOr<Holder> FindHolder(std::string_view token_text) const;
  // Whose certificate it is, by any of its names. kUnauthenticated when it is nobody's, or the
  // names are several users'.
  StatusOr<User> FindByCertificate(const std::vector<std::string>& names) const;
  // OK while a call that was let in with this token, or without any when it is empty, as this user
  // would still be; else kUnauthenticated.
  Status CheckStillGood(std::string_view user, std::string_view token_id) const;

  std::vector<User> Users() const;                       // By name.
  StatusOr<User> FindUser(std::string_view name) const;  // kNotFound
  // By user and time.
  std::vector<AccessToken> Tokens() const;
  StatusOr<AccessToken> FindToken(std::string_view id) const;  // kNotFound

  // Errors: kAlreadyExists; kInvalidArgument for a name, an authorization or a certificate's name
  // that cannot be, or that another user has.
  Status CreateUser(const User& user);
  // Errors: kNotFound; kInvalidArgument as above; kFailedPrecondition when no administrator would
  // be left who may call.
  Status UpdateUser(const User& user);
  // His tokens go with him. Errors: kNotFound; kFailedPrecondition as above.
  Status DeleteUser(std::string_view name);

  // What all users of a role may use at most. Errors: kInvalidArgument.
  Status SetRoleLimits(Role role, const UsageLimits& limits);
  UsageLimits RoleLimits(Role role) const;
  // What this user may: the lower of his role's and his own.
  UsageLimits LimitsOf(const User& user) const;

  // `token` says what for, for whom, for how long; id and secret are made here. Errors: kNotFound
  // for the user; kInvalidArgument for a label of more than 200 bytes, or an end that is past.
  StatusOr<Issued> IssueToken(AccessToken token);
  Status RevokeToken(std::string_view id);  // kNotFound

 private:
  struct Access {
    std::map<std::string, User, std::less<>> users;
    std::map<std::string, AccessToken, std::less<>> tokens;  // By id.
    std::map<Role, UsageLimits> role_limits;                 // Of those that have some.
  };
  using Changes = std::map<std::string, std::optional<std::string>>;

  AccessRegistry(storage::Store* store, storage::Clock* clock) : store_(store), clock_(clock) {}

  std::shared_ptr<const Access> access() const;
  // Writes the changes and lets `next` count.
  Status Commit(const Changes& changes, Access next) SL_REQUIRES(write_mutex_);
  Status CheckUser(const Access& access, const User& user) const;
  // kFailedPrecondition when nobody is left who manages users.
  Status CheckAdministrated(const Access& next) const;
  bool IsExpired(const AccessToken& token) const;

  storage::Store* const store_;
  storage::Clock* const clock_;
  storage::Mutex write_mutex_;  // One change at a time.
  mutable storage::Mutex mutex_;
  std::shared_ptr<const Access> access_ SL_GUARDED_BY(mutex_) = std::make_shared<Access>();
};

}  // namespace sightline::server
