#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "server/daemon/settings.h"

namespace sightline::server {
namespace {

constexpr size_t kFileBytesMax = 1 << 20;

StatusOr<FileValue> ValueOf(const std::string& path, const toml::key& key, const toml::node& node) {
  FileValue value;
  value.key = key.str();
  value.line = static_cast<int>(key.source().begin.line);
  value.column = static_cast<int>(key.source().begin.column);
  const auto problem = [&](std::string_view what) {
    return InvalidArgument("{}:{}:{}: {}: {}", path, value.line, value.column, value.key, what);
  };
  if (const auto* text = node.as_string()) {
    value.text = text->get();
  } else if (const auto* boolean = node.as_boolean()) {
    value.type = FileValue::Type::kBoolean;
    value.text = boolean->get() ? "true" : "false";
  } else if (const auto* integer = node.as_integer()) {
    value.type = FileValue::Type::kInteger;
    value.text = std::to_string(integer->get());
  } else if (const auto* number = node.as_floating_point()) {
    value.type = FileValue::Type::kNumber;
    value.text = fmt::format("{}", number->get());
  } else if (const auto* list = node.as_array()) {
    value.type = FileValue::Type::kList;
    for (const toml::node& item : *list) {
      const auto* text_item = item.as_string();
      if (text_item == nullptr) return problem("the array holds something else than texts");
      if (text_item->get().empty() || text_item->get().find(',') != std::string::npos) {
        return problem("a text of the array is empty, or has a comma in it");
      }
      value.text += (value.text.empty() ? "" : ",") + text_item->get();
    }
  } else if (node.is_table()) {
    return problem("settings stand in no table: write the key alone, without [brackets] and dots");
  } else {
    return problem("no setting is a date or a time");
  }
  return value;
}

}  // namespace

StatusOr<std::vector<FileValue>> ReadSettingsFile(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(kFileBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    return InvalidArgument("Cannot read {}: {}", path, std::strerror(errno));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kFileBytesMax) return InvalidArgument("{}: larger than 1 MiB", path);
  std::vector<FileValue> values;
  try {
    const toml::table table = toml::parse(text, path);
    for (const auto& [key, node] : table) {
      SL_ASSIGN_OR_RETURN(FileValue value, ValueOf(path, key, node));
      values.push_back(std::move(value));
    }
  } catch (const toml::parse_error& error) {
    return InvalidArgument("{}:{}:{}: {}", path, error.source().begin.line,
                           error.source().begin.column, error.description());
  }
  // The table is in alphabetical order.
  std::sort(values.begin(), values.end(), [](const FileValue& a, const FileValue& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return values;
}

}  // namespace sightline::server
