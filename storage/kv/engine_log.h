// The log that RocksDB keeps of itself: DIR/LOG, and DIR/LOG.old.1 before it.
//
// RocksDB's own writer of it must not be used: the distribution's library has its assertions on,
// and ends the process at the first line behind one that a full disk has refused. Here a line that
// cannot be written is left out, and the next one is tried anew.

#pragma once

#include <rocksdb/env.h>

#include <memory>
#include <string>

namespace sightline::storage {

// Warnings and errors, 2 MiB at most in both files. Thread-safe.
std::shared_ptr<rocksdb::Logger> MakeEngineLog(const std::string& directory);

}  // namespace sightline::storage
