#include "server/ingest/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace sightline::server {
namespace {

constexpr size_t kInputBytes = 256 << 10;
// Frames that ask for a larger window are refused: 2^27 bytes is what the zstd tool takes, too.
constexpr int kZstdWindowLogMax = 27;

class FileSource : public ByteSource {
 public:
  explicit FileSource(int descriptor, std::string path)
      : descriptor_(descriptor), path_(std::move(path)) {}
  ~FileSource() override { ::close(descriptor_); }

  StatusOr<size_t> Read(char* to, size_t byte_count_max) override {
    while (true) {
      const ssize_t count = ::read(descriptor_, to, byte_count_max);
      if (count >= 0) {
        taken_ += static_cast<uint64_t>(count);
        return static_cast<size_t>(count);
      }
      if (errno != EINTR) return Unavailable("Cannot read {}: {}", path_, std::strerror(errno));
    }
  }
  uint64_t bytes_taken() const override { return taken_; }

 private:
  const int descriptor_;
  const std::string path_;
  uint64_t taken_ = 0;
};

class MemorySource : public ByteSource {
 public:
  MemorySource(std::string bytes, size_t read_bytes_max)
      : bytes_(std::move(bytes)), read_bytes_max_(read_bytes_max) {}

  StatusOr<size_t> Read(char* to, size_t byte_count_max) override {
    size_t count = std::min(byte_count_max, bytes_.size() - taken_);
    if (read_bytes_max_ > 0) count = std::min(count, read_bytes_max_);
    std::memcpy(to, bytes_.data() + taken_, count);
    taken_ += count;
    return count;
  }
  uint64_t bytes_taken() const override { return taken_; }

 private:
  const std::string bytes_;
  const size_t read_bytes_max_;
  size_t taken_ = 0;
};

// Gives back the first bytes, which were read to see what the data is.
class PrefixedSource : public ByteSource {
 public:
  PrefixedSource(std::string prefix, std::unique_ptr<ByteSource> rest)
      : prefix_(std::move(prefix)), rest_(std::move(rest)) {}

  StatusOr<size_t> Read(char* to, size_t byte_count_max) override {
    if (given_ == prefix_.size()) return rest_->Read(to, byte_count_max);
    const size_t count = std::min(byte_count_max, prefix_.size() - given_);
    std::memcpy(to, prefix_.data() + given_, count);
    given_ += count;
    return count;
  }
  uint64_t bytes_taken() const override { return rest_->bytes_taken(); }

 private:
  const std::string prefix_;
  const std::unique_ptr<ByteSource> rest_;
  size_t given_ = 0;
};

// What both decompressors share: the input buffer, and being at the end after an error.
class DecompressingSource : public ByteSource {
 public:
  explicit DecompressingSource(std::unique_ptr<ByteSource> source)
      : source_(std::move(source)), input_(kInputBytes) {}

  StatusOr<size_t> Read(char* to, size_t byte_count_max) override {
    if (ended_ || byte_count_max == 0) return 0;
    StatusOr<size_t> count = Inflate(to, byte_count_max);
    if (!count.ok() || *count == 0) ended_ = true;
    return count;
  }
  uint64_t bytes_taken() const override { return source_->bytes_taken(); }

 protected:
  virtual StatusOr<size_t> Inflate(char* to, size_t byte_count_max) = 0;

  // Refills the input when all of it is used up. False at the end of the source.
  StatusOr<bool> HaveInput() {
    if (used_ < filled_) return true;
    SL_ASSIGN_OR_RETURN(filled_, source_->Read(input_.data(), input_.size()));
    passed_ += used_;
    used_ = 0;
    return filled_ > 0;
  }
  uint64_t input_offset() const { return passed_ + used_; }

  const std::unique_ptr<ByteSource> source_;
  std::vector<char> input_;
  size_t filled_ = 0;
  size_t used_ = 0;

 private:
  uint64_t passed_ = 0;
  bool ended_ = false;
};

class GzipSource : public DecompressingSource {
 public:
  explicit GzipSource(std::unique_ptr<ByteSource> source) : DecompressingSource(std::move(source)) {
    // 16: a gzip wrapper and nothing else. Fails only for want of memory, which Inflate reports.
    ready_ = inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK;
  }
  ~GzipSource() override { inflateEnd(&stream_); }

 private:
  StatusOr<size_t> Inflate(char* to, size_t byte_count_max) override {
    if (!ready_) return ResourceExhausted("No memory to decompress gzip data");
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = static_cast<uInt>(std::min<size_t>(byte_count_max, 1 << 30));
    const uInt room = stream_.avail_out;
    while (stream_.avail_out == room) {
      SL_ASSIGN_OR_RETURN(const bool have_input, HaveInput());
      if (!have_input) {
        if (in_member_) return DataLoss("The gzip data ends too early, at byte {}", input_offset());
        return 0;
      }
      if (!in_member_) {
        // gzip itself ignores what follows the last member when it is zeros: padding of tapes.
        if (members_ > 0 && input_[used_] == 0) {
          ++used_;
          continue;
        }
        if (members_ > 0) inflateReset(&stream_);
        in_member_ = true;
        ++members_;
      }
      stream_.next_in = reinterpret_cast<Bytef*>(input_.data() + used_);
      stream_.avail_in = static_cast<uInt>(filled_ - used_);
      const int result = inflate(&stream_, Z_NO_FLUSH);
      used_ = filled_ - stream_.avail_in;
      if (result == Z_STREAM_END) {
        in_member_ = false;
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        return DataLoss("Damaged gzip data at byte {}: {}", input_offset(),
                        stream_.msg == nullptr ? "error" : stream_.msg);
      }
    }
    return room - stream_.avail_out;
  }

  z_stream stream_{};
  bool ready_ = false;
  bool in_member_ = false;
  uint64_t members_ = 0;
};

class ZstdSource : public DecompressingSource {
 public:
  explicit ZstdSource(std::unique_ptr<ByteSource> source)
      : DecompressingSource(std::move(source)), stream_(ZSTD_createDStream()) {
    if (stream_ != nullptr) {
      ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kZstdWindowLogMax);
    }
  }
  ~ZstdSource() override { ZSTD_freeDStream(stream_); }

 private:
  StatusOr<size_t> Inflate(char* to, size_t byte_count_max) override {
    if (stream_ == nullptr) return ResourceExhausted("No memory to decompress Zstandard data");
    ZSTD_outBuffer output{to, byte_count_max, 0};
    while (output.pos == 0) {
      SL_ASSIGN_OR_RETURN(const bool have_input, HaveInput());
      // Without input the stream may still hold output that found no room earlier.
      ZSTD_inBuffer input{input_.data(), filled_, used_};
      const size_t result = ZSTD_decompressStream(stream_, &output, &input);
      used_ = input.pos;
      if (ZSTD_isError(result)) {
        return DataLoss("Damaged Zstandard data at byte {}: {}", input_offset(),
                        ZSTD_getErrorName(result));
      }
      if (have_input || output.pos > 0) in_frame_ = result != 0;
      if (!have_input && output.pos == 0) {
        if (in_frame_) {
          return DataLoss("The Zstandard data ends too early, at byte {}", input_offset());
        }
        return 0;
      }
    }
    return output.pos;
  }

  ZSTD_DStream* const stream_;
  bool in_frame_ = true;
};

}  // namespace

StatusOr<std::unique_ptr<ByteSource>> OpenFile(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const int error = errno;
    if (error == ENOENT) return NotFound("There is no file {}", path);
    if (error == EACCES) {
      return MakeStatus(StatusCode::kPermissionDenied, "No right to read " + path);
    }
    return Unavailable("Cannot open {}: {}", path, std::strerror(error));
  }
  std::unique_ptr<ByteSource> source = std::make_unique<FileSource>(descriptor, path);
  struct stat status {};
  if (::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
    return InvalidArgument("{} is a directory, not a file", path);
  }
  return source;
}

std::unique_ptr<ByteSource> BytesInMemory(std::string bytes, size_t read_bytes_max) {
  return std::make_unique<MemorySource>(std::move(bytes), read_bytes_max);
}

StatusOr<std::string> ReadBytes(ByteSource* source, size_t byte_count) {
  std::string bytes(byte_count, '\0');
  size_t filled = 0;
  while (filled < byte_count) {
    SL_ASSIGN_OR_RETURN(const size_t count,
                        source->Read(bytes.data() + filled, byte_count - filled));
    if (count == 0) break;
    filled += count;
  }
  bytes.resize(filled);
  return bytes;
}

StatusOr<std::unique_ptr<ByteSource>> Decompress(std::unique_ptr<ByteSource> source) {
  constexpr std::string_view kGzip = "\x1f\x8b";
  constexpr std::string_view kZstd = "\x28\xb5\x2f\xfd";
  const StatusOr<std::string> read = ReadBytes(source.get(), kZstd.size());
  if (!read.ok()) return read.status();
  const std::string& first = *read;
  const bool gzip = std::string_view(first).substr(0, kGzip.size()) == kGzip;
  const bool zstd = first == kZstd;
  std::unique_ptr<ByteSource> whole = std::make_unique<PrefixedSource>(first, std::move(source));
  if (gzip) return std::unique_ptr<ByteSource>(std::make_unique<GzipSource>(std::move(whole)));
  if (zstd) return std::unique_ptr<ByteSource>(std::make_unique<ZstdSource>(std::move(whole)));
  return whole;
}

}  // namespace sightline::server
