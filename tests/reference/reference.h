// The reference evaluator: what SLQL means, said a second time and as simply as possible. Nested
// loops over a vector of statements, breadth-first search, no index, no plan, no batch. Slow, and
// obviously right: the oracle of the differential tests.
//
// Shares with the engine the syntax tree, the storage's value types and the equality and order of
// datums (query/functions/datum_order.h), nothing else. Terms are its own: a TermId here is a
// number in the evaluator's table, dealt out in the order of external ids, and means nothing to a
// store.

#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "storage/model/marking.h"
#include "tests/reference/world.h"

namespace sightline::reference {

// Thrown for a construct that the evaluator does not know. Says nothing about the query.
class NotCovered : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
// Thrown for a query that fails, with the code of the language.
class QueryFails : public std::runtime_error {
 public:
  explicit QueryFails(const std::string& code) : std::runtime_error(code) {}
};

// All rows that the query could give, and which of them a right answer has.
struct Answer {
  std::vector<std::string> columns;
  // Cells as text (cell_text.h), before the last SKIP and LIMIT. Rows with the same group may come
  // in any order; groups ascend.
  std::vector<std::string> rows;
  std::vector<size_t> groups;
  uint64_t skip = 0;
  std::optional<uint64_t> limit;
  // A SKIP or LIMIT in mid-query chose among rows that nothing tells apart: several answers are
  // right.
  bool ambiguous = false;
};

// Of a script of one query.
Answer Evaluate(const World& world, const storage::Clearance& clearance, const std::string& text);

// What is wrong with `rows` as an answer to the query; empty when nothing is.
std::string Disagreement(const Answer& answer, const std::vector<std::string>& rows);

}  // namespace sightline::reference
