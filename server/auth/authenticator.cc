#include "server/auth/authenticator.h"

#include <optional>

#include "server/auth/method_table.h"

namespace sightline::server {

StatusOr<Caller> SingleCallerAuthenticator::Admit(std::string_view method) const {
  const std::optional<Permission> permission = PermissionFor(method);
  if (!permission) {
    return MakeStatus(StatusCode::kPermissionDenied, "This method is not open to anyone");
  }
  if (*permission == Permission::kWrite && !may_write_) {
    return MakeStatus(StatusCode::kPermissionDenied, "The server is read-only");
  }
  return MakeCaller("local", clearance_, may_write_);
}

}  // namespace sightline::server
