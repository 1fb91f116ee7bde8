#include "storage/base/utf8.h"

#include <cstdint>

#include "storage/base/check.h"

namespace sightline::storage {
namespace {

struct Decoded {
  char32_t code_point = kReplacementCharacter;
  size_t byte_count = 0;  // 0: not valid here.
};

Decoded DecodeAt(std::string_view text, size_t offset) {
  const auto byte_at = [&](size_t i) { return static_cast<uint8_t>(text[offset + i]); };
  const uint8_t lead = byte_at(0);
  if (lead < 0x80) return {lead, 1};
  size_t byte_count = 0;
  char32_t code_point = 0;
  // The second byte's range keeps out overlong forms (E0, F0), surrogates (ED) and what lies above
  // U+10FFFF (F4).
  uint8_t second_min = 0x80;
  uint8_t second_max = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    byte_count = 2;
    code_point = lead & 0x1F;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    byte_count = 3;
    code_point = lead & 0x0F;
    if (lead == 0xE0) second_min = 0xA0;
    if (lead == 0xED) second_max = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    byte_count = 4;
    code_point = lead & 0x07;
    if (lead == 0xF0) second_min = 0x90;
    if (lead == 0xF4) second_max = 0x8F;
  } else {
    return {};
  }
  if (text.size() - offset < byte_count) return {};
  for (size_t i = 1; i < byte_count; ++i) {
    const uint8_t byte = byte_at(i);
    if (byte < (i == 1 ? second_min : 0x80) || byte > (i == 1 ? second_max : 0xBF)) return {};
    code_point = (code_point << 6) | (byte & 0x3F);
  }
  return {code_point, byte_count};
}

}  // namespace

size_t ValidUtf8Prefix(std::string_view text) {
  size_t offset = 0;
  while (offset < text.size()) {
    const Decoded decoded = DecodeAt(text, offset);
    if (decoded.byte_count == 0) return offset;
    offset += decoded.byte_count;
  }
  return offset;
}

bool IsValidUtf8(std::string_view text) { return ValidUtf8Prefix(text) == text.size(); }

char32_t NextCodePoint(std::string_view text, size_t* offset) {
  SL_CHECK(*offset < text.size());
  const Decoded decoded = DecodeAt(text, *offset);
  *offset += decoded.byte_count == 0 ? 1 : decoded.byte_count;
  return decoded.code_point;
}

size_t CodePointCount(std::string_view text) {
  size_t count = 0;
  for (size_t offset = 0; offset < text.size(); ++count) NextCodePoint(text, &offset);
  return count;
}

}  // namespace sightline::storage
