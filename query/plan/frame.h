// Frame: what the rows of one stretch of a query hold. A stretch goes from one projection (WITH,
// RETURN) to the next; within it every variable keeps its column, whatever order the optimizer
// chooses.
//
// A batch in a frame has one column a slot; a column that no operator has bound yet is empty.
//
// Thread-compatible: built by the binder, read-only afterwards.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/functions/batch.h"
#include "query/functions/expression.h"

namespace sightline::query {

struct Slot {
  std::string name;  // Empty for what the user has not named.
  Vector::Kind kind = Vector::Kind::kTerms;
  StaticType type = StaticType::kAny;
  // Bound by a node or edge of a pattern: an unknown property of it is a mistake, not a missing map
  // key.
  bool from_pattern = false;
};

struct Frame {
  std::vector<Slot> slots;
  // Where WHY keeps the evidence of a row, as query/evidence/evidence.h encodes it.
  std::optional<uint32_t> evidence_slot;

  uint32_t Add(Slot slot) {
    slots.push_back(std::move(slot));
    return static_cast<uint32_t>(slots.size() - 1);
  }
  // An empty batch of this frame's shape.
  Batch NewBatch() const {
    Batch batch;
    batch.columns.reserve(slots.size());
    for (const Slot& slot : slots) batch.columns.emplace_back(slot.kind);
    return batch;
  }
};
using FramePtr = std::shared_ptr<Frame>;

}  // namespace sightline::query
