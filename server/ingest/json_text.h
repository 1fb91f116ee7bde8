// JSON as the importers, the exporter and the reject file write it.

#pragma once

#include <string>
#include <string_view>

namespace sightline::server {

// Appends `text` as a JSON string, quotes included. UTF-8 stays as it is; a byte that is none
// becomes U+FFFD.
void AppendJsonString(std::string_view text, std::string* out);

// An object that is put together member by member.
class JsonObjectText {
 public:
  // `raw` is JSON.
  void Add(std::string_view key, std::string_view raw);
  void AddString(std::string_view key, std::string_view text);

  bool empty() const { return text_.empty(); }
  std::string Finish() const { return empty() ? "{}" : text_ + "}"; }

 private:
  void AddKey(std::string_view key);

  std::string text_;
};

}  // namespace sightline::server
