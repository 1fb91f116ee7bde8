// What `sightline admin` is told.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace sightline::cli {

struct AdminWords {
  enum class Action {
    kStatistics,
    kReadOnly,
    kBackup,
    kBackups,
    kVerify,
    kCompact,
    kOperations,
    kCancel,
    kAudit
  };
  Action action = Action::kStatistics;

  bool storage_only = false;             // Of statistics.
  std::optional<bool> read_only;         // Unset: show it.
  std::string reason;                    // Of read-only.
  bool is_awaited = true;                // Of what takes long.
  std::optional<int64_t> backup;         // To verify; 0: the newest. Unset: the store.
  std::optional<int64_t> operation;      // Its number.
  std::string user;                      // Of audit.
  std::optional<int64_t> since_seconds;  // Of audit, since 1970.
  int64_t after = 0;                     // Of audit.
  bool is_followed = false;              // Of audit.
};

// What was said, before it is looked at.
struct AdminTexts {
  std::string switch_position, backup, operation, since;
  bool is_left_alone = false;
  std::vector<std::pair<CLI::App*, AdminWords::Action>> actions;
};

// `texts` and `words` must outlive the parsing.
void AddAdminCommands(CLI::App* admin, AdminTexts* texts, AdminWords* words);
// Empty, or what is wrong with the words. `now_seconds` is since 1970.
std::string SetAdminWords(const AdminTexts& texts, int64_t now_seconds, AdminWords* words);

// Seconds since 1970 of "2024-04-13", "2024-04-13T12:00", "2024-04-13T12:00:30Z" (UTC all of them),
// or of a time ago: "90m", "12h", "30d".
std::optional<int64_t> ParseSince(const std::string& text, int64_t now_seconds);

}  // namespace sightline::cli
