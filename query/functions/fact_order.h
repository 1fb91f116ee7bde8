// The order of facts by what a reader sees of them (query/functions/term_order.h).

#pragma once

#include <compare>

#include "query/functions/term_order.h"
#include "storage/model/statement.h"

namespace sightline::query {

// By predicate, then subject, then object. After an error of the store it means nothing:
// TermOrder::status.
inline std::strong_ordering CompareFacts(const storage::Fact& a, const storage::Fact& b,
                                         TermOrder* names) {
  for (const auto part :
       {&storage::Fact::predicate, &storage::Fact::subject, &storage::Fact::object}) {
    if (const auto order = names->Compare(a.*part, b.*part); order != 0) return order;
  }
  return std::strong_ordering::equal;
}

}  // namespace sightline::query
