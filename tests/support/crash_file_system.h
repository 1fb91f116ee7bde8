// CrashFileSystem: a file system that loses power when the test says so.
//
// Passes everything on to the real one and remembers what has not been made durable: bytes written
// after a file's last sync, files and directories created, linked and renamed since the last sync
// of the directory they are in. Crash() takes that away, but for a random part of the tail of each
// file (a torn write). From the n-th change on (CrashAfter) every change fails and does nothing, as
// if the machine had stopped there. A disk that is full, or has gone bad for a while, is another
// matter: LimitSpace, FailWrites, FailSyncs.
//
// Thread safety: safe from any thread, RocksDB's background threads among them. Call Crash() after
// everything that has files open is gone.

#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "storage/base/mutex.h"

namespace sightline::test {

class CrashFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit CrashFileSystem(uint64_t seed);

  const char* Name() const override { return "CrashFileSystem"; }

  // Lets `change_count` more changes (writes, syncs, creations, renames, deletions) succeed.
  void CrashAfter(uint64_t change_count) SL_EXCLUDES(mutex_);
  // From now on so many bytes can be written, the last of them of a write that fails half done;
  // then no file can be made either. None: the disk is large.
  void LimitSpace(std::optional<uint64_t> bytes) SL_EXCLUDES(mutex_);
  // From now on every write fails on an I/O error.
  void FailWrites(bool fail) SL_EXCLUDES(mutex_);
  // The same for RocksDB's manifest alone, which table files are entered in after they are written.
  void FailManifestWrites(bool fail) SL_EXCLUDES(mutex_);
  // From now on every sync fails; what was written before it may be on disk or not.
  void FailSyncs(bool fail) SL_EXCLUDES(mutex_);
  // Loses what was not durable; then everything works again.
  void Crash() SL_EXCLUDES(mutex_);
  // All changes so far.
  uint64_t change_count() const SL_EXCLUDES(mutex_);

  rocksdb::IOStatus NewWritableFile(const std::string& name,
                                    const rocksdb::FileOptions& file_options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& name,
                                       const rocksdb::FileOptions& file_options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReuseWritableFile(const std::string& name, const std::string& old_name,
                                      const rocksdb::FileOptions& file_options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomRWFile(const std::string& name,
                                    const rocksdb::FileOptions& file_options,
                                    std::unique_ptr<rocksdb::FSRandomRWFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus CreateDir(const std::string& name, const rocksdb::IOOptions& options,
                              rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteDir(const std::string& name, const rocksdb::IOOptions& options,
                              rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus LinkFile(const std::string& source, const std::string& target,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus CreateDirIfMissing(const std::string& name, const rocksdb::IOOptions& options,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& source, const std::string& target,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  friend class CrashWritableFile;
  friend class CrashDirectory;

  struct FileState {
    uint64_t size = 0;
    uint64_t durable_size = 0;
  };
  // A change of a directory that is not durable yet.
  struct DirectoryChange {
    std::string directory;
    std::string created;       // This file or directory appeared ...
    std::string renamed_from;  // ... by renaming this one (empty: created, linked) ...
    std::optional<std::string> replaced_bytes;  // ... in the place of a file with these bytes.
  };

  // Counts a change; an error when the power is gone.
  rocksdb::IOStatus Change() SL_EXCLUDES(mutex_);
  rocksdb::IOStatus SyncChange() SL_EXCLUDES(mutex_);
  // How many of `bytes` can be written, and then whether the rest fails.
  rocksdb::IOStatus WriteChange(const std::string& name, uint64_t bytes, uint64_t* writable)
      SL_EXCLUDES(mutex_);
  // A change that makes a name in a directory.
  rocksdb::IOStatus NameChange() SL_EXCLUDES(mutex_);
  void Appended(const std::string& name, uint64_t bytes) SL_EXCLUDES(mutex_);
  void Truncated(const std::string& name, uint64_t size) SL_EXCLUDES(mutex_);
  void Synced(const std::string& name) SL_EXCLUDES(mutex_);
  // Of the first `count` changes, what is in a directory that was renamed.
  void RenameChanges(const std::string& from, const std::string& to, size_t count)
      SL_REQUIRES(mutex_);
  void DirectorySynced(const std::string& directory) SL_EXCLUDES(mutex_);

  mutable storage::Mutex mutex_;
  std::mt19937_64 random_ SL_GUARDED_BY(mutex_);
  uint64_t change_count_ SL_GUARDED_BY(mutex_) = 0;
  uint64_t changes_left_ SL_GUARDED_BY(mutex_) = UINT64_MAX;
  bool syncs_fail_ SL_GUARDED_BY(mutex_) = false;
  bool writes_fail_ SL_GUARDED_BY(mutex_) = false;
  bool manifest_writes_fail_ SL_GUARDED_BY(mutex_) = false;
  std::optional<uint64_t> space_left_ SL_GUARDED_BY(mutex_);
  std::map<std::string, FileState> files_ SL_GUARDED_BY(mutex_);
  std::vector<DirectoryChange> directory_changes_ SL_GUARDED_BY(mutex_);
};

}  // namespace sightline::test
