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
    for (const auto family :
         {TextFunctions(), NumberFunctions(), ListFunctions(), TimeFunctions(),
          ConversionFunctions(), GraphFunctions(), DisputeFunctions(), IdentityFunctions()}) {
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
    {"percentileCont", "percentileCont(x NUMBER, share NUMBER) -> FLOAT",
     "The value below which a share (0 to 1) of the values lies, between two of them if need be.",
     AggregateKind::kPercentileCont, StaticType::kDouble},
    {"percentileDisc", "percentileDisc(x NUMBER, share NUMBER) -> the same",
     "The same, as one of the values.", AggregateKind::kPercentileDisc, StaticType::kAny},
    {"stDev", "stDev(x NUMBER) -> FLOAT", "The standard deviation of a sample.",
     AggregateKind::kStDev, StaticType::kDouble},
    {"stDevP", "stDevP(x NUMBER) -> FLOAT", "The standard deviation of all there is.",
     AggregateKind::kStDevP, StaticType::kDouble},
};

}  // namespace

std::span<const ScalarFunction> ScalarFunctions() { return AllFunctions(); }

const ScalarFunction* FindScalarFunction(std::string_view name, int arguments) {
  static const std::multimap<std::string, const ScalarFunction*, std::less<>> by_name = [] {
    std::multimap<std::string, const ScalarFunction*, std::less<>> map;
    for (const ScalarFunction& function : AllFunctions()) {
      map.emplace(Lower(function.name), &function);
    }
    return map;
  }();
  const auto [first, last] = by_name.equal_range(Lower(name));
  if (first == last) return nullptr;
  const auto takes = std::find_if(first, last, [&](const auto& entry) {
    return entry.second->arity_min <= arguments && arguments <= entry.second->arity_max;
  });
  return takes != last ? takes->second : first->second;
}

const AggregateFunction* FindAggregateFunction(std::string_view name) {
  const std::string lower = Lower(name);
  const auto* found =
      std::find_if(std::begin(kAggregates), std::end(kAggregates),
                   [&](const AggregateFunction& f) { return Lower(f.name) == lower; });
  return found != std::end(kAggregates) ? found : nullptr;
}

namespace {

// What a word of a signature stands for; empty for one that says nothing of the type.
std::vector<StaticType> TypesOf(std::string_view word) {
  using Type = StaticType;
  static const std::map<std::string, std::vector<Type>, std::less<>> types = {
      {"LIST", {Type::kList}},
      {"MAP", {Type::kMap}},
      {"STRING", {Type::kText}},
      {"INTEGER", {Type::kInteger}},
      {"BOOLEAN", {Type::kBoolean}},
      {"NUMBER", {Type::kInteger, Type::kDouble, Type::kDecimal}},
      {"AMOUNT", {Type::kMoney, Type::kQuantity, Type::kPercentage}},
      {"DATE", {Type::kDate}},
      {"DATETIME", {Type::kInstant}},
      // A node may be a statement, and a statement is a node.
      {"ENTITY", {Type::kEntity, Type::kStatement}},
      {"STATEMENT", {Type::kEntity, Type::kStatement}},
      {"FACT", {Type::kFact}},
      {"PATH", {Type::kPath}},
  };
  const auto found = types.find(word);
  return found != types.end() ? found->second : std::vector<Type>();
}

}  // namespace

bool TakesType(const ScalarFunction& function, size_t argument, StaticType type) {
  if (type == StaticType::kAny || type == StaticType::kNull) return true;
  // "range(from INTEGER, to INTEGER[, step INTEGER]) -> LIST"
  std::string_view rest = function.signature.substr(function.signature.find('(') + 1);
  rest = rest.substr(0, rest.find(')'));
  for (size_t i = 0; i < argument; ++i) {
    const size_t comma = rest.find(',');
    if (comma == std::string_view::npos) return true;
    rest = rest.substr(comma + 1);
  }
  rest = rest.substr(0, rest.find_first_of(",]"));
  if (rest.ends_with('[')) rest.remove_suffix(1);
  const size_t space = rest.find_last_of(' ');
  if (space == std::string_view::npos) return true;
  rest = rest.substr(space + 1);
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find('|'));
    const std::vector<StaticType> types = TypesOf(word);
    if (types.empty() || std::find(types.begin(), types.end(), type) != types.end()) return true;
    rest = rest.substr(std::min(rest.size(), word.size() + 1));
  }
  return false;
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
