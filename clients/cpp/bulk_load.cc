#include "clients/cpp/bulk_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <random>
#include <string_view>
#include <thread>
#include <utility>

#include "proto/crc32c.h"

namespace sightline::client {
namespace {

using Clock = std::chrono::steady_clock;
using Stream = grpc::ClientReaderWriter<v1::BulkLoadRequest, v1::BulkLoadResponse>;

constexpr size_t kChunkBytes = 256 << 10;
// Under way at once, so that a long line is kept busy. Their answers fit into what gRPC takes
// without a reader many times over.
constexpr size_t kChunksUnderWay = 16;
constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLastPause{2'000};
constexpr char kBusyReason[] = "SERVER_BUSY";

// A file as it is read: its bytes by their offsets, and the checksum of all of them.
class Content {
 public:
  Content(std::istream* stream, std::string name) : stream_(*stream), name_(std::move(name)) {}

  // Goes to a byte, forward by reading, back to what is kept or by seeking.
  MaybeError Seek(int64_t offset) {
    if (offset == offset_) return std::nullopt;
    if (offset < offset_) {
      if (!kept_.empty() && offset >= kept_begin_) {
        offset_ = offset;
        return std::nullopt;
      }
      kept_.clear();
      stream_.clear();
      if (!stream_.seekg(offset)) {
        return Unreadable(
            fmt::format("cannot go back to byte {} of {}, from which on the server needs it again",
                        offset, name_));
      }
      offset_ = offset;
      read_through_ = offset;
    }
    std::string chunk;
    while (offset_ < offset) {
      const auto wanted = static_cast<size_t>(
          std::min<int64_t>(offset - offset_, static_cast<int64_t>(kChunkBytes)));
      if (const MaybeError error = Next(&chunk, wanted)) return error;
      if (chunk.empty()) {
        return Unreadable(
            fmt::format("{} has {} bytes, and the server has {} of the file that it was", name_,
                        offset_, offset));
      }
      Forget(offset_);
    }
    return std::nullopt;
  }

  // The next bytes, `size_max` at most; none at the end.
  MaybeError Next(std::string* chunk, size_t size_max = kChunkBytes) {
    chunk->clear();
    if (offset_ < read_through_) {
      const auto begin = static_cast<size_t>(offset_ - kept_begin_);
      const size_t size = std::min(size_max, kept_.size() - begin);
      chunk->assign(kept_.begin() + static_cast<std::ptrdiff_t>(begin),
                    kept_.begin() + static_cast<std::ptrdiff_t>(begin + size));
    } else {
      chunk->resize(size_max);
      stream_.read(chunk->data(), static_cast<std::streamsize>(size_max));
      chunk->resize(static_cast<size_t>(stream_.gcount()));
      if (stream_.bad()) {
        return Unreadable(fmt::format("cannot read {} beyond byte {}", name_, offset_));
      }
      if (kept_.empty()) kept_begin_ = offset_;
      kept_.insert(kept_.end(), chunk->begin(), chunk->end());
      read_through_ = offset_ + static_cast<int64_t>(chunk->size());
      // What is read again after seeking is in the checksum already.
      if (read_through_ > summed_through_) {
        const auto known = static_cast<size_t>(std::max<int64_t>(summed_through_ - offset_, 0));
        crc_ = ExtendCrc32c(crc_, std::string_view(*chunk).substr(known));
        summed_through_ = read_through_;
      }
    }
    offset_ += static_cast<int64_t>(chunk->size());
    return std::nullopt;
  }

  // Bytes before this are not asked for again, as far as can be told.
  void Forget(int64_t offset) {
    if (kept_.empty() || offset <= kept_begin_) return;
    const auto count = std::min(static_cast<size_t>(offset - kept_begin_), kept_.size());
    kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(count));
    kept_begin_ += static_cast<int64_t>(count);
  }

  int64_t offset() const { return offset_; }
  uint32_t crc32c() const { return crc_; }

 private:
  static Error Unreadable(std::string message) {
    return {grpc::StatusCode::INVALID_ARGUMENT, std::move(message), kReasonUnreadable, {}};
  }

  std::istream& stream_;
  const std::string name_;
  int64_t offset_ = 0;
  int64_t read_through_ = 0;  // What has been read from the stream.
  // The last bytes before that: sent, and perhaps lost on their way.
  std::deque<char> kept_;
  int64_t kept_begin_ = 0;
  int64_t summed_through_ = 0;
  uint32_t crc_ = 0;
};

// Tries until it is done, or there is no use in going on.
class Load {
 public:
  Load(v1::StatementService::Stub* stub, const NewCallFunction& new_call,
       const CancelSource* cancel, const v1::BulkLoadOpen& open, std::istream* stream,
       const LoadOptions& options)
      : stub_(stub),
        new_call_(new_call),
        cancel_(cancel),
        open_(open),
        content_(stream, open.file_name()),
        options_(options) {}

  Result<v1::BulkLoadResult> Run() {
    std::chrono::milliseconds pause = kFirstPause;
    Clock::time_point away_since = Clock::now();
    while (true) {
      has_moved_ = false;
      Result<v1::BulkLoadResult> result = Try();
      if (result.ok()) return result;
      const Error& error = result.error();
      const bool may_retry =
          error.code == grpc::StatusCode::UNAVAILABLE || error.reason == kBusyReason;
      if (!may_retry || (cancel_ != nullptr && cancel_->is_cancelled())) return result;
      if (has_moved_) {
        pause = kFirstPause;
        away_since = Clock::now();
      }
      if (Clock::now() + pause - away_since > options_.away_max) return result;
      std::this_thread::sleep_for(pause);
      pause = std::min(2 * pause, kLastPause);
    }
  }

 private:
  Result<v1::BulkLoadResult> Try() {
    const std::unique_ptr<RunningCall> call = new_call_();
    const std::unique_ptr<Stream> stream = stub_->BulkLoad(&call->context());
    MaybeError own_error;
    std::optional<v1::BulkLoadResult> result;
    const bool is_sent = Send(stream.get(), &own_error, &result);
    if (own_error) call->context().TryCancel();
    if (is_sent && !own_error) Follow(stream.get(), &result);
    v1::BulkLoadResponse rest;
    while (stream->Read(&rest)) {
    }
    const grpc::Status status = stream->Finish();
    if (own_error) return *own_error;
    if (!status.ok()) return FromGrpc(status);
    if (!result) {
      return Error{grpc::StatusCode::INTERNAL,
                   "the server broke the protocol: it ended the load without a result",
                   kReasonMalformed,
                   {}};
    }
    return *std::move(result);
  }

  // Whether all of the file is there. If not, `*error` says what is wrong on this side, or
  // `*result` has the result of a load that was done before, or the call's status says why.
  bool Send(Stream* stream, MaybeError* error, std::optional<v1::BulkLoadResult>* result) {
    v1::BulkLoadRequest part;
    *part.mutable_open() = open_;
    v1::BulkLoadResponse response;
    if (!stream->Write(part) || !stream->Read(&response)) return false;
    if (response.has_result()) {
      *result = response.result();
      return false;
    }
    *error = content_.Seek(response.received_through());
    if (*error) return false;
    Received(response);
    size_t under_way = 0;
    std::string chunk;
    auto slice_begin = Clock::now();
    while (true) {
      const int64_t offset = content_.offset();
      *error = content_.Next(&chunk);
      if (*error) return false;
      if (chunk.empty()) break;
      part.mutable_chunk()->set_offset(offset);
      part.mutable_chunk()->set_crc32c(Crc32c(chunk));
      part.mutable_chunk()->set_data(chunk);
      if (!stream->Write(part)) return false;
      if (++under_way < kChunksUnderWay) continue;
      if (!stream->Read(&response)) return false;
      --under_way;
      Received(response);
      GiveWay(response.throttle_percent(), &slice_begin);
    }
    for (; under_way > 0; --under_way) {
      if (!stream->Read(&response)) return false;
      Received(response);
    }
    part.mutable_finish()->set_total_bytes(content_.offset());
    part.mutable_finish()->set_crc32c(content_.crc32c());
    const bool is_taken = stream->Write(part);
    stream->WritesDone();
    return is_taken;
  }

  void Received(const v1::BulkLoadResponse& response) {
    has_moved_ = true;
    content_.Forget(response.received_through());
    if (options_.listeners.on_received) {
      options_.listeners.on_received(response.received_through());
    }
  }

  // Leaves the server as much of the time as it asks for.
  static void GiveWay(int percent, Clock::time_point* slice_begin) {
    const auto now = Clock::now();
    if (percent > 0 && percent < 100) {
      std::this_thread::sleep_for((now - *slice_begin) * percent / (100 - percent));
    }
    *slice_begin = Clock::now();
  }

  void Follow(Stream* stream, std::optional<v1::BulkLoadResult>* result) {
    const LoadListeners& listeners = options_.listeners;
    if (has_told_rejects_ && listeners.on_restart) listeners.on_restart();
    v1::BulkLoadResponse response;
    while (!*result && stream->Read(&response)) {
      has_moved_ = true;
      if (response.has_progress() && listeners.on_progress) {
        listeners.on_progress(response.progress());
      }
      for (const v1::RejectedRecord& reject : response.rejects()) {
        has_told_rejects_ = true;
        if (listeners.on_reject) listeners.on_reject(reject);
      }
      if (response.has_result()) *result = response.result();
    }
  }

  v1::StatementService::Stub* const stub_;
  const NewCallFunction& new_call_;
  const CancelSource* const cancel_;
  const v1::BulkLoadOpen& open_;
  Content content_;
  const LoadOptions& options_;
  bool has_moved_ = false;         // In this try: the server is there.
  bool has_told_rejects_ = false;  // In an earlier try.
};

}  // namespace

std::string NewLoadId() {
  std::random_device random;
  uint32_t words[4];
  for (uint32_t& word : words) word = random();
  // Version 4, RFC 4122.
  words[1] = (words[1] & 0xFFFF0FFF) | 0x4000;
  words[2] = (words[2] & 0x3FFFFFFF) | 0x80000000;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:04x}{:08x}", words[0], words[1] >> 16,
                     words[1] & 0xFFFF, words[2] >> 16, words[2] & 0xFFFF, words[3]);
}

bool IsLoadId(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool hyphen_place = i == 8 || i == 13 || i == 18 || i == 23;
    const bool fits = hyphen_place ? text[i] == '-'
                                   : std::string_view("0123456789abcdefABCDEF").find(text[i]) !=
                                         std::string_view::npos;
    if (!fits) return false;
  }
  return true;
}

Result<v1::BulkLoadResult> RunBulkLoad(v1::StatementService::Stub* stub,
                                       const NewCallFunction& new_call, const CancelSource* cancel,
                                       const v1::BulkLoadOpen& open, std::istream& content,
                                       const LoadOptions& options) {
  return Load(stub, new_call, cancel, open, &content, options).Run();
}

}  // namespace sightline::client
