#include "server/daemon/tls_files.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

namespace sightline::server {
namespace {

StatusOr<std::string> ReadPemFile(const std::string& path, bool is_secret) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return InvalidArgument("Cannot read {}: {}", path, std::strerror(errno));
  }
  if (is_secret && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return InvalidArgument("The key is open to others than its owner: chmod 600 {}", path);
  }
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad()) {
    return InvalidArgument("Cannot read {}: {}", path, std::strerror(errno));
  }
  if (text.find("-----BEGIN ") == std::string::npos) {
    return InvalidArgument("This is not a PEM file: {}", path);
  }
  return text;
}

}  // namespace

StatusOr<TlsPem> ReadTlsFiles(const TlsPaths& paths) {
  TlsPem pem;
  SL_ASSIGN_OR_RETURN(pem.key, ReadPemFile(paths.key, /*is_secret=*/true));
  SL_ASSIGN_OR_RETURN(pem.certificate, ReadPemFile(paths.certificate, /*is_secret=*/false));
  if (!paths.client_ca.empty()) {
    SL_ASSIGN_OR_RETURN(pem.client_ca, ReadPemFile(paths.client_ca, /*is_secret=*/false));
  }
  return pem;
}

StatusOr<std::unique_ptr<TlsFiles>> TlsFiles::Open(TlsPaths paths,
                                                   std::chrono::milliseconds interval,
                                                   OnChange on_change) {
  SL_ASSIGN_OR_RETURN(TlsPem pem, ReadTlsFiles(paths));
  SL_ASSIGN_OR_RETURN(std::shared_ptr<const TlsContext> context, TlsContext::Make(pem));
  return std::unique_ptr<TlsFiles>(new TlsFiles(
      std::move(paths), std::move(pem), std::move(context), interval, std::move(on_change)));
}

TlsFiles::TlsFiles(TlsPaths paths, TlsPem pem, std::shared_ptr<const TlsContext> context,
                   std::chrono::milliseconds interval, OnChange on_change)
    : paths_(std::move(paths)),
      on_change_(std::move(on_change)),
      pem_(std::move(pem)),
      context_(std::move(context)),
      thread_(interval, [this] { LookNow(); }) {}

std::shared_ptr<const TlsContext> TlsFiles::Current() const {
  storage::MutexLock lock(&mutex_);
  return context_;
}

void TlsFiles::LookNow() {
  storage::MutexLock look(&look_mutex_);
  StatusOr<TlsPem> pem = ReadTlsFiles(paths_);
  if (pem.ok() && *pem == pem_) {
    // Also when a change has been taken back that was no good.
    trouble_.clear();
    return;
  }
  Status status = pem.status();
  if (status.ok()) {
    StatusOr<std::shared_ptr<const TlsContext>> context = TlsContext::Make(*pem);
    status = context.status();
    if (status.ok()) {
      pem_ = *std::move(pem);
      storage::MutexLock lock(&mutex_);
      context_ = *std::move(context);
    }
  }
  // A trouble that lasts is told once.
  std::string trouble = status.ok() ? "" : MessageOf(status);
  if (!status.ok() && trouble == trouble_) return;
  trouble_ = std::move(trouble);
  if (on_change_) on_change_(status);
}

}  // namespace sightline::server
