#include "clients/cli/value_text.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/clients/result_builder.h"

namespace sightline::cli {
namespace {

using client::ResultBuilder;

std::string Text(const v1::Value& value, const client::NodeCards& cards = {}) {
  return ValueText(value, cards);
}

TEST(ValueText, WritesSlqlsOwnForms) {
  EXPECT_EQ(Text(client::MoneyValue(500000000, "USD", v1::COMPARATOR_MORE)), "> 500000000 USD");
  EXPECT_EQ(Text(client::PercentageValue(70, v1::COMPARATOR_NEARLY)), "<~ 70 %");
  EXPECT_EQ(Text(client::IntegerValue(-5, v1::COMPARATOR_JUST_OVER)), ">~ -5");
  EXPECT_EQ(Text(client::IntegerValue(5, v1::COMPARATOR_LESS)), "< 5");
  EXPECT_EQ(Text(client::IntegerValue(5, v1::COMPARATOR_ABOUT)), "~ 5");
  EXPECT_EQ(Text(client::DateValue(2023, 0, 0)), "2023");
  EXPECT_EQ(Text(client::DateValue(2023, 0, 0, 4)), "2023-Q4");
  EXPECT_EQ(Text(client::DateValue(2023, 1, 0)), "2023-01");
  EXPECT_EQ(Text(client::DateValue(2023, 1, 9)), "2023-01-09");
  EXPECT_EQ(Text(client::TextValue("bare")), "bare");
  EXPECT_EQ(Text(v1::Value()), "");
}

TEST(ValueText, WritesDecimals) {
  EXPECT_EQ(DecimalText(client::MakeDecimal(0, 0)), "0");
  EXPECT_EQ(DecimalText(client::MakeDecimal(-5, 2)), "-0.05");
  EXPECT_EQ(DecimalText(client::MakeDecimal(123, 2)), "1.23");
  EXPECT_EQ(DecimalText(client::MakeDecimal(123, 3)), "0.123");
  EXPECT_EQ(DecimalText(client::MakeDecimal(std::numeric_limits<int64_t>::min(), 18)),
            "-9.223372036854775808");
}

TEST(ValueText, WritesInstants) {
  const auto instant = [](int64_t seconds, int32_t nanos) {
    google::protobuf::Timestamp timestamp;
    timestamp.set_seconds(seconds);
    timestamp.set_nanos(nanos);
    return InstantText(timestamp);
  };
  EXPECT_EQ(instant(0, 0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(instant(1696149000, 250'000'000), "2023-10-01T08:30:00.25Z");
  EXPECT_EQ(instant(-1, 0), "1969-12-31T23:59:59Z");
}

TEST(ValueText, DoublesNeverLookLikeIntegers) {
  EXPECT_EQ(DoubleText(1), "1.0");
  EXPECT_EQ(DoubleText(0.1), "0.1");
  EXPECT_EQ(DoubleText(-1e300), "-1e+300");
}

TEST(ValueText, QuotesTextWithinListsAndMaps) {
  EXPECT_EQ(Text(client::ListValue({client::TextValue("a, \"b\""), client::IntegerValue(1),
                                    v1::Value(), client::TextValue("танк", "ru")})),
            "[\"a, \\\"b\\\"\", 1, null, \"танк\"@ru]");
  EXPECT_EQ(Text(client::MapValue({{"k", client::BooleanValue(false)}})), "{k: false}");
}

TEST(ValueText, DrawsFactsAndPathsAsPatterns) {
  const client::NodeCards cards = ResultBuilder()
                                      .Card(1, "org/hikvision", "", "Hikvision")
                                      .Card(2, "prod/optics", "", "optics")
                                      .Card(3, "org/iray", "", "iRay")
                                      .Cards();
  EXPECT_EQ(Text(client::FactValue(1, "supplies", client::NodeValue(2)), cards),
            "(Hikvision)-[:supplies]->(optics)");
  v1::Value value;
  v1::Path* path = value.mutable_path();
  for (const uint64_t node : {1, 2, 3}) path->add_nodes(node);
  *path->add_facts() = client::FactValue(1, "supplies", client::NodeValue(2)).fact();
  *path->add_facts() = client::FactValue(3, "supplies", client::NodeValue(2)).fact();
  EXPECT_EQ(Text(value, cards), "(Hikvision)-[:supplies]->(optics)<-[:supplies]-(iRay)");
}

TEST(ValueText, NamesANodeWithoutACardByItsNumber) {
  EXPECT_EQ(NodeText(client::NodeId{17}, {}), "#?17");
}

}  // namespace
}  // namespace sightline::cli
