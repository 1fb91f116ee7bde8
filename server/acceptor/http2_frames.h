// HTTP/2's frames (RFC 9113, 4.1 and 6), as far as one has to know them in front of a server that
// speaks HTTP/2 itself.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sightline::server {

// What a client says first (3.4).
inline constexpr std::string_view kClientPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum FrameType : uint8_t {
  kData = 0x0,
  kHeaders = 0x1,
  kPriority = 0x2,
  kResetStream = 0x3,
  kSettings = 0x4,
  kPushPromise = 0x5,
  kPing = 0x6,
  kGoAway = 0x7,
  kWindowUpdate = 0x8,
  kContinuation = 0x9,
};
inline constexpr uint8_t kAck = 0x1;         // Of SETTINGS and PING.
inline constexpr uint8_t kEndStream = 0x1;   // Of DATA and HEADERS.
inline constexpr uint8_t kEndHeaders = 0x4;  // Of HEADERS and CONTINUATION.

inline constexpr size_t kSettingBytes = 6;  // An identifier of two bytes, a value of four.

struct FrameHeader {
  static constexpr size_t kBytes = 9;

  uint32_t length = 0;  // Of the payload that follows.
  uint8_t type = 0;
  uint8_t flags = 0;
  uint32_t stream = 0;

  void AppendTo(std::string* bytes) const;
};

void AppendFrame(uint8_t type, uint8_t flags, std::string_view payload, std::string* bytes);

// The connection ends; of the streams up to `last_stream` some may have been worked on, of others
// none (6.8): whoever has asked on those may ask again elsewhere.
void AppendGoAway(uint32_t last_stream, std::string* bytes);

// Frames out of a stream of bytes. Thread-compatible.
class FrameReader {
 public:
  // Tells `on_header` (FrameHeader -> const char*, null to go on) of each frame whose header is
  // complete, and then `on_payload` (std::string_view part, bool is_last) of what comes of its
  // payload, at least once. Null, or what `on_header` gave.
  template <typename OnHeader, typename OnPayload>
  const char* Read(std::string_view bytes, const OnHeader& on_header, const OnPayload& on_payload) {
    while (!bytes.empty()) {
      if (payload_left_ > 0) {
        const size_t count = std::min(payload_left_, bytes.size());
        payload_left_ -= count;
        on_payload(bytes.substr(0, count), payload_left_ == 0);
        bytes.remove_prefix(count);
        continue;
      }
      const size_t count = std::min(sizeof(header_) - header_filled_, bytes.size());
      std::memcpy(header_ + header_filled_, bytes.data(), count);
      header_filled_ += count;
      bytes.remove_prefix(count);
      if (header_filled_ < sizeof(header_)) break;
      header_filled_ = 0;
      const FrameHeader header = Header();
      payload_left_ = header.length;
      if (const char* problem = on_header(header)) return problem;
      if (payload_left_ == 0) on_payload(std::string_view(), true);
    }
    return nullptr;
  }

  bool is_within_header() const { return header_filled_ > 0; }
  bool is_between_frames() const { return header_filled_ == 0 && payload_left_ == 0; }

 private:
  FrameHeader Header() const {
    return {.length = uint32_t{header_[0]} << 16 | uint32_t{header_[1]} << 8 | header_[2],
            .type = header_[3],
            .flags = header_[4],
            // Its first bit means nothing.
            .stream = (uint32_t{header_[5]} << 24 | uint32_t{header_[6]} << 16 |
                       uint32_t{header_[7]} << 8 | header_[8]) &
                      0x7FFFFFFF};
  }

  unsigned char header_[FrameHeader::kBytes] = {};
  size_t header_filled_ = 0;
  size_t payload_left_ = 0;
};

}  // namespace sightline::server
