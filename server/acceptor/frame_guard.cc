#include "server/acceptor/frame_guard.h"

#include <algorithm>

namespace sightline::server {

const char* FrameGuard::ReadFromClient(std::string_view bytes, int64_t now_millis) {
  if (preface_read_ < kClientPreface.size()) {
    const size_t count = std::min(kClientPreface.size() - preface_read_, bytes.size());
    if (bytes.substr(0, count) != kClientPreface.substr(preface_read_, count)) {
      return "it does not speak HTTP/2";
    }
    preface_read_ += count;
    bytes.remove_prefix(count);
  }
  return client_.Read(
      bytes, [&](const FrameHeader& frame) { return OnClientFrame(frame, now_millis); },
      [](std::string_view, bool) {});
}

void FrameGuard::ReadFromServer(std::string_view bytes) {
  server_.Read(
      bytes, [this](const FrameHeader& frame) { return OnServerFrame(frame); },
      [](std::string_view, bool) {});
}

const char* FrameGuard::OnClientFrame(const FrameHeader& frame, int64_t now_millis) {
  if (!has_greeted_ && frame.type != kSettings) return "its first frame is not SETTINGS";
  has_greeted_ = true;
  if (const int64_t second = now_millis / 1'000; second != second_) {
    second_ = second;
    resets_ = settings_and_pings_ = headers_ = empty_frames_ = 0;
  }
  // Within a header block nothing else may come (RFC 9113, 6.10).
  const bool continues = frame.type == kContinuation;
  if (continues != (header_block_stream_ != 0) ||
      (continues && frame.stream != header_block_stream_)) {
    return "a header block is interrupted";
  }
  if (frame.length == 0 && ++empty_frames_ > limits_.empty_frames_max) {
    return "too many empty frames";
  }
  if (frame.type != kData && frame.type != kHeaders && frame.type != kContinuation &&
      frame.length > limits_.control_frame_bytes_max) {
    return "a frame is too long";
  }
  switch (frame.type) {
    case kHeaders:
      if (frame.stream == 0) return "HEADERS of no stream";
      if (++headers_ > limits_.headers_max) return "too many calls in a second";
      header_block_bytes_ = 0;
      header_block_stream_ = frame.stream;
      if (frame.stream > last_stream_) {
        last_stream_ = frame.stream;
        open_streams_.emplace(frame.stream, false);
        if (open_streams_.size() > limits_.open_streams_max) return "too many calls at once";
      }
      if ((frame.flags & kEndStream) != 0) EndSending(frame.stream);
      [[fallthrough]];
    case kContinuation:
      header_block_bytes_ += frame.length;
      if (header_block_bytes_ > limits_.header_block_bytes_max) return "its headers are too long";
      if ((frame.flags & kEndHeaders) != 0) {
        header_block_stream_ = 0;
      } else if (frame.length == 0) {
        return "an empty part of a header block";
      }
      break;
    case kData:
      if ((frame.flags & kEndStream) != 0) EndSending(frame.stream);
      break;
    case kResetStream:
      Close(frame.stream);
      if (++resets_ > limits_.resets_max) return "too many streams reset in a second";
      break;
    case kSettings:
    case kPing:
    case kPriority:
      if (++settings_and_pings_ > limits_.settings_and_pings_max) {
        return "too many SETTINGS and PING in a second";
      }
      break;
    default:
      break;
  }
  return nullptr;
}

const char* FrameGuard::OnServerFrame(const FrameHeader& frame) {
  const bool ends =
      frame.type == kResetStream ||
      ((frame.type == kData || frame.type == kHeaders) && (frame.flags & kEndStream) != 0);
  if (ends) Close(frame.stream);
  return nullptr;
}

void FrameGuard::EndSending(uint32_t stream) {
  const auto found = open_streams_.find(stream);
  if (found == open_streams_.end() || found->second) return;
  found->second = true;
  ++waiting_streams_;
}

void FrameGuard::Close(uint32_t stream) {
  const auto found = open_streams_.find(stream);
  if (found == open_streams_.end()) return;
  if (found->second) --waiting_streams_;
  open_streams_.erase(found);
}

}  // namespace sightline::server
