// What ASSERT, DENY and RETRACT do with each row.
//
// Thread-compatible plain data.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "query/functions/expression.h"
#include "storage/catalog/catalog.h"
#include "storage/model/statement.h"

namespace sightline::query {

// A node of an asserted pattern. Neither constant nor source: a new entity for each row.
struct AssertNode {
  std::optional<storage::TermId> constant;
  BoundExpressionPtr source;         // A variable of an earlier clause; null when there is none.
  std::optional<uint32_t> new_slot;  // The column that a new entity's variable gets.
  std::string text;
  SourceSpan span;
};

// What the catalog says of a predicate, as far as a write is held against it.
struct AssertPredicate {
  storage::TermId id;
  std::string name;
  std::vector<std::string> domain;
  std::vector<std::string> range;
  std::vector<storage::ValueType> range_types;
};

struct AssertFact {
  uint32_t subject = 0;  // Index of a node.
  AssertPredicate predicate;
  std::optional<uint32_t> object_node;  // Or else:
  BoundExpressionPtr object;  // A value, a node or a list of them, one fact each; null makes none.
  bool reversed = false;      // `object` is the subject: the property was an inverse's name.
  SourceSpan span;
};

struct AssertDetail {
  std::string key;
  std::optional<AssertPredicate> predicate;  // Set for qualifiers.
  BoundExpressionPtr value;
  SourceSpan span;
};

struct AssertPlan {
  storage::Polarity polarity = storage::Polarity::kAsserts;
  std::vector<AssertNode> nodes;
  std::vector<AssertFact> facts;
  std::vector<AssertDetail> details;
  BoundExpressionPtr claimant;
  SourceSpan claimant_span;
  storage::TimeInterval valid;
  SourceSpan span;
  // The columns of the written statement.
  uint32_t statement_slot = 0, facts_slot = 0, duplicate_slot = 0;
};

struct RetractPlan {
  std::vector<BoundExpressionPtr> statements;
  BoundExpressionPtr reason;
  uint32_t count_slot = 0;
  SourceSpan span;
};

}  // namespace sightline::query
