#include "clients/cli/admin_words.h"

#include <time.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <string_view>

#include "clients/cli/options.h"

namespace sightline::cli {
namespace {

constexpr int64_t kNumberMax = 4'294'967'295;

// "7", "operations/7" with that prefix; none for other text.
std::optional<int64_t> ParseNumber(std::string_view text, std::string_view prefix) {
  if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  int64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && rest == text.data() + text.size();
  if (!is_number || number < 1 || number > kNumberMax) return std::nullopt;
  return number;
}

}  // namespace

void AddAdminCommands(CLI::App* admin, AdminTexts* texts, AdminWords* words) {
  using Action = AdminWords::Action;
  admin->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, Action action) {
    CLI::App* command = admin->add_subcommand(name, help);
    command->fallthrough();
    texts->actions.emplace_back(command, action);
    return command;
  };
  const auto add_no_wait = [&](CLI::App* command) {
    command->add_flag("--no-wait", texts->is_left_alone, "Begin it and print its name");
  };
  add("statistics", "How much there is, and what the store takes", Action::kStatistics)
      ->add_flag("--storage-only", words->storage_only,
                 "Leave out what you can see: it takes reading all of it");
  CLI::App* read_only = add(
      "read-only", "Whether anybody may write; let nobody, or everybody again", Action::kReadOnly);
  read_only->add_option("SWITCH", texts->switch_position, "on or off")
      ->type_name("")
      ->check(CLI::IsMember({"on", "off"}));
  read_only->add_option("--reason", words->reason, "With on: what writers are told")
      ->type_name("TEXT");
  add_no_wait(add("backup", "Add the store to the server's backups", Action::kBackup));
  add("backups", "The server's backups", Action::kBackups);
  CLI::App* verify =
      add("verify", "Whether everything in the store agrees, while it is used", Action::kVerify);
  verify
      ->add_option("--backup", texts->backup,
                   "Compare the checksums of a backup instead: its number, or newest")
      ->type_name("N");
  add_no_wait(verify);
  add_no_wait(add("compact", "Put all facts into one run", Action::kCompact));
  add("operations", "What runs, and what has ended", Action::kOperations)
      ->add_option("ID", texts->operation, "One of them")
      ->type_name("");
  add("cancel", "Stop an operation", Action::kCancel)
      ->add_option("ID", texts->operation)
      ->required()
      ->type_name("");
  CLI::App* audit = add("audit", "The audit log", Action::kAudit);
  audit->add_option("--user", words->user, "His records only")->type_name("NAME");
  audit->add_option("--since", texts->since, "2024-04-13T12:00Z, or a time ago: 90m, 12h, 30d")
      ->type_name("TIME");
  audit->add_option("--after", words->after, "Records with a higher number")
      ->type_name("N")
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 62));
  audit->add_flag("--follow", words->is_followed, "Go on with what is written from now on");
}

std::string SetAdminWords(const AdminTexts& texts, int64_t now_seconds, AdminWords* words) {
  for (const auto& [command, action] : texts.actions) {
    if (command->parsed()) words->action = action;
  }
  if (!texts.switch_position.empty()) words->read_only = texts.switch_position == "on";
  if (!words->reason.empty() && words->read_only != true) {
    return "--reason goes with 'read-only on'";
  }
  words->is_awaited = !texts.is_left_alone;
  if (texts.backup == "newest") {
    words->backup = 0;
  } else if (!texts.backup.empty()) {
    words->backup = ParseNumber(texts.backup, "");
    if (!words->backup) return "--backup: '" + texts.backup + "' is no number of a backup";
  }
  if (!texts.operation.empty()) {
    words->operation = ParseNumber(texts.operation, "operations/");
    if (!words->operation) {
      return "'" + texts.operation + "' is no operation; 7 is, or operations/7";
    }
  }
  if (!texts.since.empty()) {
    words->since_seconds = ParseSince(texts.since, now_seconds);
    if (!words->since_seconds) {
      return "--since: '" + texts.since + "' is no time; 2024-04-13T12:00Z is, or 12h";
    }
  }
  return "";
}

std::optional<int64_t> ParseSince(const std::string& text, int64_t now_seconds) {
  if (const auto ago = ParseLifetime(text); ago && ago->count() > 0) {
    return now_seconds - ago->count();
  }
  for (const char* format : {"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"}) {
    tm parts{};
    const char* rest = ::strptime(text.c_str(), format, &parts);
    if (rest == nullptr || (*rest != '\0' && std::string_view(rest) != "Z")) continue;
    if (parts.tm_year < 70) return std::nullopt;
    const int day = parts.tm_mday;
    const int64_t seconds = ::timegm(&parts);
    // strptime takes 31 April, and timegm makes 1 May of it.
    if (parts.tm_mday != day) return std::nullopt;
    return seconds;
  }
  return std::nullopt;
}

}  // namespace sightline::cli
