// Numbered commits: what a commit writes follows from its number alone, so that a test knows
// without asking the store what a store of some revision must hold.
//
// Commit n writes n % 7 + 1 statements about "org/n" and retracts the first statement of the commit
// before; big commits now and then, of many log records. Some are bulk loads, which retract
// nothing.

#pragma once

#include <rocksdb/env.h>

#include <cstdint>
#include <functional>
#include <string>

#include "storage/store.h"

namespace sightline::test {

uint64_t FromEnvironment(const char* name, uint64_t otherwise);

// Calls run(i) for 0 <= i < count, on a few threads: a crash costs time and not work, for RocksDB
// waits a second after each error in the background.
void OnThreads(uint64_t count, const std::function<void(uint64_t)>& run);

// A small cache, small runs and blocks, and nothing in the background.
storage::StoreOptions SmallOptions(rocksdb::Env* env);

uint64_t StatementsOfCommit(uint64_t commit);
bool IsBulkLoad(uint64_t commit);

// The next commit; gives its number. A bulk load is always synced. `attempted`, which may be null,
// is raised to its number before anything can fail. Errors: the store's.
StatusOr<uint64_t> WriteNextCommit(storage::Store* store,
                                   storage::Durability durability = storage::Durability::kSynced,
                                   uint64_t* attempted = nullptr);

// Every commit up to the newest is there, whole; nothing is there of a later one. Fails the test
// (ASSERT) when not.
void ExpectNumberedCommits(storage::Store* store);
// Store::Verify finds nothing.
void ExpectSound(storage::Store* store);

// All that the store says: quads in all permutations, statements, definitions, names, replies, as
// one text. Errors: the store's.
StatusOr<std::string> EverythingIn(storage::Store* store);

}  // namespace sightline::test
