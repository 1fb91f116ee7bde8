#include "server/ingest/json_text.h"

#include <fmt/format.h>

#include "storage/base/utf8.h"

namespace sightline::server {

void AppendJsonString(std::string_view text, std::string* out) {
  out->push_back('"');
  while (!text.empty()) {
    const size_t valid = storage::ValidUtf8Prefix(text);
    for (const char byte : text.substr(0, valid)) {
      switch (byte) {
        case '"':
          *out += "\\\"";
          break;
        case '\\':
          *out += "\\\\";
          break;
        case '\n':
          *out += "\\n";
          break;
        case '\r':
          *out += "\\r";
          break;
        case '\t':
          *out += "\\t";
          break;
        default:
          if (static_cast<unsigned char>(byte) < 0x20) {
            *out += fmt::format("\\u{:04x}", static_cast<unsigned>(byte));
          } else {
            out->push_back(byte);
          }
      }
    }
    text.remove_prefix(valid);
    if (text.empty()) break;
    *out += "\xEF\xBF\xBD";
    text.remove_prefix(1);
  }
  out->push_back('"');
}

void JsonObjectText::AddKey(std::string_view key) {
  text_ += text_.empty() ? '{' : ',';
  AppendJsonString(key, &text_);
  text_ += ':';
}

void JsonObjectText::Add(std::string_view key, std::string_view raw) {
  AddKey(key);
  text_ += raw;
}

void JsonObjectText::AddString(std::string_view key, std::string_view text) {
  AddKey(key);
  AppendJsonString(text, &text_);
}

}  // namespace sightline::server
