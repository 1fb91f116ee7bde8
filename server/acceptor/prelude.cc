#include "server/acceptor/prelude.h"

#include <algorithm>

namespace sightline::server {

const char* Prelude::ReadFromClient(std::string_view bytes, std::string* to_server,
                                    std::string* to_client) {
  const size_t of_preface = std::min(kClientPreface.size() - preface_read_, bytes.size());
  preface_read_ += of_preface;
  bytes.remove_prefix(of_preface);
  const auto on_header = [&](const FrameHeader& frame) -> const char* {
    fate_ = FateOf(frame);
    is_settings_ = fate_ == Fate::kKeep && frame.type == kSettings;
    switch (fate_) {
      case Fate::kPassOn:
        if (!needs_server_) {
          needs_server_ = true;
          to_server->append(kClientPreface);
          to_server->append(kept_);
          kept_ = std::string();
        }
        frame.AppendTo(to_server);
        break;
      case Fate::kKeep:
        frame.AppendTo(&kept_);
        if (kept_.size() + frame.length > kKeptBytesMax) {
          return "it says too much before its first call";
        }
        break;
      case Fate::kAnswer:
      case Fate::kLeaveOut:
        break;
    }
    return nullptr;
  };
  const auto on_payload = [&](std::string_view part, bool is_last) {
    switch (fate_) {
      case Fate::kPassOn:
        to_server->append(part);
        break;
      case Fate::kKeep:
        kept_.append(part);
        if (!is_settings_ || !is_last) break;
        if (!has_greeted_) AppendFrame(kSettings, 0, settings_, to_client);
        is_ack_due_ |= !has_greeted_;
        has_greeted_ = true;
        AppendFrame(kSettings, kAck, "", to_client);
        ++server_acks_due_;
        break;
      case Fate::kAnswer:
        ping_.append(part);
        if (!is_last) break;
        AppendFrame(kPing, kAck, ping_, to_client);
        ping_.clear();
        break;
      case Fate::kLeaveOut:
        break;
    }
  };
  return client_.Read(bytes, on_header, on_payload);
}

Prelude::Fate Prelude::FateOf(const FrameHeader& frame) {
  const bool is_ack = (frame.flags & kAck) != 0;
  if (is_ack_due_ && frame.type == kSettings && is_ack && frame.length == 0) {
    is_ack_due_ = false;
    return Fate::kLeaveOut;
  }
  if (needs_server_) return Fate::kPassOn;
  const bool is_of_connection = frame.stream == 0;
  switch (frame.type) {
    case kSettings:
      if (is_of_connection && !is_ack && frame.length % kSettingBytes == 0) return Fate::kKeep;
      break;
    case kWindowUpdate:
      if (is_of_connection && frame.length == 4) return Fate::kKeep;
      break;
    case kPing:
      if (is_of_connection && !is_ack && frame.length == 8 && ++pings_ <= kPingsMax) {
        return Fate::kAnswer;
      }
      break;
    case kPriority:
      if (!is_of_connection && frame.length == 5) return Fate::kLeaveOut;
      break;
    case kGoAway:
      if (is_of_connection) return Fate::kLeaveOut;
      break;
    default:
      break;
  }
  return Fate::kPassOn;
}

void Prelude::ReadFromServer(std::string_view bytes, std::string* to_client) {
  bool passes = true;
  server_.Read(
      bytes,
      [&](const FrameHeader& frame) -> const char* {
        passes = server_acks_due_ == 0 || frame.type != kSettings || (frame.flags & kAck) == 0;
        if (passes) {
          frame.AppendTo(to_client);
        } else {
          --server_acks_due_;  // It has no payload.
        }
        return nullptr;
      },
      [&](std::string_view part, bool) { to_client->append(part); });
}

bool Prelude::is_over() const {
  return needs_server_ && !is_ack_due_ && server_acks_due_ == 0 && !client_.is_within_header() &&
         !server_.is_within_header() && (fate_ == Fate::kPassOn || client_.is_between_frames());
}

}  // namespace sightline::server
