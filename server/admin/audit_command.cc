#include "server/admin/audit_command.h"

#include <fmt/format.h>

#include "server/audit/audit_log.h"

namespace sightline::server {

AdminExitCode RunAudit(const std::string& directory, std::FILE* out, std::FILE* errors) {
  const StatusOr<AuditVerification> found = VerifyAuditLog(directory);
  if (!found.ok()) {
    fmt::print(errors, "sightline-admin: {}\n", MessageOf(found.status()));
    return AdminExitCode::kFailed;
  }
  if (!found->problem.empty()) fmt::print(out, "{}\n", found->problem);
  fmt::print(out, "records {} to {}, {}; the last one's hash is {}\n", found->first, found->last,
             found->problem.empty() ? "as they were written" : "up to the first that is wrong",
             found->head);
  return found->problem.empty() ? AdminExitCode::kDone : AdminExitCode::kFindings;
}

}  // namespace sightline::server
