// RowOrder: how a sort compares rows: by the keys of ORDER BY, then, where the order is to be
// total, by everything else that a row shows.
//
// A row is compared by its prefixes first, 64 bits a key (query/functions/sort_prefix.h), which
// settles most comparisons; cells are looked at where these are equal, and decoded as late. Where
// nodes have an order of names, many rows get the ranks of entities for it
// (storage/dictionary/entity_ranks.h), few compare the names themselves: a number of rows that the
// reader sees decides which.
//
// Thread-compatible. Borrows the context.

#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "query/exec/name_ranks.h"
#include "query/exec/operator.h"
#include "query/plan/frame.h"
#include "query/plan/logical_plan.h"

namespace sightline::query {

class RowOrder {
 public:
  struct Row {
    const uint64_t* prefixes = nullptr;  // width() of them.
    const Batch* batch = nullptr;
    size_t row = 0;
  };

  RowOrder(const LogicalSort& sort, const Frame& frame, ExecutionContext* context);

  // How many prefixes a row has.
  size_t width() const { return keys_.size(); }
  // To be called before prefixes are made: `row_count` rows have come by now. Whether prefixes that
  // were made before are of no use any more. Errors: the store's; those of CheckRunning.
  StatusOr<bool> ExpectRows(uint64_t row_count) { return ranks_.Expect(row_count); }
  // The row's prefixes, appended to `out`. Errors: the store's, from reading the values of terms.
  Status AppendPrefixes(const Batch& batch, size_t row, std::vector<uint64_t>* out) const;
  // Whether `a` comes before `b`. After an error of the store the order means nothing: status().
  bool IsBefore(const Row& a, const Row& b);
  const Status& status() const;
  // Of what it remembers of names and values.
  uint64_t memory_bytes() const;

 private:
  // By the cells of one key.
  std::weak_ordering Compare(uint32_t slot, const Row& a, const Row& b);
  // Of rows that ORDER BY takes for equal (1 and 1.0, a text in two languages).
  bool HasLesserForm(const Row& a, const Row& b);
  // Null when the cell is unbound. Stays where it is as long as the batch.
  const Datum* CellOf(uint32_t slot, const Row& row);
  const Datum* DatumOf(storage::TermId term);
  uint64_t PlaceOf(storage::TermId node) const;

  std::vector<SortKey> keys_;  // Of ORDER BY first.
  const bool total_;
  ExecutionContext* const context_;
  NameRanks ranks_;
  std::unordered_map<storage::TermId, Datum> values_;  // Of terms that were compared.
  uint64_t value_bytes_ = 0;
  Status status_;
};

}  // namespace sightline::query
