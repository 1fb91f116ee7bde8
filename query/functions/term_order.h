// TermOrder: an order of nodes and values by what a reader sees of them, and by nothing else.
//
// The numbers of terms follow the order in which the store met them, in statements that a reader
// may not see, too. Whoever is restricted gets whatever order an answer shows by names instead:
// entities by external id, those that nobody has named behind them, then statements, both in the
// order of their making; values by value.
//
// Thread-compatible: remembers what it has looked up.

#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "storage/base/status.h"
#include "storage/model/term_id.h"
#include "storage/txn/read_view.h"

namespace sightline::query {

class TermOrder {
 public:
  // Borrows the view.
  explicit TermOrder(const storage::ReadView* view) : view_(*view) {}

  std::strong_ordering Compare(storage::TermId a, storage::TermId b);

  // The first error of the store while names were looked up; orders mean nothing after it.
  const Status& status() const { return status_; }
  // Of what it remembers.
  uint64_t memory_bytes() const { return bytes_; }

 private:
  const std::string& NameOf(storage::TermId entity);
  storage::Value ValueOf(storage::TermId term);

  const storage::ReadView& view_;
  std::unordered_map<storage::TermId, std::string> names_;
  uint64_t bytes_ = 0;
  Status status_ = OkStatus();
};

}  // namespace sightline::query
