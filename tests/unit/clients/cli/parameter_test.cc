#include "clients/cli/parameter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/cli/value_text.h"

namespace sightline::cli {
namespace {

using testing::HasSubstr;

v1::Value Parsed(std::string_view text) {
  const client::Result<v1::Value> value = ParseParameterValue(text);
  if (!value.ok()) {
    ADD_FAILURE() << text << ": " << value.error().message;
    return {};
  }
  return *value;
}
std::string Refusal(std::string_view text) {
  const client::Result<v1::Value> value = ParseParameterValue(text);
  return value.ok() ? "accepted" : value.error().message;
}

TEST(ParseParameter, ReadsJson) {
  EXPECT_EQ(Parsed("42").integer(), 42);
  EXPECT_EQ(Parsed("-9223372036854775808").integer(), INT64_MIN);
  EXPECT_TRUE(Parsed("true").boolean());
  EXPECT_EQ(Parsed("null").kind_case(), v1::Value::KIND_NOT_SET);
  EXPECT_EQ(Parsed("\"42\"").text().text(), "42");
  EXPECT_EQ(Parsed("\"\"").text().text(), "");
  EXPECT_EQ(Parsed("1e3").real(), 1000.0);
  EXPECT_EQ(ValueText(Parsed("[1, [\"a\"], {\"k\": null}]"), {}), "[1, [\"a\"], {k: null}]");
  EXPECT_TRUE(Parsed("[]").has_list());
  EXPECT_TRUE(Parsed("{}").has_map());
}

TEST(ParseParameter, KeepsTheDigitsOfDecimals) {
  EXPECT_EQ(Parsed("0.1").decimal().unscaled(), 1);
  EXPECT_EQ(Parsed("0.1").decimal().scale(), 1);
  EXPECT_EQ(Parsed("-12.50").decimal().unscaled(), -125);
  EXPECT_EQ(Parsed("1.0").decimal().scale(), 0);
  EXPECT_EQ(DecimalText(Parsed("[123456789.012345678]").list().values(0).decimal()),
            "123456789.012345678");
}

TEST(ParseParameter, ReadsEntitiesAndTimes) {
  EXPECT_EQ(Parsed("#org/hikvision").node_id(), "org/hikvision");
  EXPECT_EQ(DateText(Parsed("2023-10-01").date()), "2023-10-01");
  EXPECT_EQ(DateText(Parsed("2023-10").date()), "2023-10");
  EXPECT_EQ(DateText(Parsed("2023-Q4").date()), "2023-Q4");
  EXPECT_EQ(Parsed("2023").integer(), 2023) << "a bare year is a number";
  EXPECT_EQ(InstantText(Parsed("2023-10-01T08:30Z").instant()), "2023-10-01T08:30:00Z");
  EXPECT_EQ(InstantText(Parsed("2023-10-01T08:30:15.5+02:00").instant()), "2023-10-01T06:30:15.5Z");
}

TEST(ParseParameter, AllElseIsText) {
  for (const char* text : {"Hikvision", "armored vehicles", "", "#", "2023-13", "2023-02-30",
                           "2023-Q5", "900 USD", "0x2A", "01", "1.", "nulls", "a=b"}) {
    EXPECT_EQ(Parsed(text).text().text(), text);
  }
}

TEST(ParseParameter, RefusesWhatCannotBeMeant) {
  EXPECT_THAT(Refusal("[1, 2"), HasSubstr("JSON"));
  EXPECT_THAT(Refusal("{\"a\": }"), HasSubstr("JSON"));
  EXPECT_THAT(Refusal("\"open"), HasSubstr("JSON"));
  EXPECT_THAT(Refusal("{\"a\": 1, \"a\": 2}"), HasSubstr("twice"));
  EXPECT_THAT(Refusal("9223372036854775808"), HasSubstr("64 bits"));
  EXPECT_THAT(Refusal("0.1234567890123456789"), HasSubstr("decimal"));
  EXPECT_THAT(Refusal("\xff"), HasSubstr("UTF-8"));
  EXPECT_THAT(Refusal(std::string(100'000, '[')), HasSubstr("nest"));
}

TEST(ParseParameter, SplitsAtTheFirstEqualsSign) {
  const auto parameter = ParseParameter("name=a=b");
  ASSERT_TRUE(parameter.ok());
  EXPECT_EQ(parameter->first, "name");
  EXPECT_EQ(parameter->second.text().text(), "a=b");
  EXPECT_EQ(ParseParameter("$name=1")->first, "name");
  EXPECT_FALSE(ParseParameter("name").ok());
  EXPECT_FALSE(ParseParameter("=1").ok());
  EXPECT_FALSE(ParseParameter("$=1").ok());
}

}  // namespace
}  // namespace sightline::cli
