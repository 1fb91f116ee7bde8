#include "server/ingest/term_check.h"

#include <cstdint>
#include <cstring>

#include "storage/base/utf8.h"

namespace sightline::server {

std::string_view FaultOfExternalId(std::string_view id) {
  if (id.empty()) return "an id is empty";
  if (id.size() > kExternalIdBytesMax) return "an id has more than 1,024 bytes";
  unsigned char previous = 0;
  for (const char byte : id) {
    const auto code = static_cast<unsigned char>(byte);
    // U+0080 to U+009F are C2 80 to C2 9F.
    if (code < 0x20 || code == 0x7F || (previous == 0xC2 && code < 0xA0)) {
      return "an id has control characters";
    }
    previous = code;
  }
  if (id.size() > 2 && id.starts_with("s/") &&
      id.find_first_not_of("0123456789", 2) == std::string_view::npos) {
    return "'s/' and a number is the id of a statement, not of an entity";
  }
  return {};
}

bool IsUtf8(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080'8080'8080'8080;
  size_t offset = 0;
  for (; offset + 8 <= text.size(); offset += 8) {
    uint64_t eight;
    std::memcpy(&eight, text.data() + offset, sizeof(eight));
    if ((eight & kHighBits) != 0) return storage::IsValidUtf8(text.substr(offset));
  }
  return storage::IsValidUtf8(text.substr(offset));
}

}  // namespace sightline::server
