// Operators and their three-valued logic, as openCypher's scenarios on null, boolean and comparison
// expressions have them, and as LANGUAGE says where SLQL differs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "query/functions/expression.h"
#include "query/functions/sort_in_steps.h"
#include "tests/unit/query/functions/build_expression.h"
#include "tests/unit/query/functions/data.h"

namespace sightline::query {
namespace {

using ast::BinaryOperator;
using ast::QuantifierKind;
using ast::UnaryOperator;

const std::string kTrue = Show(B(true));
const std::string kFalse = Show(B(false));
const std::string kNull = Show(Null());

TEST(Logic, FollowsKleenesTables) {
  const Datum values[] = {B(true), B(false), Null()};
  const std::string and_table[] = {kTrue,  kFalse, kNull,  kFalse, kFalse,
                                   kFalse, kNull,  kFalse, kNull};
  const std::string or_table[] = {kTrue, kTrue, kTrue, kTrue, kFalse, kNull, kTrue, kNull, kNull};
  const std::string xor_table[] = {kFalse, kTrue, kNull, kTrue, kFalse, kNull, kNull, kNull, kNull};
  for (int i = 0; i < 9; ++i) {
    const Datum &a = values[i / 3], &b = values[i % 3];
    EXPECT_EQ(Outcome(ValueOf(Binary(BinaryOperator::kAnd, a, b))), and_table[i]) << i;
    EXPECT_EQ(Outcome(ValueOf(Binary(BinaryOperator::kOr, a, b))), or_table[i]) << i;
    EXPECT_EQ(Outcome(ValueOf(Binary(BinaryOperator::kXor, a, b))), xor_table[i]) << i;
  }
  EXPECT_EQ(Outcome(ValueOf(Unary(UnaryOperator::kNot, B(true)))), kFalse);
  EXPECT_EQ(Outcome(ValueOf(Unary(UnaryOperator::kNot, B(false)))), kTrue);
  EXPECT_EQ(Outcome(ValueOf(Unary(UnaryOperator::kNot, Null()))), kNull);
}

TEST(Logic, RefusesWhatIsNoBoolean) {
  for (const Datum& wrong : {I(1), T("true"), F(1), L({B(true)}), M({}), Node(1)}) {
    EXPECT_EQ(Outcome(ValueOf(Binary(BinaryOperator::kAnd, wrong, B(true)))), "SL3010")
        << Show(wrong);
    EXPECT_EQ(Outcome(ValueOf(Binary(BinaryOperator::kAnd, B(true), wrong))), "SL3010")
        << Show(wrong);
    EXPECT_EQ(Outcome(ValueOf(Binary(BinaryOperator::kOr, Null(), wrong))), "SL3010")
        << Show(wrong);
    EXPECT_EQ(Outcome(ValueOf(Binary(BinaryOperator::kXor, wrong, wrong))), "SL3010")
        << Show(wrong);
    EXPECT_EQ(Outcome(ValueOf(Unary(UnaryOperator::kNot, wrong))), "SL3010") << Show(wrong);
  }
}

TEST(Logic, DoesNotLookAtTheRightWhenTheLeftSettlesIt) {
  const auto failing = [] { return Binary(BinaryOperator::kDivide, I(1), I(0)); };
  EXPECT_EQ(Outcome(ValueOf(Binary(BinaryOperator::kAnd, Const(B(false)), failing()))), kFalse);
  EXPECT_EQ(Outcome(ValueOf(Binary(BinaryOperator::kOr, Const(B(true)), failing()))), kTrue);
  EXPECT_EQ(Outcome(ValueOf(Binary(BinaryOperator::kAnd, Const(B(true)), failing()))), "SL5004");
}

TEST(NullTests, AreNeverUnknown) {
  EXPECT_EQ(Outcome(ValueOf(Unary(UnaryOperator::kIsNull, Null()))), kTrue);
  EXPECT_EQ(Outcome(ValueOf(Unary(UnaryOperator::kIsNull, I(0)))), kFalse);
  EXPECT_EQ(Outcome(ValueOf(Unary(UnaryOperator::kIsNotNull, Null()))), kFalse);
  EXPECT_EQ(Outcome(ValueOf(Unary(UnaryOperator::kIsNotNull, L({})))), kTrue);
}

struct BinaryCase {
  BinaryOperator op;
  Datum a, b;
  std::string outcome;
  std::string notice{};
};

TEST(BinaryOperators, FollowTheTable) {
  const BinaryCase cases[] = {
      {BinaryOperator::kEqual, I(1), F(1), kTrue},
      {BinaryOperator::kNotEqual, I(1), I(2), kTrue},
      {BinaryOperator::kNotEqual, I(1), T("1"), kTrue},
      {BinaryOperator::kNotEqual, Null(), I(2), kNull},
      {BinaryOperator::kEqual, Usd("1"), Usd("1", "=", "EUR"), kNull, "N3004"},
      {BinaryOperator::kLess, Usd("1"), Usd("2", "=", "EUR"), kNull, "N3004"},
      {BinaryOperator::kLess, I(1), I(2), kTrue},
      {BinaryOperator::kLessEqual, I(2), I(2), kTrue},
      {BinaryOperator::kGreater, I(1), I(2), kFalse},
      {BinaryOperator::kGreaterEqual, I(1), T("a"), kNull},
      {BinaryOperator::kGreater, Usd("500", ">"), Usd("200"), kTrue},
      {BinaryOperator::kGreater, Usd("500", ">"), Usd("600"), kNull},
      // IN.
      {BinaryOperator::kIn, I(1), L({I(2), F(1)}), kTrue},
      {BinaryOperator::kIn, I(1), L({I(2)}), kFalse},
      {BinaryOperator::kIn, I(1), L({I(2), Null()}), kNull},
      {BinaryOperator::kIn, I(1), L({Null(), I(1)}), kTrue},
      {BinaryOperator::kIn, Null(), L({}), kFalse},
      {BinaryOperator::kIn, Null(), L({I(1)}), kNull},
      {BinaryOperator::kIn, I(1), Null(), kNull},
      {BinaryOperator::kIn, I(1), I(1), "SL3011"},
      {BinaryOperator::kIn, L({I(1)}), L({L({I(1)})}), kTrue},
      {BinaryOperator::kIn, L({Null()}), L({L({I(1)})}), kNull},
      {BinaryOperator::kNotIn, I(1), L({I(1)}), kFalse},
      {BinaryOperator::kNotIn, I(1), L({I(2)}), kTrue},
      {BinaryOperator::kNotIn, I(1), L({Null()}), kNull},
      // Texts.
      {BinaryOperator::kStartsWith, T("armored"), T("arm"), kTrue},
      {BinaryOperator::kStartsWith, T("armored"), T(""), kTrue},
      {BinaryOperator::kEndsWith, T("armored"), T("arm"), kFalse},
      {BinaryOperator::kContains, T("armored"), T("more"), kTrue},
      {BinaryOperator::kContains, T("armored"), Null(), kNull},
      {BinaryOperator::kContains, I(1), T("1"), kNull},
      {BinaryOperator::kStartsWith, Null(), Null(), kNull},
      {BinaryOperator::kRegexMatch, T("armored"), T("arm.*"), kTrue},
      {BinaryOperator::kRegexMatch, T("armored"), T("arm"), kFalse},  // The whole text.
      {BinaryOperator::kRegexMatch, T("armored"), T("(?i)ARM.*"), kTrue},
      {BinaryOperator::kRegexMatch, T("a"), Null(), kNull},
      {BinaryOperator::kRegexMatch, T("a"), T("("), "SL5004"},
      {BinaryOperator::kRegexMatch, T("a"), T("((a{100}){100}){100}"), "SL5004"},
      {BinaryOperator::kRegexMatch, T("a"), T("((((\\pL{40}){5}){5}))"), "SL5005"},
      {BinaryOperator::kRegexMatch, T(std::string((1 << 20) + 1, 'a')), T("a*"), "SL5005"},
  };
  for (const BinaryCase& c : cases) {
    EvaluationContext context;
    const BoundExpressionPtr expression = Binary(c.op, c.a, c.b);
    const std::string place = fmt::format("operator {}, {} and {}", static_cast<int>(c.op),
                                          Show(c.a).substr(0, 60), Show(c.b));
    EXPECT_EQ(Outcome(ValueOf(*expression, &context)), c.outcome) << place;
    EXPECT_EQ(context.notices.empty() ? "" : context.notices[0].code, c.notice) << place;
  }
}

StatusOr<Datum> IndexOf(Datum object, Datum index) {
  return ValueOf(Expression(BoundIndex{Const(std::move(object)), Const(std::move(index))}));
}

TEST(Index, CountsFromEitherEnd) {
  const Datum list = L({I(1), I(2), I(3)});
  EXPECT_EQ(Outcome(IndexOf(list, I(0))), Show(I(1)));
  EXPECT_EQ(Outcome(IndexOf(list, I(-1))), Show(I(3)));
  EXPECT_EQ(Outcome(IndexOf(list, I(3))), kNull);
  EXPECT_EQ(Outcome(IndexOf(list, I(-4))), kNull);
  EXPECT_EQ(Outcome(IndexOf(list, Null())), kNull);
  EXPECT_EQ(Outcome(IndexOf(Null(), I(0))), kNull);
  EXPECT_EQ(Outcome(IndexOf(list, T("a"))), "SL3011");
  EXPECT_EQ(Outcome(IndexOf(list, F(1))), "SL3011");
  EXPECT_EQ(Outcome(IndexOf(I(1), I(0))), "SL3011");
}

StatusOr<Datum> SliceOf(Datum object, std::optional<Datum> from, std::optional<Datum> to) {
  return ValueOf(Expression(BoundSlice{Const(std::move(object)), from ? Const(*from) : nullptr,
                                       to ? Const(*to) : nullptr}));
}

TEST(Slice, FollowsTheTable) {
  const Datum list = L({I(1), I(2), I(3)});
  EXPECT_EQ(Outcome(SliceOf(list, I(1), std::nullopt)), Show(L({I(2), I(3)})));
  EXPECT_EQ(Outcome(SliceOf(list, std::nullopt, I(2))), Show(L({I(1), I(2)})));
  EXPECT_EQ(Outcome(SliceOf(list, I(-2), I(-1))), Show(L({I(2)})));
  EXPECT_EQ(Outcome(SliceOf(list, I(-9), I(9))), Show(list));
  EXPECT_EQ(Outcome(SliceOf(list, I(2), I(1))), Show(L({})));
  EXPECT_EQ(Outcome(SliceOf(list, Null(), I(1))), kNull);
  EXPECT_EQ(Outcome(SliceOf(list, I(0), Null())), kNull);
  EXPECT_EQ(Outcome(SliceOf(Null(), I(0), I(1))), kNull);
  EXPECT_EQ(Outcome(SliceOf(list, T("a"), I(1))), "SL3011");
  EXPECT_EQ(Outcome(SliceOf(T("abc"), I(0), I(1))), "SL3011");
}

TEST(Case, TakesTheFirstBranchThatHolds) {
  const auto searched = [](Datum first, Datum second) {
    BoundCase node;
    node.branches.emplace_back(Const(std::move(first)), Const(T("first")));
    node.branches.emplace_back(Const(std::move(second)), Const(T("second")));
    node.otherwise = Const(T("else"));
    return ValueOf(Expression(std::move(node)));
  };
  EXPECT_EQ(Outcome(searched(B(true), B(true))), Show(T("first")));
  EXPECT_EQ(Outcome(searched(Null(), B(true))), Show(T("second")));
  EXPECT_EQ(Outcome(searched(B(false), Null())), Show(T("else")));
  EXPECT_EQ(Outcome(searched(I(1), B(true))), "SL3010");

  const auto simple = [](Datum subject, Datum when) {
    BoundCase node;
    node.subject = Const(std::move(subject));
    node.branches.emplace_back(Const(std::move(when)), Const(T("same")));
    return ValueOf(Expression(std::move(node)));
  };
  EXPECT_EQ(Outcome(simple(I(1), F(1))), Show(T("same")));
  EXPECT_EQ(Outcome(simple(I(1), I(2))), kNull);
  EXPECT_EQ(Outcome(simple(Null(), Null())), kNull);
}

// kind(x IN list WHERE x), so that the list's items are the outcomes.
StatusOr<Datum> Quantify(QuantifierKind kind, Datum list) {
  return ValueOf(
      Expression(BoundQuantified{kind, 0, Const(std::move(list)), Expression(BoundLocal{0})}));
}

TEST(Quantifiers, AreThreeValued) {
  struct Row {
    Datum list;
    std::string all, any, none, single;
  };
  const Datum t = B(true), f = B(false), u = Null();
  const Row rows[] = {
      {L({}), kTrue, kFalse, kTrue, kFalse},
      {L({t}), kTrue, kTrue, kFalse, kTrue},
      {L({f}), kFalse, kFalse, kTrue, kFalse},
      {L({u}), kNull, kNull, kNull, kNull},
      {L({t, t}), kTrue, kTrue, kFalse, kFalse},
      {L({t, f}), kFalse, kTrue, kFalse, kTrue},
      {L({t, u}), kNull, kTrue, kFalse, kNull},
      {L({f, u}), kFalse, kNull, kNull, kNull},
      {L({u, t, t}), kNull, kTrue, kFalse, kFalse},
      {Null(), kNull, kNull, kNull, kNull},
      {I(1), "SL3011", "SL3011", "SL3011", "SL3011"},
      {L({I(1)}), "SL3010", "SL3010", "SL3010", "SL3010"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Outcome(Quantify(QuantifierKind::kAll, row.list)), row.all) << Show(row.list);
    EXPECT_EQ(Outcome(Quantify(QuantifierKind::kAny, row.list)), row.any) << Show(row.list);
    EXPECT_EQ(Outcome(Quantify(QuantifierKind::kNone, row.list)), row.none) << Show(row.list);
    EXPECT_EQ(Outcome(Quantify(QuantifierKind::kSingle, row.list)), row.single) << Show(row.list);
  }
}

TEST(Comprehension, KeepsItemsWhoseConditionIsTrue) {
  // [x IN list WHERE x > 1 | x * 10]
  const auto run = [](Datum list) {
    return ValueOf(Expression(BoundComprehension{
        0, Const(std::move(list)),
        Binary(BinaryOperator::kGreater, Expression(BoundLocal{0}), Const(I(1))),
        Binary(BinaryOperator::kMultiply, Expression(BoundLocal{0}), Const(I(10)))}));
  };
  EXPECT_EQ(Outcome(run(L({I(1), I(2), Null(), I(3)}))), Show(L({I(20), I(30)})));
  EXPECT_EQ(Outcome(run(Null())), kNull);
  EXPECT_EQ(Outcome(run(T("abc"))), "SL3011");
}

TEST(Comprehension, NestsWithoutMixingUpVariables) {
  // [x IN [1, 2] | [y IN [10, 20] | x + y]]
  auto inner = Expression(BoundComprehension{
      1, Const(L({I(10), I(20)})), nullptr,
      Binary(BinaryOperator::kAdd, Expression(BoundLocal{0}), Expression(BoundLocal{1}))});
  const auto outer =
      Expression(BoundComprehension{0, Const(L({I(1), I(2)})), nullptr, std::move(inner)});
  EXPECT_EQ(Outcome(ValueOf(outer)), Show(L({L({I(11), I(21)}), L({I(12), I(22)})})));
}

TEST(ListsAndMaps, AreBuiltFromTheirParts) {
  BoundList list;
  list.items.push_back(Const(I(1)));
  list.items.push_back(Const(Null()));
  EXPECT_EQ(Outcome(ValueOf(Expression(std::move(list)))), Show(L({I(1), Null()})));
  BoundMap map;
  map.entries.emplace_back("a", Const(I(1)));
  map.entries.emplace_back("b", Const(I(2)));
  map.entries.emplace_back("a", Const(I(3)));
  EXPECT_EQ(Outcome(ValueOf(Expression(std::move(map)))), Show(M({{"a", I(3)}, {"b", I(2)}})));
}

// --- Budgets -------------------------------------------------------------------------------------

BoundExpressionPtr ListOf(size_t count, const std::function<BoundExpressionPtr()>& item) {
  BoundList list;
  for (size_t i = 0; i < count; ++i) list.items.push_back(item());
  return Expression(std::move(list));
}
// A list of a new text of 16 MiB: twenty of them are more than an expression may hold.
BoundExpressionPtr Large() {
  return ListOf(1, [] {
    return Call("replace", {T(std::string(kTextBytesMax, 'x')), T(""), T("")});
  });
}
BoundExpressionPtr FirstOf(BoundExpressionPtr list) {
  BoundExpressionPtr index = Const(I(0));
  index->type = StaticType::kInteger;
  return Expression(BoundIndex{std::move(list), std::move(index)});
}

TEST(HeldBytes, CountAnItemOfAListThatIsGoneAtOnce) {
  EXPECT_EQ(Outcome(ValueOf(ListOf(20, [] { return FirstOf(Large()); }))), "SL5005");
}

TEST(HeldBytes, CountWhatIsIndexedSlicedOrComparedWhileTheRestIsEvaluated) {
  BoundExpressionPtr indexed = Const(I(0)), sliced = Const(I(0)), compared = Const(I(0));
  for (int i = 0; i < 20; ++i) {
    indexed = Expression(BoundIndex{Large(), std::move(indexed)});
    BoundExpressionPtr slice = Expression(BoundSlice{Large(), std::move(sliced), nullptr});
    sliced = Call("size", {});
    std::get<BoundCall>(sliced->node).arguments.push_back(std::move(slice));
    BoundCase chosen;
    chosen.subject = Large();
    chosen.branches.emplace_back(std::move(compared), Const(I(1)));
    chosen.otherwise = Const(I(0));
    compared = Expression(std::move(chosen));
  }
  EXPECT_EQ(Outcome(ValueOf(indexed)), "SL5005");
  EXPECT_EQ(Outcome(ValueOf(sliced)), "SL5005");
  EXPECT_EQ(Outcome(ValueOf(compared)), "SL5005");
}

TEST(HeldBytes, CountTheUnitsOfQuantities) {
  const Datum unit = T(std::string(kTextBytesMax / 2, 'u'));
  BoundComprehension each{.local = 0, .list = nullptr, .where = nullptr, .projection = nullptr};
  each.list = Call("range", {I(1), I(100)});
  each.projection = Call("quantity", {I(1), unit});
  EXPECT_EQ(Outcome(ValueOf(Expression(std::move(each)))), "SL5005");
}

TEST(HeldBytes, AreLetGoWhetherItWentWellOrNot) {
  EvaluationContext context;
  EXPECT_TRUE(ValueOf(*FirstOf(Large()), &context).ok());
  EXPECT_EQ(context.held_bytes, 0u);
  EXPECT_FALSE(ValueOf(*ListOf(20, [] { return FirstOf(Large()); }), &context).ok());
  EXPECT_EQ(context.held_bytes, 0u);
}

TEST(Work, IsAskedAboutWhileAListIsSorted) {
  DatumList list;
  for (int64_t i = 0; i < 50'000; ++i) list.push_back(I(i * 7919 % 100'003));
  EvaluationContext context;
  size_t asked = 0;
  context.may_go_on = [&asked]() -> Status {
    ++asked;
    return OkStatus();
  };
  const StatusOr<Datum> sorted = ValueOf(*Call("sort", {Datum(list)}), &context);
  ASSERT_TRUE(sorted.ok());
  EXPECT_GT(asked, 150u);  // Merging takes four times fifty thousand comparisons.
  const DatumList& items = *sorted->list();
  EXPECT_TRUE(std::is_sorted(items.begin(), items.end(),
                             [](const Datum& a, const Datum& b) { return SortOrder(a, b) < 0; }));
  EXPECT_EQ(items.size(), list.size());
  // Amid the comparisons it ends at once.
  const size_t half = asked / 2;
  asked = 0;
  context.may_go_on = [&asked, half]() -> Status {
    return ++asked < half ? OkStatus() : MakeStatus(StatusCode::kCancelled, "Enough");
  };
  EXPECT_EQ(ValueOf(*Call("sort", {Datum(list)}), &context).status().code(),
            StatusCode::kCancelled);
  EXPECT_EQ(asked, half);
}

TEST(SortData, KeepsTheOrderOfEquals) {
  // Equal in order, and told apart by their type.
  for (const size_t size : {0u, 1u, 2u, 3u, 5u, 8u, 100u, 1000u}) {
    DatumList list;
    for (size_t i = 0; i < size; ++i) {
      const auto figure = static_cast<int64_t>(i * 31 % 7);
      list.push_back(i % 2 == 0 ? I(figure) : F(static_cast<double>(figure)));
    }
    DatumList wanted = list;
    std::stable_sort(wanted.begin(), wanted.end(),
                     [](const Datum& a, const Datum& b) { return SortOrder(a, b) < 0; });
    EvaluationContext context;
    ASSERT_TRUE(SortData(&list, &context).ok());
    EXPECT_EQ(Show(Datum(list)), Show(Datum(wanted))) << size;
  }
}

TEST(Contains, TakesTimeByTheLengthOfTheTexts) {
  const std::string row(size_t{1} << 20, 'a');
  const std::string last = row.substr(0, row.size() / 2) + "b";
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(Outcome(ValueOf(Binary(BinaryOperator::kContains, T(row), T(last)))), kFalse);
  EXPECT_EQ(Outcome(ValueOf(Call("split", {T(row), T(last)}))), Show(L({T(row)})));
  EXPECT_EQ(Outcome(ValueOf(Call("replace", {T(row), T(last), T("")}))), Show(T(row)));
  // Milliseconds where this was written; comparing at each offset anew takes ten seconds and more.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
  EXPECT_EQ(Outcome(ValueOf(Binary(BinaryOperator::kContains, T("abc"), T("")))), kTrue);
  EXPECT_EQ(Outcome(ValueOf(Binary(BinaryOperator::kContains, T(""), T("a")))), kFalse);
  EXPECT_EQ(Outcome(ValueOf(Binary(BinaryOperator::kContains, T("abc"), T("bc")))), kTrue);
}

TEST(Evaluate, PutsErrorsWhereTheyArise) {
  // (1 + 'a') at 7 inside a comparison at 3.
  const BoundExpressionPtr expression =
      Binary(BinaryOperator::kEqual, Binary(BinaryOperator::kAdd, Const(I(1)), Const(T("a")), 7),
             Const(I(1)), 3);
  const std::vector<Diagnostic> diagnostics = DiagnosticsOf(ValueOf(expression).status());
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_EQ(diagnostics[0].code, "SL3011");
  EXPECT_EQ(diagnostics[0].span.begin, 7u);
}

TEST(Evaluate, NoticesEachCodeAndPlaceOnce) {
  EvaluationContext context;
  const BoundExpressionPtr first =
      Binary(BinaryOperator::kLess, Const(Usd("1")), Const(Usd("2", "=", "EUR")), 3);
  const BoundExpressionPtr second =
      Binary(BinaryOperator::kLess, Const(Usd("1")), Const(Usd("2", "=", "EUR")), 9);
  for (int row = 0; row < 3; ++row) {
    ASSERT_TRUE(ValueOf(*first, &context).ok());
    ASSERT_TRUE(ValueOf(*second, &context).ok());
  }
  ASSERT_EQ(context.notices.size(), 2u);
  EXPECT_EQ(context.notices[0].span.begin, 3u);
  EXPECT_EQ(context.notices[1].span.begin, 9u);
  EXPECT_EQ(context.notices[0].severity, Severity::kNotice);
}

TEST(EvaluateCondition, IsTrueFalseOrUnknown) {
  EvaluationContext context;
  const auto run = [&](Datum value) {
    return EvaluateCondition(*Const(std::move(value), 5), Batch{}, 0, &context);
  };
  EXPECT_EQ(*run(B(true)), Truth::kTrue);
  EXPECT_EQ(*run(B(false)), Truth::kFalse);
  EXPECT_EQ(*run(Null()), Truth::kUnknown);
  const std::vector<Diagnostic> diagnostics = DiagnosticsOf(run(I(1)).status());
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_EQ(diagnostics[0].code, "SL3010");
  EXPECT_EQ(diagnostics[0].span.begin, 5u);
}

TEST(EvaluateColumn, GivesOneValueARow) {
  Batch batch;
  batch.columns.emplace_back(Vector::Kind::kData);
  batch.columns[0].data() = {I(1), Null(), I(3)};
  batch.columns.emplace_back(Vector::Kind::kTerms);
  batch.columns[1].terms() = {*storage::InlineTermId(storage::Value(int64_t{10})),
                              storage::TermId{}, EntityTerm(7)};
  batch.columns.emplace_back();  // Not bound yet.
  batch.row_count = 3;
  EvaluationContext context;
  const auto column = [&](uint32_t index) {
    StatusOr<Vector> values = EvaluateColumn(*Expression(BoundSlot{index}), batch, &context);
    return Show(Datum(DatumList(values->data())));
  };
  EXPECT_EQ(column(0), Show(L({I(1), Null(), I(3)})));
  EXPECT_EQ(column(1), Show(L({I(10), Null(), Node(7)})));
  EXPECT_EQ(column(2), Show(L({Null(), Null(), Null()})));
}

TEST(Members, ReadDatesAmountsMapsAndPaths) {
  const auto read = [](Datum object, std::string key) {
    PropertyAccess access;
    access.key = std::move(key);
    return Outcome(ValueOf(Expression(BoundProperty{Const(std::move(object)), access})));
  };
  EXPECT_EQ(read(Date("2023-Q4"), "year"), Show(I(2023)));
  EXPECT_EQ(read(Date("2023-Q4"), "quarter"), Show(I(4)));
  EXPECT_EQ(read(Date("2023-Q4"), "month"), kNull);
  EXPECT_EQ(read(Date("2023-Q4"), "to"), Show(Date("2023-12-31")));
  EXPECT_EQ(read(Date("2023-10-05"), "day"), Show(I(5)));
  EXPECT_EQ(read(Date("2023-10-05"), "hour"), "SL2015");
  EXPECT_EQ(read(At("1969-12-31T23:59:58Z"), "second"), Show(I(58)));
  EXPECT_EQ(read(At("1969-12-31T23:59:58Z"), "year"), Show(I(1969)));
  EXPECT_EQ(read(At("2023-10-05T08:30Z"), "date"), Show(Date("2023-10-05")));
  EXPECT_EQ(read(Usd("5.5", ">"), "amount"),
            Show(Datum(storage::Value(Dec("5.5"), storage::Comparator::kMore))));
  EXPECT_EQ(read(Usd("5"), "currency"), Show(T("USD")));
  EXPECT_EQ(read(Tonnes("5"), "unit"), Show(T("t")));
  EXPECT_EQ(read(Percent("70"), "percent"), Show(D("70")));
  EXPECT_EQ(read(Point(1, 2), "longitude"), Show(F(2)));
  EXPECT_EQ(read(M({{"a", I(1)}}), "a"), Show(I(1)));
  EXPECT_EQ(read(M({{"a", I(1)}}), "b"), kNull);
  EXPECT_EQ(read(Null(), "a"), kNull);
  EXPECT_EQ(read(I(1), "a"), "SL3011");
  EXPECT_EQ(read(L({}), "a"), "SL3011");
  const Datum path(PathDatum{{EntityTerm(1), EntityTerm(3)}, {FactOf(1, 2, 3)}, {}});
  EXPECT_EQ(read(path, "length"), Show(I(1)));
  EXPECT_EQ(read(path, "end"), Show(Node(3)));
  EXPECT_EQ(read(path, "nodes"), Show(L({Node(1), Node(3)})));
  EXPECT_EQ(read(path, "weight"), "SL2015");
}

// --- Long chains ---------------------------------------------------------------------------------

void RunOnSmallStack(const std::function<void()>& work) {
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, size_t{1} << 20), 0);
  pthread_t thread;
  ASSERT_EQ(pthread_create(
                &thread, &attributes,
                [](void* argument) -> void* {
                  (*static_cast<const std::function<void()>*>(argument))();
                  return nullptr;
                },
                const_cast<std::function<void()>*>(&work)),
            0);
  ASSERT_EQ(pthread_join(thread, nullptr), 0);
  pthread_attr_destroy(&attributes);
}

BoundExpressionPtr Chain(BinaryOperator op, const Datum& operand, int length) {
  BoundExpressionPtr chain = Const(operand);
  for (int i = 1; i < length; ++i) chain = Binary(op, std::move(chain), Const(operand));
  return chain;
}

TEST(LongChains, FitASmallStack) {
  RunOnSmallStack([] {
    EXPECT_EQ(Outcome(ValueOf(Chain(BinaryOperator::kAnd, B(true), 10'000))), kTrue);
    EXPECT_EQ(Outcome(ValueOf(Chain(BinaryOperator::kOr, B(false), 10'000))), kFalse);
    EXPECT_EQ(Outcome(ValueOf(Chain(BinaryOperator::kAdd, I(1), 10'000))), Show(I(10'000)));
    BoundExpressionPtr negations = Const(B(true));
    for (int i = 0; i < 10'000; ++i) {
      negations = Expression(BoundUnary{UnaryOperator::kNot, std::move(negations)});
    }
    EXPECT_EQ(Outcome(ValueOf(negations)), kTrue);
    BoundExpressionPtr members = Const(M({}));
    for (int i = 0; i < 10'000; ++i) {
      members = Expression(BoundProperty{std::move(members), PropertyAccess{}});
    }
    EXPECT_EQ(Outcome(ValueOf(members)), kNull);
  });
}

}  // namespace
}  // namespace sightline::query
