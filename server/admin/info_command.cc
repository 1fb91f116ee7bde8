#include "server/admin/info_command.h"

#include <fmt/format.h>

#include "server/admin/progress_line.h"
#include "storage/store.h"

namespace sightline::server {
namespace {

// What a server that opens the store will do first, by itself.
std::string DueOf(const storage::StoreStatistics& statistics) {
  std::string due;
  if (statistics.delta_quads >= statistics.compaction.fold_at) due = "the delta becomes a run";
  if (statistics.compaction.runs_to_merge > 0) {
    due += fmt::format("{}{} runs become one", due.empty() ? "" : ", ",
                       statistics.compaction.runs_to_merge);
  }
  return due.empty() ? fmt::format("nothing (the delta becomes a run at {} facts)",
                                   Grouped(statistics.compaction.fold_at))
                     : due;
}

}  // namespace

AdminExitCode RunInfo(const std::string& directory, std::FILE* out, std::FILE* errors) {
  storage::StoreOptions options;
  options.create_if_missing = false;
  options.compacts_in_background = false;
  const auto store = storage::Store::Open(directory, options);
  if (!store.ok()) {
    fmt::print(errors, "sightline-admin: {}\n", MessageOf(store.status()));
    return store.status().code() == StatusCode::kDataLoss ? AdminExitCode::kFindings
                                                          : AdminExitCode::kFailed;
  }
  const storage::StoreStatistics statistics = (*store)->Statistics();
  const auto line = [out](std::string_view name, const std::string& value) {
    fmt::print(out, "{:<20}{:>18}\n", name, value);
  };
  line("format", std::to_string(storage::kFormatVersion));
  line("revision", Grouped(statistics.revision.value));
  line("statements", Grouped(statistics.statements));
  line("facts", Grouped(statistics.quads));
  line("terms", Grouped(statistics.terms));
  line("runs", Grouped(statistics.runs));
  line("runs, bytes", ByteText(statistics.run_bytes));
  line("runs, blocks", Grouped(statistics.run_blocks));
  line("delta, facts", Grouped(statistics.delta_quads));
  line("delta, statements", Grouped(statistics.statements - statistics.statements_folded));
  line("disk", ByteText(statistics.disk_bytes));
  fmt::print(out, "compaction due: {}\n", DueOf(statistics));
  if (!statistics.read_only_reason.empty()) {
    fmt::print(out, "read only: {}\n", statistics.read_only_reason);
  }
  fmt::print(out, "\n{:<20}{:>18}{:>18}\n", "data", "in files", "in the log");
  for (const storage::KvFamilyBytes& family : statistics.families) {
    fmt::print(out, "{:<20}{:>18}{:>18}\n", family.name, ByteText(family.disk_bytes),
               ByteText(family.memory_bytes));
  }
  return AdminExitCode::kDone;
}

}  // namespace sightline::server
