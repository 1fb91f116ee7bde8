#include "query/functions/datum_order.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <vector>

#include "query/functions/sort_prefix.h"
#include "tests/unit/query/functions/data.h"

namespace sightline::query {
namespace {

constexpr std::optional<bool> kUnknown = std::nullopt;

struct EqualCase {
  Datum a, b;
  std::optional<bool> equal;
};

TEST(Equal, FollowsTheTable) {
  const double nan = std::nan("");
  const EqualCase cases[] = {
      // Unknown spreads.
      {Null(), Null(), kUnknown},
      {Null(), I(1), kUnknown},
      // Numbers by value, whatever their type.
      {I(1), F(1.0), true},
      {I(1), D("1.00"), true},
      {F(0.5), D("0.5"), true},
      // A FLOAT with a fraction counts as it prints.
      {F(0.1), D("0.1"), true},
      {F(-0.1), D("-0.1"), true},
      {F(0.1), D("0.100000000000000001"), false},
      {F(1e-300), I(0), false},
      {F(1.5e-17), D("0.000000000000000015"), true},
      {I(9007199254740993), F(9007199254740992.0), false},
      {I(INT64_MAX), F(9223372036854775808.0), false},
      {F(nan), F(nan), false},
      {F(-0.0), I(0), true},
      // Kinds apart.
      {I(1), T("1"), false},
      {B(true), I(1), false},
      {Percent("70"), I(70), false},
      {Usd("5"), I(5), false},
      {Node(1), Node(1), true},
      {Node(1), Node(2), false},
      // Texts, whatever their language.
      {T("tank"), T("tank", "de"), true},
      {T("tank"), T("Tank"), false},
      // Amounts.
      {Usd("5.0"), Usd("5"), true},
      {Usd("5"), Usd("5", "=", "EUR"), kUnknown},
      {Tonnes("5"), Tonnes("5", "kg"), kUnknown},
      {Percent("70"), Percent("70.0"), true},
      // Bounds.
      {Usd("500", ">"), Usd("600"), kUnknown},
      {Usd("500", ">"), Usd("500"), false},
      {Usd("500", ">"), Usd("400"), false},
      {Usd("500", ">"), Usd("500", ">"), kUnknown},
      {Usd("500", ">"), Usd("500", "<"), false},
      {Percent("70", "<~"), Percent("70"), false},
      {Percent("70", "~"), Percent("10"), kUnknown},
      // Dates are intervals.
      {Date("2023"), Date("2023"), true},
      {Date("2023"), Date("2024"), false},
      {Date("2023"), Date("2023-10"), kUnknown},
      {Date("2023-10-01"), Date("2023-10-01"), true},
      {Date("2023-Q4"), Date("2023-09"), false},
      {Date("2023-10-01"), At("2023-10-01T08:00Z"), kUnknown},
      {Date("2023-10-02"), At("2023-10-01T08:00Z"), false},
      {At("2023-10-01T08:00Z"), At("2023-10-01T10:00+02:00"), true},
      // Lists and maps, as openCypher has them.
      {L({}), L({}), true},
      {L({I(1), I(2)}), L({I(1)}), false},
      {L({I(1), Null()}), L({I(1), I(2)}), kUnknown},
      {L({I(1), Null()}), L({I(2), I(2)}), false},
      {L({L({I(1)})}), L({L({F(1)})}), true},
      {M({{"k", I(1)}}), M({{"k", F(1)}}), true},
      {M({{"a", I(1)}, {"b", I(2)}}), M({{"b", I(2)}, {"a", I(1)}}), true},
      {M({{"k", Null()}}), M({{"k", Null()}}), kUnknown},
      {M({{"k", Null()}}), M({}), false},
      {M({{"k", I(1)}}), M({{"l", I(1)}}), false},
      {L({}), M({}), false},
      {Point(1, 2), Point(1, 2), true},
      {Point(1, 2), Point(1, 3), false},
      {Datum(FactOf(1, 2, 3)), Datum(FactOf(1, 2, 3)), true},
      {Datum(FactOf(1, 2, 3)), Datum(FactOf(1, 2, 4)), false},
  };
  for (const EqualCase& c : cases) {
    EXPECT_EQ(Equal(c.a, c.b), c.equal) << Show(c.a) << " = " << Show(c.b);
    EXPECT_EQ(Equal(c.b, c.a), c.equal) << Show(c.b) << " = " << Show(c.a);
  }
}

struct CompareCase {
  Datum a, b;
  std::optional<bool> less, less_or_equal, greater, greater_or_equal;
};

TEST(Compare, FollowsTheTable) {
  const auto below = [](Datum a, Datum b) { return CompareCase{a, b, true, true, false, false}; };
  const auto same = [](Datum a, Datum b) { return CompareCase{a, b, false, true, false, true}; };
  const auto unknown = [](Datum a, Datum b) {
    return CompareCase{a, b, kUnknown, kUnknown, kUnknown, kUnknown};
  };
  const double nan = std::nan("");
  const CompareCase cases[] = {
      below(I(1), F(1.5)),
      below(D("1.4"), F(1.5)),
      below(I(9007199254740992), F(9007199254740994.0)),
      same(I(2), D("2.0")),
      below(F(-std::numeric_limits<double>::infinity()), I(INT64_MIN)),
      // NaN is neither less nor more than a number.
      {F(nan), I(1), false, false, false, false},
      unknown(F(nan), T("a")),
      unknown(I(1), T("a")),
      unknown(I(1), Null()),
      unknown(Null(), Null()),
      unknown(Node(1), Node(2)),
      below(T("a"), T("b")),
      below(T(""), T("a")),
      below(T("Z"), T("a")),
      below(T("z"), T("\xc3\xa9")),  // By code point.
      below(B(false), B(true)),
      // "more than 500" is more than 200 for certain, and more than 500, and at least 500.
      below(Usd("200"), Usd("500", ">")),
      below(Usd("500"), Usd("500", ">")),
      unknown(Usd("600"), Usd("500", ">")),
      below(Usd("70", "<"), Usd("70")),
      below(Usd("70", "<~"), Usd("70", ">~")),
      unknown(Usd("70", "<~"), Usd("60")),
      unknown(Usd("70", "~"), Usd("1")),
      unknown(Usd("1"), Usd("2", "=", "EUR")),
      below(Bound("<", 10), Bound(">", 10)),
      // Partial dates.
      below(Date("2022"), Date("2023-Q1")),
      same(Date("2023"), Date("2023")),
      {Date("2023"), Date("2023-01-01"), false, kUnknown, kUnknown, true},
      {Date("2023-12-31"), Date("2023"), false, kUnknown, kUnknown, true},
      unknown(Date("2023-06"), Date("2023")),
      // A point in time counts as its day.
      same(At("2023-10-01T08:00Z"), Date("2023-10-01")),
      below(At("2023-09-30T23:59Z"), Date("2023-10-01")),
      below(At("1969-12-31T23:00Z"), Date("1970-01-01")),
      unknown(I(2023), Date("2023")),
      // Lists: the first difference decides.
      below(L({I(1)}), L({I(1), I(0)})),
      {L({I(1), Null()}), L({I(1)}), false, false, true, true},
      unknown(L({I(1), I(2)}), L({I(1), Null()})),
      unknown(L({I(1), T("a")}), L({I(1), Null()})),
      below(L({I(1), I(2)}), L({I(3), Null()})),
      unknown(L({I(1)}), L({T("a")})),
      unknown(M({}), M({})),
  };
  for (const CompareCase& c : cases) {
    const std::string place = Show(c.a) + " against " + Show(c.b);
    EXPECT_EQ(Compare(c.a, Order::kLess, c.b), c.less) << place;
    EXPECT_EQ(Compare(c.a, Order::kLessOrEqual, c.b), c.less_or_equal) << place;
    EXPECT_EQ(Compare(c.a, Order::kGreater, c.b), c.greater) << place;
    EXPECT_EQ(Compare(c.a, Order::kGreaterOrEqual, c.b), c.greater_or_equal) << place;
    EXPECT_EQ(Compare(c.b, Order::kGreater, c.a), c.less) << place;
    EXPECT_EQ(Compare(c.b, Order::kGreaterOrEqual, c.a), c.less_or_equal) << place;
  }
}

TEST(SortOrder, PutsTypesInOpenCyphersOrderAndUnknownLast) {
  const Datum ascending[] = {
      M({}),
      M({{"a", I(1)}}),
      Node(1),
      Datum(FactOf(1, 2, 3)),
      L({}),
      L({I(1)}),
      L({Null()}),
      Datum(PathDatum{{EntityTerm(1)}, {}, {}}),
      Point(1, 2),
      Usd("5", "=", "EUR"),
      Usd("1"),
      Usd("2", "<"),
      Usd("2", "<~"),
      Usd("2"),
      Usd("2", "~"),
      Usd("2", ">~"),
      Usd("2", ">"),
      Tonnes("1"),
      Percent("70"),
      Date("2023-01-01"),
      Date("2023"),
      At("2023-01-02T00:00Z"),
      T("A"),
      T("a"),
      B(false),
      B(true),
      F(-std::numeric_limits<double>::infinity()),
      I(1),
      D("1.5"),
      F(2.5),
      F(std::numeric_limits<double>::infinity()),
      F(std::nan("")),
      Null(),
  };
  for (size_t i = 0; i < std::size(ascending); ++i) {
    for (size_t j = 0; j < std::size(ascending); ++j) {
      EXPECT_EQ(SortOrder(ascending[i], ascending[j]), i <=> j)
          << Show(ascending[i]) << " against " << Show(ascending[j]);
      if (i < j) {
        EXPECT_LE(SortPrefix(ascending[i]), SortPrefix(ascending[j]));
      }
    }
  }
}

// What is equal in ORDER BY has one prefix; what is less has none that is greater.
TEST(SortPrefix, HasTheOrderOfOrderBy) {
  std::vector<Datum> data = {I(INT64_MIN),
                             I(INT64_MAX),
                             I(INT64_MAX - 1),
                             F(9.3e18),
                             F(-9.3e18),
                             F(9223372036854775807.0),
                             F(1e300),
                             F(-1e300),
                             F(-0.0),
                             I(0),
                             F(std::nextafter(3.0, 2.0)),
                             F(std::nextafter(3.0, 4.0)),
                             I(3),
                             D("2.999999999999999999"),
                             D("3.000000000000000001"),
                             D("-0.5"),
                             F(-0.5),
                             I(-1),
                             D("-1"),
                             D("-1.0001"),
                             T(""),
                             T("abcdefg"),
                             T("abcdefgh"),
                             T("abcdefga"),
                             T("abc"),
                             T("\xc3\xa4"),
                             Date("0001"),
                             Date("9999"),
                             At("1969-12-31T23:59:59.999999Z"),
                             Date("1970-01")};
  std::mt19937_64 random(1);
  for (int i = 0; i < 300; ++i) {
    const auto number = static_cast<int64_t>(random());
    data.push_back(I(number >> (random() % 60)));
    data.push_back(F(static_cast<double>(number) / std::pow(10.0, random() % 25)));
    data.push_back(Datum(storage::Value(
        storage::Decimal{number >> (random() % 60), static_cast<uint8_t>(random() % 19)})));
  }
  for (const Datum& a : data) {
    for (const Datum& b : data) {
      const std::weak_ordering order = SortOrder(a, b);
      if (order > 0) continue;
      EXPECT_LE(SortPrefix(a), SortPrefix(b)) << Show(a) << " against " << Show(b);
      if (order == 0) {
        EXPECT_EQ(SortPrefix(a), SortPrefix(b)) << Show(a) << " against " << Show(b);
      }
    }
  }
  EXPECT_LT(NodeSortPrefix(1), NodeSortPrefix(2));
  EXPECT_LT(NodeSortPrefix(UINT64_MAX), SortPrefix(T("")));
  EXPECT_GE(NodeSortPrefix(0), SortPrefix(Node(1)));
}

TEST(IdentityKey, CountsOneAndOnePointZeroAsTheSame) {
  EXPECT_EQ(IdentityKey(I(1)), IdentityKey(F(1.0)));
  EXPECT_EQ(IdentityKey(I(1)), IdentityKey(D("1.0")));
  EXPECT_EQ(IdentityKey(F(0.5)), IdentityKey(D("0.5")));
  EXPECT_EQ(IdentityKey(F(-2.25)), IdentityKey(D("-2.25")));
  EXPECT_EQ(IdentityKey(Null()), IdentityKey(Null()));
  EXPECT_EQ(IdentityKey(F(std::nan(""))), IdentityKey(F(-std::nan(""))));
  EXPECT_EQ(IdentityKey(F(0.1)), IdentityKey(D("0.1")));
  EXPECT_NE(IdentityKey(F(1e-300)), IdentityKey(I(0)));
  EXPECT_NE(IdentityKey(I(INT64_MAX)), IdentityKey(F(9223372036854775808.0)));
  EXPECT_NE(IdentityKey(Usd("5", ">")), IdentityKey(Usd("5")));
  EXPECT_NE(IdentityKey(Usd("5")), IdentityKey(Usd("5", "=", "EUR")));
  EXPECT_NE(IdentityKey(L({T("a"), T("b")})), IdentityKey(L({T("ab"), T("")})));
  EXPECT_NE(IdentityKey(L({L({I(1)}), I(2)})), IdentityKey(L({L({I(1), I(2)})})));
  EXPECT_NE(IdentityKey(Date("2023-01-01")), IdentityKey(Date("2023")));
}

}  // namespace
}  // namespace sightline::query
