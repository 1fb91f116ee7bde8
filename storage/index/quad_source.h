// QuadSource: one sorted input of a MergedScan.
//
// Rows come as slices, in place: a merge compares the ends of slices and hands whole ones on, not
// row by row.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "storage/base/status.h"
#include "storage/index/permutation.h"
#include "storage/index/quad_block.h"
#include "storage/index/quad_iterator_pool.h"
#include "storage/index/quad_key.h"
#include "storage/index/run_key.h"
#include "storage/statements/scope.h"

namespace sightline::storage {

// How many of the first rows are before `key`. Cheap when it is few: gallops.
size_t CountBefore(const QuadRows& rows, const QuadKey& key);
// How many of the first rows start with `prefix`. REQUIRES: the first row does, or none does.
size_t CountWithPrefix(const QuadRows& rows, const KeyPrefix& prefix);

// Thread-compatible.
class QuadSource {
 public:
  virtual ~QuadSource() = default;

  // The next rows; none at the end. Valid until the next call of Advance or SeekForward.
  const QuadRows& head() const { return head_; }
  // Whether all rows of head() are of statements that are in scope and assert.
  bool head_is_covered() const { return head_is_covered_; }

  // Passes over `row_count` rows of head(). Errors: as MergedScan::Next. REQUIRES: 1 <= row_count
  // <= head().row_count.
  virtual Status Advance(size_t row_count) = 0;
  // Passes over rows before `key`. Never goes back. Errors: as MergedScan::Next.
  virtual Status SeekForward(const QuadKey& key) = 0;
  // Starts anew at the first row with another prefix, wherever that is. Errors: as
  // MergedScan::Next.
  virtual Status Rebind(const KeyPrefix& prefix) = 0;

 protected:
  QuadRows head_;
  bool head_is_covered_ = false;
};

// Rows in memory, which must outlive it.
std::unique_ptr<QuadSource> MakeMemorySource(const QuadRows& rows, const KeyPrefix& prefix);

// Some quads in memory, in any order, which must outlive it.
std::unique_ptr<QuadSource> MakeUnsortedSource(const std::vector<Quad>& quads,
                                               Permutation permutation, const KeyPrefix& prefix);

// The blocks of one run. Blocks without a statement in scope are passed over. Errors: as
// MergedScan::Next.
StatusOr<std::unique_ptr<QuadSource>> OpenRunSource(std::shared_ptr<QuadIteratorPool> pool,
                                                    RunNumber run, Permutation permutation,
                                                    const KeyPrefix& prefix, ScopePtr scope);

}  // namespace sightline::storage
