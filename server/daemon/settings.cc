#include "server/daemon/settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "storage/base/check.h"
#include "storage/text/edit_distance.h"

namespace sightline::server {
namespace {

constexpr std::string_view kVariablePrefix = "SIGHTLINED_";
constexpr size_t kNearEnough = 3;  // Edits, for "did you mean".

std::string WithUnderscores(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::optional<int64_t> ParseInteger(std::string_view text) {
  int64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || rest != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> ParseNumber(std::string_view text) {
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || rest != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// Why `text` cannot be the value; empty when it can.
std::string ProblemOf(const Setting& setting, std::string_view text) {
  switch (setting.kind) {
    case Setting::Kind::kText:
    case Setting::Kind::kList:
      return text.find('\0') == std::string_view::npos ? "" : "a text has no NUL byte";
    case Setting::Kind::kSwitch:
      return text == "true" || text == "false" ? ""
                                               : fmt::format("'{}' is not true or false", text);
    case Setting::Kind::kInteger: {
      const std::optional<int64_t> number = ParseInteger(text);
      if (number && *number >= setting.minimum && *number <= setting.maximum) return "";
      return fmt::format("'{}' is no whole number of {} to {}", text, setting.minimum,
                         setting.maximum);
    }
    case Setting::Kind::kSeconds: {
      const std::optional<double> number = ParseNumber(text);
      // Not a number compares with nothing.
      if (number && *number >= 0.001 && *number <= 86'400) return "";
      return fmt::format("'{}' is no time of 0.001 to 86400 seconds", text);
    }
    case Setting::Kind::kChoice:
      if (std::count(setting.choices.begin(), setting.choices.end(), text) > 0) return "";
      return fmt::format("'{}' is none of: {}", text, Joined(setting.choices));
  }
  return "";
}

std::string QuotedToml(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += fmt::format("\\{}", c);
    } else if (byte < ' ' || byte == 0x7F) {
      quoted += fmt::format("\\u{:04X}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> items;
  if (text.empty()) return items;
  while (true) {
    const size_t comma = text.find(',');
    items.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

// `text` as a value of TOML.
std::string TomlOf(const Setting& setting) {
  switch (setting.kind) {
    case Setting::Kind::kText:
    case Setting::Kind::kChoice:
      return QuotedToml(setting.text);
    case Setting::Kind::kList: {
      std::string items;
      for (const std::string& item : SplitList(setting.text)) {
        items += (items.empty() ? "" : ", ") + QuotedToml(item);
      }
      return "[" + items + "]";
    }
    case Setting::Kind::kSwitch:
    case Setting::Kind::kInteger:
    case Setting::Kind::kSeconds:
      return setting.text;
  }
  return "";
}

bool TypeFits(Setting::Kind kind, FileValue::Type type) {
  switch (kind) {
    case Setting::Kind::kText:
    case Setting::Kind::kChoice:
      return type == FileValue::Type::kText;
    case Setting::Kind::kList:
      return type == FileValue::Type::kList;
    case Setting::Kind::kSwitch:
      return type == FileValue::Type::kBoolean;
    case Setting::Kind::kInteger:
      return type == FileValue::Type::kInteger;
    case Setting::Kind::kSeconds:
      return type == FileValue::Type::kInteger || type == FileValue::Type::kNumber;
  }
  return false;
}

std::string_view WantedType(Setting::Kind kind) {
  switch (kind) {
    case Setting::Kind::kText:
    case Setting::Kind::kChoice:
      return "a text in quotes";
    case Setting::Kind::kList:
      return "an array of texts";
    case Setting::Kind::kSwitch:
      return "true or false, without quotes";
    case Setting::Kind::kInteger:
      return "a whole number, without quotes";
    case Setting::Kind::kSeconds:
      return "a number of seconds, without quotes";
  }
  return "";
}

}  // namespace

std::string Setting::key() const { return WithUnderscores(name); }

std::string Setting::environment_variable() const {
  std::string variable = key();
  std::transform(variable.begin(), variable.end(), variable.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return std::string(kVariablePrefix) + variable;
}

void Settings::Declare(Setting setting) {
  SL_CHECK(Find(setting.name) == nullptr);
  settings_.push_back(std::move(setting));
}

Setting* Settings::Find(std::string_view name) {
  const auto found = std::find_if(settings_.begin(), settings_.end(),
                                  [name](const Setting& each) { return each.name == name; });
  return found == settings_.end() ? nullptr : &*found;
}

const Setting& Settings::Get(std::string_view name) const {
  const Setting* const found = const_cast<Settings*>(this)->Find(name);
  SL_CHECK(found != nullptr);
  return *found;
}

Status Settings::Set(Setting* setting, std::string_view text, Setting::Origin origin,
                     std::string place) {
  if (const std::string problem = ProblemOf(*setting, text); !problem.empty()) {
    const bool names_it = origin != Setting::Origin::kFile;
    return InvalidArgument("{}: {}{}", place, names_it ? "" : setting->key() + ": ", problem);
  }
  setting->text = text;
  setting->origin = origin;
  setting->place = std::move(place);
  return OkStatus();
}

Status Settings::ReadFile(const std::string& path) {
  SL_ASSIGN_OR_RETURN(const std::vector<FileValue> values, ReadSettingsFile(path));
  for (const FileValue& value : values) {
    const std::string place = fmt::format("{}:{}:{}", path, value.line, value.column);
    const auto found = std::find_if(
        settings_.begin(), settings_.end(),
        [&value](const Setting& each) { return !each.is_flag_only && each.key() == value.key; });
    if (found == settings_.end()) {
      return InvalidArgument("{}: there is no setting '{}'{}", place, value.key,
                             DidYouMean(value.key, [](const Setting& each) { return each.key(); }));
    }
    if (!TypeFits(found->kind, value.type)) {
      return InvalidArgument("{}: {}: this takes {}", place, value.key, WantedType(found->kind));
    }
    SL_RETURN_IF_ERROR(Set(&*found, value.text, Setting::Origin::kFile, place));
  }
  return OkStatus();
}

Status Settings::ReadEnvironment(const char* const* environment) {
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    if (!entry.starts_with(kVariablePrefix)) continue;
    const std::string variable(entry.substr(0, entry.find('=')));
    const auto found =
        std::find_if(settings_.begin(), settings_.end(), [&variable](const Setting& each) {
          return !each.is_flag_only && each.environment_variable() == variable;
        });
    if (found == settings_.end()) {
      return InvalidArgument(
          "{}: there is no setting of this name{}", variable,
          DidYouMean(variable, [](const Setting& each) { return each.environment_variable(); }));
    }
    SL_RETURN_IF_ERROR(Set(&*found, entry.substr(std::min(entry.size(), variable.size() + 1)),
                           Setting::Origin::kEnvironment, variable));
  }
  return OkStatus();
}

Status Settings::SetFlag(std::string_view name, std::string_view text) {
  Setting* const setting = Find(name);
  SL_CHECK(setting != nullptr);
  return Set(setting, text, Setting::Origin::kFlag, "--" + setting->name);
}

int64_t Settings::Integer(std::string_view name) const {
  const std::optional<int64_t> number = ParseInteger(Text(name));
  SL_CHECK(number.has_value());
  return *number;
}

int64_t Settings::Millis(std::string_view name) const {
  const std::optional<double> seconds = ParseNumber(Text(name));
  SL_CHECK(seconds.has_value());
  return std::llround(*seconds * 1'000);
}

std::vector<std::string> Settings::List(std::string_view name) const {
  return SplitList(Text(name));
}

std::string Settings::DidYouMean(std::string_view name,
                                 std::string (*spell)(const Setting&)) const {
  std::string nearest;
  size_t least = kNearEnough + 1;
  for (const Setting& each : settings_) {
    const std::string spelled = spell(each);
    const size_t distance = storage::EditDistance(name, spelled, kNearEnough);
    if (distance >= least) continue;
    least = distance;
    nearest = spelled;
  }
  return nearest.empty() ? "" : "; did you mean " + nearest + "?";
}

std::string Settings::EffectiveText() const {
  std::string text;
  for (const Setting& each : settings_) {
    if (each.is_flag_only) continue;
    std::string line = fmt::format("{} = {}", each.key(), TomlOf(each));
    // What has no value is no line of a file.
    if (each.text.empty()) line = "# " + each.key();
    text += fmt::format("{:<48}  # {}\n", line,
                        each.text.empty()    ? "not set"
                        : each.place.empty() ? "default"
                                             : each.place);
  }
  return text;
}

std::string Settings::ExampleText() const {
  std::string text, section;
  for (const Setting& each : settings_) {
    if (each.is_flag_only) continue;
    if (std::exchange(section, each.section) != each.section) {
      text += fmt::format("\n# --- {}\n", each.section);
    }
    text += fmt::format("\n# {}.\n", each.help);
    if (each.text.empty()) {
      text += fmt::format("#{} =    # not set\n", each.key());
    } else if (each.is_machines_own) {
      text += fmt::format("#{} =    # by the machine\n", each.key());
    } else {
      text += fmt::format("#{} = {}\n", each.key(), TomlOf(each));
    }
  }
  return text;
}

std::string Settings::ReferenceText() const {
  std::string text, section;
  for (const Setting& each : settings_) {
    if (std::exchange(section, each.section) != each.section) {
      text += fmt::format("\n## {}\n\n| Flag | Default | Meaning |\n|---|---|---|\n", each.section);
    }
    std::string by_default = each.text.empty()      ? ""
                             : each.is_machines_own ? "by the machine"
                                                    : "`" + each.text + "`";
    if (each.kind == Setting::Kind::kSwitch) by_default = each.text == "true" ? "on" : "off";
    std::string help = each.help;
    for (size_t at = help.find('|'); at != std::string::npos; at = help.find('|', at + 2)) {
      help.insert(at, "\\");
    }
    text +=
        fmt::format("| `--{}{}{}`{} | {} | {} |\n", each.name, each.value_name.empty() ? "" : " ",
                    each.value_name, each.is_flag_only ? " (flag only)" : "", by_default, help);
  }
  return text;
}

}  // namespace sightline::server
