#include "query/functions/arithmetic.h"
#include "query/ast/printer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/query/functions/data.h"

namespace sightline::query {
namespace {

using ast::BinaryOperator;

constexpr auto kAdd = BinaryOperator::kAdd;
constexpr auto kSubtract = BinaryOperator::kSubtract;
constexpr auto kMultiply = BinaryOperator::kMultiply;
constexpr auto kDivide = BinaryOperator::kDivide;
constexpr auto kModulo = BinaryOperator::kModulo;
constexpr auto kPower = BinaryOperator::kPower;

struct ArithmeticCase {
  BinaryOperator op;
  Datum a, b;
  std::string outcome;  // As Outcome gives it: the value, or the code of the error.
  std::string notice{};
};

TEST(Arithmetic, FollowsTheTable) {
  const std::string null = Show(Null());
  const ArithmeticCase cases[] = {
      // Types.
      {kAdd, I(1), I(2), Show(I(3))},
      {kAdd, I(1), F(2), Show(F(3))},
      {kAdd, I(1), D("0.5"), Show(D("1.5"))},
      {kAdd, F(1), D("0.5"), Show(F(1.5))},
      {kSubtract, D("0.3"), D("0.1"), Show(D("0.2"))},
      {kMultiply, D("1.5"), I(2), Show(D("3"))},
      {kDivide, I(7), I(2), Show(F(3.5))},
      {kDivide, D("1"), D("4"), Show(D("0.25"))},
      {kModulo, I(7), I(3), Show(I(1))},
      {kModulo, I(-7), I(3), Show(I(-1))},
      {kModulo, D("7.5"), I(2), Show(D("1.5"))},
      {kModulo, F(7.5), I(2), Show(F(1.5))},
      {kModulo, I(INT64_MIN), I(-1), Show(I(0))},
      {kPower, I(2), I(10), Show(F(1024))},
      {kPower, D("0.5"), I(2), Show(F(0.25))},
      // Unknown.
      {kAdd, Null(), I(1), null},
      {kDivide, I(1), Null(), null},
      {kAdd, Null(), Null(), null},
      {kAdd, Null(), L({I(1)}), null},
      // Overflow and division by zero.
      {kAdd, I(INT64_MAX), I(1), "SL5003"},
      {kSubtract, I(INT64_MIN), I(1), "SL5003"},
      {kMultiply, I(INT64_MAX), I(2), "SL5003"},
      {kAdd, D("9223372036854775807"), I(1), "SL5003"},
      {kDivide, I(1), I(0), "SL5004"},
      {kModulo, I(1), I(0), "SL5004"},
      {kDivide, D("1"), D("0"), "SL5004"},
      {kModulo, D("1"), D("0"), "SL5004"},
      // A FLOAT is always finite.
      {kDivide, F(1), F(0), "SL5004"},
      {kDivide, F(0), F(0), "SL5004"},
      {kDivide, F(1), I(0), "SL5004"},
      {kDivide, F(1), F(-0.0), "SL5004"},
      {kModulo, F(1), F(0), "SL5004"},
      {kAdd, F(1.7e308), F(1.7e308), "SL5003"},
      {kSubtract, F(-1.7e308), F(1.7e308), "SL5003"},
      {kMultiply, F(1e308), I(10), "SL5003"},
      {kMultiply, F(1e308), D("10"), "SL5003"},
      {kDivide, F(1e308), F(1e-10), "SL5003"},
      {kMultiply, F(1e-308), F(1e-308), Show(F(0))},
      {kPower, I(10), I(309), "SL5003"},
      {kPower, I(0), I(-1), "SL5004"},
      {kPower, F(-8), F(0.5), "SL5004"},
      {kPower, I(-2), I(3), Show(F(-8))},
      {kDivide, Usd("1"), I(0), "SL5004"},
      {kDivide, Usd("1"), Usd("0"), "SL5004"},
      // Amounts.
      {kAdd, Usd("500"), Usd("200.50"), Show(Usd("700.5"))},
      {kSubtract, Tonnes("5"), Tonnes("2"), Show(Tonnes("3"))},
      {kMultiply, Usd("500"), F(0.1), Show(Usd("50"))},
      {kMultiply, I(2), Percent("35"), Show(Percent("70"))},
      {kDivide, Usd("900"), I(4), Show(Usd("225"))},
      {kDivide, Usd("900"), Usd("200"), Show(F(4.5))},
      {kMultiply, Percent("70"), Usd("900"), Show(Usd("630"))},
      {kAdd, Usd("1"), Usd("1", "=", "EUR"), null, "N3004"},
      {kDivide, Usd("1"), Usd("1", "=", "EUR"), null, "N3004"},
      {kAdd, Tonnes("1"), Tonnes("1", "kg"), null, "N3004"},
      {kAdd, Usd("1"), I(1), "SL3011"},
      {kMultiply, Usd("1"), Usd("1"), "SL3011"},
      {kDivide, I(1), Usd("1"), "SL3011"},
      {kModulo, Usd("1"), I(1), "SL3011"},
      {kPower, Percent("1"), I(1), "SL3011"},
      // Bounds.
      {kAdd, Usd("500", ">"), Usd("200"), Show(Usd("700", ">"))},
      {kAdd, Usd("500", ">"), Usd("200", ">"), Show(Usd("700", ">"))},
      {kAdd, Usd("500", ">"), Usd("200", "<"), null, "N3005"},
      {kSubtract, Usd("500", ">"), Usd("200", "<"), Show(Usd("300", ">"))},
      {kSubtract, Usd("500"), Usd("200", ">"), Show(Usd("300", "<"))},
      {kAdd, Percent("70", "<~"), Percent("20", ">~"), Show(Percent("90", "~"))},
      {kAdd, Percent("70", "~"), Percent("20", ">"), null, "N3005"},
      {kMultiply, Bound(">", 5), I(2), Show(Bound(">", 10))},
      {kMultiply, Bound(">", 5), I(-2), Show(Bound("<", -10))},
      {kMultiply, I(0), Bound(">", 5), Show(I(0))},
      {kMultiply, Bound(">", 5), Bound(">", 2), Show(Bound(">", 10))},
      {kMultiply, Bound("<", 5), Bound("<", 2), null, "N3005"},
      {kMultiply, Bound(">", -5), Bound(">", 2), null, "N3005"},
      {kDivide, Usd("500", ">"), Usd("200"), Show(BoundF(">", 2.5))},
      {kDivide, I(10), Bound(">", 5), Show(BoundF("<", 2))},
      {kDivide, I(10), Bound("<", 5), null, "N3005"},
      {kPower, Bound(">", 5), I(2), null, "N3005"},
      // Texts and lists.
      {kAdd, T("arm"), T("ored"), Show(T("armored"))},
      {kAdd, T("a"), I(1), "SL3011"},
      {kSubtract, T("a"), T("b"), "SL3011"},
      {kAdd, L({I(1)}), L({I(2)}), Show(L({I(1), I(2)}))},
      {kAdd, L({I(1)}), I(2), Show(L({I(1), I(2)}))},
      {kAdd, I(1), L({I(2)}), Show(L({I(1), I(2)}))},
      {kSubtract, L({I(1)}), L({I(1)}), "SL3011"},
      {kAdd, B(true), I(1), "SL3011"},
      {kAdd, Date("2023"), I(1), "SL3011"},
      {kAdd, Node(1), I(1), "SL3011"},
      {kAdd, M({}), M({}), "SL3011"},
  };
  for (const ArithmeticCase& c : cases) {
    EvaluationContext context;
    const std::string place = fmt::format("{} {} {}", Show(c.a), OperatorSymbol(c.op), Show(c.b));
    EXPECT_EQ(Outcome(Arithmetic(c.op, c.a, c.b, &context)), c.outcome) << place;
    EXPECT_EQ(context.notices.empty() ? "" : context.notices[0].code, c.notice) << place;
  }
}

TEST(Arithmetic, RefusesTextsAndListsThatGrowTooLarge) {
  EvaluationContext context;
  const Datum text = T(std::string(kTextBytesMax / 2 + 1, 'x'));
  EXPECT_EQ(Outcome(Arithmetic(kAdd, text, text, &context)), "SL5005");
  const Datum list(DatumList(kListItemsMax, I(1)));
  EXPECT_EQ(Outcome(Arithmetic(kAdd, list, I(1), &context)), "SL5005");
}

TEST(Arithmetic, SaysHowToRepairWhatHasNoResult) {
  const ArithmeticCase cases[] = {
      {kAdd, I(INT64_MAX), I(1), "toFloat"}, {kMultiply, F(1e308), I(10), "1.8e308"},
      {kDivide, I(1), I(0), "CASE WHEN"},    {kDivide, F(1), F(0), "CASE WHEN"},
      {kPower, I(0), I(-1), "CASE WHEN"},    {kPower, I(-8), F(0.5), "abs(x)"},
  };
  for (const ArithmeticCase& c : cases) {
    EvaluationContext context;
    const Status status = Arithmetic(c.op, c.a, c.b, &context).status();
    ASSERT_FALSE(DiagnosticsOf(status).empty()) << c.outcome;
    const std::vector<std::string> help = DiagnosticsOf(status)[0].help;
    ASSERT_EQ(help.size(), 1u) << c.outcome;
    EXPECT_NE(help[0].find(c.outcome), std::string::npos) << help[0];
  }
}

TEST(Arithmetic, NamesTypesAndNeverValuesInErrors) {
  EvaluationContext context;
  const Status status = Arithmetic(kAdd, T("secret"), I(4711), &context).status();
  EXPECT_EQ(MessageOf(status).find("secret"), std::string::npos);
  EXPECT_EQ(MessageOf(status).find("4711"), std::string::npos);
  EXPECT_NE(MessageOf(status).find("STRING and INTEGER"), std::string::npos);
}

TEST(Negate, TurnsBoundsRound) {
  EXPECT_EQ(Outcome(Negate(I(5))), Show(I(-5)));
  EXPECT_EQ(Outcome(Negate(F(0.5))), Show(F(-0.5)));
  EXPECT_EQ(Outcome(Negate(Usd("5", ">"))), Show(Usd("-5", "<")));
  EXPECT_EQ(Outcome(Negate(Percent("5", "<~"))), Show(Percent("-5", ">~")));
  EXPECT_EQ(Outcome(Negate(I(INT64_MIN))), "SL5003");
  EXPECT_EQ(Outcome(Negate(Null())), Show(Null()));
  EXPECT_EQ(Outcome(Negate(T("a"))), "SL3011");
}

TEST(ToDecimal, ReadsAFloatAsItIsWritten) {
  EXPECT_EQ(*ToDecimal(storage::Value(0.1)), Dec("0.1"));
  EXPECT_EQ(*ToDecimal(storage::Value(1e-7)), Dec("0.0000001"));
  EXPECT_EQ(*ToDecimal(storage::Value(1e15)), Dec("1000000000000000"));
  EXPECT_EQ(CodeOf(ToDecimal(storage::Value(1e300)).status()), "SL5003");
  EXPECT_EQ(CodeOf(ToDecimal(storage::Value(std::nan(""))).status()), "SL5003");
}

}  // namespace
}  // namespace sightline::query
