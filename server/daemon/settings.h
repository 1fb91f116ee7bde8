// Settings: what a program can be told, declared once each. A setting has one name in three
// spellings, and what is said in a later of these places counts:
//
//   a file         query_rows = 1000
//   environment    SIGHTLINED_QUERY_ROWS=1000
//   command line   --query-rows 1000
//
// Whatever comes from where, the same checks apply, and an error names the place.
//
// Thread-compatible.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"

namespace sightline::server {

struct Setting {
  enum class Kind : uint8_t {
    kText,
    kList,     // In a file an array of texts; elsewhere separated by commas.
    kSwitch,   // true or false; a flag without a value is true.
    kInteger,  // minimum to maximum
    kSeconds,  // A decimal number; a millisecond to a day.
    kChoice,   // One of `choices`.
  };
  enum class Origin : uint8_t { kDefault, kFile, kEnvironment, kFlag };

  std::string name{};     // "query-rows", as the flag has it.
  std::string section{};  // Of the help and the documentation.
  Kind kind = Kind::kText;
  std::string value_name{};  // "DIR", for the help.
  std::string help{};        // One line.
  std::string text{};        // The value; before anything is set, the default. Empty: none.
  int64_t minimum = 0;
  int64_t maximum = 0;
  std::vector<std::string> choices{};
  // The default is the machine's, so that a document does not state it.
  bool is_machines_own = false;
  // Says how this one process is run; not in a file, not in the environment.
  bool is_flag_only = false;

  Origin origin = Origin::kDefault;
  // "--query-rows", "SIGHTLINED_QUERY_ROWS", "/etc/x.toml:12:1"; empty: it was not said.
  std::string place{};

  std::string key() const;                   // "query_rows"
  std::string environment_variable() const;  // "SIGHTLINED_QUERY_ROWS"
};

// A value with where it stands, as it comes from a file.
struct FileValue {
  enum class Type : uint8_t { kText, kList, kBoolean, kInteger, kNumber };
  std::string key;
  Type type = Type::kText;
  std::string text{};  // As a flag would have it.
  int line = 0;        // Both from 1.
  int column = 0;
};
// The values of a TOML 1.0 file (https://toml.io/en/v1.0.0), in their order. Errors:
// kInvalidArgument with file, line and column; for a file that cannot be read or is larger than
// 1 MiB.
StatusOr<std::vector<FileValue>> ReadSettingsFile(const std::string& path);

class Settings {
 public:
  // REQUIRES: no other has the name.
  void Declare(Setting setting);

  // --- In ascending order of precedence. Errors: kInvalidArgument, naming the place.

  Status ReadFile(const std::string& path);
  // `environment` as a process has it: "NAME=VALUE", ended by null; null for none.
  Status ReadEnvironment(const char* const* environment);
  Status SetFlag(std::string_view name, std::string_view text);

  // --- What was said. REQUIRES: the setting is declared, and of that kind.

  const Setting& Get(std::string_view name) const;
  const std::string& Text(std::string_view name) const { return Get(name).text; }
  bool Switch(std::string_view name) const { return Get(name).text == "true"; }
  int64_t Integer(std::string_view name) const;
  int64_t Millis(std::string_view name) const;  // Of kSeconds.
  std::vector<std::string> List(std::string_view name) const;
  bool IsSet(std::string_view name) const { return Get(name).origin != Setting::Origin::kDefault; }

  const std::vector<Setting>& all() const { return settings_; }
  // "; did you mean --query-rows?", where one is near, in the spelling that `spell` gives; or "".
  std::string DidYouMean(std::string_view name, std::string (*spell)(const Setting&)) const;

  // --- For people

  // What is in force, as a settings file, with the place of each.
  std::string EffectiveText() const;
  // A settings file of all defaults, each with its help; the lines are comments.
  std::string ExampleText() const;
  // All of them as a table in Markdown, a section after the other.
  std::string ReferenceText() const;

 private:
  Setting* Find(std::string_view name);
  Status Set(Setting* setting, std::string_view text, Setting::Origin origin, std::string place);

  std::vector<Setting> settings_;
};

}  // namespace sightline::server
