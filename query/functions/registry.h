// The functions of SLQL: names, arities, types and implementations, in one table.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "query/functions/expression.h"

namespace sightline::query {

struct ScalarFunction {
  std::string_view
      name;  // As written in documentation, e.g. "toUpper". Matched without regard to case.
  std::string_view signature;  // "toUpper(text STRING) -> STRING"
  std::string_view summary;    // One line for SHOW and help.
  int arity_min = 0;
  int arity_max = 0;  // -1: any number.
  StaticType result = StaticType::kAny;
  bool null_in_null_out = true;  // A null argument gives null without a call.
  // Errors: SL5xxx or SL3xxx diagnostics without a place; the evaluator adds the place.
  StatusOr<Datum> (*evaluate)(std::span<const Datum> arguments,
                              EvaluationContext* context) = nullptr;
};

// Null when there is none. Of functions that share a name, such as id(x) and id(scheme, key), the
// one that takes this many arguments, else the first.
const ScalarFunction* FindScalarFunction(std::string_view name, int arguments = -1);
std::span<const ScalarFunction> ScalarFunctions();

// Whether argument number `argument` may be of this type, by the function's signature. What is not
// known before it runs may be.
bool TakesType(const ScalarFunction& function, size_t argument, StaticType type);

enum class AggregateKind : uint8_t {
  kCount,
  kCountStar,
  kCollect,
  kSum,
  kAverage,
  kMin,
  kMax,
  kPercentileCont,  // Of two arguments, which are added as a LIST of the two.
  kPercentileDisc,  // As above.
  kStDev,
  kStDevP,
};
inline int ArityOf(AggregateKind kind) {
  return kind == AggregateKind::kPercentileCont || kind == AggregateKind::kPercentileDisc ? 2 : 1;
}
struct AggregateFunction {
  std::string_view name;
  std::string_view signature;
  std::string_view summary;
  AggregateKind kind;
  StaticType result;
};
const AggregateFunction* FindAggregateFunction(std::string_view name);
std::span<const AggregateFunction> AggregateFunctions();

// Whether what the aggregate gives, errors included, depends on nothing but which data were added,
// in whatever order: so that several threads can each collect some of them. Of kMin and kMax that
// is so where no datum is a list, a map, a fact or a path: of two that are equal, [1] and [1.0],
// the first is given.
bool MergesExactly(AggregateKind kind);

// Whether an aggregator holds the more, the more data it is given.
bool GrowsWithData(AggregateKind kind, bool distinct);

// Collects values of one group. SUM of bounded numbers is bounded: > 500M plus 200M is > 700M;
// bounds that pull in opposite directions give null with notice N3005. Nulls are skipped (except by
// count(*)).
class Aggregator {
 public:
  static std::unique_ptr<Aggregator> New(AggregateKind kind, bool distinct);
  virtual ~Aggregator() = default;
  virtual Status Add(const Datum& datum, EvaluationContext* context) = 0;
  virtual StatusOr<Datum> Finish(EvaluationContext* context) = 0;
  // Takes in what `other`, made for the same call, has collected, as if its data had been added
  // here; `other` is of no use then. Errors: kInternal where the order of the data matters, so that
  // this cannot be (MergesExactly); those of EvaluationContext::Work.
  virtual Status Merge(Aggregator* other, EvaluationContext* context);
  // Bytes held, for the query's memory budget.
  virtual size_t memory_bytes() const = 0;
};

}  // namespace sightline::query
