#include "query/exec/row_order.h"

#include <algorithm>
#include <utility>

#include "query/exec/rows.h"
#include "query/functions/datum_order.h"
#include "query/functions/term_order.h"

namespace sightline::query {

RowOrder::RowOrder(const LogicalSort& sort, const Frame& frame, EvaluationContext* context)
    : keys_(sort.keys), total_(sort.total), context_(context) {
  if (!total_) return;
  for (uint32_t slot = 0; slot < frame.slots.size(); ++slot) {
    const auto is_slot = [slot](const SortKey& key) { return key.slot == slot; };
    if (slot == frame.evidence_slot) continue;
    if (std::any_of(sort.keys.begin(), sort.keys.end(), is_slot)) continue;
    keys_.push_back({.slot = slot, .descending = false});
  }
}

Status RowOrder::AppendKeys(const Batch& batch, size_t row, std::vector<Datum>* out) const {
  for (const SortKey& key : keys_) {
    Datum cell;
    if (IsBound(batch, key.slot, row)) {
      SL_ASSIGN_OR_RETURN(cell, CellOf(batch.columns[key.slot], row, *context_));
    }
    out->push_back(std::move(cell));
  }
  return OkStatus();
}

bool RowOrder::IsBefore(const Datum* a, const Datum* b) const {
  for (size_t key = 0; key < keys_.size(); ++key) {
    const std::weak_ordering order = SortOrder(a[key], b[key], context_->term_order.get());
    if (order != 0) return keys_[key].descending ? order > 0 : order < 0;
  }
  return total_ && HasLesserForm(a, b);
}

Status RowOrder::status() const {
  return context_->term_order == nullptr ? OkStatus() : context_->term_order->status();
}

bool RowOrder::HasLesserForm(const Datum* a, const Datum* b) const {
  for (size_t key = 0; key < keys_.size(); ++key) {
    const storage::Value *x = a[key].value(), *y = b[key].value();
    if (x == nullptr || y == nullptr || !a[key].node().is_none()) continue;
    if (const auto order = storage::TotalOrder(*x, *y); order != 0) return order < 0;
  }
  return false;
}

}  // namespace sightline::query
