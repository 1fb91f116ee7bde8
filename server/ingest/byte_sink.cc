#include "server/ingest/byte_sink.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

namespace sightline::server {
namespace {

constexpr size_t kBufferBytes = 256 << 10;
constexpr int kGzipLevel = 6;
constexpr int kZstdLevel = 3;

Status WriteAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      return Unavailable("Cannot write: {}", std::strerror(errno));
    }
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return OkStatus();
}

class DescriptorSink : public ByteSink {
 public:
  explicit DescriptorSink(int descriptor) : descriptor_(descriptor) {}

  Status Write(std::string_view bytes) override {
    buffer_.append(bytes);
    return buffer_.size() < kBufferBytes ? OkStatus() : Flush();
  }
  Status Finish() override { return Flush(); }

 private:
  Status Flush() {
    const Status written = WriteAll(descriptor_, buffer_);
    buffer_.clear();
    return written;
  }

  const int descriptor_;
  std::string buffer_;
};

class FileSink : public ByteSink {
 public:
  FileSink(int descriptor, std::string path, std::string path_until_done)
      : descriptor_(descriptor),
        path_(std::move(path)),
        path_until_done_(std::move(path_until_done)),
        sink_(descriptor) {}
  ~FileSink() override {
    ::close(descriptor_);
    if (!is_done_) ::unlink(path_until_done_.c_str());
  }

  Status Write(std::string_view bytes) override { return Named(sink_.Write(bytes)); }
  Status Finish() override {
    SL_RETURN_IF_ERROR(Named(sink_.Finish()));
    if (::fsync(descriptor_) != 0 || std::rename(path_until_done_.c_str(), path_.c_str()) != 0) {
      return Named(Unavailable("Cannot write: {}", std::strerror(errno)));
    }
    is_done_ = true;
    return OkStatus();
  }

 private:
  Status Named(const Status& status) const {
    if (status.ok()) return status;
    return MakeStatus(status.code(), fmt::format("{}: {}", path_, MessageOf(status)));
  }

  const int descriptor_;
  const std::string path_;
  const std::string path_until_done_;
  DescriptorSink sink_;
  bool is_done_ = false;
};

class GzipSink : public ByteSink {
 public:
  explicit GzipSink(std::unique_ptr<ByteSink> to) : to_(std::move(to)), output_(kBufferBytes) {
    // 16: with a gzip wrapper. Fails only for want of memory, which Deflate reports.
    ready_ = deflateInit2(&stream_, kGzipLevel, Z_DEFLATED, 16 + MAX_WBITS, 8,
                          Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~GzipSink() override { deflateEnd(&stream_); }

  Status Write(std::string_view bytes) override {
    // avail_in has 32 bits.
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kBufferBytes))) {
      SL_RETURN_IF_ERROR(Deflate(bytes.substr(0, kBufferBytes), Z_NO_FLUSH));
    }
    return OkStatus();
  }
  Status Finish() override {
    SL_RETURN_IF_ERROR(Deflate({}, Z_FINISH));
    return to_->Finish();
  }

 private:
  Status Deflate(std::string_view bytes, int flush) {
    if (!ready_) return ResourceExhausted("No memory to compress");
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(output_.data());
      stream_.avail_out = static_cast<uInt>(output_.size());
      deflate(&stream_, flush);
      SL_RETURN_IF_ERROR(to_->Write({output_.data(), output_.size() - stream_.avail_out}));
    } while (stream_.avail_out == 0);
    return OkStatus();
  }

  const std::unique_ptr<ByteSink> to_;
  std::vector<char> output_;
  z_stream stream_{};
  bool ready_ = false;
};

class ZstdSink : public ByteSink {
 public:
  explicit ZstdSink(std::unique_ptr<ByteSink> to)
      : to_(std::move(to)), output_(kBufferBytes), stream_(ZSTD_createCCtx()) {
    if (stream_ == nullptr) return;
    ZSTD_CCtx_setParameter(stream_, ZSTD_c_compressionLevel, kZstdLevel);
    ZSTD_CCtx_setParameter(stream_, ZSTD_c_checksumFlag, 1);
  }
  ~ZstdSink() override { ZSTD_freeCCtx(stream_); }

  Status Write(std::string_view bytes) override { return Compress(bytes, ZSTD_e_continue); }
  Status Finish() override {
    SL_RETURN_IF_ERROR(Compress({}, ZSTD_e_end));
    return to_->Finish();
  }

 private:
  Status Compress(std::string_view bytes, ZSTD_EndDirective directive) {
    if (stream_ == nullptr) return ResourceExhausted("No memory to compress");
    ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
    while (true) {
      ZSTD_outBuffer output{output_.data(), output_.size(), 0};
      const size_t left = ZSTD_compressStream2(stream_, &output, &input, directive);
      if (ZSTD_isError(left)) return Internal("Cannot compress: {}", ZSTD_getErrorName(left));
      SL_RETURN_IF_ERROR(to_->Write({output_.data(), output.pos}));
      const bool is_done = directive == ZSTD_e_end ? left == 0 : input.pos == input.size;
      if (is_done) return OkStatus();
    }
  }

  const std::unique_ptr<ByteSink> to_;
  std::vector<char> output_;
  ZSTD_CCtx* const stream_;
};

}  // namespace

StatusOr<std::unique_ptr<ByteSink>> CreateFile(const std::string& path) {
  const std::string until_done = path + ".partial";
  const int descriptor = ::open(until_done.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return Unavailable("Cannot write {}: {}", path, std::strerror(errno));
  std::unique_ptr<ByteSink> file = std::make_unique<FileSink>(descriptor, path, until_done);
  if (path.ends_with(".gz")) file = std::make_unique<GzipSink>(std::move(file));
  if (path.ends_with(".zst")) file = std::make_unique<ZstdSink>(std::move(file));
  return file;
}

std::unique_ptr<ByteSink> ToDescriptor(int descriptor) {
  return std::make_unique<DescriptorSink>(descriptor);
}

}  // namespace sightline::server
