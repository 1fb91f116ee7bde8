// LateParameters: the parameters of a query that its plan does not depend on, so that one plan
// serves every value of their types.
//
// Where a plan does depend on a value (LIMIT $n, :$class, a year where dates are asked for), the
// binder reads the value and names the parameter in `by_value`; all others become places
// (BoundParameter, NodeSet, NodeId), and each run brings what is to be put there (ParameterValues):
// the values, and the nodes that patterns look for by them. A place can only be read with the
// values of a run, so that nobody reads those of another.
//
// The order of a pattern is chosen for the values that the plan is made with. Such a plan is not
// run for values that stand for many more nodes, or many fewer (IsAlike).
//
// Thread-compatible plain data; pure functions.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "query/diagnostics/diagnostic.h"
#include "query/functions/expression.h"
#include "storage/base/status.h"
#include "storage/statements/identity.h"
#include "storage/txn/read_view.h"

namespace sightline::query {

// The value of a parameter, with the ids that stand for its entities where it is read.
struct LateValue {
  std::string name;
  storage::IdentityMapPtr identity;  // Null: every id stands for itself.
};

// The nodes that a pattern looks for by a value.
struct LateNodes {
  enum class Kind : uint8_t {
    kNamed,   // Those that the text names, under the scope.
    kItself,  // The node; none when under the scope another id stands for it.
  };
  Kind kind = Kind::kNamed;
  uint32_t value = 0;        // Of LateParameters::values.
  uint32_t scope_index = 0;  // Of the query's scopes.
  // Of NAMED: where to say that the name names nothing or, when nothing else is asked of the node,
  // several things.
  std::optional<SourceSpan> named_at{};
  bool is_only_test = false;
};

struct LateParameters {
  std::vector<LateValue> values;
  std::vector<LateNodes> nodes;
  // Names of parameters whose values the plan depends on.
  std::set<std::string, std::less<>> by_value;
};

// The datum with canonical ids, in lists too.
Datum WithCanonicalIds(Datum datum, const storage::IdentityMapPtr& identity);

// What is put in for `nodes`, given the values. Errors: the store's.
StatusOr<std::vector<storage::TermId>> FindLateNodes(const LateNodes& nodes,
                                                     const std::vector<Datum>& values,
                                                     const std::vector<storage::ScopePtr>& scopes,
                                                     const storage::ReadView& view);

// Whether a plan that was made for `planned` may be run with `values`: no place has more than some
// times as many nodes, or as few.
bool IsAlike(const ParameterValues& planned, const ParameterValues& values);

}  // namespace sightline::query
