#include "server/service/access_codec.h"

#include <google/protobuf/util/time_util.h>

#include <optional>

#include "server/service/request_error.h"
#include "server/service/value_codec.h"

namespace sightline::server {

using google::protobuf::util::TimeUtil;

v1::Role ToProto(Role role) {
  switch (role) {
    case Role::kReader:
      return v1::ROLE_READER;
    case Role::kWriter:
      return v1::ROLE_WRITER;
    case Role::kAdministrator:
      return v1::ROLE_ADMINISTRATOR;
  }
  return v1::ROLE_UNSPECIFIED;
}

v1::Clearance ToProto(const storage::Clearance& clearance) {
  v1::Clearance out;
  out.set_tlp_max(static_cast<v1::TlpLabel>(static_cast<int>(clearance.tlp_max) + 1));
  for (const std::string& authorization : clearance.authorizations) {
    out.add_authorizations(authorization);
  }
  return out;
}

v1::UsageLimits ToProto(const UsageLimits& limits) {
  v1::UsageLimits out;
  if (limits.time_ms > 0) {
    *out.mutable_max_time() = TimeUtil::MillisecondsToDuration(limits.time_ms);
  }
  out.set_max_rows(limits.rows);
  out.set_max_memory_bytes(limits.memory_bytes);
  out.set_max_steps(limits.steps);
  out.set_max_queries(limits.queries);
  return out;
}

v1::User ToProto(const User& user) {
  v1::User out;
  out.set_name(user.name);
  out.set_role(ToProto(user.role));
  *out.mutable_clearance() = ToProto(user.clearance);
  for (const std::string& name : user.certificate_names) out.add_certificate_names(name);
  out.set_disabled(user.disabled);
  if (user.limits != UsageLimits()) *out.mutable_limits() = ToProto(user.limits);
  return out;
}

v1::Token ToProto(const AccessToken& token, const User& user) {
  v1::Token out;
  out.set_id(token.id);
  out.set_user(token.user);
  out.set_label(token.label);
  SetTimestamp(token.create_micros, out.mutable_create_time());
  if (token.expire_micros != 0) SetTimestamp(token.expire_micros, out.mutable_expire_time());
  out.set_role(ToProto(RoleOf(user, token)));
  *out.mutable_clearance() = ToProto(ClearanceOf(user, token));
  return out;
}

StatusOr<Role> RoleFromProto(v1::Role role) {
  switch (role) {
    case v1::ROLE_UNSPECIFIED:
    case v1::ROLE_READER:
      return Role::kReader;
    case v1::ROLE_WRITER:
      return Role::kWriter;
    case v1::ROLE_ADMINISTRATOR:
      return Role::kAdministrator;
    default:
      return WithCode(kBadAccessRequest,
                      InvalidArgument("There is no role {}", static_cast<int>(role)));
  }
}

StatusOr<storage::TlpLabel> TlpLabelFromProto(v1::TlpLabel label) {
  if (const std::optional<storage::TlpLabel> decoded = DecodeTlpLabel(label)) return *decoded;
  return WithCode(kBadAccessRequest,
                  InvalidArgument("There is no TLP label {}", static_cast<int>(label)));
}

StatusOr<storage::Clearance> ClearanceFromProto(const v1::Clearance& clearance) {
  storage::Clearance out;
  SL_ASSIGN_OR_RETURN(out.tlp_max, TlpLabelFromProto(clearance.tlp_max()));
  out.authorizations.insert(clearance.authorizations().begin(), clearance.authorizations().end());
  return out;
}

StatusOr<UsageLimits> UsageLimitsFromProto(const v1::UsageLimits& limits) {
  const google::protobuf::Duration& time = limits.max_time();
  constexpr int64_t kYearSeconds = 366 * 86'400;
  if (time.seconds() < 0 || time.nanos() < 0 || time.seconds() > kYearSeconds ||
      time.nanos() >= 1'000'000'000) {
    return WithCode(kBadAccessRequest, InvalidArgument("max_time is at most a year"));
  }
  UsageLimits out;
  out.time_ms = TimeUtil::DurationToMilliseconds(time);
  // Less than a millisecond is said, not left out.
  if (out.time_ms == 0 && time.nanos() > 0) out.time_ms = 1;
  out.rows = limits.max_rows();
  out.memory_bytes = limits.max_memory_bytes();
  out.steps = limits.max_steps();
  out.queries = limits.max_queries();
  return out;
}

StatusOr<User> UserFromProto(const v1::User& user) {
  User out;
  out.name = user.name();
  SL_ASSIGN_OR_RETURN(out.role, RoleFromProto(user.role()));
  SL_ASSIGN_OR_RETURN(out.clearance, ClearanceFromProto(user.clearance()));
  out.certificate_names.assign(user.certificate_names().begin(), user.certificate_names().end());
  out.disabled = user.disabled();
  SL_ASSIGN_OR_RETURN(out.limits, UsageLimitsFromProto(user.limits()));
  return out;
}

}  // namespace sightline::server
