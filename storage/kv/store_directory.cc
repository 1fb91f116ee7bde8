#include "storage/kv/store_directory.h"

#include <rocksdb/env.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "storage/kv/rocks_status.h"

namespace sightline::storage {
namespace {

constexpr std::string_view kMarkerName = "SIGHTLINE";
constexpr std::string_view kMarkerDraftName = "SIGHTLINE.tmp";
constexpr std::string_view kLockName = "SIGHTLINE.lock";
constexpr std::string_view kMarkerHead = "sightline store, format ";

// What may lie in a directory that we make a store of. lost+found: the root of a volume is a
// natural place for a store.
bool MayPrecedeStore(std::string_view name) {
  return name == "." || name == ".." || name == "lost+found" || name == kMarkerDraftName ||
         name == kLockName;
}

std::string MarkerText(uint32_t format_version) {
  return fmt::format("{}{}\n", kMarkerHead, format_version);
}

StatusOr<uint32_t> ParseMarker(const std::string& path, std::string_view text) {
  uint32_t version = 0;
  if (text.starts_with(kMarkerHead)) {
    const char* begin = text.data() + kMarkerHead.size();
    const char* end = text.data() + text.size();
    const auto [after, error] = std::from_chars(begin, end, version);
    if (error == std::errc() && after != end && *after == '\n') return version;
  }
  return DataLoss(
      "The marker file of the store cannot be read; restore it from a backup (its one line is "
      "'{}<number>'): {}/{}",
      kMarkerHead, path, kMarkerName);
}

// Makes the names in the directory durable.
rocksdb::Status SyncDirectory(rocksdb::Env* env, const std::string& path) {
  std::unique_ptr<rocksdb::Directory> directory;
  const rocksdb::Status status = env->NewDirectory(path, &directory);
  return status.ok() ? directory->Fsync() : status;
}

std::string ParentOf(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(slash == 0 ? "/" : path.substr(0, slash));
}

}  // namespace

Status SyncParentOf(rocksdb::Env* env, const std::string& path) {
  return FromRocks("Making a directory durable", SyncDirectory(env, ParentOf(path)));
}

Status MakeEmptyDirectory(rocksdb::Env* env, const std::string& path) {
  if (path.empty()) return InvalidArgument("The path of the directory is empty");
  if (env->FileExists(path).IsNotFound()) {
    SL_RETURN_IF_ERROR(FromRocks("Making the directory of the store", env->CreateDir(path)));
    return SyncParentOf(env, path);
  }
  bool is_directory = false;
  if (!env->IsDirectory(path, &is_directory).ok() || !is_directory) {
    return FailedPrecondition("A store is a directory, and this is none: {}", path);
  }
  std::vector<std::string> names;
  SL_RETURN_IF_ERROR(FromRocks("Reading the directory", env->GetChildren(path, &names)));
  for (const std::string& name : names) {
    if (name == "." || name == ".." || name == "lost+found") continue;
    return FailedPrecondition("The directory is not empty ('{}'), and nothing is written over: {}",
                              name, path);
  }
  return OkStatus();
}

Status WriteMarker(rocksdb::Env* env, const std::string& path, uint32_t format_version) {
  const std::string draft = fmt::format("{}/{}", path, kMarkerDraftName);
  const std::string marker = fmt::format("{}/{}", path, kMarkerName);
  const std::string text = MarkerText(format_version);
  rocksdb::Status status = rocksdb::WriteStringToFile(env, text, draft, /*should_sync=*/true);
  if (status.ok()) status = env->RenameFile(draft, marker);
  if (status.ok()) status = SyncDirectory(env, path);
  // The store's own directory may be new, too.
  if (status.ok()) status = SyncDirectory(env, ParentOf(path));
  return FromRocks("Creating the store", status);
}

StatusOr<std::unique_ptr<StoreDirectory>> StoreDirectory::Open(rocksdb::Env* env,
                                                               const std::string& path,
                                                               bool create_if_missing,
                                                               uint32_t format_version) {
  if (path.empty()) return InvalidArgument("The path of the store is empty");
  const rocksdb::Status exists = env->FileExists(path);
  if (exists.IsNotFound()) {
    if (!create_if_missing) return NotFound("There is no store at {}", path);
    if (const rocksdb::Status made = env->CreateDirIfMissing(path); !made.ok()) {
      return Unavailable("The directory of the store cannot be created: {}", made.ToString());
    }
  } else if (!exists.ok()) {
    return FromRocks("Opening the store", exists);
  }
  bool is_directory = false;
  if (!env->IsDirectory(path, &is_directory).ok() || !is_directory) {
    return FailedPrecondition("A store is a directory, and this is none: {}", path);
  }

  std::vector<std::string> names;
  if (const rocksdb::Status listed = env->GetChildren(path, &names); !listed.ok()) {
    return FromRocks("Reading the directory of the store", listed);
  }
  std::sort(names.begin(), names.end());
  const bool marked = std::binary_search(names.begin(), names.end(), kMarkerName);
  if (marked) {
    std::string text;
    const rocksdb::Status read =
        rocksdb::ReadFileToString(env, fmt::format("{}/{}", path, kMarkerName), &text);
    if (!read.ok()) return FromRocks("Reading the marker file of the store", read);
    SL_ASSIGN_OR_RETURN(const uint32_t found, ParseMarker(path, text));
    // An older one too, before the database is opened: that would make families in it which the
    // program that wrote it does not know.
    if (found != format_version) {
      return FailedPrecondition(
          "The store has format {}, and this program reads format {}; open it with the "
          "program that wrote it, or export it there and load it here: {}",
          found, format_version, path);
    }
  } else {
    for (const std::string& name : names) {
      if (MayPrecedeStore(name)) continue;
      return FailedPrecondition(
          "The directory holds files that are not a store's (the first is '{}'); choose an empty "
          "or a new directory: {}",
          name, path);
    }
    if (!create_if_missing) return NotFound("There is no store at {}", path);
  }

  auto directory = std::unique_ptr<StoreDirectory>(new StoreDirectory(env, path));
  const rocksdb::Status locked =
      env->LockFile(fmt::format("{}/{}", path, kLockName), &directory->lock_);
  if (!locked.ok()) {
    directory->lock_ = nullptr;
    const std::string text = locked.ToString();
    // RocksDB gives the same code for a held lock and for a directory we may not write to.
    if (text.find("While lock file") != std::string::npos ||
        text.find("lock hold by current process") != std::string::npos) {
      return FailedPrecondition(
          "The store is open already, in another process or twice in this one; stop that one or "
          "ask it over the network: {}",
          path);
    }
    return FromRocks("Locking the store", locked);
  }
  if (!marked) SL_RETURN_IF_ERROR(WriteMarker(env, path, format_version));
  return directory;
}

StoreDirectory::~StoreDirectory() {
  // A failure to unlock changes nothing for us; the lock ends with the process at the latest.
  if (lock_ != nullptr) env_->UnlockFile(lock_).PermitUncheckedError();
}

}  // namespace sightline::storage
