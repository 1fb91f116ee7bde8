#include "server/admin/verify_command.h"

#include <fmt/format.h>

#include "server/admin/progress_line.h"
#include "storage/maintenance/verifier.h"
#include "storage/store.h"

namespace sightline::server {
namespace {

StatusOr<storage::VerifyResult> Verify(const std::string& directory,
                                       const storage::CancellationToken& cancellation,
                                       ProgressLine* progress) {
  storage::StoreOptions options;
  options.create_if_missing = false;
  options.compacts_in_background = false;
  SL_ASSIGN_OR_RETURN(const auto store, storage::Store::Open(directory, options));
  storage::VerifyOptions verify;
  verify.progress = [progress](const storage::VerifyProgress& now) {
    progress->Show(storage::VerifyPartName(now.part), now.done, now.total, "");
  };
  return store->Verify(verify, cancellation);
}

}  // namespace

AdminExitCode RunVerify(const std::string& directory, bool is_quiet,
                        const storage::CancellationToken& cancellation, std::FILE* out,
                        std::FILE* errors) {
  ProgressLine progress(errors, is_quiet);
  const StatusOr<storage::VerifyResult> result = Verify(directory, cancellation, &progress);
  progress.Clear();
  if (!result.ok()) {
    fmt::print(errors, "sightline-admin: {}\n", MessageOf(result.status()));
    if (result.status().code() == StatusCode::kCancelled) return AdminExitCode::kStopped;
    // A store that does not open because of damage has been looked over as well.
    return result.status().code() == StatusCode::kDataLoss ? AdminExitCode::kFindings
                                                           : AdminExitCode::kFailed;
  }
  for (const storage::VerifyFinding& finding : result->findings) {
    fmt::print(out, "{}: {}\n", storage::VerifyPartName(finding.part), finding.message);
  }
  const uint64_t finding_count = result->findings.size() + result->findings_left_out;
  if (result->findings_left_out > 0) {
    fmt::print(out, "... and {} more\n", Grouped(result->findings_left_out));
  }
  fmt::print(out, "{} statements, {} quads, {} terms read; {}\n", Grouped(result->statements),
             Grouped(result->quads), Grouped(result->terms),
             finding_count == 0 ? "the store is sound"
                                : fmt::format("{} findings", Grouped(finding_count)));
  return finding_count == 0 ? AdminExitCode::kDone : AdminExitCode::kFindings;
}

}  // namespace sightline::server
