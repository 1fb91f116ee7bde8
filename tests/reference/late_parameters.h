// Queries with parameters in the place of some of their literals, so that a plan which was made for
// other values can be held against the oracle's answer about these.

#pragma once

#include <map>
#include <string>

#include "query/functions/datum.h"
#include "tests/support/test_store.h"

namespace sightline::reference {

using Parameters = std::map<std::string, query::Datum, std::less<>>;

struct LateQuery {
  std::string text;
  Parameters values;  // Those of the literals.
  Parameters others;  // Of the same types, for a plan to be made for.
};

// Of literals that are compared with something or asked of a node: whole numbers, texts, and ids of
// what is in the store. The same text when there are none.
LateQuery WithLateParameters(const std::string& text, test::TestStore* store);

}  // namespace sightline::reference
