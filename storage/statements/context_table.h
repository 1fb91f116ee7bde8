// ContextTable: the distinct contexts of all statements, in memory, by number from 0.
//
// Thread safety: one writer. Readers look only at contexts of statements that were published to
// them; those never change.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "storage/base/status.h"
#include "storage/model/statement.h"
#include "storage/statements/append_only_array.h"

namespace sightline::storage {

class ContextTable {
 public:
  // Writer only.
  uint64_t size() const { return contexts_.size(); }
  // Finds or makes the number. Writer only. Errors: kResourceExhausted when 2^32 - 1 are taken.
  StatusOr<uint32_t> Intern(const StatementContext& context);
  // Forgets the contexts after the first `size`. Writer only. REQUIRES: they were never published.
  void Truncate(uint64_t size);

  // REQUIRES: `number` belongs to a published statement.
  const StatementContext& operator[](uint32_t number) const { return contexts_[number]; }

 private:
  AppendOnlyArray<StatementContext> contexts_;
  std::unordered_map<std::string, uint32_t> numbers_;  // Encoded context -> number.
};

}  // namespace sightline::storage
