// User and AccessToken: who may call, and with what he shows that it is he.
//
// A user is a person or a service. What he may do is his role, what he may read and write is his
// clearance. A token is his; it may carry less than he has, never more: what counts in a call is
// the lesser of the two, at that moment.
//
// Thread-compatible plain data.

#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/auth/usage_limits.h"
#include "storage/base/status.h"
#include "storage/model/marking.h"

namespace sightline::server {

// Each may do what the ones before may. Part of the persistent format.
enum class Role : uint8_t {
  kReader = 0,
  kWriter = 1,         // Adds and retracts statements, changes definitions.
  kAdministrator = 2,  // Manages users and their tokens.
};
std::string_view RoleName(Role role);  // "reader", "writer", "administrator"
std::optional<Role> ParseRole(std::string_view name);

struct User {
  std::string name;
  Role role = Role::kReader;
  storage::Clearance clearance;
  // Subject alternative names (DNS, URI) and common names of client certificates that are his.
  std::vector<std::string> certificate_names;
  bool disabled = false;
  UsageLimits limits;  // Below those of his role.
  friend bool operator==(const User&, const User&) = default;
};

struct AccessToken {
  std::string id;           // Public: 16 hexadecimal digits.
  std::string user;         // The name.
  std::string label;        // What it is for, in the user's words.
  std::string secret_hash;  // SHA-256 of the secret, 32 bytes. The secret is not kept.
  int64_t create_micros = 0;
  int64_t expire_micros = 0;  // 0: never.

  // What it carries of what the user has; unset: all of it.
  std::optional<Role> role;
  std::optional<storage::TlpLabel> tlp_max;
  std::optional<std::set<std::string, std::less<>>> authorizations;
  friend bool operator==(const AccessToken&, const AccessToken&) = default;
};

// What a call with this token may read.
storage::Clearance ClearanceOf(const User& user, const AccessToken& token);
Role RoleOf(const User& user, const AccessToken& token);

// A name of 1 to 64 letters, digits and . _ - @ of ASCII. kInvalidArgument, saying so.
Status CheckUserName(std::string_view name);

// --- As records of the store. Errors of decoding: kDataLoss.

std::string EncodeUser(const User& user);
StatusOr<User> DecodeUser(std::string_view name, std::string_view record);
std::string EncodeToken(const AccessToken& token);
StatusOr<AccessToken> DecodeToken(std::string_view id, std::string_view record);

}  // namespace sightline::server
