#include "server/service/spool_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace sightline::server {
namespace {

class SpoolSource final : public ByteSource {
 public:
  explicit SpoolSource(int descriptor) : descriptor_(descriptor) {}

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

StatusOr<std::unique_ptr<SpoolFile>> SpoolFile::Create(const std::string& directory) {
  std::string path = directory + "/file-XXXXXX";
  const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
  if (descriptor < 0) {
    return Unavailable("Cannot make a file in {}: {}", directory, std::strerror(errno));
  }
  auto file = std::unique_ptr<SpoolFile>(new SpoolFile(descriptor));
  if (::unlink(path.c_str()) != 0) {
    return Unavailable("Cannot unlink {}: {}", path, std::strerror(errno));
  }
  return file;
}

SpoolFile::~SpoolFile() { ::close(descriptor_); }

Status SpoolFile::Append(std::string_view bytes) {
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

std::unique_ptr<ByteSource> SpoolFile::Read() const {
  return std::make_unique<SpoolSource>(descriptor_);
}

}  // namespace sightline::server
