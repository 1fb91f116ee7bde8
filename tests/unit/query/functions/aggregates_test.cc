#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "query/functions/registry.h"
#include "tests/unit/query/functions/data.h"

namespace sightline::query {
namespace {

struct AggregateCase {
  AggregateKind kind;
  std::vector<Datum> values;
  std::string outcome;
  std::string notice{};
  bool distinct = false;
};

std::string Aggregate(const AggregateCase& c, EvaluationContext* context) {
  const std::unique_ptr<Aggregator> aggregator = Aggregator::New(c.kind, c.distinct);
  for (const Datum& value : c.values) {
    if (const Status status = aggregator->Add(value, context); !status.ok()) return CodeOf(status);
  }
  return Outcome(aggregator->Finish(context));
}

// The same, the first `cut` values and the rest collected apart.
std::string AggregateInTwo(const AggregateCase& c, size_t cut, EvaluationContext* context) {
  const std::unique_ptr<Aggregator> first = Aggregator::New(c.kind, c.distinct);
  const std::unique_ptr<Aggregator> rest = Aggregator::New(c.kind, c.distinct);
  for (size_t i = 0; i < c.values.size(); ++i) {
    const Status status = (i < cut ? first : rest)->Add(c.values[i], context);
    if (!status.ok()) return CodeOf(status);
  }
  if (const Status status = first->Merge(rest.get(), context); !status.ok()) return CodeOf(status);
  return Outcome(first->Finish(context));
}

TEST(Aggregator, FollowsTheTable) {
  const std::string null = Show(Null());
  constexpr auto kCount = AggregateKind::kCount;
  constexpr auto kCountStar = AggregateKind::kCountStar;
  constexpr auto kCollect = AggregateKind::kCollect;
  constexpr auto kSum = AggregateKind::kSum;
  constexpr auto kAverage = AggregateKind::kAverage;
  constexpr auto kMin = AggregateKind::kMin;
  constexpr auto kMax = AggregateKind::kMax;
  constexpr auto kCont = AggregateKind::kPercentileCont;
  constexpr auto kDisc = AggregateKind::kPercentileDisc;
  const auto median_of = [](const Datum& value) { return L({value, F(0.5)}); };
  const AggregateCase cases[] = {
      {kCont, {}, null},
      {kCont, {median_of(I(4)), median_of(I(1)), median_of(Null())}, Show(F(2.5))},
      {kCont, {L({I(4), I(1)}), L({I(1), I(1)})}, Show(F(4))},
      {kDisc, {median_of(I(4)), median_of(I(1)), median_of(I(9))}, Show(I(4))},
      {kDisc, {L({I(4), I(0)}), L({I(1), I(0)})}, Show(I(1))},
      {kDisc, {L({I(4), F(1.5)})}, "SL5004"},
      {kDisc, {median_of(T("a"))}, "SL3011"},
      {AggregateKind::kStDev, {I(1), I(3), Null()}, Show(F(std::sqrt(2.0)))},
      {AggregateKind::kStDev, {I(1)}, Show(F(0))},
      {AggregateKind::kStDevP, {I(1), I(3)}, Show(F(1))},
      {AggregateKind::kStDevP, {}, Show(F(0))},
      {kCount, {}, Show(I(0))},
      {kCount, {I(1), Null(), I(1)}, Show(I(2))},
      {kCount, {I(1), Null(), F(1), I(2)}, Show(I(2)), "", true},
      {kCountStar, {I(1), Null(), I(1)}, Show(I(3))},
      {kCollect, {}, Show(L({}))},
      {kCollect, {I(2), Null(), I(1), I(2)}, Show(L({I(2), I(1), I(2)}))},
      {kCollect, {I(2), Null(), I(1), F(2)}, Show(L({I(2), I(1)})), "", true},
      {kSum, {}, Show(I(0))},
      {kSum, {Null()}, Show(I(0))},
      {kSum, {I(1), I(2), Null()}, Show(I(3))},
      {kSum, {I(1), F(0.5)}, Show(F(1.5))},
      {kSum, {D("0.1"), D("0.2")}, Show(D("0.3"))},
      {kSum, {I(2), I(2), I(3)}, Show(I(5)), "", true},
      {kSum, {I(INT64_MAX), I(1)}, "SL5003"},
      {kSum, {T("a")}, "SL3011"},
      {kSum, {I(1), T("a")}, "SL3011"},
      {kSum, {Usd("500"), Usd("200")}, Show(Usd("700"))},
      {kSum, {Usd("500", ">"), Usd("200")}, Show(Usd("700", ">"))},
      {kSum, {Usd("500", ">"), Usd("200", "<")}, null, "N3005"},
      {kSum, {Usd("500", ">"), Usd("200", "<"), Usd("1")}, null, "N3005"},
      {kSum, {Usd("500"), Usd("200", "=", "EUR")}, null, "N3004"},
      {kSum, {Usd("500"), I(1)}, "SL3011"},
      {kAverage, {}, null},
      {kAverage, {I(1), I(2), Null()}, Show(F(1.5))},
      {kAverage, {I(INT64_MAX), I(INT64_MAX)}, Show(F(9223372036854775807.0))},
      {kAverage, {D("0.1"), D("0.3")}, Show(D("0.2"))},
      {kAverage, {Usd("500", ">"), Usd("200")}, Show(Usd("350", ">"))},
      {kAverage, {T("a")}, "SL3011"},
      {kMin, {}, null},
      {kMin, {I(2), F(1.5), Null()}, Show(F(1.5))},
      {kMax, {I(2), F(1.5), Null()}, Show(I(2))},
      {kMax, {T("a"), T("b")}, Show(T("b"))},
      {kMax, {T("a"), I(1)}, Show(I(1))},  // As ORDER BY has it.
      {kMin, {T("a"), I(1)}, Show(T("a"))},
      {kMax, {L({I(1)}), L({I(1), I(2)})}, Show(L({I(1), I(2)}))},
      {kMax, {Date("2022"), Date("2023-Q1")}, Show(Date("2023-Q1"))},
      {kMin, {F(std::nan("")), I(1)}, Show(I(1))},
      {kMax, {Usd("500", ">"), Usd("200")}, Show(Usd("500", ">"))},
      {kMax, {Usd("500", ">"), Usd("600")}, null, "N3005"},
      {kMax, {Usd("500", "<"), Usd("400"), Usd("900")}, Show(Usd("900"))},
      {kMax, {Usd("600"), Usd("500", ">"), Usd("550", ">")}, null, "N3005"},
      {kMax, {Usd("1"), Usd("2", "=", "EUR")}, null, "N3004"},
      {kMax, {Usd("1", ">"), Usd("2", ">", "EUR")}, null, "N3004"},
      {kMin, {Usd("500", ">"), Usd("200"), Usd("200")}, Show(Usd("200"))},
      {kMax, {Usd("70", "~"), Usd("70", "~")}, Show(Usd("70", "~"))},
  };
  for (const AggregateCase& c : cases) {
    EvaluationContext context;
    std::string place = fmt::format("aggregate {} of", static_cast<int>(c.kind));
    for (const Datum& value : c.values) place += " " + Show(value);
    EXPECT_EQ(Aggregate(c, &context), c.outcome) << place;
    EXPECT_EQ(context.notices.empty() ? "" : context.notices[0].code, c.notice) << place;
  }
}

// All orders of the values give the same, and so do any two parts of them.
void ExpectSameInAnyOrder(AggregateCase c) {
  std::vector<size_t> places(c.values.size());
  std::iota(places.begin(), places.end(), 0);
  const std::vector<Datum> values = c.values;
  do {
    for (size_t i = 0; i < places.size(); ++i) c.values[i] = values[places[i]];
    EvaluationContext context;
    std::string place = fmt::format("aggregate {} of", static_cast<int>(c.kind));
    for (const Datum& value : c.values) place += " " + Show(value);
    EXPECT_EQ(Aggregate(c, &context), c.outcome) << place;
    EXPECT_EQ(context.notices.empty() ? "" : context.notices[0].code, c.notice) << place;
    for (size_t cut = 0; cut <= values.size(); ++cut) {
      EvaluationContext of_two;
      EXPECT_EQ(AggregateInTwo(c, cut, &of_two), c.outcome) << place << " cut at " << cut;
      EXPECT_EQ(of_two.notices.empty() ? "" : of_two.notices[0].code, c.notice) << place;
    }
  } while (std::next_permutation(places.begin(), places.end()));
}

TEST(Aggregator, SumsDoNotDependOnTheOrder) {
  constexpr auto kSum = AggregateKind::kSum;
  constexpr auto kAverage = AggregateKind::kAverage;
  const Datum most = D("9000000000000000000");
  for (const AggregateCase& c : {
           // What is between is beyond all DECIMALs, the total is not.
           AggregateCase{
               kSum,
               {most, D("1.5"), most, D("-9000000000000000000"), D("-9000000000000000000")},
               Show(D("1.5"))},
           AggregateCase{kSum, {most, most, D("-8000000000000000000")}, "SL5003"},
           AggregateCase{kSum,
                         {Usd("9000000000000000000"), Usd("9000000000000000000"),
                          Usd("-9000000000000000000")},
                         Show(Usd("9000000000000000000"))},
           AggregateCase{
               kSum, {Usd("9000000000000000000"), Usd("9000000000000000000"), Usd("1")}, "SL5003"},
           AggregateCase{kSum, {I(INT64_MAX), D("0.5"), I(-INT64_MAX)}, Show(D("0.5"))},
           AggregateCase{
               kSum, {D("0.000000000000000001"), D("-5"), I(5)}, Show(D("0.000000000000000001"))},
           AggregateCase{kSum, {D("0.7"), D("0.3"), D("-3")}, Show(D("-2"))},
           AggregateCase{kSum, {I(INT64_MAX), Bound(">", 1), I(-1)}, Show(Bound(">", INT64_MAX))},
           // What is wrong with them is told the same way.
           AggregateCase{kSum,
                         {Usd("1"), Usd("2", "=", "EUR"), Usd("3", ">"), Usd("4", "<")},
                         Show(Null()),
                         "N3004"},
           AggregateCase{kSum, {Usd("1"), Usd("2", "=", "EUR"), I(1)}, "SL3011"},
           AggregateCase{
               kSum,
               {Usd("9000000000000000000"), Usd("9000000000000000000", ">"), Usd("1", "<")},
               Show(Null()),
               "N3005"},
           AggregateCase{kSum,
                         {Usd("1", "<~"), Usd("2", ">~"), Usd("3", "~"), Usd("4")},
                         Show(Usd("10", "~"))},
           AggregateCase{
               kAverage, {most, most, D("-9000000000000000000")}, Show(D("3000000000000000000"))},
           AggregateCase{kSum, {I(1), F(1), I(2)}, Show(I(3)), "", true},
           AggregateCase{kSum, {D("1"), F(1), I(2), D("2")}, Show(D("3")), "", true},
           AggregateCase{AggregateKind::kMin, {F(1), I(1), I(2)}, Show(I(1)), "", true},
           AggregateCase{
               AggregateKind::kMin, {Node(3), T("a"), Node(2), Node(2)}, Show(Node(2)), "", true},
           AggregateCase{kSum, {F(1e100), F(1), F(-1e100), F(0.5)}, Show(F(1.5))},
           AggregateCase{kAverage, {I(1), F(0.5), D("0.5"), Null()}, Show(F(2.0 / 3))},
           AggregateCase{AggregateKind::kCount,
                         {I(1), F(1), Node(1), Node(2), Node(1), T("a")},
                         Show(I(4)),
                         "",
                         true},
           AggregateCase{AggregateKind::kCount, {I(1), Null(), I(1)}, Show(I(2))},
           AggregateCase{AggregateKind::kCountStar, {I(1), Null(), I(1)}, Show(I(3))},
       }) {
    ExpectSameInAnyOrder(c);
  }
}

TEST(Aggregator, ExtremesOfManyHedgedValues) {
  // However many there are, one that is certain to be beyond all of them settles it.
  for (const bool last : {false, true}) {
    AggregateCase c{AggregateKind::kMax, {}, Show(I(5000))};
    if (!last) c.values.push_back(I(5000));
    for (int64_t i = 0; i < 1000; ++i) c.values.push_back(Bound("<", i));
    if (last) c.values.push_back(I(5000));
    EvaluationContext context;
    EXPECT_EQ(Aggregate(c, &context), c.outcome);
    EXPECT_TRUE(context.notices.empty());
  }
  for (const char* comparator : {"~", ">", "<"}) {
    AggregateCase c{AggregateKind::kMax, {I(500)}, ""};
    for (int64_t i = 0; i < 1000; ++i) c.values.push_back(Bound(comparator, i));
    EvaluationContext context;
    EXPECT_EQ(Aggregate(c, &context), Show(Null())) << comparator;
    ASSERT_EQ(context.notices.size(), 1u);
    EXPECT_EQ(context.notices[0].code, "N3005");
  }
  ExpectSameInAnyOrder({AggregateKind::kMin, {Bound(">", 5), Bound(">", 7), I(4)}, Show(I(4))});
  ExpectSameInAnyOrder(
      {AggregateKind::kMin, {Bound(">", 5), Bound(">", 7), I(6)}, Show(Null()), "N3005"});
  ExpectSameInAnyOrder(
      {AggregateKind::kMax, {Bound("<", 5), Bound("<", 7), I(6), I(3)}, Show(Null()), "N3005"});
  ExpectSameInAnyOrder(
      {AggregateKind::kMax, {Bound(">", 5), Bound(">", 7), Bound(">", 7)}, Show(Null()), "N3005"});
  // A value that one of them beats leaves the others as they are.
  ExpectSameInAnyOrder(
      {AggregateKind::kMax, {Usd("9", "<"), Usd("5"), Usd("4"), Usd("10")}, Show(Usd("10"))});
}

TEST(Aggregator, IsNotMergedWhereOrderMatters) {
  for (const AggregateKind kind :
       {AggregateKind::kCollect, AggregateKind::kStDev, AggregateKind::kPercentileCont}) {
    EXPECT_FALSE(MergesExactly(kind));
    EvaluationContext context;
    const auto one = Aggregator::New(kind, false), other = Aggregator::New(kind, false);
    EXPECT_FALSE(one->Merge(other.get(), &context).ok());
  }
}

TEST(Aggregator, TellsTheMemoryItHolds) {
  EvaluationContext context;
  const auto collect = Aggregator::New(AggregateKind::kCollect, false);
  const auto distinct = Aggregator::New(AggregateKind::kCount, true);
  const size_t collect_before = collect->memory_bytes(), distinct_before = distinct->memory_bytes();
  ASSERT_TRUE(collect->Add(T(std::string(1000, 'x')), &context).ok());
  ASSERT_TRUE(distinct->Add(T(std::string(1000, 'x')), &context).ok());
  EXPECT_GE(collect->memory_bytes(), collect_before + 1000);
  EXPECT_GE(distinct->memory_bytes(), distinct_before + 1000);
}

TEST(AggregateFunctions, AreFoundInAnyCase) {
  for (const AggregateFunction& function : AggregateFunctions()) {
    EXPECT_EQ(FindAggregateFunction(function.name), &function);
  }
  ASSERT_NE(FindAggregateFunction("COUNT"), nullptr);
  EXPECT_EQ(FindAggregateFunction("COUNT")->kind, AggregateKind::kCount);
  EXPECT_EQ(FindAggregateFunction("median"), nullptr);
}

}  // namespace
}  // namespace sightline::query
