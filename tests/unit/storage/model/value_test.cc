#include "storage/model/value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <vector>

namespace sightline::storage {
namespace {

using std::string_literals::operator""s;

Decimal Number(std::string_view text) { return *Decimal::Parse(text); }
PartialDate Date(std::string_view text) { return *PartialDate::Parse(text); }

// One value of each type and more, in TotalOrder.
std::vector<Value> OrderedValues() {
  return {
      Value(),
      Value(false),
      Value(true),
      Value(INT64_MIN),
      Value(int64_t{-1}),
      Value(int64_t{70}),
      Value(int64_t{70}, Comparator::kNearly),
      Value(int64_t{71}),
      Value(INT64_MAX),
      Value(Number("-0.5")),
      Value(Number("0.25")),
      Value(Number("3")),
      Value(-std::numeric_limits<double>::infinity()),
      Value(-1.5),
      Value(0.0),
      Value(1e300),
      Value::OfText(""),
      Value::OfText("a"),
      Value::OfText("a\0b"s),
      Value::OfText("ab"),
      Value::OfText("armored vehicles"),
      Value::OfText("танк"),
      Value::OfText("танк", "ru"),
      Value::OfText("танк", "uk"),
      Value(Date("2023")),
      Value(Date("2023-Q1")),
      Value(Date("2023-01")),
      Value(Date("2023-01-01")),
      Value(Date("2023-01-02")),
      Value(Instant{-1}),
      Value(Instant{INT64_MAX}),
      Value(Money{Number("700"), "CNY"}),
      Value(Money{Number("5"), "USD"}),
      Value(Money{Number("500000000"), "USD"}),
      Value(Money{Number("500000000"), "USD"}, Comparator::kMore),
      Value(Quantity{Number("3"), "kg"}),
      Value(Quantity{Number("2"), "t"}),
      Value(Percentage{Number("70")}),
      Value(Percentage{Number("70")}, Comparator::kNearly),
      Value(GeoPoint{39.9, 116.4}),
      Value(GeoPoint{55.75, 37.6}),
      Value(TermId::Make(TermTag::kEntity, 7)),
      Value(TermId::Make(TermTag::kStatement, 1)),
  };
}

TEST(Comparator, HasASymbol) {
  for (const auto& [comparator, symbol] :
       std::vector<std::pair<Comparator, std::string_view>>{{Comparator::kExactly, ""},
                                                            {Comparator::kAbout, "~"},
                                                            {Comparator::kLess, "<"},
                                                            {Comparator::kNearly, "<~"},
                                                            {Comparator::kMore, ">"},
                                                            {Comparator::kJustOver, ">~"}}) {
    EXPECT_EQ(ComparatorSymbol(comparator), symbol);
    EXPECT_EQ(ParseComparator(symbol), comparator);
  }
  EXPECT_EQ(ParseComparator("="), Comparator::kExactly);
  EXPECT_EQ(ParseComparator(">="), std::nullopt);
}

TEST(ValueType, HasAWordInSlql) {
  EXPECT_EQ(ValueTypeName(ValueType::kText), "STRING");
  EXPECT_EQ(ValueTypeName(ValueType::kMoney), "MONEY");
  EXPECT_EQ(ParseValueType("PERCENTAGE"), ValueType::kPercentage);
  EXPECT_EQ(ParseValueType("Product"), std::nullopt);
  for (int i = 0; i <= static_cast<int>(ValueType::kNode); ++i) {
    const ValueType type = static_cast<ValueType>(i);
    EXPECT_EQ(ParseValueType(ValueTypeName(type)), type);
  }
}

TEST(Value, TypeIsTheVariantsIndex) {
  std::set<ValueType> types;
  for (const Value& value : OrderedValues()) types.insert(value.type());
  EXPECT_EQ(types.size(), 13u);
  EXPECT_EQ(Value(true).type(), ValueType::kBoolean);
  EXPECT_EQ(Value(int64_t{1}).type(), ValueType::kInteger);
  EXPECT_EQ(Value(1.0).type(), ValueType::kDouble);
  EXPECT_EQ(Value(GeoPoint{}).type(), ValueType::kGeoPoint);
  EXPECT_EQ(Value(TermId{}).type(), ValueType::kNode);
  EXPECT_TRUE(Value().is_null());
}

TEST(Value, PrintsAsAPersonReadsIt) {
  EXPECT_EQ(Value().ToString(), "null");
  EXPECT_EQ(Value(true).ToString(), "true");
  EXPECT_EQ(Value(int64_t{-5}).ToString(), "-5");
  EXPECT_EQ(Value(Number("12.50")).ToString(), "12.5");
  EXPECT_EQ(Value(0.1).ToString(), "0.1");
  EXPECT_EQ(Value(1.0).ToString(), "1.0");
  EXPECT_EQ(Value(1e300).ToString(), "1e+300");
  EXPECT_EQ(Value(std::nan("")).ToString(), "NaN");
  EXPECT_EQ(Value(-std::numeric_limits<double>::infinity()).ToString(), "-Infinity");
  EXPECT_EQ(Value::OfText("танк", "ru").ToString(), "танк");
  EXPECT_EQ(Value(Date("2023-Q4")).ToString(), "2023-Q4");
  EXPECT_EQ(Value(Instant{0}).ToString(), "1970-01-01T00:00:00Z");
  EXPECT_EQ(Value(Money{Number("500000000"), "USD"}, Comparator::kMore).ToString(),
            "> 500000000 USD");
  EXPECT_EQ(Value(Quantity{Number("1.5"), "kg"}, Comparator::kAbout).ToString(), "~ 1.5 kg");
  EXPECT_EQ(Value(Percentage{Number("70")}).ToString(), "70 %");
  EXPECT_EQ(Value(Percentage{Number("70")}, Comparator::kNearly).ToString(), "<~ 70 %");
  EXPECT_EQ(Value(GeoPoint{39.9, -116.25}).ToString(), "39.9, -116.25");
  EXPECT_EQ(Value(TermId::Make(TermTag::kEntity, 17)).ToString(), "entity 17");
  EXPECT_EQ(Value(TermId::Make(TermTag::kStatement, 3)).ToString(), "statement 3");
}

TEST(TotalOrder, IsByTypeValueAndComparator) {
  const std::vector<Value> values = OrderedValues();
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = 0; j < values.size(); ++j) {
      EXPECT_EQ(TotalOrder(values[i], values[j]), i <=> j)
          << values[i].ToString() << " and " << values[j].ToString();
    }
  }
}

TEST(TotalOrder, HasAPlaceForNan) {
  const Value nan(std::nan(""));
  EXPECT_EQ(TotalOrder(nan, nan), std::strong_ordering::equal);
  EXPECT_EQ(TotalOrder(nan, Value(std::numeric_limits<double>::infinity())),
            std::strong_ordering::greater);
  EXPECT_EQ(TotalOrder(Value(-0.0), Value(0.0)), std::strong_ordering::equal);
}

TEST(EncodeValue, ComesBack) {
  for (const Value& value : OrderedValues()) {
    const StatusOr<Value> decoded = DecodeValue(EncodeValue(value));
    ASSERT_TRUE(decoded.ok()) << value.ToString() << ": " << decoded.status();
    EXPECT_EQ(*decoded, value) << value.ToString();
  }
}

TEST(EncodeValue, BeginsWithTypeAndComparator) {
  const std::string bytes = EncodeValue(Value(Percentage{Number("70")}, Comparator::kNearly));
  EXPECT_EQ(bytes.substr(0, 2), "\x0A\x03");
}

TEST(EncodeValue, IsTheSameForEqualValues) {
  EXPECT_EQ(EncodeValue(Value(Decimal{150, 2})), EncodeValue(Value(Decimal{15, 1})));
  EXPECT_EQ(EncodeValue(Value(-0.0)), EncodeValue(Value(0.0)));
  EXPECT_EQ(EncodeValue(Value(std::nan("1"))), EncodeValue(Value(-std::nan("2"))));
  EXPECT_TRUE(std::isnan(*DecodeValue(EncodeValue(Value(std::nan(""))))->get_if<double>()));
}

TEST(EncodeValue, IsDifferentForDifferentValues) {
  std::set<std::string> encodings;
  for (const Value& value : OrderedValues()) encodings.insert(EncodeValue(value));
  EXPECT_EQ(encodings.size(), OrderedValues().size());
}

TEST(DecodeValue, RefusesDamage) {
  EXPECT_EQ(DecodeValue("").status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(DecodeValue("\x01").status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(DecodeValue("\x0D\x00"s).status().code(), StatusCode::kDataLoss);      // No type 13.
  EXPECT_EQ(DecodeValue("\x00\x06"s).status().code(), StatusCode::kDataLoss);      // Comparator.
  EXPECT_EQ(DecodeValue("\x01\x00\x02"s).status().code(), StatusCode::kDataLoss);  // Boolean.
  EXPECT_EQ(DecodeValue("\x03\x00\x02\x13"s).status().code(), StatusCode::kDataLoss);  // Scale 19.
  EXPECT_EQ(DecodeValue("\x03\x00\x14\x01"s).status().code(), StatusCode::kDataLoss);  // 10 * 0.1.
  // The 30th of February.
  EXPECT_EQ(DecodeValue("\x06\x00\x07\xE7\x02\x1E\x03"s).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(DecodeValue("\x06\x00\x07\xE7\x02\x01\x04"s).status().code(), StatusCode::kDataLoss);
  for (const Value& value : OrderedValues()) {
    const std::string bytes = EncodeValue(value);
    EXPECT_EQ(DecodeValue(bytes + "x").status().code(), StatusCode::kDataLoss);
    EXPECT_EQ(DecodeValue(bytes.substr(0, bytes.size() - 1)).status().code(),
              StatusCode::kDataLoss);
  }
}

TEST(InlineTermId, ComesBackAndKeepsOrder) {
  std::optional<TermId> before;
  size_t inline_count = 0;
  for (const Value& value : OrderedValues()) {
    const std::optional<TermId> id = InlineTermId(value);
    if (!id || value.type() == ValueType::kNode) continue;
    ++inline_count;
    ASSERT_TRUE(IsInline(*id)) << value.ToString();
    EXPECT_EQ(InlineValue(*id), value);
    if (before && before->tag() == id->tag()) {
      EXPECT_LT(before->bits, id->bits) << value.ToString();
    }
    before = id;
  }
  // Two booleans, -1, 70 and 71, three decimals, "", "a" and "ab", five dates, one instant.
  EXPECT_EQ(inline_count, 17u);
}

TEST(InlineTermId, HoldsIntegersAndInstantsOfSixtyBits) {
  constexpr int64_t kBound = int64_t{1} << 59;
  for (int64_t number : {-kBound, int64_t{0}, kBound - 1}) {
    const std::optional<TermId> id = InlineTermId(Value(number));
    ASSERT_TRUE(id.has_value());
    EXPECT_EQ(id->tag(), TermTag::kInteger);
    EXPECT_EQ(InlineValue(*id), Value(number));
    EXPECT_EQ(InlineValue(*InlineTermId(Value(Instant{number}))), Value(Instant{number}));
  }
  EXPECT_EQ(InlineTermId(Value(int64_t{0}))->payload(), uint64_t{1} << 59);
  for (int64_t number : {-kBound - 1, kBound, INT64_MIN, INT64_MAX}) {
    EXPECT_EQ(InlineTermId(Value(number)), std::nullopt);
    EXPECT_EQ(InlineTermId(Value(Instant{number})), std::nullopt);
  }
}

TEST(InlineTermId, HoldsShortText) {
  const std::optional<TermId> id = InlineTermId(Value::OfText("optics"));
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->tag(), TermTag::kShortString);
  EXPECT_EQ(id->payload(), (uint64_t{0x6F707469637300} << 4) | 6);
  EXPECT_EQ(InlineValue(*InlineTermId(Value::OfText("1234567"))), Value::OfText("1234567"));
  EXPECT_EQ(InlineValue(*InlineTermId(Value::OfText("тан"))), Value::OfText("тан"));
  EXPECT_EQ(InlineTermId(Value::OfText("12345678")), std::nullopt);
  EXPECT_EQ(InlineTermId(Value::OfText("танк")), std::nullopt);  // Eight bytes.
  EXPECT_EQ(InlineTermId(Value::OfText("a", "en")), std::nullopt);
  EXPECT_EQ(InlineTermId(Value::OfText("a\0b"s)), std::nullopt);
}

TEST(InlineTermId, HoldsDatesByFirstDayAndPrecision) {
  EXPECT_EQ(InlineTermId(Value(Date("0001")))->payload(), 0u);
  EXPECT_EQ(InlineTermId(Value(Date("0001-01-02")))->payload(), 8u + 3u);
  EXPECT_EQ(InlineTermId(Value(PartialDate{2023, 2, 30, DatePrecision::kDay})), std::nullopt);
}

TEST(InlineTermId, HoldsDecimalsOfSixDigitsBehindThePoint) {
  const std::optional<TermId> id = InlineTermId(Value(Number("-12.5")));
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(*id, TermId::Make(TermTag::kDecimal, (uint64_t{1} << 59) - 12'500'000));
  // Not the integer -12, and the same id with zeros behind.
  EXPECT_EQ(InlineValue(*InlineTermId(Value(Number("-12.0")))), Value(Number("-12")));
  EXPECT_EQ(InlineTermId(Value(Decimal{-12'500, 3})), id);
  for (const char* text : {"0", "0.000001", "-0.000001", "100", "3.141592", "576460752303.423487",
                           "-576460752303.423488"}) {
    const std::optional<TermId> inlined = InlineTermId(Value(Number(text)));
    ASSERT_TRUE(inlined.has_value()) << text;
    const Value back = InlineValue(*inlined);
    EXPECT_EQ(back, Value(Number(text)));
    EXPECT_EQ(back.ToString(), text);  // In normal form again.
  }
  for (const char* text : {"0.0000001", "576460752303.423488", "-576460752303.423489",
                           "9223372036854775807", "-9223372036854775808"}) {
    EXPECT_EQ(InlineTermId(Value(Number(text))), std::nullopt) << text;
  }
}

TEST(InlineTermId, LeavesTheRestToTheDictionary) {
  EXPECT_EQ(InlineTermId(Value()), std::nullopt);
  EXPECT_EQ(InlineTermId(Value(int64_t{70}, Comparator::kAbout)), std::nullopt);
  EXPECT_EQ(InlineTermId(Value(Number("1.5"), Comparator::kAbout)), std::nullopt);
  EXPECT_EQ(InlineTermId(Value(1.5)), std::nullopt);
  EXPECT_EQ(InlineTermId(Value(Money{Number("1"), "USD"})), std::nullopt);
  EXPECT_EQ(InlineTermId(Value(Percentage{Number("1")})), std::nullopt);
  // A value's id is no node, whatever it is wrapped in.
  EXPECT_EQ(InlineTermId(Value(TermId::Make(TermTag::kInteger, 1))), std::nullopt);
}

TEST(InlineTermId, OfANodeIsTheNode) {
  const TermId entity = TermId::Make(TermTag::kEntity, 7);
  const TermId statement = TermId::Make(TermTag::kStatement, 7);
  EXPECT_EQ(InlineTermId(Value(entity)), entity);
  EXPECT_EQ(InlineTermId(Value(statement)), statement);
  EXPECT_FALSE(IsInline(entity));
  EXPECT_FALSE(IsInline(TermId::Make(TermTag::kString, 1)));
  EXPECT_FALSE(IsInline(TermId::Make(TermTag::kValue, 1)));
  EXPECT_FALSE(IsInline(TermId::Make(static_cast<TermTag>(15), 1)));
  EXPECT_EQ(InlineValue(statement), Value(statement));
  EXPECT_EQ(InlineValue(TermId{}), Value());
}

TEST(InlineValueDeathTest, StopsAtAnIdOfTheDictionary) {
  EXPECT_DEATH(InlineValue(TermId::Make(TermTag::kValue, 1)), "check failed");
}

}  // namespace
}  // namespace sightline::storage
