// FrameGuard: watches one HTTP/2 connection (RFC 9113) for what only an attacker does.
//
// The packaged gRPC library (1.51.1) stalls or swells on a header block without end
// (CVE-2023-33953), on floods of CONTINUATION, SETTINGS and PING, and on streams that are opened
// and reset at once (CVE-2023-44487). Each shows in the frame headers alone, which is all that is
// read here; nothing is decoded, changed or kept.
//
// Thread-compatible.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "server/acceptor/http2_frames.h"

namespace sightline::server {

struct FrameLimits {
  uint32_t header_block_bytes_max = 16 << 10;  // HEADERS with its CONTINUATIONs, as sent.
  // Of a frame that is neither DATA, whose messages gRPC holds to a limit, nor of a header block.
  uint32_t control_frame_bytes_max = 16 << 10;
  // In one second. gRPC's clients probe with a PING a round trip while data flows.
  uint32_t resets_max = 200;
  uint32_t settings_and_pings_max = 500;
  uint32_t headers_max = 50'000;
  uint32_t empty_frames_max = 50'000;
  // At once. gRPC holds those to its own, lower limit only who confirms that he has heard of it.
  uint32_t open_streams_max = 1'000;
};

class FrameGuard {
 public:
  explicit FrameGuard(const FrameLimits& limits) : limits_(limits) {}

  // What the client sent next. Null, or why the connection is to be cut: text that lives for ever.
  const char* ReadFromClient(std::string_view bytes, int64_t now_millis);
  // What the server sent next; it is believed.
  void ReadFromServer(std::string_view bytes);

  // Whether the client has said that it speaks HTTP/2, to the end of its first frame's header.
  bool has_greeted() const { return has_greeted_; }
  // Calls that are under way; those of them that the client has sent to their end, so that it is
  // for the server to go on.
  size_t open_streams() const { return open_streams_.size(); }
  size_t waiting_streams() const { return waiting_streams_; }
  uint32_t last_stream() const { return last_stream_; }  // That the client has opened; 0: none.
  // Whether something of ours may go between what the server sends.
  bool is_between_server_frames() const { return server_.is_between_frames(); }

 private:
  const char* OnClientFrame(const FrameHeader& frame, int64_t now_millis);
  const char* OnServerFrame(const FrameHeader& frame);
  void EndSending(uint32_t stream);
  void Close(uint32_t stream);

  const FrameLimits limits_;
  size_t preface_read_ = 0;
  bool has_greeted_ = false;
  FrameReader client_, server_;
  uint32_t header_block_bytes_ = 0;  // Of the block that is being sent; its stream, 0 when none is.
  uint32_t header_block_stream_ = 0;
  uint32_t last_stream_ = 0;
  std::unordered_map<uint32_t, bool> open_streams_;  // Whether the client has ended its side.
  size_t waiting_streams_ = 0;                       // For how many of them it has.

  int64_t second_ = 0;  // Which one the counts below are of.
  uint32_t resets_ = 0, settings_and_pings_ = 0, headers_ = 0, empty_frames_ = 0;
};

}  // namespace sightline::server
