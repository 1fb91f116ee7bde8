// FactCondition: a condition on facts that a bitmap of statements cannot say, because it is about
// all statements of a fact together.

#pragma once

#include <vector>

#include "storage/base/ids.h"
#include "storage/base/status.h"

namespace sightline::storage {

// Thread safety: one thread at a time, as the scan that asks it.
class FactCondition {
 public:
  virtual ~FactCondition() = default;

  // Whether a fact holds that these statements assert, ascending and in scope; there may be none.
  // Errors: the store's.
  virtual StatusOr<bool> Holds(const std::vector<StatementId>& asserting) = 0;
};

}  // namespace sightline::storage
