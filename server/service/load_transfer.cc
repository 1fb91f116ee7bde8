#include "server/service/load_transfer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "proto/crc32c.h"

namespace sightline::server {
namespace {

constexpr size_t kReadBytes = 1 << 20;

class TransferSource final : public ByteSource {
 public:
  explicit TransferSource(int descriptor) : descriptor_(descriptor) {}

  StatusOr<size_t> Read(char* to, size_t byte_count_max) override {
    while (true) {
      const ssize_t count =
          ::pread(descriptor_, to, byte_count_max, static_cast<off_t>(bytes_taken_));
      if (count >= 0) {
        bytes_taken_ += static_cast<uint64_t>(count);
        return static_cast<size_t>(count);
      }
      if (errno != EINTR) {
        return Unavailable("Cannot read the file that was sent: {}", std::strerror(errno));
      }
    }
  }
  uint64_t bytes_taken() const override { return bytes_taken_; }

 private:
  const int descriptor_;
  uint64_t bytes_taken_ = 0;
};

}  // namespace

StatusOr<std::unique_ptr<LoadTransfer>> LoadTransfer::Open(const std::string& path,
                                                           v1::BulkLoadOpen open) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) {
    return Unavailable("Cannot make a file for what is being sent: {}", std::strerror(errno));
  }
  struct stat entry {};
  if (::fstat(descriptor, &entry) != 0) {
    const int error = errno;
    ::close(descriptor);
    return Unavailable("Cannot look at the file of what was sent: {}", std::strerror(error));
  }
  return std::unique_ptr<LoadTransfer>(
      new LoadTransfer(descriptor, static_cast<int64_t>(entry.st_size), std::move(open)));
}

LoadTransfer::~LoadTransfer() { ::close(descriptor_); }

Status LoadTransfer::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(byte_count_));
    if (count >= 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
      byte_count_ += count;
    } else if (errno == ENOSPC || errno == EDQUOT) {
      return ResourceExhausted("The server's disk has no room for the file: {} bytes came",
                               byte_count_);
    } else if (errno != EINTR) {
      return Unavailable("Cannot keep the file that is being sent: {}", std::strerror(errno));
    }
  }
  return OkStatus();
}

std::unique_ptr<ByteSource> LoadTransfer::Read() const {
  return std::make_unique<TransferSource>(descriptor_);
}

StatusOr<uint32_t> LoadTransfer::Checksum(const storage::CancellationToken& cancellation) const {
  std::string part(kReadBytes, '\0');
  TransferSource source(descriptor_);
  uint32_t crc = 0;
  while (true) {
    SL_RETURN_IF_ERROR(cancellation.Check());
    SL_ASSIGN_OR_RETURN(const size_t count, source.Read(part.data(), part.size()));
    if (count == 0) return crc;
    crc = ExtendCrc32c(crc, std::string_view(part).substr(0, count));
  }
}

}  // namespace sightline::server
