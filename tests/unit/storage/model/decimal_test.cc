#include <gtest/gtest.h>

#include "storage/model/value.h"

namespace sightline::storage {
namespace {

Decimal Number(std::string_view text) {
  const StatusOr<Decimal> decimal = Decimal::Parse(text);
  EXPECT_TRUE(decimal.ok()) << text << ": " << decimal.status();
  return decimal.ok() ? *decimal : Decimal{};
}

std::string TextOf(const StatusOr<Decimal>& decimal) {
  return decimal.ok() ? decimal->ToString()
                      : std::string(absl::StatusCodeToString(decimal.status().code()));
}

TEST(Decimal, ParsesAndPrints) {
  for (const std::string_view text :
       {"0", "1", "-1", "70", "0.5", "-0.5", "0.051", "12.5", "500000000", "0.000000000000000001",
        "9223372036854775807", "-9223372036854775808", "-9.223372036854775808",
        "9.223372036854775807"}) {
    EXPECT_EQ(Number(text).ToString(), text);
  }
}

TEST(Decimal, ParsesIntoNormalForm) {
  EXPECT_EQ(Number("1.50").unscaled, 15);
  EXPECT_EQ(Number("1.50").scale, 1);
  EXPECT_EQ(Number("+7.000").ToString(), "7");
  EXPECT_EQ(Number(".5").ToString(), "0.5");
  EXPECT_EQ(Number("-0.00").ToString(), "0");
  EXPECT_EQ(Number("0007").ToString(), "7");
  EXPECT_EQ(Number("1200").scale, 0);
  EXPECT_EQ(Number("1." + std::string(1000, '0')).ToString(), "1");
  EXPECT_EQ(Number(std::string(1000, '0') + "1").ToString(), "1");
}

TEST(Decimal, RefusesWhatIsNoNumber) {
  for (const std::string_view text : {"", "-", "+", ".", "5.", "1.2.3", "1e5", "0x10", " 1", "1 ",
                                      "1,5", "--1", "abc", "１", "1_000"}) {
    EXPECT_EQ(Decimal::Parse(text).status().code(), StatusCode::kInvalidArgument) << text;
  }
}

TEST(Decimal, RefusesWhatDoesNotFit) {
  for (const std::string& text :
       {std::string("9223372036854775808"), std::string("-9223372036854775809"),
        std::string("0.0000000000000000001"), std::string("10.000000000000000001"),
        std::string(100'000, '9')}) {
    EXPECT_EQ(Decimal::Parse(text).status().code(), StatusCode::kOutOfRange) << text.substr(0, 50);
  }
}

TEST(Decimal, ComparesByValue) {
  EXPECT_EQ((Decimal{15, 1}), (Decimal{1500, 3}));
  EXPECT_LT(Number("-2"), Number("-1.99"));
  EXPECT_LT(Number("0.999999999999999999"), Number("1"));
  EXPECT_GT(Number("9223372036854775807"), Number("9.223372036854775807"));
  EXPECT_LT(Number("-9223372036854775808"), Number("-9.223372036854775808"));
}

TEST(Decimal, CalculatesExactly) {
  EXPECT_EQ(TextOf(Add(Number("0.1"), Number("0.2"))), "0.3");
  EXPECT_EQ(TextOf(Add(Number("1.5"), Number("2.5"))), "4");
  EXPECT_EQ(TextOf(Subtract(Number("1"), Number("1.000000000000000001"))), "-0.000000000000000001");
  EXPECT_EQ(TextOf(Multiply(Number("1.5"), Number("-0.2"))), "-0.3");
  EXPECT_EQ(TextOf(Multiply(Number("0.000000001"), Number("0.000000001"))), "0.000000000000000001");
  // Its product has 36 digits after the point, of which normal form leaves none.
  EXPECT_EQ(TextOf(Multiply(Decimal{1'000'000'000'000'000'000, 18}, Decimal{5, 0})), "5");
}

TEST(Decimal, NoticesOverflow) {
  const Decimal max = Number("9223372036854775807");
  const Decimal min = Number("-9223372036854775808");
  const Decimal tiny = Number("0.000000000000000001");
  EXPECT_EQ(TextOf(Add(max, Number("1"))), "OUT_OF_RANGE");
  EXPECT_EQ(TextOf(Subtract(min, Number("1"))), "OUT_OF_RANGE");
  EXPECT_EQ(TextOf(Add(max, min)), "-1");
  EXPECT_EQ(TextOf(Subtract(max, min)), "OUT_OF_RANGE");
  EXPECT_EQ(TextOf(Multiply(max, Number("2"))), "OUT_OF_RANGE");
  EXPECT_EQ(TextOf(Multiply(min, min)), "OUT_OF_RANGE");
  // Exact or not at all: neither is rounded.
  EXPECT_EQ(TextOf(Add(max, tiny)), "OUT_OF_RANGE");
  EXPECT_EQ(TextOf(Multiply(tiny, Number("0.1"))), "OUT_OF_RANGE");
}

TEST(Decimal, DividesToEighteenDigitsTowardsZero) {
  EXPECT_EQ(TextOf(Divide(Number("1"), Number("4"))), "0.25");
  EXPECT_EQ(TextOf(Divide(Number("-7"), Number("2"))), "-3.5");
  EXPECT_EQ(TextOf(Divide(Number("0.3"), Number("0.1"))), "3");
  EXPECT_EQ(TextOf(Divide(Number("1"), Number("3"))), "0.333333333333333333");
  EXPECT_EQ(TextOf(Divide(Number("-2"), Number("3"))), "-0.666666666666666666");
  // Fewer digits where the whole part needs the room.
  EXPECT_EQ(TextOf(Divide(Number("100000"), Number("3"))), "33333.33333333333333");
  EXPECT_EQ(TextOf(Divide(Number("-9223372036854775808"), Number("1"))), "-9223372036854775808");
  EXPECT_EQ(TextOf(Divide(Number("-9223372036854775808"), Number("-1"))), "OUT_OF_RANGE");
  EXPECT_EQ(TextOf(Divide(Number("9223372036854775807"), Number("0.1"))), "OUT_OF_RANGE");
  EXPECT_EQ(TextOf(Divide(Number("0.000000000000000001"), Number("10"))), "0");
  EXPECT_EQ(TextOf(Divide(Number("1"), Number("0"))), "INVALID_ARGUMENT");
}

TEST(Decimal, ConvertsToTheNearestDouble) {
  EXPECT_EQ(Number("0.1").ToDouble(), 0.1);
  EXPECT_EQ(Number("-12.5").ToDouble(), -12.5);
  EXPECT_EQ(Number("9007199254740993").ToDouble(), 9007199254740992.0);
  EXPECT_EQ(Number("0.30000000000000004").ToDouble(), 0.30000000000000004);
}

}  // namespace
}  // namespace sightline::storage
