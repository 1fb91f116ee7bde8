// Every function that needs no store, by a table: name, arguments, value or code of the error.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <vector>

#include "query/functions/registry.h"
#include "tests/unit/query/functions/build_expression.h"
#include "tests/unit/query/functions/data.h"

namespace sightline::query {
namespace {

struct FunctionCase {
  std::string name;
  std::vector<Datum> arguments;
  std::string outcome;
  std::string notice{};
};

const std::string kNull = Show(Null());
// 2024-04-15T12:00:00Z.
constexpr int64_t kNowMicros = int64_t{1'713'182'400} * 1'000'000;

const std::vector<FunctionCase>& Cases() {
  static const std::vector<FunctionCase> cases = {
      // Texts.
      {"toUpper", {T("tank \xc3\xa9\xd1\x82")}, Show(T("TANK \xc3\x89\xd0\xa2"))},
      {"toUpper", {I(1)}, "SL3011"},
      {"upper", {T("a")}, Show(T("A"))},
      {"toLower", {T("TANK \xc3\x89\xd0\xa2")}, Show(T("tank \xc3\xa9\xd1\x82"))},
      {"toLower", {B(true)}, "SL3011"},
      {"lower", {T("A")}, Show(T("a"))},
      {"trim", {T(" \t a b \n")}, Show(T("a b"))},
      {"trim", {T(" ")}, Show(T(""))},
      {"trim", {L({})}, "SL3011"},
      {"lTrim", {T("  a ")}, Show(T("a "))},
      {"rTrim", {T("  a ")}, Show(T("  a"))},
      {"substring", {T("armored"), I(2)}, Show(T("mored"))},
      {"substring",
       {T("\xd1\x82\xd0\xb0\xd0\xbd\xd0\xba"), I(1), I(2)},
       Show(T("\xd0\xb0\xd0\xbd"))},
      {"substring", {T("abc"), I(9)}, Show(T(""))},
      {"substring", {T("abc"), I(1), I(INT64_MAX)}, Show(T("bc"))},
      {"substring", {T("abc"), I(-1)}, "SL5004"},
      {"substring", {T("abc"), I(0), I(-1)}, "SL5004"},
      {"substring", {T("abc"), T("0")}, "SL3011"},
      {"substring", {T("abc"), Bound(">", 1)}, "SL5004"},
      {"left", {T("armored"), I(3)}, Show(T("arm"))},
      {"left", {T("a"), I(9)}, Show(T("a"))},
      {"left", {T("a"), I(-1)}, "SL5004"},
      {"right", {T("armored"), I(3)}, Show(T("red"))},
      {"right", {T("a"), I(9)}, Show(T("a"))},
      {"right", {T("a"), I(-1)}, "SL5004"},
      {"split", {T("a,b,,c"), T(",")}, Show(L({T("a"), T("b"), T(""), T("c")}))},
      {"split", {T("ab"), T("")}, Show(L({T("a"), T("b")}))},
      {"split", {T(""), T(",")}, Show(L({T("")}))},
      {"split", {T("a"), I(1)}, "SL3011"},
      {"split", {T(std::string(1'000'001, ',')), T(",")}, "SL5005"},
      {"replace", {T("a-b-c"), T("-"), T("+")}, Show(T("a+b+c"))},
      {"replace", {T("abc"), T(""), T("x")}, Show(T("abc"))},
      {"replace", {T("aaa"), T("aa"), T("b")}, Show(T("ba"))},
      {"replace", {T(std::string(100'000, 'a')), T("a"), T(std::string(1000, 'b'))}, "SL5005"},
      {"char_length", {T("\xd1\x82\xd0\xb0")}, Show(I(2))},
      {"char_length", {L({})}, "SL3011"},
      {"language", {T("\xd1\x82", "ru")}, Show(T("ru"))},
      {"language", {T("a")}, kNull},
      // Numbers.
      {"abs", {I(-5)}, Show(I(5))},
      {"abs", {F(-0.5)}, Show(F(0.5))},
      {"abs", {D("-1.5")}, Show(D("1.5"))},
      {"abs", {Usd("-5")}, Show(Usd("5"))},
      {"abs", {I(INT64_MIN)}, "SL5003"},
      {"abs", {Bound("<", 5)}, kNull, "N3005"},
      {"abs", {T("a")}, "SL3011"},
      {"ceil", {F(1.2)}, Show(F(2))},
      {"ceil", {D("-1.2")}, Show(D("-1"))},
      {"ceil", {I(1)}, Show(F(1))},
      {"floor", {F(-1.2)}, Show(F(-2))},
      {"floor", {D("-1.2")}, Show(D("-2"))},
      {"floor", {Usd("1.9")}, Show(Usd("1"))},
      {"round", {F(1.5)}, Show(F(2))},
      {"round", {F(-1.5)}, Show(F(-1))},
      {"round", {F(0.49999999999999994)}, Show(F(0))},
      {"round", {D("2.345"), I(2)}, Show(D("2.35"))},
      {"round", {Percent("66.666"), I(1)}, Show(Percent("66.7"))},
      {"round", {F(1), I(-1)}, "SL5004"},
      {"round", {F(1), I(19)}, "SL5004"},
      {"sign", {I(-5)}, Show(I(-1))},
      {"sign", {D("0")}, Show(I(0))},
      {"sign", {Usd("5")}, Show(I(1))},
      {"sign", {T("a")}, "SL3011"},
      {"div", {I(7), I(2)}, Show(I(3))},
      {"div", {I(-7), I(2)}, Show(I(-3))},
      {"div", {I(1), I(0)}, "SL5004"},
      {"div", {I(INT64_MIN), I(-1)}, "SL5003"},
      {"div", {F(1), I(1)}, "SL3011"},
      {"sqrt", {I(9)}, Show(F(3))},
      {"sqrt", {Usd("9")}, "SL3011"},
      {"sqrt", {Bound(">", 9)}, kNull, "N3005"},
      {"exp", {I(0)}, Show(F(1))},
      {"log", {I(1)}, Show(F(0))},
      {"ln", {I(1)}, Show(F(0))},
      {"log10", {I(1000)}, Show(F(3))},
      {"sin", {I(0)}, Show(F(0))},
      {"cos", {I(0)}, Show(F(1))},
      {"tan", {I(0)}, Show(F(0))},
      {"cot", {F(std::numbers::pi / 4)}, Show(F(1 / std::tan(std::numbers::pi / 4)))},
      {"asin", {I(0)}, Show(F(0))},
      {"acos", {I(1)}, Show(F(0))},
      {"atan", {I(0)}, Show(F(0))},
      {"atan2", {I(0), I(1)}, Show(F(0))},
      {"degrees", {F(std::numbers::pi)}, Show(F(180))},
      {"radians", {I(180)}, Show(F(std::numbers::pi))},
      {"pi", {}, Show(F(std::numbers::pi))},
      {"e", {}, Show(F(std::numbers::e))},
      // Where there is no value, or no FLOAT that holds it.
      {"sqrt", {I(-1)}, "SL5004"},
      {"log", {I(0)}, "SL5004"},
      {"log", {I(-1)}, "SL5004"},
      {"ln", {I(0)}, "SL5004"},
      {"log10", {F(0)}, "SL5004"},
      {"cot", {I(0)}, "SL5004"},
      {"asin", {F(1.5)}, "SL5004"},
      {"acos", {I(-2)}, "SL5004"},
      {"exp", {I(1000)}, "SL5003"},
      {"exp", {I(-1000)}, Show(F(0))},
      {"degrees", {F(1e308)}, "SL5003"},
      {"radians", {F(1.8e307)}, Show(F(1.8e307 / 180 * std::numbers::pi))},
      // Lists.
      {"size", {L({I(1), Null()})}, Show(I(2))},
      {"size", {T("\xd1\x82")}, Show(I(1))},
      {"size", {M({{"a", I(1)}})}, Show(I(1))},
      {"size", {I(1)}, "SL3011"},
      {"isEmpty", {L({})}, Show(B(true))},
      {"isEmpty", {T("a")}, Show(B(false))},
      {"isEmpty", {I(1)}, "SL3011"},
      {"head", {L({I(1), I(2)})}, Show(I(1))},
      {"head", {L({})}, kNull},
      {"head", {T("a")}, "SL3011"},
      {"last", {L({I(1), I(2)})}, Show(I(2))},
      {"last", {L({})}, kNull},
      {"tail", {L({I(1), I(2)})}, Show(L({I(2)}))},
      {"tail", {L({})}, Show(L({}))},
      {"reverse", {L({I(1), I(2)})}, Show(L({I(2), I(1)}))},
      {"reverse",
       {T("a\xd1\x82")},
       Show(T("\xd1\x82"
              "a"))},
      {"reverse", {I(1)}, "SL3011"},
      {"range", {I(1), I(3)}, Show(L({I(1), I(2), I(3)}))},
      {"range", {I(3), I(1), I(-2)}, Show(L({I(3), I(1)}))},
      {"range", {I(3), I(1)}, Show(L({}))},
      {"range", {I(INT64_MAX - 1), I(INT64_MAX)}, Show(L({I(INT64_MAX - 1), I(INT64_MAX)}))},
      {"range",
       {I(INT64_MIN), I(INT64_MAX), I(INT64_MAX)},
       Show(L({I(INT64_MIN), I(-1), I(INT64_MAX - 1)}))},
      {"range", {I(0), I(1), I(0)}, "SL5004"},
      {"range", {I(0), I(1'000'000)}, "SL5005"},
      {"range", {I(INT64_MIN), I(INT64_MAX)}, "SL5005"},
      {"range", {F(0), I(1)}, "SL3011"},
      {"sort", {L({T("b"), I(1), Null(), T("a")})}, Show(L({T("a"), T("b"), I(1), Null()}))},
      {"sort", {I(1)}, "SL3011"},
      {"coalesce", {Null(), I(2), I(3)}, Show(I(2))},
      {"coalesce", {Null()}, kNull},
      {"nullIf", {I(1), F(1)}, kNull},
      {"nullIf", {I(1), I(2)}, Show(I(1))},
      {"nullIf", {I(1), Null()}, Show(I(1))},
      {"exists", {Null()}, Show(B(false))},
      {"exists", {I(1)}, Show(B(true))},
      {"valueType", {Usd("1")}, Show(T("MONEY"))},
      {"valueType", {L({})}, Show(T("LIST"))},
      // Times.
      {"date", {}, Show(Date("2024-04-15"))},
      {"date", {T("2023-10")}, Show(Date("2023-10"))},
      {"date", {T("2023-Q4")}, Show(Date("2023-Q4"))},
      {"date", {At("2023-10-05T23:59Z")}, Show(Date("2023-10-05"))},
      {"date", {At("1969-12-31T23:59Z")}, Show(Date("1969-12-31"))},
      {"date", {Date("2023")}, Show(Date("2023"))},
      {"date", {T("yesterday")}, "SL5004"},
      {"date", {I(2023)}, "SL3011"},
      {"datetime", {}, Show(At("2024-04-15T12:00Z"))},
      {"datetime", {T("2023-10-01T08:30Z")}, Show(At("2023-10-01T08:30Z"))},
      {"datetime", {At("2023-10-01T08:30Z")}, Show(At("2023-10-01T08:30Z"))},
      {"datetime", {T("noon")}, "SL5004"},
      {"datetime", {Date("2023-10-01")}, "SL3011"},
      {"now", {}, Show(At("2024-04-15T12:00Z"))},
      {"today", {}, Show(Date("2024-04-15"))},
      // Conversion.
      {"toInteger", {T(" 42 ")}, Show(I(42))},
      {"toInteger", {T("4.9")}, Show(I(4))},
      {"toInteger", {T("optics")}, kNull},
      {"toInteger", {T("")}, kNull},
      {"toInteger", {T("1e99")}, kNull},
      {"toInteger", {F(-4.9)}, Show(I(-4))},
      {"toInteger", {F(1e99)}, kNull},
      {"toInteger", {F(std::nan(""))}, kNull},
      {"toInteger", {D("4.9")}, Show(I(4))},
      {"toInteger", {B(true)}, Show(I(1))},
      {"toInteger", {L({})}, "SL3011"},
      {"toInteger", {Usd("1")}, "SL3011"},
      {"toFloat", {T("4.5")}, Show(F(4.5))},
      {"toFloat", {I(4)}, Show(F(4))},
      {"toFloat", {D("0.5")}, Show(F(0.5))},
      {"toFloat", {T("optics")}, kNull},
      {"toFloat", {B(true)}, "SL3011"},
      {"toFloat", {T("NaN")}, kNull},
      {"toFloat", {T("-inf")}, kNull},
      {"toFloat", {T("Infinity")}, kNull},
      {"toFloat", {T("1e999")}, "SL5003"},
      {"toFloat", {T("-1e999")}, "SL5003"},
      {"toFloat", {T("1e-999")}, Show(F(0))},
      {"toFloat", {T("1e999x")}, kNull},
      {"toInteger", {T("nan")}, kNull},
      {"toInteger", {T("1e999")}, kNull},
      {"toDecimal", {T("4.50")}, Show(D("4.5"))},
      {"toDecimal", {F(0.1)}, Show(D("0.1"))},
      {"toDecimal", {T("optics")}, kNull},
      {"toDecimal", {T("99999999999999999999")}, "SL5003"},
      {"toDecimal", {B(true)}, "SL3011"},
      {"toString", {I(42)}, Show(T("42"))},
      {"toString", {B(true)}, Show(T("true"))},
      {"toString", {Date("2023-Q4")}, Show(T("2023-Q4"))},
      {"toString", {T("a")}, Show(T("a"))},
      {"toString", {L({})}, "SL3011"},
      {"toBoolean", {T(" TRUE")}, Show(B(true))},
      {"toBoolean", {T("false")}, Show(B(false))},
      {"toBoolean", {T("yes")}, kNull},
      {"toBoolean", {I(0)}, Show(B(false))},
      {"toBoolean", {B(true)}, Show(B(true))},
      {"toBoolean", {F(1)}, "SL3011"},
      {"money", {I(900), T("USD")}, Show(Usd("900"))},
      {"money", {Bound(">", 500), T("USD")}, Show(Usd("500", ">"))},
      {"money", {I(900), T("usd")}, "SL5004"},
      {"money", {I(900), T("DOLLARS")}, "SL5004"},
      {"money", {T("900"), T("USD")}, "SL3011"},
      {"convert", {Usd("900"), T("USD")}, Show(Usd("900"))},
      {"convert", {Usd("900", ">"), T("USD")}, Show(Usd("900", ">"))},
      {"convert", {Usd("900"), T("EUR")}, kNull, "N3008"},
      {"convert", {I(900), T("USD")}, "SL3011"},
      {"quantity", {F(2.5), T("t")}, Show(Tonnes("2.5"))},
      {"quantity", {I(1), T("")}, "SL5004"},
      {"percent", {I(70)}, Show(Percent("70"))},
      {"percent", {Percent("70")}, "SL3011"},
      {"exactly", {Usd("5", ">")}, Show(Usd("5"))},
      {"about", {I(70)}, Show(Bound("~", 70))},
      {"lessThan", {I(70)}, Show(Bound("<", 70))},
      {"nearly", {Percent("70")}, Show(Percent("70", "<~"))},
      {"moreThan", {Usd("500")}, Show(Usd("500", ">"))},
      {"justOver", {I(70)}, Show(Bound(">~", 70))},
      {"about", {T("70")}, "SL3011"},
      {"comparator", {Percent("70", "<~")}, Show(T("<~"))},
      {"comparator", {I(70)}, Show(T("="))},
      {"comparator", {T("a")}, "SL3011"},
      // Paths and maps; the rest of the graph is in graph_test.cc.
      {"keys", {M({{"b", I(1)}, {"a", I(2)}})}, Show(L({T("b"), T("a")}))},
      {"keys", {I(1)}, "SL3011"},
      {"properties", {M({{"b", I(1)}, {"a", I(2)}})}, Show(M({{"b", I(1)}, {"a", I(2)}}))},
      {"properties", {I(1)}, "SL3011"},
      {"nodes", {Datum(PathDatum{{EntityTerm(1)}, {}, {}})}, Show(L({Node(1)}))},
      {"nodes", {L({})}, "SL3011"},
      {"facts",
       {Datum(PathDatum{{EntityTerm(1), EntityTerm(3)}, {FactOf(1, 2, 3)}, {}})},
       Show(L({Datum(FactOf(1, 2, 3))}))},
      {"facts", {Node(1)}, "SL3011"},
      {"relationships", {Datum(PathDatum{{EntityTerm(1)}, {}, {}})}, Show(L({}))},
      {"length",
       {Datum(PathDatum{{EntityTerm(1), EntityTerm(3)}, {FactOf(1, 2, 3)}, {}})},
       Show(I(1))},
      {"length", {T("abc")}, "SL3011"},
      {"cost", {Datum(PathDatum{{EntityTerm(1)}, {}, 2.5})}, Show(F(2.5))},
      {"cost", {Datum(PathDatum{{EntityTerm(1)}, {}, {}})}, kNull},
      {"cost", {T("abc")}, "SL3011"},
      {"id", {T("a")}, "SL3011"},
      {"type", {Node(1)}, "SL3011"},
      {"sources", {Node(1)}, "SL3011"},
      {"support", {Node(1), I(1)}, "SL3011"},
  };
  return cases;
}

TEST(ScalarFunctions, FollowTheTable) {
  for (const FunctionCase& c : Cases()) {
    const ScalarFunction* function = FindScalarFunction(c.name);
    ASSERT_NE(function, nullptr) << c.name;
    EvaluationContext context;
    context.now_micros = kNowMicros;
    const BoundExpressionPtr call = Call(c.name, c.arguments, 4);
    const StatusOr<Datum> result = Evaluate(*call, Batch{}, 0, &context);
    std::string place = c.name;
    for (const Datum& argument : c.arguments) place += ", " + Show(argument).substr(0, 60);
    EXPECT_EQ(Outcome(result), c.outcome) << place;
    if (!result.ok()) {
      EXPECT_EQ(DiagnosticsOf(result.status())[0].span.begin, 4u) << place;
    }
    EXPECT_EQ(context.notices.empty() ? "" : context.notices[0].code, c.notice) << place;
  }
}

TEST(ScalarFunctions, GiveTheTypeThatTheyPromise) {
  for (const FunctionCase& c : Cases()) {
    const ScalarFunction* function = FindScalarFunction(c.name);
    if (function->result == StaticType::kAny) continue;
    EvaluationContext context;
    context.now_micros = kNowMicros;
    const StatusOr<Datum> result = Evaluate(*Call(c.name, c.arguments), Batch{}, 0, &context);
    if (!result.ok() || result->is_null()) continue;
    EXPECT_EQ(DatumTypeName(*result), StaticTypeName(function->result)) << c.name;
  }
}

TEST(ScalarFunctions, GiveNullForNull) {
  for (const ScalarFunction& function : ScalarFunctions()) {
    if (!function.null_in_null_out || function.arity_max == 0) continue;
    const size_t argument_count = static_cast<size_t>(std::max(function.arity_min, 1));
    EXPECT_EQ(Outcome(ValueOf(Call(function.name, std::vector<Datum>(argument_count)))), kNull)
        << function.name;
  }
}

TEST(ScalarFunctions, RandIsAnotherNumberEachTime) {
  EvaluationContext context;
  context.now_micros = kNowMicros;
  std::set<double> numbers;
  for (int i = 0; i < 100; ++i) {
    const StatusOr<Datum> datum = Evaluate(*Call("rand", {}), Batch{}, 0, &context);
    ASSERT_TRUE(datum.ok());
    numbers.insert(*datum->value()->get_if<double>());
  }
  EXPECT_EQ(numbers.size(), 100u);
  EXPECT_GE(*numbers.begin(), 0);
  EXPECT_LT(*numbers.begin(), 0.2);
  EXPECT_GT(*numbers.rbegin(), 0.8);
  EXPECT_LT(*numbers.rbegin(), 1);
}

TEST(ScalarFunctions, TakeTheTypesOfTheirSignatures) {
  const ScalarFunction& size = *FindScalarFunction("size");
  EXPECT_TRUE(TakesType(size, 0, StaticType::kList));
  EXPECT_TRUE(TakesType(size, 0, StaticType::kText));
  EXPECT_TRUE(TakesType(size, 0, StaticType::kAny));
  EXPECT_FALSE(TakesType(size, 0, StaticType::kPath));
  const ScalarFunction& range = *FindScalarFunction("range");
  EXPECT_TRUE(TakesType(range, 2, StaticType::kInteger));
  EXPECT_FALSE(TakesType(range, 1, StaticType::kBoolean));
  EXPECT_FALSE(TakesType(range, 2, StaticType::kText));
  EXPECT_TRUE(TakesType(*FindScalarFunction("coalesce"), 7, StaticType::kPath));
  EXPECT_FALSE(TakesType(*FindScalarFunction("date"), 0, StaticType::kList));
}

TEST(ScalarFunctions, AreEachInSomeTable) {
  // What only a store can answer: graph_test.cc and tests/conformance have it. rand has
  // a test of its own.
  std::set<std::string, std::less<>> tested = {"caption", "labels",      "classes",    "startNode",
                                               "endNode", "denials",     "statements", "origins",
                                               "roots",   "contradicts", "contested",  "evidence",
                                               "rand",    "ids",         "judgements", "score"};
  for (const FunctionCase& c : Cases()) tested.insert(c.name);
  for (const ScalarFunction& function : ScalarFunctions()) {
    EXPECT_TRUE(tested.contains(function.name)) << function.name;
  }
}

TEST(ScalarFunctions, AreWellFormedAndFoundInAnyCase) {
  std::set<std::pair<std::string, int>> names;
  for (const ScalarFunction& function : ScalarFunctions()) {
    EXPECT_TRUE(function.signature.starts_with(std::string(function.name) + "(")) << function.name;
    EXPECT_FALSE(function.summary.empty()) << function.name;
    EXPECT_TRUE(function.arity_max == -1 || function.arity_min <= function.arity_max)
        << function.name;
    EXPECT_NE(function.evaluate, nullptr) << function.name;
    std::string upper(function.name);
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    EXPECT_TRUE(names.insert({upper, function.arity_min}).second)
        << function.name << " is there twice";
    EXPECT_EQ(FindScalarFunction(upper, function.arity_min), &function) << function.name;
    EXPECT_EQ(FindAggregateFunction(function.name), nullptr) << function.name;
  }
  EXPECT_EQ(FindScalarFunction("shortestPath"), nullptr);
  EXPECT_EQ(FindScalarFunction("id", 7), FindScalarFunction("id", 1));
}

}  // namespace
}  // namespace sightline::query
