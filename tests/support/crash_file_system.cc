#include "tests/support/crash_file_system.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "storage/base/check.h"

namespace sightline::test {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;
using storage::MutexLock;

namespace {

std::string DirectoryOf(const std::string& name) {
  return std::filesystem::path(name).parent_path().string();
}

std::string Plain(std::string name) {
  while (name.size() > 1 && name.back() == '/') name.pop_back();
  return name;
}

// Puts `to` in the place of the path `from`, if `path` is it or lies within.
void Reprefix(const std::string& from, const std::string& to, std::string* path) {
  if (*path == from || path->starts_with(from + "/")) path->replace(0, from.size(), to);
}

std::optional<std::string> BytesOf(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  if (!file || std::filesystem::is_directory(name)) return std::nullopt;
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

}  // namespace

class CrashWritableFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  CrashWritableFile(CrashFileSystem* file_system, std::string name,
                    std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)),
        file_system_(file_system),
        name_(std::move(name)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    uint64_t writable = 0;
    const IOStatus outcome = file_system_->WriteChange(name_, data.size(), &writable);
    if (writable > 0) {
      const IOStatus status = target()->Append(Slice(data.data(), writable), options, debug);
      if (!status.ok()) return status;
      file_system_->Appended(name_, writable);
    }
    return outcome;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus PositionedAppend(const Slice&, uint64_t, const IOOptions&, IODebugContext*) override {
    SL_CHECK(false);  // Direct I/O is off.
    return IOStatus::NotSupported();
  }
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = file_system_->Change();
    if (status.ok()) status = target()->Truncate(size, options, debug);
    if (status.ok()) file_system_->Truncated(name_, size);
    return status;
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = file_system_->SyncChange();
    // No real sync: the machine that runs the test does not lose power, and syncs are slow.
    if (status.ok()) status = target()->Flush(options, debug);
    if (status.ok()) file_system_->Synced(name_);
    return status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }
  IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();  // Promises nothing.
  }

 private:
  CrashFileSystem* const file_system_;
  const std::string name_;
};

class CrashDirectory final : public rocksdb::FSDirectory {
 public:
  CrashDirectory(CrashFileSystem* file_system, std::string name)
      : file_system_(file_system), name_(std::move(name)) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    IOStatus status = file_system_->SyncChange();
    if (status.ok()) file_system_->DirectorySynced(name_);
    return status;
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  CrashFileSystem* const file_system_;
  const std::string name_;
};

CrashFileSystem::CrashFileSystem(uint64_t seed)
    : FileSystemWrapper(rocksdb::FileSystem::Default()), random_(seed) {}

void CrashFileSystem::CrashAfter(uint64_t change_count) {
  MutexLock lock(&mutex_);
  changes_left_ = change_count;
}

void CrashFileSystem::LimitSpace(std::optional<uint64_t> bytes) {
  MutexLock lock(&mutex_);
  space_left_ = bytes;
}

void CrashFileSystem::FailWrites(bool fail) {
  MutexLock lock(&mutex_);
  writes_fail_ = fail;
}

void CrashFileSystem::FailManifestWrites(bool fail) {
  MutexLock lock(&mutex_);
  manifest_writes_fail_ = fail;
}

void CrashFileSystem::FailSyncs(bool fail) {
  MutexLock lock(&mutex_);
  syncs_fail_ = fail;
}

uint64_t CrashFileSystem::change_count() const {
  MutexLock lock(&mutex_);
  return change_count_;
}

IOStatus CrashFileSystem::Change() {
  MutexLock lock(&mutex_);
  if (changes_left_ == 0) return IOStatus::IOError("the power is gone");
  if (changes_left_ != UINT64_MAX) --changes_left_;
  ++change_count_;
  return IOStatus::OK();
}

IOStatus CrashFileSystem::SyncChange() {
  {
    MutexLock lock(&mutex_);
    if (syncs_fail_) return IOStatus::IOError("the disk does not sync");
  }
  return Change();
}

IOStatus CrashFileSystem::WriteChange(const std::string& name, uint64_t bytes, uint64_t* writable) {
  *writable = 0;
  {
    MutexLock lock(&mutex_);
    const bool of_manifest = name.find("/MANIFEST-") != std::string::npos;
    if (writes_fail_ || (of_manifest && manifest_writes_fail_)) {
      return IOStatus::IOError("the disk does not write");
    }
  }
  IOStatus status = Change();
  if (!status.ok()) return status;
  MutexLock lock(&mutex_);
  *writable = std::min(bytes, space_left_.value_or(bytes));
  if (space_left_) *space_left_ -= *writable;
  return *writable == bytes ? IOStatus::OK() : IOStatus::NoSpace("no space left");
}

IOStatus CrashFileSystem::NameChange() {
  {
    MutexLock lock(&mutex_);
    if (writes_fail_) return IOStatus::IOError("the disk does not write");
    if (space_left_ == 0) return IOStatus::NoSpace("no space left");
  }
  return Change();
}

void CrashFileSystem::Appended(const std::string& name, uint64_t bytes) {
  MutexLock lock(&mutex_);
  files_[name].size += bytes;
}

void CrashFileSystem::Truncated(const std::string& name, uint64_t size) {
  MutexLock lock(&mutex_);
  FileState& state = files_[name];
  state.size = size;
  state.durable_size = std::min(state.durable_size, size);
}

void CrashFileSystem::Synced(const std::string& name) {
  MutexLock lock(&mutex_);
  files_[name].durable_size = files_[name].size;
}

void CrashFileSystem::DirectorySynced(const std::string& directory) {
  MutexLock lock(&mutex_);
  std::erase_if(directory_changes_, [&](const DirectoryChange& change) {
    return change.directory == Plain(directory);
  });
}

IOStatus CrashFileSystem::NewWritableFile(const std::string& name, const FileOptions& file_options,
                                          std::unique_ptr<rocksdb::FSWritableFile>* file,
                                          IODebugContext* debug) {
  IOStatus status = NameChange();
  if (!status.ok()) return status;
  auto replaced = BytesOf(name);
  status = target()->NewWritableFile(name, file_options, file, debug);
  if (!status.ok()) return status;
  *file = std::make_unique<CrashWritableFile>(this, name, std::move(*file));
  MutexLock lock(&mutex_);
  files_[name] = {};
  directory_changes_.push_back({DirectoryOf(name), name, "", std::move(replaced)});
  return status;
}

IOStatus CrashFileSystem::ReopenWritableFile(const std::string&, const FileOptions&,
                                             std::unique_ptr<rocksdb::FSWritableFile>*,
                                             IODebugContext*) {
  return IOStatus::NotSupported("ReopenWritableFile");
}

IOStatus CrashFileSystem::ReuseWritableFile(const std::string&, const std::string&,
                                            const FileOptions&,
                                            std::unique_ptr<rocksdb::FSWritableFile>*,
                                            IODebugContext*) {
  return IOStatus::NotSupported("ReuseWritableFile");
}

IOStatus CrashFileSystem::NewRandomRWFile(const std::string&, const FileOptions&,
                                          std::unique_ptr<rocksdb::FSRandomRWFile>*,
                                          IODebugContext*) {
  return IOStatus::NotSupported("NewRandomRWFile");
}

IOStatus CrashFileSystem::NewDirectory(const std::string& name, const IOOptions&,
                                       std::unique_ptr<rocksdb::FSDirectory>* directory,
                                       IODebugContext*) {
  *directory = std::make_unique<CrashDirectory>(this, name);
  return IOStatus::OK();
}

IOStatus CrashFileSystem::CreateDirIfMissing(const std::string& name, const IOOptions& options,
                                             IODebugContext* debug) {
  if (std::filesystem::exists(name)) return target()->CreateDirIfMissing(name, options, debug);
  return CreateDir(name, options, debug);
}

IOStatus CrashFileSystem::CreateDir(const std::string& name, const IOOptions& options,
                                    IODebugContext* debug) {
  IOStatus status = NameChange();
  if (status.ok()) status = target()->CreateDir(name, options, debug);
  if (!status.ok()) return status;
  MutexLock lock(&mutex_);
  directory_changes_.push_back({DirectoryOf(Plain(name)), Plain(name), "", std::nullopt});
  return status;
}

IOStatus CrashFileSystem::DeleteDir(const std::string& name, const IOOptions& options,
                                    IODebugContext* debug) {
  IOStatus status = Change();
  if (status.ok()) status = target()->DeleteDir(name, options, debug);
  if (!status.ok()) return status;
  MutexLock lock(&mutex_);
  std::erase_if(directory_changes_,
                [&](const DirectoryChange& change) { return change.created == Plain(name); });
  return status;
}

IOStatus CrashFileSystem::LinkFile(const std::string& source, const std::string& target_name,
                                   const IOOptions& options, IODebugContext* debug) {
  IOStatus status = NameChange();
  if (status.ok()) status = target()->LinkFile(source, target_name, options, debug);
  if (!status.ok()) return status;
  MutexLock lock(&mutex_);
  if (files_.contains(source)) files_[target_name] = files_[source];
  directory_changes_.push_back({DirectoryOf(target_name), target_name, "", std::nullopt});
  return status;
}

IOStatus CrashFileSystem::DeleteFile(const std::string& name, const IOOptions& options,
                                     IODebugContext* debug) {
  IOStatus status = Change();
  if (status.ok()) status = target()->DeleteFile(name, options, debug);
  if (!status.ok()) return status;
  // A deletion may reach the disk at once: that is the harder case, for it is never undone here.
  MutexLock lock(&mutex_);
  files_.erase(name);
  std::erase_if(directory_changes_,
                [&](const DirectoryChange& change) { return change.created == name; });
  return status;
}

IOStatus CrashFileSystem::RenameFile(const std::string& source, const std::string& target_name,
                                     const IOOptions& options, IODebugContext* debug) {
  IOStatus status = Change();
  if (!status.ok()) return status;
  auto replaced = BytesOf(target_name);
  status = target()->RenameFile(source, target_name, options, debug);
  if (!status.ok()) return status;
  const std::string from = Plain(source), to = Plain(target_name);
  MutexLock lock(&mutex_);
  if (std::filesystem::is_directory(to)) {
    // What is known of its files is known by their new names.
    std::map<std::string, FileState> files;
    for (auto& [name, state] : files_) {
      std::string renamed = name;
      Reprefix(from, to, &renamed);
      files.emplace(std::move(renamed), state);
    }
    files_ = std::move(files);
    RenameChanges(from, to, directory_changes_.size());
  } else {
    files_[to] = files_[from];
    files_.erase(from);
  }
  directory_changes_.push_back({DirectoryOf(to), to, from, std::move(replaced)});
  return status;
}

void CrashFileSystem::RenameChanges(const std::string& from, const std::string& to, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    DirectoryChange& change = directory_changes_[i];
    if (change.created.starts_with(from + "/")) {
      Reprefix(from, to, &change.directory);
      Reprefix(from, to, &change.created);
      Reprefix(from, to, &change.renamed_from);
    }
  }
}

void CrashFileSystem::Crash() {
  MutexLock lock(&mutex_);
  for (const auto& [name, state] : files_) {
    if (state.durable_size >= state.size || !std::filesystem::exists(name)) continue;
    const uint64_t tail = state.size - state.durable_size;
    const uint64_t kept = random_() % 2 == 0 ? 0 : random_() % (tail + 1);
    std::filesystem::resize_file(name, state.durable_size + kept);
  }
  for (size_t i = directory_changes_.size(); i-- > 0;) {
    const DirectoryChange& change = directory_changes_[i];
    if (!std::filesystem::exists(change.created)) continue;
    if (change.renamed_from.empty()) {
      std::filesystem::remove_all(change.created);
    } else {
      std::filesystem::rename(change.created, change.renamed_from);
      RenameChanges(change.created, change.renamed_from, i);
    }
    if (change.replaced_bytes) {
      std::ofstream(change.created, std::ios::binary) << *change.replaced_bytes;
    }
  }
  files_.clear();
  directory_changes_.clear();
  changes_left_ = UINT64_MAX;
  syncs_fail_ = false;
  writes_fail_ = false;
  space_left_.reset();
}

}  // namespace sightline::test
