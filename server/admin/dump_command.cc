#include "server/admin/dump_command.h"

#include <fmt/format.h>

#include <memory>

#include "server/admin/progress_line.h"
#include "server/ingest/byte_sink.h"
#include "server/ingest/dump_writer.h"
#include "storage/store.h"

namespace sightline::server {
namespace {

Status Dump(const std::string& directory, const std::string& path, std::FILE* out,
            const storage::CancellationToken& cancellation, ProgressLine* progress,
            std::string* summary) {
  storage::StoreOptions store_options;
  store_options.create_if_missing = false;
  store_options.compacts_in_background = false;
  SL_ASSIGN_OR_RETURN(const auto store, storage::Store::Open(directory, store_options));
  std::unique_ptr<ByteSink> sink = ToDescriptor(::fileno(out));
  if (!path.empty()) {
    SL_ASSIGN_OR_RETURN(sink, CreateFile(path));
  }
  const uint64_t statements_total = store->Statistics().statements;
  DumpOptions options;
  options.scratch_directory = store->ScratchDirectory();
  options.on_progress = [&](uint64_t statements, uint64_t facts) {
    progress->Show("dump", statements, statements_total, fmt::format("{} facts", Grouped(facts)));
  };
  DumpWriter writer(options, [&sink](std::string_view line) { return sink->Write(line); });
  SL_RETURN_IF_ERROR(store->VisitHistory({}, &writer, cancellation));
  SL_RETURN_IF_ERROR(sink->Finish());
  *summary = fmt::format("{} statements, {} facts", Grouped(writer.statement_count()),
                         Grouped(writer.fact_count()));
  return OkStatus();
}

}  // namespace

AdminExitCode RunDump(const std::string& directory, const std::string& path, bool is_quiet,
                      const storage::CancellationToken& cancellation, std::FILE* out,
                      std::FILE* errors) {
  ProgressLine progress(errors, is_quiet);
  std::string summary;
  const Status status = Dump(directory, path, out, cancellation, &progress, &summary);
  progress.Clear();
  if (!status.ok()) {
    fmt::print(errors, "sightline-admin: {}\n", MessageOf(status));
    if (status.code() == StatusCode::kCancelled) return AdminExitCode::kStopped;
    return status.code() == StatusCode::kDataLoss ? AdminExitCode::kFindings
                                                  : AdminExitCode::kFailed;
  }
  if (!path.empty()) fmt::print(out, "{}\n", summary);
  return AdminExitCode::kDone;
}

}  // namespace sightline::server
