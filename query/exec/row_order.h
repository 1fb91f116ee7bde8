// RowOrder: how a sort compares rows: by the keys of ORDER BY, then, where the order is to be
// total, by everything else that a row shows.
//
// Thread-compatible. Borrows the context.

#pragma once

#include <cstddef>
#include <vector>

#include "query/exec/operator.h"
#include "query/plan/frame.h"
#include "query/plan/logical_plan.h"

namespace sightline::query {

class RowOrder {
 public:
  RowOrder(const LogicalSort& sort, const Frame& frame, EvaluationContext* context);

  // How many data a row is compared by.
  size_t width() const { return keys_.size(); }
  // These, appended to `out`. Errors: the store's, from reading the values of terms.
  Status AppendKeys(const Batch& batch, size_t row, std::vector<Datum>* out) const;
  // Whether the row with the data at `a` comes before the one with those at `b`, `width()` of each.
  // After an error in looking up names, the order means nothing: status().
  bool IsBefore(const Datum* a, const Datum* b) const;
  Status status() const;

 private:
  // Of rows that ORDER BY takes for equal (1 and 1.0, a text in two languages).
  bool HasLesserForm(const Datum* a, const Datum* b) const;

  std::vector<SortKey> keys_;  // Of ORDER BY first.
  const bool total_;
  EvaluationContext* const context_;
};

}  // namespace sightline::query
