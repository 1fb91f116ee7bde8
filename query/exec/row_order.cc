#include "query/exec/row_order.h"

#include <algorithm>
#include <utility>

#include "query/exec/rows.h"
#include "query/functions/datum_order.h"
#include "query/functions/sort_prefix.h"
#include "query/functions/term_order.h"

namespace sightline::query {

using storage::TermId;

namespace {

// Statements come behind all entities.
constexpr uint64_t kFirstStatement = uint64_t{1} << (kSortPlaceBits - 1);
// About what a hash table spends on an entry.
constexpr uint64_t kEntryBytes = 48;

}  // namespace

RowOrder::RowOrder(const LogicalSort& sort, const Frame& frame, ExecutionContext* context)
    : keys_(sort.keys), total_(sort.total), context_(context), ranks_(context) {
  if (!total_) return;
  for (uint32_t slot = 0; slot < frame.slots.size(); ++slot) {
    const auto is_slot = [slot](const SortKey& key) { return key.slot == slot; };
    if (slot == frame.evidence_slot) continue;
    if (std::any_of(sort.keys.begin(), sort.keys.end(), is_slot)) continue;
    keys_.push_back({.slot = slot, .descending = false});
  }
  // Last what a row rests on: patterns have facts that no variable shows.
  if (frame.evidence_slot) keys_.push_back({.slot = *frame.evidence_slot, .descending = false});
}

uint64_t RowOrder::PlaceOf(TermId node) const {
  if (node.is_statement()) return kFirstStatement | node.payload();
  if (context_->evaluation.term_order == nullptr) return node.payload();
  return ranks_.get() != nullptr ? ranks_.get()->RankOf(node) : 0;
}

Status RowOrder::AppendPrefixes(const Batch& batch, size_t row, std::vector<uint64_t>* out) const {
  static const uint64_t unknown = SortPrefix(Datum());
  for (const SortKey& key : keys_) {
    uint64_t prefix = unknown;
    if (IsBound(batch, key.slot, row)) {
      const Vector& column = batch.columns[key.slot];
      const bool is_term = column.kind() == Vector::Kind::kTerms;
      const TermId term = is_term ? column.terms()[row] : column.data()[row].node();
      if (term.is_node()) {
        prefix = NodeSortPrefix(PlaceOf(term));
      } else if (!is_term) {
        prefix = SortPrefix(column.data()[row]);
      } else if (!term.is_none()) {
        SL_ASSIGN_OR_RETURN(const Datum value, query::CellOf(column, row, context_->evaluation));
        prefix = SortPrefix(value);
      }
    }
    out->push_back(key.descending ? ~prefix : prefix);
  }
  return OkStatus();
}

bool RowOrder::IsBefore(const Row& a, const Row& b) {
  for (size_t key = 0; key < keys_.size(); ++key) {
    if (a.prefixes[key] != b.prefixes[key]) return a.prefixes[key] < b.prefixes[key];
    const std::weak_ordering order = Compare(keys_[key].slot, a, b);
    if (order != 0) return keys_[key].descending ? order > 0 : order < 0;
  }
  return total_ && HasLesserForm(a, b);
}

std::weak_ordering RowOrder::Compare(uint32_t slot, const Row& a, const Row& b) {
  TermOrder* const terms = context_->evaluation.term_order.get();
  const TermId x = TermAt(*a.batch, slot, a.row), y = TermAt(*b.batch, slot, b.row);
  if (x == y && !x.is_none()) return std::weak_ordering::equivalent;
  if (x.is_node() && y.is_node()) {
    return terms != nullptr ? terms->Compare(x, y) : std::weak_ordering(x <=> y);
  }
  const Datum *const left = CellOf(slot, a), *const right = CellOf(slot, b);
  // Equal prefixes: both are unknown, or neither is.
  if (left == nullptr || right == nullptr) return std::weak_ordering::equivalent;
  return SortOrder(*left, *right, terms);
}

bool RowOrder::HasLesserForm(const Row& a, const Row& b) {
  for (const SortKey& key : keys_) {
    const Datum *const left = CellOf(key.slot, a), *const right = CellOf(key.slot, b);
    if (left == nullptr || right == nullptr || !left->node().is_none()) continue;
    const storage::Value *x = left->value(), *y = right->value();
    if (x == nullptr || y == nullptr) continue;
    if (const auto order = storage::TotalOrder(*x, *y); order != 0) return order < 0;
  }
  return false;
}

const Datum* RowOrder::CellOf(uint32_t slot, const Row& row) {
  if (!IsBound(*row.batch, slot, row.row)) return nullptr;
  const Vector& column = row.batch->columns[slot];
  if (column.kind() == Vector::Kind::kData) return &column.data()[row.row];
  const TermId term = column.terms()[row.row];
  return term.is_none() || term.is_node() ? nullptr : DatumOf(term);
}

const Datum* RowOrder::DatumOf(TermId term) {
  const auto [known, is_new] = values_.try_emplace(term);
  if (is_new) {
    StatusOr<storage::Value> value = context_->evaluation.view->ValueOf(term);
    if (value.ok()) {
      known->second = Datum(*std::move(value));
    } else if (status_.ok()) {
      status_ = value.status();
    }
    value_bytes_ += kEntryBytes + DatumBytes(known->second);
  }
  return &known->second;
}

const Status& RowOrder::status() const {
  const TermOrder* const terms = context_->evaluation.term_order.get();
  return status_.ok() && terms != nullptr ? terms->status() : status_;
}

uint64_t RowOrder::memory_bytes() const {
  const TermOrder* const terms = context_->evaluation.term_order.get();
  return value_bytes_ + (terms != nullptr ? terms->memory_bytes() : 0);
}

}  // namespace sightline::query
