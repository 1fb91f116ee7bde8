#include "server/admin/import_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "server/admin/progress_line.h"
#include "server/admin/script_import.h"
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
  size_t file_count = 0;  // Files that are in the store, from the first on.
  uint64_t facts = 0;     // Read; for the progress line.
  uint64_t bytes = 0;     // As above.
  uint64_t rejects = 0;
  bool missed_circles = false;  // As LoadChecks has it.
  storage::StoreStatistics before, after;
};

// The files of an import, and what each is.
struct ImportFiles {
  std::vector<FileFormat> formats;  // Of each.
  uint64_t byte_count = 0;          // Of all that have a size.
  bool has_scripts = false;
};

// What cannot be read is found before anything is written. Errors: kInvalidArgument for a format
// that no name tells and for options that scripts do not take; those of OpenFile.
StatusOr<ImportFiles> LookAtFiles(const ImportCommand& command) {
  ImportFiles files;
  for (const std::string& file : command.files) {
    SL_RETURN_IF_ERROR(OpenFile(file).status());
    FileFormat format = command.format;
    if (format == FileFormat::kAutomatic) {
      SL_ASSIGN_OR_RETURN(format, FormatOfFileName(file));
    }
    files.formats.push_back(format);
    files.has_scripts |= format == FileFormat::kSlql;
    std::error_code error;
    const uint64_t bytes = std::filesystem::file_size(file, error);
    if (!error) files.byte_count += bytes;
  }
  const bool has_options = !command.dataset.empty() || !command.claimant.empty() ||
                           !command.document.empty() || !command.language.empty() ||
                           !command.marking.empty();
  if (files.has_scripts && has_options) {
    return InvalidArgument(
        "A script says by itself what its statements are: import it without --dataset, --claimant, "
        "--document, --language and --marking");
  }
  return files;
}

StatusOr<ImportOptions> OptionsOf(const ImportCommand& command) {
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
  return options;
}

// An import into a store that is open: scripts and other files, in the order in which they stand.
class FileImport {
 public:
  FileImport(const ImportCommand& command, const ImportFiles& files, ImportOptions options,
             storage::Store* store, const storage::CancellationToken& cancellation,
             ProgressLine* progress, Imported* imported)
      : command_(command),
        files_(files),
        options_(std::move(options)),
        store_(*store),
        cancellation_(cancellation),
        progress_(*progress),
        imported_(*imported),
        rejects_(command.reject_path, command.reject_limit) {}

  Status Run() {
    while (imported_.file_count < command_.files.size()) {
      const size_t first = imported_.file_count;
      size_t end = first + 1;
      if (files_.formats[first] == FileFormat::kSlql) {
        SL_RETURN_IF_ERROR(ImportScript(command_.files[first]));
      } else {
        while (end < command_.files.size() && files_.formats[end] != FileFormat::kSlql) ++end;
        SL_RETURN_IF_ERROR(ImportData(first, end));
      }
      imported_.file_count = end;
      imported_.rejects = rejects_.count();
    }
    return OkStatus();
  }

 private:
  using SteadyClock = std::chrono::steady_clock;

  // One revision.
  Status ImportScript(const std::string& file) {
    progress_.Show("script", imported_.bytes, files_.byte_count, file);
    std::error_code error;
    const uint64_t bytes = std::filesystem::file_size(file, error);
    SL_RETURN_IF_ERROR(RunScriptFile(&store_, file, command_.memory_bytes_max, cancellation_));
    if (!error) imported_.bytes += bytes;
    return OkStatus();
  }

  // The files from `first` to `end`, which are no scripts, as one revision.
  Status ImportData(size_t first, size_t end) {
    storage::LoadOptions load_options;
    load_options.memory_bytes_max = command_.memory_bytes_max;
    load_options.thread_count = options_.thread_count;
    load_options.token = &cancellation_;
    load_options.observer = [this](const storage::LoadProgress& load) {
      if (load.stage == storage::LoadStage::kReading) return;  // The importer knows more.
      progress_.Show(LoadStageName(load.stage), load.done, load.total, "");
    };
    SL_ASSIGN_OR_RETURN(const auto load,
                        store_.BeginBulkLoad(storage::Clearance::Unrestricted(), load_options));
    // Nobody writes meanwhile: this is what the load is added to.
    SL_ASSIGN_OR_RETURN(const auto on_record,
                        store_.OpenReadView(std::nullopt, storage::Clearance::Unrestricted()));
    const auto checks = std::make_shared<LoadChecks>(on_record);
    SL_ASSIGN_OR_RETURN(const auto sink, MakeBulkSink(&load->loader(), checks));
    for (size_t i = first; i < end; ++i) {
      const std::string& file = command_.files[i];
      const StatusOr<ImportReport> report = ImportFile(file, *sink);
      if (!report.ok()) {
        // The file it was in belongs to the message; what is wrong with the store does not.
        return MakeStatus(report.status().code(),
                          fmt::format("{}: {}", file, MessageOf(report.status())));
      }
      imported_.facts += report->facts;
      imported_.bytes += report->bytes_taken;
    }
    SL_RETURN_IF_ERROR(rejects_.Finish());
    imported_.missed_circles |= checks->missed_circles();
    return load->Commit().status();
  }

  StatusOr<ImportReport> ImportFile(const std::string& file, ImportSink& sink) {
    ImportOptions options = options_;
    options.file_name = std::filesystem::path(file).filename().string();
    options.on_progress = [this](const ImportProgress& now) {
      const std::chrono::duration<double> spent = SteadyClock::now() - began_;
      const uint64_t facts = imported_.facts + now.facts;
      progress_.Show(
          "reading", imported_.bytes + now.bytes_taken, files_.byte_count,
          fmt::format("{} facts, {}/s", Grouped(facts),
                      Grouped(static_cast<uint64_t>(static_cast<double>(facts) / spent.count()))));
      return cancellation_.Check();
    };
    rejects_.SetSourceName(file);
    SL_ASSIGN_OR_RETURN(auto source, OpenFile(file));
    return Import(std::move(source), std::move(options), sink, rejects_);
  }

  const ImportCommand& command_;
  const ImportFiles& files_;
  const ImportOptions options_;
  storage::Store& store_;
  const storage::CancellationToken& cancellation_;
  ProgressLine& progress_;
  Imported& imported_;
  RejectFile rejects_;
  const SteadyClock::time_point began_ = SteadyClock::now();
};

Status ImportAll(const ImportCommand& command, const storage::CancellationToken& cancellation,
                 ProgressLine* progress, Imported* imported) {
  SL_ASSIGN_OR_RETURN(const ImportFiles files, LookAtFiles(command));
  SL_ASSIGN_OR_RETURN(ImportOptions options, OptionsOf(command));
  SL_ASSIGN_OR_RETURN(const auto store, storage::Store::Open(command.directory, {}));
  imported->before = store->Statistics();
  SL_RETURN_IF_ERROR(
      FileImport(command, files, std::move(options), store.get(), cancellation, progress, imported)
          .Run());
  imported->after = store->Statistics();
  return OkStatus();
}

// "1,083,766 triples of 1 statement in 2.4 s, 451,569 triples/s; 20.7 MiB on disk, 20.0 bytes per
// triple": what was added and how fast; how large the whole store is.
std::string Summary(uint64_t triples, uint64_t statements, double seconds,
                    const storage::StoreStatistics& store) {
  const double bytes_per_triple =
      store.quads == 0 ? 0
                       : static_cast<double>(store.disk_bytes) / static_cast<double>(store.quads);
  const double rate = static_cast<double>(triples) / std::max(seconds, 1e-3);
  return fmt::format("{} of {} in {:.1f} s, {} triples/s; {} on disk, {:.1f} bytes per triple",
                     Counted(triples, "triple"), Counted(statements, "statement"), seconds,
                     Grouped(static_cast<uint64_t>(rate)), ByteText(store.disk_bytes),
                     bytes_per_triple);
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
  fmt::print(out, "{}: {}\n", Counted(report->commits, "commit"),
             Summary(report->facts, report->statements, seconds.count(), report->store));
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
  Imported imported;
  // What cannot be read, the import says itself.
  const bool is_refused = are_dump.status().code() == StatusCode::kInvalidArgument;
  const Status status =
      is_refused ? are_dump.status() : ImportAll(command, cancellation, &progress, &imported);
  progress.Clear();
  if (imported.rejects > 0) {
    fmt::print(errors, "{} {} not taken; {} says which and why.\n",
               Counted(imported.rejects, "record"), imported.rejects == 1 ? "was" : "were",
               command.reject_path);
  }
  if (imported.missed_circles) {
    fmt::print(errors,
               "There are more kinds or parts than circles were looked for among (SL6007); those "
               "that went by are read without harm.\n");
  }
  if (!status.ok()) {
    fmt::print(errors, "sightline-admin: {}\n{}\n", MessageOf(status),
               imported.file_count == 0
                   ? "Nothing was imported."
                   : fmt::format("{} of {} files were imported, nothing of the others.",
                                 imported.file_count, command.files.size()));
    return status.code() == StatusCode::kCancelled ? AdminExitCode::kStopped
                                                   : AdminExitCode::kFailed;
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
  fmt::print(out, "{}\n",
             Summary(imported.after.quads - imported.before.quads,
                     imported.after.statements - imported.before.statements, seconds.count(),
                     imported.after));
  return AdminExitCode::kDone;
}

}  // namespace sightline::server
