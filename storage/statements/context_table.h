// ContextTable: the distinct contexts of all statements, in memory, by number from 0.
//
// Thread safety: one writer. Readers look only at contexts of statements that were published to
// them; those never change.

#pragma once

#include <cstddef>
#include <cstdint>

#include "storage/base/status.h"
#include "storage/model/marking.h"
#include "storage/model/statement.h"
#include "storage/statements/append_only_array.h"
#include "storage/statements/intern_table.h"

namespace sightline::storage {

class ContextTable {
 public:
  // Writer only.
  uint64_t size() const { return contexts_.size(); }
  // Finds or makes the number. Writer only. Errors: kResourceExhausted when 2^32 - 1 are taken.
  StatusOr<uint32_t> Intern(const StatementContext& context);
  // Forgets the contexts after the first `size`. Writer only. REQUIRES: they were never published.
  void Truncate(uint64_t size);

  // REQUIRES of both: `number` belongs to a published statement.
  const StatementContext& operator[](uint32_t number) const { return contexts_[number]; }
  // The context's marking by number: equal for equal markings, from 0 without large gaps. Few
  // markings serve many contexts, and judging one takes long.
  uint32_t MarkingNumberOf(uint32_t number) const { return markings_of_[number].number; }

 private:
  struct ContextHash {
    size_t operator()(const StatementContext& context) const;
  };
  struct MarkingHash {
    size_t operator()(const Marking& marking) const;
  };
  struct MarkingOf {
    uint32_t number = 0;
    uint32_t known_count = 0;  // How many markings there were when the context had been added.
  };

  InternTable<StatementContext, ContextHash> contexts_{"contexts"};
  InternTable<Marking, MarkingHash> markings_{"markings"};
  AppendOnlyArray<MarkingOf> markings_of_;  // By context number.
};

}  // namespace sightline::storage
