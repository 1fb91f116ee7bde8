#include "query/functions/registry.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "query/functions/function_families.h"
#include "query/functions/runtime_error.h"

namespace sightline::query {
namespace {

std::string Lower(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

const std::vector<ScalarFunction>& AllFunctions() {
  static const std::vector<ScalarFunction> functions = [] {
    std::vector<ScalarFunction> all;
    for (const auto family : {TextFunctions(), NumberFunctions(), ListFunctions(), TimeFunctions(),
                              ConversionFunctions(), GraphFunctions()}) {
      all.insert(all.end(), family.begin(), family.end());
    }
    return all;
  }();
  return functions;
}

constexpr AggregateFunction kAggregates[] = {
    {"count", "count(x ANY) -> INTEGER", "How many values are known.", AggregateKind::kCount,
     StaticType::kInteger},
    {"count(*)", "count(*) -> INTEGER", "How many rows.", AggregateKind::kCountStar,
     StaticType::kInteger},
    {"collect", "collect(x ANY) -> LIST", "The known values, in the order of the rows.",
     AggregateKind::kCollect, StaticType::kList},
    {"sum", "sum(x NUMBER|AMOUNT) -> the same",
     "The sum; of bounded numbers a bounded one. 0 when there are none.", AggregateKind::kSum,
     StaticType::kAny},
    {"avg", "avg(x NUMBER|AMOUNT) -> FLOAT|the same", "The mean; null when there are none.",
     AggregateKind::kAverage, StaticType::kAny},
    {"min", "min(x ANY) -> ANY", "The least known value.", AggregateKind::kMin, StaticType::kAny},
    {"max", "max(x ANY) -> ANY", "The greatest known value.", AggregateKind::kMax,
     StaticType::kAny},
};

}  // namespace

std::span<const ScalarFunction> ScalarFunctions() { return AllFunctions(); }

const ScalarFunction* FindScalarFunction(std::string_view name) {
  static const std::map<std::string, const ScalarFunction*, std::less<>> by_name = [] {
    std::map<std::string, const ScalarFunction*, std::less<>> map;
    for (const ScalarFunction& function : AllFunctions()) map[Lower(function.name)] = &function;
    return map;
  }();
  const auto found = by_name.find(Lower(name));
  return found != by_name.end() ? found->second : nullptr;
}

const AggregateFunction* FindAggregateFunction(std::string_view name) {
  const std::string lower = Lower(name);
  const auto* found = std::find_if(std::begin(kAggregates), std::end(kAggregates),
                                   [&](const AggregateFunction& f) { return f.name == lower; });
  return found != std::end(kAggregates) ? found : nullptr;
}

std::span<const AggregateFunction> AggregateFunctions() { return kAggregates; }

const std::string* AsText(const Datum& datum) {
  const storage::Value* value = datum.value();
  const auto* text = value != nullptr ? value->get_if<storage::Text>() : nullptr;
  return text != nullptr ? &text->text : nullptr;
}

const int64_t* AsInteger(const Datum& datum) {
  const storage::Value* value = datum.value();
  return value != nullptr ? value->get_if<int64_t>() : nullptr;
}

StatusOr<std::string_view> TextArgument(std::string_view function, const Datum& datum) {
  const std::string* text = AsText(datum);
  if (text == nullptr) return TypeMismatch(function, "STRING", datum);
  return std::string_view(*text);
}

StatusOr<int64_t> IntegerArgument(std::string_view function, const Datum& datum) {
  const int64_t* integer = AsInteger(datum);
  if (integer == nullptr) return TypeMismatch(function, "INTEGER", datum);
  // More than 3 characters is no number of characters.
  if (datum.value()->comparator() != storage::Comparator::kExactly) {
    return RuntimeError("SL5004",
                        fmt::format("{} needs an exact INTEGER, not a bounded one", function));
  }
  return *integer;
}

}  // namespace sightline::query
