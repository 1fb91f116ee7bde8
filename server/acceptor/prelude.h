// Prelude: what is said on an HTTP/2 connection (RFC 9113) before its first call. It greets and
// answers in gRPC's place, so that gRPC need not know of a connection for which there is nothing to
// do: that saves two descriptors and some kilobytes each.
//
// Until the first call the client's SETTINGS are acknowledged and kept with its WINDOW_UPDATEs, to
// be told to gRPC when it gets the connection; PINGs are answered; priorities, which gRPC does not
// heed, and the client's farewell (GOAWAY) are left out. All else, and whatever is not as it should
// be, is for gRPC to judge. It then greets a second time, which a server may (6.5), and
// acknowledges the SETTINGS a second time, which it may not: those acknowledgements are left out on
// the way to the client, and on the way to gRPC the client's of the greeting that gRPC knows
// nothing of.
//
// Thread-compatible.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/acceptor/http2_frames.h"

namespace sightline::server {

class Prelude {
 public:
  // Of SETTINGS and WINDOW_UPDATE; what clients send in fact is a tenth of it.
  static constexpr size_t kKeptBytesMax = 1 << 10;
  // More of them, and gRPC is to say what it holds of that (it has rules of its own).
  static constexpr int kPingsMax = 8;

  // `settings`, which is borrowed: what is announced, as in a SETTINGS frame's payload.
  explicit Prelude(std::string_view settings) : settings_(settings) {}

  // What the client has sent next, and the guard has passed. Appends what gRPC is to read to
  // `to_server`, nothing before needs_server(), and what the client is answered to `to_client`.
  // Null, or why the connection is to be cut: text that lives for ever.
  const char* ReadFromClient(std::string_view bytes, std::string* to_server,
                             std::string* to_client);
  // What gRPC has sent next. Appends what of it the client is to read.
  void ReadFromServer(std::string_view bytes, std::string* to_client);

  // Whether gRPC is to have the connection.
  bool needs_server() const { return needs_server_; }
  // Whether all that is still to come passes unchanged, both ways.
  bool is_over() const;

 private:
  // What becomes of a frame of the client.
  enum class Fate : uint8_t { kPassOn, kKeep, kAnswer, kLeaveOut };
  Fate FateOf(const FrameHeader& frame);

  const std::string_view settings_;
  FrameReader client_, server_;
  size_t preface_read_ = 0;
  Fate fate_ = Fate::kPassOn;  // Of the frame that is being read.
  bool is_settings_ = false;   // Whether that is a SETTINGS frame that is kept.
  bool has_greeted_ = false;   // With `settings_`.
  bool needs_server_ = false;
  bool is_ack_due_ = false;  // From the client, for `settings_`.
  int server_acks_due_ = 0;  // From gRPC, for what has been acknowledged.
  int pings_ = 0;
  std::string ping_;  // Payload of the one that is being read.
  std::string kept_;
};

}  // namespace sightline::server
