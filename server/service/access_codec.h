// Access codec: users, tokens and clearances between the interface and the registry.
//
// Thread-safe: pure functions.

#pragma once

#include "server/auth/user.h"
#include "sightline/v1/access_service.pb.h"
#include "storage/base/status.h"

namespace sightline::server {

v1::Role ToProto(Role role);
v1::Clearance ToProto(const storage::Clearance& clearance);
v1::UsageLimits ToProto(const UsageLimits& limits);
v1::User ToProto(const User& user);
// As what it carries of what `user` has.
v1::Token ToProto(const AccessToken& token, const User& user);

// Errors: kInvalidArgument (SL8014) for a role or a label that does not exist, and a limit
// that cannot be.
StatusOr<Role> RoleFromProto(v1::Role role);                        // Unspecified: reader.
StatusOr<storage::TlpLabel> TlpLabelFromProto(v1::TlpLabel label);  // Unspecified: CLEAR.
StatusOr<storage::Clearance> ClearanceFromProto(const v1::Clearance& clearance);
StatusOr<UsageLimits> UsageLimitsFromProto(const v1::UsageLimits& limits);
StatusOr<User> UserFromProto(const v1::User& user);

}  // namespace sightline::server
