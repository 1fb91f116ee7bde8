#include "server/acceptor/http2_frames.h"

namespace sightline::server {
namespace {

// Most significant byte first.
void AppendNumber(uint32_t number, int byte_count, std::string* bytes) {
  for (int shift = 8 * (byte_count - 1); shift >= 0; shift -= 8) {
    *bytes += static_cast<char>(number >> shift);
  }
}

}  // namespace

void FrameHeader::AppendTo(std::string* bytes) const {
  AppendNumber(length, 3, bytes);
  AppendNumber(type, 1, bytes);
  AppendNumber(flags, 1, bytes);
  AppendNumber(stream, 4, bytes);
}

void AppendFrame(uint8_t type, uint8_t flags, std::string_view payload, std::string* bytes) {
  FrameHeader{.length = static_cast<uint32_t>(payload.size()), .type = type, .flags = flags}
      .AppendTo(bytes);
  bytes->append(payload);
}

void AppendGoAway(uint32_t last_stream, std::string* bytes) {
  constexpr uint32_t kNoError = 0;
  std::string payload;
  AppendNumber(last_stream, 4, &payload);
  AppendNumber(kNoError, 4, &payload);
  AppendFrame(kGoAway, 0, payload, bytes);
}

}  // namespace sightline::server
