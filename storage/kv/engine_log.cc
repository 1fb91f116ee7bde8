#include "storage/kv/engine_log.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <utility>

#include "storage/base/mutex.h"

namespace sightline::storage {
namespace {

constexpr off_t kFileBytesMax = 1 << 20;
constexpr size_t kLineBytesMax = 4 << 10;

class EngineLog final : public rocksdb::Logger {
 public:
  explicit EngineLog(std::string path)
      : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL), path_(std::move(path)) {}
  ~EngineLog() override {
    if (file_ >= 0) ::close(file_);
  }

  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    std::array<char, kLineBytesMax> text;
    if (std::vsnprintf(text.data(), text.size(), format, arguments) < 0) return;
    const std::string line =
        fmt::format("{:%FT%TZ} {}\n", fmt::gmtime(std::chrono::system_clock::now()), text.data());
    MutexLock lock(&mutex_);
    if (file_ < 0 || Size() + static_cast<off_t>(line.size()) > kFileBytesMax) Reopen();
    if (file_ < 0) return;
    // As much of it as the disk takes.
    [[maybe_unused]] const ssize_t written = ::write(file_, line.data(), line.size());
  }

 private:
  off_t Size() const SL_REQUIRES(mutex_) {
    struct stat status {};
    return ::fstat(file_, &status) == 0 ? status.st_size : 0;
  }
  void Reopen() SL_REQUIRES(mutex_) {
    if (file_ >= 0) {
      ::close(file_);
      ::rename(path_.c_str(), (path_ + ".old.1").c_str());
    }
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }

  const std::string path_;
  Mutex mutex_;
  int file_ SL_GUARDED_BY(mutex_) = -1;
};

}  // namespace

std::shared_ptr<rocksdb::Logger> MakeEngineLog(const std::string& directory) {
  return std::make_shared<EngineLog>(directory + "/LOG");
}

}  // namespace sightline::storage
