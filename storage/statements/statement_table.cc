#include "storage/statements/statement_table.h"

namespace sightline::storage {

StatusOr<StatementId> StatementTable::Append(const StatementHead& head) {
  if (rows_.size() >= kStatementCountMax) {
    return ResourceExhausted("The store is full: a store holds at most {} statements",
                             kStatementCountMax);
  }
  StatementRow& row = rows_.Append();
  static_cast<StatementHead&>(row) = head;
  row.retracted_at.store(kOpenRevision.value, std::memory_order_relaxed);
  return StatementId{rows_.size()};
}

uint64_t StatementTable::CountAt(Revision revision, uint64_t bound) const {
  // Statements are numbered in the order of their commits.
  uint64_t low = 0, high = bound;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    if (rows_[middle].revision <= revision) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace sightline::storage
