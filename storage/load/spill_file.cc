#include "storage/load/spill_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "storage/base/check.h"

namespace sightline::storage {
namespace {

Status FileError(std::string_view what) {
  const int error = errno;
  return Unavailable("{} a temporary file failed: {}", what, std::strerror(error));
}

}  // namespace

StatusOr<std::unique_ptr<SpillFile>> SpillFile::Create(const std::string& directory) {
  std::string path = directory + "/spill-XXXXXX";
  const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
  if (descriptor < 0) return FileError("Making");
  auto file = std::unique_ptr<SpillFile>(new SpillFile(descriptor));
  if (::unlink(path.c_str()) != 0) return FileError("Unlinking");
  return file;
}

SpillFile::~SpillFile() { ::close(descriptor_); }

Status SpillFile::Flush() {
  SL_RETURN_IF_ERROR(WriteAt(written_, buffer_));
  written_ += buffer_.size();
  buffer_.clear();
  return OkStatus();
}

StatusOr<uint64_t> SpillFile::Reserve(uint64_t byte_count) {
  SL_RETURN_IF_ERROR(Flush());
  const uint64_t begin = written_;
  written_ += byte_count;
  return begin;
}

Status SpillFile::WriteAt(uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError("Writing");
    bytes.remove_prefix(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
  return OkStatus();
}

Status SpillFile::ReadAt(uint64_t offset, size_t byte_count, char* out) const {
  SL_CHECK(offset + byte_count <= written_);
  while (byte_count > 0) {
    const ssize_t count = ::pread(descriptor_, out, byte_count, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError("Reading");
    if (count == 0) return Unavailable("A temporary file has become shorter");
    out += count;
    offset += static_cast<uint64_t>(count);
    byte_count -= static_cast<size_t>(count);
  }
  return OkStatus();
}

Status SpillReader::Fill(size_t byte_count) {
  if (buffer_.size() - position_ >= byte_count) return OkStatus();
  buffer_.erase(0, position_);
  position_ = 0;
  const size_t kept = buffer_.size();
  const auto more = static_cast<size_t>(
      std::min<uint64_t>(end_ - next_, std::max(byte_count - kept, buffer_bytes_)));
  buffer_.resize(kept + more);
  SL_RETURN_IF_ERROR(file_->ReadAt(next_, more, buffer_.data() + kept));
  next_ += more;
  return OkStatus();
}

StatusOr<std::string_view> SpillReader::Read(size_t byte_count) {
  SL_RETURN_IF_ERROR(Fill(byte_count));
  if (buffer_.size() - position_ < byte_count) {
    return Internal("A temporary file ends too early");
  }
  const std::string_view bytes(buffer_.data() + position_, byte_count);
  position_ += byte_count;
  return bytes;
}

StatusOr<uint64_t> SpillReader::ReadVarint() {
  constexpr size_t kVarintBytesMax = 10;
  SL_RETURN_IF_ERROR(Fill(kVarintBytesMax));
  uint64_t value = 0;
  for (int shift = 0; position_ < buffer_.size() && shift < 64; shift += 7) {
    const auto byte = static_cast<uint8_t>(buffer_[position_++]);
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
  return Internal("A temporary file ends too early");
}

}  // namespace sightline::storage
