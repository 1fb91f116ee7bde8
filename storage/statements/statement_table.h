// StatementTable: of every statement what scopes ask for, in memory.
//
// Thread safety: one writer. Readers look only at statements up to a bound that was published to
// them; those rows do not change, but for `retracted_at`, which is set once and to a later revision
// than any view that was open at the time.

#pragma once

#include <atomic>
#include <cstdint>

#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/model/statement.h"
#include "storage/statements/append_only_array.h"
#include "storage/statements/statement_codec.h"

namespace sightline::storage {

// The bitmaps are 32-bit, and 0 is no statement.
inline constexpr uint64_t kStatementCountMax = UINT32_MAX - 1;

struct StatementRow : StatementHead {
  std::atomic<uint64_t> retracted_at{kOpenRevision.value};

  bool IsRetractedAt(Revision known_at) const {
    return retracted_at.load(std::memory_order_relaxed) <= known_at.value;
  }
};

class StatementTable {
 public:
  // Writer only.
  uint64_t size() const { return rows_.size(); }
  // Errors: kResourceExhausted when there are kStatementCountMax. Writer only.
  StatusOr<StatementId> Append(const StatementHead& head);
  // Forgets the statements after the first `size`. Writer only. REQUIRES: they were never
  // published.
  void Truncate(uint64_t size) { rows_.Truncate(size); }
  // Writer only.
  void SetRetracted(StatementId id, Revision revision) {
    rows_[id.value - 1].retracted_at.store(revision.value, std::memory_order_relaxed);
  }

  // REQUIRES: 1 <= id <= what was published.
  const StatementRow& operator[](StatementId id) const { return rows_[id.value - 1]; }
  // How many of the first `bound` statements were recorded at `revision` or before.
  uint64_t CountAt(Revision revision, uint64_t bound) const;

 private:
  AppendOnlyArray<StatementRow> rows_;
};

}  // namespace sightline::storage
