#include "server/admin/import_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <thread>
#include <utility>

#include "server/admin/progress_line.h"
#include "server/ingest/bulk_sink.h"
#include "server/ingest/byte_source.h"
#include "server/ingest/dump_replay.h"
#include "server/ingest/importer.h"
#include "server/ingest/reject_file.h"
#include "storage/load/store_load.h"
#include "storage/store.h"

namespace sightline::server {
namespace {

struct Imported {
  uint64_t facts = 0;
  uint64_t statements = 0;
  uint64_t rejects = 0;
  uint64_t quads_before = 0;
  storage::LoadResult load;
  storage::StoreStatistics store;
};

StatusOr<Imported> ImportAll(const ImportCommand& command,
                             const storage::CancellationToken& cancellation,
                             ProgressLine* progress) {
  ImportOptions options;
  options.format = command.format;
  options.dataset = command.dataset;
  options.claimant = command.claimant;
  options.document = command.document;
  options.language = command.language;
  if (!command.marking.empty()) {
    const auto label = storage::ParseTlpLabel(command.marking);
    if (!label) return InvalidArgument("There is no such TLP label: {}", command.marking);
    options.marking.tlp = *label;
  }
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  options.thread_count = command.thread_count > 0 ? command.thread_count : cores;

  // What cannot be read is found before anything is written.
  uint64_t bytes_total = 0;
  for (const std::string& file : command.files) {
    SL_RETURN_IF_ERROR(OpenFile(file).status());
    if (options.format == FileFormat::kAutomatic) {
      SL_RETURN_IF_ERROR(FormatOfFileName(file).status());
    }
    std::error_code error;
    const uint64_t bytes = std::filesystem::file_size(file, error);
    if (!error) bytes_total += bytes;
  }
  SL_ASSIGN_OR_RETURN(const auto store, storage::Store::Open(command.directory, {}));
  Imported imported;
  imported.quads_before = store->Statistics().quads;
  storage::LoadOptions load_options;
  load_options.memory_bytes_max = command.memory_bytes_max;
  load_options.thread_count = options.thread_count;
  load_options.token = &cancellation;
  load_options.observer = [progress](const storage::LoadProgress& load) {
    if (load.stage == storage::LoadStage::kReading) return;  // The importer knows more.
    progress->Show(LoadStageName(load.stage), load.done, load.total, "");
  };
  SL_ASSIGN_OR_RETURN(const auto load,
                      store->BeginBulkLoad(storage::Clearance::Unrestricted(), load_options));
  SL_ASSIGN_OR_RETURN(const auto sink, MakeBulkSink(&load->loader()));
  RejectFile rejects(command.reject_path, command.reject_limit);
  const auto began = std::chrono::steady_clock::now();
  uint64_t bytes_before = 0;
  for (const std::string& file : command.files) {
    options.file_name = std::filesystem::path(file).filename().string();
    options.on_progress = [&](const ImportProgress& now) {
      const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began;
      const auto facts = static_cast<double>(imported.facts + now.facts);
      progress->Show("reading", bytes_before + now.bytes_taken, bytes_total,
                     fmt::format("{} facts, {}/s", Grouped(imported.facts + now.facts),
                                 Grouped(static_cast<uint64_t>(facts / spent.count()))));
      return cancellation.Check();
    };
    rejects.SetSourceName(file);
    SL_ASSIGN_OR_RETURN(auto source, OpenFile(file));
    const StatusOr<ImportReport> report = Import(std::move(source), options, *sink, rejects);
    if (!report.ok()) {
      // The file it was in belongs to the message; what is wrong with the store does not.
      return MakeStatus(report.status().code(),
                        fmt::format("{}: {}", file, MessageOf(report.status())));
    }
    imported.facts += report->facts;
    imported.statements += report->statements;
    bytes_before += report->bytes_taken;
  }
  SL_RETURN_IF_ERROR(rejects.Finish());
  imported.rejects = rejects.count();
  SL_ASSIGN_OR_RETURN(imported.load, load->Commit());
  imported.store = store->Statistics();
  return imported;
}

// Whether the files are a dump. Errors: kInvalidArgument for a dump with anything beside it.
StatusOr<bool> AreDump(const ImportCommand& command) {
  for (const std::string& file : command.files) {
    // A pipe can be read once only; the importer refuses a dump from it.
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) continue;
    SL_ASSIGN_OR_RETURN(const bool is_dump, IsDump(file));
    if (!is_dump) continue;
    if (command.files.size() > 1) {
      return InvalidArgument("{} is a dump, which is imported by itself", file);
    }
    const bool has_options = command.format != FileFormat::kAutomatic || !command.dataset.empty() ||
                             !command.claimant.empty() || !command.document.empty() ||
                             !command.language.empty() || !command.marking.empty();
    if (has_options) {
      return InvalidArgument("{} is a dump, which says everything itself; leave out the options",
                             file);
    }
    return true;
  }
  return false;
}

AdminExitCode RunReplay(const ImportCommand& command,
                        const storage::CancellationToken& cancellation, std::FILE* out,
                        std::FILE* errors) {
  const std::string& file = command.files.front();
  const auto began = std::chrono::steady_clock::now();
  ProgressLine progress(errors, command.is_quiet);
  std::error_code error;
  const uint64_t bytes_total = std::filesystem::file_size(file, error);
  ReplayOptions options;
  options.file_name = file;
  options.memory_bytes_max = command.memory_bytes_max;
  options.thread_count = command.thread_count > 0
                             ? command.thread_count
                             : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  options.on_progress = [&](const ReplayProgress& now) {
    progress.Show(
        "dump", now.bytes_taken, error ? 0 : bytes_total,
        fmt::format("{} statements, {} facts", Grouped(now.statements), Grouped(now.facts)));
  };
  const auto replay = [&]() -> StatusOr<ReplayReport> {
    SL_ASSIGN_OR_RETURN(auto source, OpenFile(file));
    return ReplayDump(std::move(source), command.directory, options, cancellation);
  };
  const StatusOr<ReplayReport> report = replay();
  progress.Clear();
  if (!report.ok()) {
    fmt::print(errors, "sightline-admin: {}\nNothing was imported.\n", MessageOf(report.status()));
    return report.status().code() == StatusCode::kCancelled ? AdminExitCode::kStopped
                                                            : AdminExitCode::kFailed;
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
  fmt::print(out, "{} commits, {} statements, {} facts in {:.1f} s\n", Grouped(report->commits),
             Grouped(report->statements), Grouped(report->facts), seconds.count());
  return AdminExitCode::kDone;
}

}  // namespace

AdminExitCode RunImport(const ImportCommand& command,
                        const storage::CancellationToken& cancellation, std::FILE* out,
                        std::FILE* errors) {
  const StatusOr<bool> are_dump = AreDump(command);
  if (are_dump.ok() && *are_dump) return RunReplay(command, cancellation, out, errors);
  const auto began = std::chrono::steady_clock::now();
  ProgressLine progress(errors, command.is_quiet);
  // What cannot be read, the import says itself.
  const bool is_refused = are_dump.status().code() == StatusCode::kInvalidArgument;
  const StatusOr<Imported> imported = is_refused ? StatusOr<Imported>(are_dump.status())
                                                 : ImportAll(command, cancellation, &progress);
  progress.Clear();
  if (!imported.ok()) {
    fmt::print(errors, "sightline-admin: {}\nNothing was imported.\n",
               MessageOf(imported.status()));
    return imported.status().code() == StatusCode::kCancelled ? AdminExitCode::kStopped
                                                              : AdminExitCode::kFailed;
  }
  if (imported->rejects > 0) {
    fmt::print(errors, "{} records were not taken; {} says which and why.\n",
               Grouped(imported->rejects), command.reject_path);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
  const uint64_t triples = imported->store.quads - imported->quads_before;
  const double bytes_per_triple = imported->store.quads == 0
                                      ? 0
                                      : static_cast<double>(imported->store.disk_bytes) /
                                            static_cast<double>(imported->store.quads);
  fmt::print(out,
             "{} triples of {} statements in {:.1f} s, {}/s; store {}, {:.1f} bytes a triple\n",
             Grouped(triples), Grouped(imported->load.entry.statements_added), seconds.count(),
             Grouped(static_cast<uint64_t>(static_cast<double>(triples) / seconds.count())),
             ByteText(imported->store.disk_bytes), bytes_per_triple);
  return AdminExitCode::kDone;
}

}  // namespace sightline::server
