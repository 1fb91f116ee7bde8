#include "query/parser/literals.h"

#include <gtest/gtest.h>

#include <limits>

namespace sightline::query {
namespace {

using storage::Comparator;
using storage::Decimal;
using storage::Value;

StatusOr<Value> Number(std::string_view text, bool negative = false) {
  return DecodeNumber(text, negative, std::nullopt, Comparator::kExactly);
}
StatusOr<Value> Number(std::string_view text, NumberUnit unit, bool negative = false) {
  return DecodeNumber(text, negative, unit, Comparator::kExactly);
}

TEST(DecodeNumber, WholeNumbersAreIntegers) {
  EXPECT_EQ(*Number("0"), Value(int64_t{0}));
  EXPECT_EQ(*Number("007"), Value(int64_t{7}));
  EXPECT_EQ(*Number("1_000"), Value(int64_t{1000}));
  EXPECT_EQ(*Number("0x7fff_ffff_ffff_ffff"), Value(std::numeric_limits<int64_t>::max()));
  EXPECT_EQ(*Number("0o17"), Value(int64_t{15}));
  EXPECT_EQ(*Number("40k"), Value(int64_t{40'000}));
  EXPECT_EQ(*Number("1.2B"), Value(int64_t{1'200'000'000}));
  EXPECT_EQ(*Number("0k"), Value(int64_t{0}));
  EXPECT_EQ(*Number("9223372036854775807"), Value(std::numeric_limits<int64_t>::max()));
  EXPECT_EQ(*Number("9223372036854775808", true), Value(std::numeric_limits<int64_t>::min()));
}

TEST(DecodeNumber, IntegersBeyond64BitsAreErrors) {
  for (const char* text : {"9223372036854775808", "0x8000000000000000", "99999999999999999999999",
                           "9223372037B", "100000000000000B"}) {
    EXPECT_EQ(Number(text).status().code(), StatusCode::kInvalidArgument) << text;
  }
  EXPECT_FALSE(Number("9223372036854775809", true).ok());
}

TEST(DecodeNumber, OthersAreFloats) {
  EXPECT_EQ(*Number("3.5"), Value(3.5));
  EXPECT_EQ(*Number(".5"), Value(0.5));
  EXPECT_EQ(*Number("1e6"), Value(1e6));
  EXPECT_EQ(*Number("1E+2"), Value(100.0));
  EXPECT_EQ(*Number("1.5e-3"), Value(0.0015));
  EXPECT_EQ(*Number("2.0f"), Value(2.0));
  EXPECT_EQ(*Number("1.2345k"), Value(1234.5));
  EXPECT_EQ(*Number("1e-400"), Value(0.0));
  EXPECT_FALSE(Number("1e400").ok());
  EXPECT_FALSE(Number("1e99999999999999999999").ok());
  EXPECT_EQ(*Number("1e-99999999999999999999"), Value(0.0));
}

TEST(DecodeNumber, UnitsMakeExactNumbers) {
  EXPECT_EQ(*Number("900M", {true, "USD"}), Value(storage::Money{Decimal{900'000'000, 0}, "USD"}));
  EXPECT_EQ(*Number("0.10", {true, "EUR"}), Value(storage::Money{Decimal{1, 1}, "EUR"}));
  EXPECT_EQ(*Number("1.5e2", {false, "t"}), Value(storage::Quantity{Decimal{150, 0}, "t"}));
  EXPECT_EQ(*Number("12.5", {false, "%"}, true), Value(storage::Percentage{Decimal{-125, 1}}));
  EXPECT_EQ(*Number("0.000000000000000001", {false, "kg"}),
            Value(storage::Quantity{Decimal{1, 18}, "kg"}));
  EXPECT_FALSE(Number("0.0000000000000000001", {false, "kg"}).ok());
  EXPECT_FALSE(Number("99999999999999999999", {false, "kg"}).ok());
  EXPECT_FALSE(Number("1e99999999999999999999", {false, "kg"}).ok());
  EXPECT_FALSE(Number("0x10", {false, "kg"}).ok());
  EXPECT_FALSE(Number("1", {false, ""}).ok());
}

TEST(DecodeNumber, ComparatorsStay) {
  EXPECT_EQ(*DecodeNumber("70", false, NumberUnit{false, "%"}, Comparator::kNearly),
            Value(storage::Percentage{Decimal{70, 0}}, Comparator::kNearly));
}

std::string Text(std::string_view quoted) {
  size_t begin = 0, end = 0;
  const StatusOr<std::string> text = DecodeString(quoted, &begin, &end);
  return text.ok() ? *text : "error";
}

TEST(DecodeString, KnowsEscapesAndDoubledQuotes) {
  EXPECT_EQ(Text("''"), "");
  EXPECT_EQ(Text("'a''b'"), "a'b");
  EXPECT_EQ(Text("\"a\"\"b\""), "a\"b");
  EXPECT_EQ(Text("'a\"\"b'"), "a\"\"b");
  EXPECT_EQ(Text(R"('\n\t\r\b\f\\\'\"\/\`')"), "\n\t\r\b\f\\'\"/`");
  EXPECT_EQ(Text(R"('\u00e9\u6d77')"), "é海");
  EXPECT_EQ(Text(R"('\U0001F680\uD83D\uDE80')"), "🚀🚀");
  EXPECT_EQ(Text("'\\u0000'"), std::string(1, '\0'));
}

TEST(DecodeString, TellsWhichEscapeIsWrong) {
  struct Case {
    const char* quoted;
    size_t begin, end;
  };
  for (const Case& wrong :
       {Case{R"('ab\q')", 3, 5}, Case{R"('\u12')", 1, 3}, Case{R"('\uD800')", 1, 7},
        Case{R"('\uDC00')", 1, 7}, Case{R"('\U00110000')", 1, 11}, Case{"'\\é'", 1, 4}}) {
    size_t begin = 0, end = 0;
    const StatusOr<std::string> text = DecodeString(wrong.quoted, &begin, &end);
    EXPECT_EQ(text.status().code(), StatusCode::kInvalidArgument) << wrong.quoted;
    EXPECT_EQ(begin, wrong.begin) << wrong.quoted;
    EXPECT_EQ(end, wrong.end) << wrong.quoted;
  }
}

TEST(DecodeTemporal, KnowsDaysQuartersAndInstants) {
  EXPECT_EQ(*DecodeTemporal("2024-02-29"),
            Value(storage::PartialDate{2024, 2, 29, storage::DatePrecision::kDay}));
  EXPECT_EQ(*DecodeTemporal("2023-Q4"),
            Value(storage::PartialDate{2023, 10, 1, storage::DatePrecision::kQuarter}));
  EXPECT_EQ(*DecodeTemporal("1970-01-01T00:01Z"), Value(storage::Instant{60'000'000}));
  EXPECT_EQ(*DecodeTemporal("1970-01-01T02:00:00.5+0200"), Value(storage::Instant{500'000}));
  EXPECT_EQ(*DecodeTemporal("1970-01-01T02:00:00+02:00"), Value(storage::Instant{0}));
  for (const char* text : {"2023-02-29", "2023-00-01", "2023-10-01T24:01Z", "0000-01-01"}) {
    EXPECT_FALSE(DecodeTemporal(text).ok()) << text;
  }
}

TEST(DecodeBackTicks, HalvesDoubledOnes) {
  EXPECT_EQ(DecodeBackTicks("`a b`"), "a b");
  EXPECT_EQ(DecodeBackTicks("`a``b`"), "a`b");
  EXPECT_EQ(DecodeBackTicks("````"), "`");
}

}  // namespace
}  // namespace sightline::query
