// JoinOrder: in which order to join relations of two columns that share variables, so that as few
// rows as possible come about on the way.
//
// A relation is an edge of a pattern: its facts, between so many different left and right ends. The
// values of a variable are estimated to be drawn independently from those that the relation with
// the most of them has: |R join S| = |R| |S| / max V over all relations with the variable; and as
// many times that as the histograms of the two relations at the variable say (end_histogram.h). The
// cheapest next step is taken, again and again; when that order is not cheap enough, all orders of
// up to kExactMax relations are weighed by dynamic programming over connected subsets.
//
// Where only the first rows are wanted, an order costs what is done until they are found: of each
// step the share of its rows that they come from, a few rows at least, but the candidates of a
// variable whole, because all are found before the first is used.
//
// Sources: P. Selinger et al.: Access path selection in a relational database management system
// (SIGMOD 1979), for both; G. Moerkotte, T. Neumann: Analysis of two existing and one new dynamic
// programming algorithm (VLDB 2006), for going through connected subsets only.
//
// Pure functions; thread-safe.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "query/optimizer/end_histogram.h"

namespace sightline::query {

struct JoinVariable {
  // How many values it can have by what is asked of it alone; unset: no matter which.
  std::optional<double> candidates;
  bool bound = false;  // Has one value a row before the first join.
};

struct JoinRelation {
  uint32_t left = 0, right = 0;  // Variables.
  double rows = 0;
  double left_values = 0, right_values = 0;  // Different ones.
  // How many rows are looked at to find these when neither variable is known.
  double rows_scanned = 0;
  // How the rows lie over the values of each variable; null where that is not known. Borrowed.
  const EndHistogram* left_ends = nullptr;
  const EndHistogram* right_ends = nullptr;
  // All of them can be read at once and joined by hashing or merging, when as many rows come in.
  bool can_read_whole = false;
};

struct JoinStep {
  enum class Kind : uint8_t {
    kVariable,   // The candidates of variable `index`.
    kRelation,   // All rows of relation `index`.
    kFromLeft,   // For each row so far, those of relation `index` with its left variable.
    kFromRight,  // The same with its right variable.
    kBoth,       // Both variables are known: is there such a row?
  };
  Kind kind = Kind::kVariable;
  uint32_t index = 0;
  double rows = 0;  // Estimated after it.
};

struct JoinOrder {
  std::vector<JoinStep> steps;
  double cost = 0;  // In rows looked at.
  double rows = 0;  // In the end.
};

// With more relations not all orders are weighed.
inline constexpr size_t kExactMax = 12;

// REQUIRES: the relations hang together by their variables, and with the bound variables when
// `from_bound`; there is one at least. With `from_bound` the first relation is one at a bound
// variable. `rows_wanted`: of the rows, any so many; all when it is not set.
JoinOrder OrderJoins(const std::vector<JoinVariable>& variables,
                     const std::vector<JoinRelation>& relations, bool from_bound,
                     size_t exact_max = kExactMax,
                     std::optional<double> rows_wanted = std::nullopt);

}  // namespace sightline::query
