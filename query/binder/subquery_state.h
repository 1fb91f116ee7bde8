// SubqueryState: a subquery while it is being bound.
//
// Borrows what it stands in. One thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "query/binder/bindings.h"
#include "query/binder/statement_binder.h"

namespace sightline::query {

struct SubqueryState {
  struct Captured {
    Binding binding;
    uint32_t local = 0;
    BoundExpressionPtr value;  // In the row around it.
  };

  ExpressionScope* scope = nullptr;            // Where it stands.
  SubqueryState* outside = nullptr;            // The subquery that it stands in.
  Stretch around;                              // The stretch that it stands in.
  std::set<std::string, std::less<>> visible;  // Names of variables around it.
  std::vector<Captured> captured;
  size_t depth = 1;
  size_t steps = 0;
};

}  // namespace sightline::query
