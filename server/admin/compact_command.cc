#include "server/admin/compact_command.h"

#include <fmt/format.h>

#include "server/admin/progress_line.h"
#include "storage/store.h"

namespace sightline::server {

AdminExitCode RunCompact(const std::string& directory,
                         const storage::CancellationToken& cancellation, std::FILE* out,
                         std::FILE* errors) {
  storage::StoreOptions options;
  options.create_if_missing = false;
  options.compacts_in_background = false;
  const auto store = storage::Store::Open(directory, options);
  Status status = store.status();
  if (status.ok()) status = (*store)->Compact(cancellation);
  if (!status.ok()) {
    fmt::print(errors, "sightline-admin: {}\n", MessageOf(status));
    return status.code() == StatusCode::kCancelled ? AdminExitCode::kStopped
                                                   : AdminExitCode::kFailed;
  }
  const storage::StoreStatistics statistics = (*store)->Statistics();
  fmt::print(out, "{} quads in {} runs, {} in six orders; store {}; {:.1f} s\n",
             Grouped(statistics.quads), statistics.runs, ByteText(statistics.run_bytes),
             ByteText(statistics.disk_bytes),
             static_cast<double>(statistics.compaction.micros) / 1e6);
  return AdminExitCode::kDone;
}

}  // namespace sightline::server
