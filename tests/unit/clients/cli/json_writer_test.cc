#include "clients/cli/json_writer.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "tests/unit/clients/captured_output.h"
#include "tests/unit/clients/result_builder.h"

namespace sightline::cli {
namespace {

using client::ResultBuilder;

std::string Json(const v1::Value& value, const client::NodeCards& cards = {}) {
  return CellJson(&value, cards);
}

std::string Written(const ResultBuilder& builder, JsonWriter::Layout layout) {
  CapturedOutput out;
  JsonWriter writer(layout, out.output());
  const client::NodeCards cards = builder.Cards();
  writer.Begin(builder.header);
  if (builder.batch.row_count() > 0) writer.Add(builder.Decoded(), cards);
  writer.End(cards);
  return out.Text();
}

TEST(JsonWriter, WritesAnArrayOfObjects) {
  const ResultBuilder builder =
      ResultBuilder().Texts("name", {"A", std::nullopt}).Bools("disputed", {true, false});
  EXPECT_EQ(Written(builder, JsonWriter::Layout::kArray),
            "[\n  {\"name\":\"A\",\"disputed\":true},\n  {\"name\":null,\"disputed\":false}\n]\n");
  EXPECT_EQ(Written(builder, JsonWriter::Layout::kLines),
            "{\"name\":\"A\",\"disputed\":true}\n{\"name\":null,\"disputed\":false}\n");
}

TEST(JsonWriter, WritesAnEmptyResult) {
  EXPECT_EQ(Written(ResultBuilder().Texts("name", {}), JsonWriter::Layout::kArray), "[]\n");
  EXPECT_EQ(Written(ResultBuilder().Texts("name", {}), JsonWriter::Layout::kLines), "");
}

TEST(JsonWriter, KeepsEveryDigit) {
  const client::NodeCards none;
  EXPECT_EQ(CellJson(int64_t{9007199254740992}, none), "9007199254740992");
  EXPECT_EQ(CellJson(int64_t{9007199254740993}, none), "\"9007199254740993\"");
  EXPECT_EQ(CellJson(std::numeric_limits<int64_t>::min(), none), "\"-9223372036854775808\"");
  EXPECT_EQ(Json(client::DecimalValue(15, 1)), "1.5");
  EXPECT_EQ(Json(client::DecimalValue(-5, 2)), "-0.05");
  EXPECT_EQ(Json(client::DecimalValue(123456789012345678, 9)), "\"123456789.012345678\"");
  EXPECT_EQ(CellJson(0.1, none), "0.1");
}

TEST(JsonWriter, WritesDoublesThatJsonHasNoNumberFor) {
  const client::NodeCards none;
  EXPECT_EQ(CellJson(std::numeric_limits<double>::quiet_NaN(), none), "\"NaN\"");
  EXPECT_EQ(CellJson(-std::numeric_limits<double>::infinity(), none), "\"-Infinity\"");
}

TEST(JsonWriter, WritesTypedValues) {
  EXPECT_EQ(Json(client::MoneyValue(500000000, "USD", v1::COMPARATOR_MORE)),
            R"({"amount":500000000,"currency":"USD","comparator":">"})");
  EXPECT_EQ(Json(client::PercentageValue(70, v1::COMPARATOR_NEARLY)),
            R"({"percent":70,"comparator":"<~"})");
  EXPECT_EQ(Json(client::IntegerValue(100, v1::COMPARATOR_ABOUT)),
            R"({"value":100,"comparator":"~"})");
  EXPECT_EQ(Json(client::DateValue(2023, 0, 0, 4)), R"("2023-Q4")");
  EXPECT_EQ(Json(client::TextValue("танк", "ru")), R"({"text":"танк","language":"ru"})");
  EXPECT_EQ(Json(client::ListValue({client::IntegerValue(1), v1::Value()})), "[1,null]");
  EXPECT_EQ(Json(client::MapValue({{"b", client::BooleanValue(true)}})), R"({"b":true})");
}

TEST(JsonWriter, WritesNodesWithIdClassAndCaption) {
  const client::NodeCards cards = ResultBuilder()
                                      .Card(1, "org/hikvision", "Company", "Hikvision")
                                      .Card(2, "s/17", "", "")
                                      .Cards();
  EXPECT_EQ(CellJson(client::NodeId{1}, cards),
            R"({"id":"org/hikvision","class":"Company","caption":"Hikvision"})");
  EXPECT_EQ(CellJson(client::NodeId{2}, cards), R"({"id":"s/17","class":null,"caption":""})");
  EXPECT_EQ(Json(client::FactValue(1, "supplies", client::NodeValue(2)), cards),
            R"({"subject":{"id":"org/hikvision","class":"Company","caption":"Hikvision"},)"
            R"("predicate":"supplies","object":{"id":"s/17","class":null,"caption":""}})");
}

TEST(JsonWriter, EscapesWhatTerminalsObeyAndStaysTheSameText) {
  const std::string text = "\x1b[31m \x7f \xc2\x9b 2J \xc2\xa0 é";
  const std::string json = JsonString(text);
  EXPECT_EQ(json, "\"\\u001b[31m \\u007f \\u009b 2J \xc2\xa0 é\"");
  EXPECT_EQ(nlohmann::json::parse(json).get<std::string>(), text);
}

TEST(JsonWriter, ReplacesInvalidUtf8) { EXPECT_EQ(JsonString("a\xff"), "\"a\xef\xbf\xbd\""); }

}  // namespace
}  // namespace sightline::cli
