// Equality, order and identity of datums: SLQL's `=` and `<` (three-valued), ORDER BY (total) and
// DISTINCT.

#pragma once

#include <compare>
#include <optional>
#include <string>

#include "query/functions/datum.h"
#include "query/functions/term_order.h"

namespace sightline::query {

// SLQL's `=`: nullopt is unknown (a null, different currencies, overlapping partial dates,
// comparators that leave it open). 1 = 1.0 is true; values of different kinds are not equal.
std::optional<bool> Equal(const Datum& a, const Datum& b);

// The decimal that a FLOAT counts as when it meets other numbers: a whole one as it is, any other
// as it prints, so that 0.1 is 0.1. nullopt when there is none with so many digits.
std::optional<storage::Decimal> PrintedDecimal(double x);

// SLQL's `<` and friends: nullopt when unknown or not comparable (different kinds). A "> 500M" is
// more than 200M for certain; whether it is more than 600M is unknown.
enum class Order : uint8_t { kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
std::optional<bool> Compare(const Datum& a, Order order, const Datum& b);

// ORDER BY: a total order over all datums; nulls last; numbers by value across types; text by code
// point.
// Nodes by their numbers, or as `terms` has them when it is given.
std::weak_ordering SortOrder(const Datum& a, const Datum& b, TermOrder* terms = nullptr);

// A byte string that is equal for datums that DISTINCT, grouping and UNION count as the same (1
// and 1.0 are, null is the same as null).
std::string IdentityKey(const Datum& datum);

}  // namespace sightline::query
