// NeighbourCache: the neighbours of nodes that searches have come to, decoded, for later queries. A
// search looks nodes up that lie all over the index: to find and unpack the block of each takes ten
// times as long as to go through its facts.
//
// What a table holds was read through a view by whoever had this scope, and is given to nobody who
// has another: the same facts, in the same order, as a scan would give.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "query/exec/term_index.h"
#include "storage/base/mutex.h"
#include "storage/index/permutation.h"
#include "storage/model/term_id.h"
#include "storage/statements/scope.h"

namespace sightline::query {

// Of one scope, predicate and direction. Thread-safe.
class NeighbourTable {
 public:
  NeighbourTable(storage::ScopePtr scope, storage::Permutation permutation,
                 storage::TermId predicate)
      : scope_(std::move(scope)), permutation_(permutation), predicate_(predicate) {}

  // The other ends of all facts of a node, ascending, if they are known. Good as long as the table.
  std::optional<std::span<const storage::TermId>> Find(storage::TermId from) const;

 private:
  friend class NeighbourCache;
  // By the node, so that threads seldom wait for one another.
  struct Shard {
    mutable storage::Mutex mutex;
    TermIndex nodes SL_GUARDED_BY(mutex);
    // Of each node: in one chunk.
    std::vector<std::span<const storage::TermId>> neighbours SL_GUARDED_BY(mutex);
    // None grows beyond what was reserved for it, so that spans stay good.
    std::vector<std::vector<storage::TermId>> chunks SL_GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = 16;

  static size_t ShardOf(storage::TermId from) {
    return std::hash<storage::TermId>{}(from) >> 60 & (kShards - 1);
  }
  // How many bytes more it takes now.
  uint64_t Add(storage::TermId from, const std::vector<storage::TermId>& neighbours);

  const storage::ScopePtr scope_;
  const storage::Permutation permutation_;
  const storage::TermId predicate_;
  std::array<Shard, kShards> shards_;
  // The cache's.
  uint64_t bytes_ = 0, used_at_ = 0;
  bool is_dropped_ = false;
};
using NeighbourTablePtr = std::shared_ptr<NeighbourTable>;

// Thread-safe.
class NeighbourCache {
 public:
  // A node with more neighbours is not kept: its block is worth unpacking.
  static constexpr size_t kNeighboursMax = 4096;

  explicit NeighbourCache(uint64_t bytes_max) : bytes_max_(bytes_max) {}

  // The table for the facts of `predicate` that are in scope, by their first end in the permutation
  // (kPso: the subject, kPos: the object). Null for a scope that asks for origins, whose facts do
  // not hang on its statements alone.
  NeighbourTablePtr TableOf(const storage::ScopePtr& scope, storage::Permutation permutation,
                            storage::TermId predicate) SL_EXCLUDES(mutex_);
  // Keeps the neighbours of a node. When that is more than may be kept, the tables that were asked
  // for longest ago go, and at last this one: searches that have it go on with what is in it.
  void Add(NeighbourTable* table, storage::TermId from,
           const std::vector<storage::TermId>& neighbours) SL_EXCLUDES(mutex_);

  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  // Each holds a scope.
  static constexpr size_t kTablesMax = 64;

  void DropOldest() SL_REQUIRES(mutex_);

  const uint64_t bytes_max_;
  storage::Mutex mutex_;
  std::vector<NeighbourTablePtr> tables_ SL_GUARDED_BY(mutex_);
  uint64_t uses_ SL_GUARDED_BY(mutex_) = 0;
  std::atomic<uint64_t> bytes_{0};
};

}  // namespace sightline::query
