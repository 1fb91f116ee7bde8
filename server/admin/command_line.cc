#include "server/admin/command_line.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <optional>
#include <sstream>
#include <string>

#include "server/admin/audit_command.h"
#include "server/admin/backup_command.h"
#include "server/admin/compact_command.h"
#include "server/admin/dump_command.h"
#include "server/admin/import_command.h"
#include "server/admin/info_command.h"
#include "server/admin/verify_command.h"

namespace sightline::server {
namespace {

void CancelOnSignal(int) { AdminCancellation().Cancel(); }

CLI::Option* AddDirectory(CLI::App* command, std::string* directory) {
  return command->add_option("--db", *directory, "Directory of the store")
      ->required()
      ->type_name("DIR");
}

void AddBackupDirectory(CLI::App* command, std::string* directory) {
  command->add_option("--backups", *directory, "Directory of the backups")
      ->required()
      ->type_name("DIR");
}

void AddImport(CLI::App* command, ImportCommand* import, std::string* format) {
  AddDirectory(command, &import->directory)
      ->description("Directory of the store; made when missing");
  command->add_option("FILE", import->files, "Files; may be compressed (.gz, .zst)")->required();
  command->add_option("--format", *format, "Of all files; else each file's name tells")
      ->type_name("FORMAT");
  command->add_option("--dataset", import->dataset, "The collection they belong to")
      ->type_name("ID");
  command->add_option("--claimant", import->claimant, "Who says it; else the dataset")
      ->type_name("ID");
  command->add_option("--document", import->document, "Where it is said")->type_name("ID");
  command->add_option("--language", import->language, "Of texts that name none")->type_name("TAG");
  command->add_option("--marking", import->marking, "TLP label of what names none")
      ->type_name("LABEL");
  command
      ->add_option("--memory", import->memory_bytes_max,
                   "Memory for tables and buffers, as in 2GiB; else a quarter of the machine's")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  command->add_option("--threads", import->thread_count, "Else the machine's cores")
      ->check(CLI::Range(1, 64))
      ->type_name("N");
  command->add_option("--rejects", import->reject_path, "File for records that are not taken")
      ->type_name("FILE")
      ->capture_default_str();
  command
      ->add_option("--reject-limit", import->reject_limit,
                   "With more rejects than this nothing is imported")
      ->check(CLI::Range(int64_t{0}, int64_t{1'000'000'000}))
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--quiet", import->is_quiet, "No progress");
}

}  // namespace

storage::CancellationToken& AdminCancellation() {
  static storage::CancellationToken token;
  return token;
}

AdminExitCode RunAdmin(int argc, const char* const* argv, std::FILE* out, std::FILE* errors) {
  CLI::App app("Looks after a Sightline store that no server has open.", "sightline-admin");
  app.set_version_flag("--version", std::string("sightline-admin ") + SIGHTLINE_VERSION);
  app.require_subcommand(1);

  ImportCommand import;
  std::string format;
  CLI::App* import_app = app.add_subcommand(
      "import", "Imports RDF, FollowTheMoney and statement files, scripts of SLQL, or a dump");
  AddImport(import_app, &import, &format);

  std::string directory;
  CLI::App* compact_app = app.add_subcommand("compact", "Puts all quads in one run");
  AddDirectory(compact_app, &directory);

  bool is_quiet = false;
  CLI::App* verify_app = app.add_subcommand(
      "verify",
      "Reads everything and tells what does not agree: exit code 3 when anything does not");
  AddDirectory(verify_app, &directory);
  verify_app->add_flag("--quiet", is_quiet, "No progress");

  CLI::App* info_app =
      app.add_subcommand("info", "Says how much the store holds, and where it lies");
  AddDirectory(info_app, &directory);

  std::string dump_path;
  CLI::App* dump_app = app.add_subcommand(
      "dump", "Writes the whole history of the store as text, which import makes into it again");
  AddDirectory(dump_app, &directory);
  dump_app
      ->add_option("--out", dump_path,
                   "File, compressed when it ends in .gz or .zst; else standard output")
      ->type_name("FILE");
  dump_app->add_flag("--quiet", is_quiet, "No progress");

  std::string backup_directory;
  uint32_t keep = 7;
  CLI::App* backup_app =
      app.add_subcommand("backup", "Adds the store to the backups in a directory");
  AddDirectory(backup_app, &directory);
  AddBackupDirectory(backup_app, &backup_directory);
  backup_app->add_option("--keep", keep, "How many of the newest stay")
      ->check(CLI::Range(1u, 10'000u))
      ->type_name("N")
      ->capture_default_str();

  bool verifies_backups = false;
  CLI::App* backups_app = app.add_subcommand("backups", "Lists the backups in a directory");
  AddBackupDirectory(backups_app, &backup_directory);
  backups_app->add_flag("--verify", verifies_backups, "Compare all checksums");

  std::optional<uint32_t> backup_id;
  CLI::App* restore_app = app.add_subcommand("restore", "Makes a store of a backup");
  AddDirectory(restore_app, &directory)
      ->description("Directory of the store to be; must be empty or not there");
  AddBackupDirectory(restore_app, &backup_directory);
  restore_app->add_option("--id", backup_id, "Which backup; else the newest")->type_name("N");

  std::string audit_directory;
  CLI::App* audit_app = app.add_subcommand(
      "audit", "Tells whether an audit log is as it was written: exit code 3 when it is not");
  audit_app->add_option("--audit", audit_directory, "Directory of the audit log: DIR/audit")
      ->required()
      ->type_name("DIR");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream text, error_text;
    const bool is_usage = app.exit(error, text, error_text) != 0;
    fmt::print(is_usage ? errors : out, "{}{}", text.str(), error_text.str());
    return is_usage ? AdminExitCode::kUsage : AdminExitCode::kDone;
  }
  std::signal(SIGINT, CancelOnSignal);
  std::signal(SIGTERM, CancelOnSignal);
  ::umask(S_IRWXG | S_IRWXO);  // The store is for its owner alone.

  if (compact_app->parsed()) return RunCompact(directory, AdminCancellation(), out, errors);
  if (verify_app->parsed()) {
    return RunVerify(directory, is_quiet, AdminCancellation(), out, errors);
  }
  if (audit_app->parsed()) return RunAudit(audit_directory, out, errors);
  if (info_app->parsed()) return RunInfo(directory, out, errors);
  if (dump_app->parsed()) {
    return RunDump(directory, dump_path, is_quiet, AdminCancellation(), out, errors);
  }
  if (backup_app->parsed()) return RunBackup(directory, backup_directory, keep, out, errors);
  if (backups_app->parsed()) {
    return RunListBackups(backup_directory, verifies_backups, out, errors);
  }
  if (restore_app->parsed()) {
    return RunRestore(backup_directory, backup_id, directory, out, errors);
  }
  if (!format.empty()) {
    const StatusOr<FileFormat> parsed = ParseFileFormat(format);
    if (!parsed.ok()) {
      fmt::print(errors, "sightline-admin: {}\n", MessageOf(parsed.status()));
      return AdminExitCode::kUsage;
    }
    import.format = *parsed;
  }
  return RunImport(import, AdminCancellation(), out, errors);
}

}  // namespace sightline::server
