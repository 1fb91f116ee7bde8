// EdgeTable: all facts of an edge by the end that rows know, in memory: for joins that would
// otherwise look the same facts up again and again.
// EdgeTables: those of a query, which its operators and threads share: the first that needs one
// makes it.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <tuple>
#include <vector>

#include "query/exec/node_tester.h"
#include "query/exec/operator.h"
#include "query/exec/term_index.h"
#include "query/plan/pattern.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/model/term_id.h"
#include "storage/statements/scope.h"

namespace sightline::query {

class EdgeTable;
using EdgeTablePtr = std::shared_ptr<const EdgeTable>;

// Immutable when it has been made: then it is thread-safe.
class EdgeTable {
 public:
  // Reads the facts of `walk` whose far ends pass `tester` (null: all) in `scope`, and counts them
  // as touched. Null when there is no room for it (HasRoomForTable):
  // then nothing is counted and nothing reserved. Else `reserved_bytes` is what the caller is to
  // release. REQUIRES: the walk has one predicate and one direction. Errors: those of FactWalk and
  // NodeTester.
  static StatusOr<EdgeTablePtr> Make(ExecutionContext* context, const storage::ScopePtr& scope,
                                     const EdgeWalk& walk, NodeTester* tester,
                                     uint64_t* reserved_bytes);

  // The neighbours of a node, ascending; empty for one without facts. Good as long as the table.
  std::span<const storage::TermId> Of(storage::TermId from) const {
    const std::optional<uint32_t> source = sources_.Find(from);
    return source ? neighbours_[*source] : std::span<const storage::TermId>();
  }
  // Whether there are more facts, because the query ran out of steps.
  bool was_cut() const { return was_cut_; }

 private:
  // A chunk has room for as many terms as there are, within these bounds, unless one node alone has
  // more neighbours.
  static constexpr size_t kChunkTermsMin = 256, kChunkTermsMax = size_t{1} << 16;
  // What a source takes at most, with its neighbours in an array that may be half empty.
  static constexpr uint64_t kSourceBytes =
      TermIndex::kTermBytes + 2 * sizeof(std::span<const storage::TermId>);

  // Facts come by source, ascending, and then by neighbour.
  void Add(storage::TermId from, storage::TermId to);
  void TakeLargerChunk();
  uint64_t bytes() const {
    return chunk_terms_ * sizeof(storage::TermId) + sources_.size() * kSourceBytes;
  }

  TermIndex sources_;
  std::vector<std::span<const storage::TermId>> neighbours_;  // Of each source: in one chunk.
  // Whole chunks instead of one array, which would have to be twice as large while it grows.
  std::vector<std::vector<storage::TermId>> chunks_;
  size_t chunk_terms_ = 0;  // That there is room for in all of them.
  bool was_cut_ = false;
};

// Thread-safe.
class EdgeTables {
 public:
  // As EdgeTable::Make, but made by the first who asks for these facts, while others wait; its
  // `reserved_bytes` alone are more than 0. After an error the next who asks tries.
  StatusOr<EdgeTablePtr> Get(ExecutionContext* context, const storage::ScopePtr& scope,
                             const EdgeWalk& walk, NodeTester* tester, uint64_t* reserved_bytes)
      SL_EXCLUDES(mutex_);

 private:
  // Scope, predicate, whether it is walked against, and the node that the far ends were tested for.
  using Key = std::tuple<const storage::Scope*, storage::TermId, bool, const PatternNode*>;
  struct Entry {
    storage::Mutex mutex;
    bool is_made SL_GUARDED_BY(mutex) = false;
    EdgeTablePtr table SL_GUARDED_BY(mutex);
  };

  storage::Mutex mutex_;
  // Entries stay where they are.
  std::map<Key, Entry> entries_ SL_GUARDED_BY(mutex_);
};

}  // namespace sightline::query
