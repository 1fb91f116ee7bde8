#include "server/service/access_codec.h"

#include <optional>

#include "server/service/request_error.h"
#include "server/service/value_codec.h"

namespace sightline::server {

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

v1::User ToProto(const User& user) {
  v1::User out;
  out.set_name(user.name);
  out.set_role(ToProto(user.role));
  *out.mutable_clearance() = ToProto(user.clearance);
  for (const std::string& name : user.certificate_names) out.add_certificate_names(name);
  out.set_disabled(user.disabled);
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

StatusOr<User> UserFromProto(const v1::User& user) {
  User out;
  out.name = user.name();
  SL_ASSIGN_OR_RETURN(out.role, RoleFromProto(user.role()));
  SL_ASSIGN_OR_RETURN(out.clearance, ClearanceFromProto(user.clearance()));
  out.certificate_names.assign(user.certificate_names().begin(), user.certificate_names().end());
  out.disabled = user.disabled();
  return out;
}

}  // namespace sightline::server
