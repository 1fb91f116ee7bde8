// NameRanks: the ranks of entities (storage/dictionary/entity_ranks.h), for who compares many by
// name. The number of things that the reader sees decides whether they are asked for, once.
//
// Thread-compatible. Borrows the context.

#pragma once

#include <cstdint>

#include "query/exec/operator.h"
#include "storage/dictionary/entity_ranks.h"

namespace sightline::query {

class NameRanks {
 public:
  explicit NameRanks(ExecutionContext* context) : context_(context) {}

  // `count` have come by now to be compared. Whether there are ranks that were not there before.
  // Errors: the store's; those of CheckRunning.
  StatusOr<bool> Expect(uint64_t count);
  // Null: names are compared.
  const storage::EntityRanks* get() const { return ranks_.get(); }

 private:
  ExecutionContext* const context_;
  bool has_asked_ = false;
  storage::EntityRanksPtr ranks_;
};

}  // namespace sightline::query
