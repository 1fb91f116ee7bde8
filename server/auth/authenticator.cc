#include "server/auth/authenticator.h"

#include <optional>
#include <utility>

#include "server/auth/access_registry.h"
#include "server/auth/method_table.h"
#include "server/auth/read_only_switch.h"

namespace sightline::server {

StatusOr<Caller> Authenticator::Admit(std::string_view method, const CallOrigin& origin) const {
  const std::optional<Permission> permission = PermissionFor(method);
  if (!permission) {
    return MakeStatus(StatusCode::kPermissionDenied, "This method is not open to anyone");
  }
  if (*permission == Permission::kConnect) {
    StatusOr<Caller> known = Identify(origin);
    return known.ok() ? *std::move(known) : MakeCaller("", Role::kReader, {});
  }
  SL_ASSIGN_OR_RETURN(Caller caller, Identify(origin));
  caller.may_write_ = !read_only_->is_on() && caller.role() >= Role::kWriter;
  const Role needed = *permission == Permission::kAdminister ? Role::kAdministrator
                      : *permission == Permission::kWrite    ? Role::kWriter
                                                             : Role::kReader;
  if (caller.role() < needed) {
    return MakeStatus(StatusCode::kPermissionDenied,
                      fmt::format("This needs the role {}; the caller's is {}", RoleName(needed),
                                  RoleName(caller.role())));
  }
  if (*permission == Permission::kWrite) SL_RETURN_IF_ERROR(read_only_->Check());
  return caller;
}

StatusOr<Caller> SingleCallerAuthenticator::Identify(const CallOrigin&) const {
  return MakeCaller("local", Role::kAdministrator, clearance_);
}

StatusOr<Caller> UserAuthenticator::Identify(const CallOrigin& origin) const {
  if (!origin.token.empty()) {
    SL_ASSIGN_OR_RETURN(AccessRegistry::Holder holder, registry_->FindHolder(origin.token));
    return MakeCaller(holder.user.name, RoleOf(holder.user, holder.token),
                      ClearanceOf(holder.user, holder.token), holder.token.id,
                      registry_->LimitsOf(holder.user));
  }
  if (!origin.certificate_names.empty()) {
    SL_ASSIGN_OR_RETURN(User user, registry_->FindByCertificate(origin.certificate_names));
    const UsageLimits limits = registry_->LimitsOf(user);
    return MakeCaller(user.name, user.role, std::move(user.clearance), "", limits);
  }
  return MakeStatus(StatusCode::kUnauthenticated,
                    "The call shows no access token (header 'authorization: Bearer TOKEN')");
}

Status UserAuthenticator::CheckStillAdmitted(const Caller& caller) const {
  return registry_->CheckStillGood(caller.principal(), caller.token_id());
}

}  // namespace sightline::server
