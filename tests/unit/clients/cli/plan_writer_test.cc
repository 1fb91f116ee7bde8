#include "clients/cli/plan_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/clients/captured_output.h"
#include "tests/unit/clients/result_builder.h"

namespace sightline::cli {
namespace {

using testing::HasSubstr;

std::string Plan(const client::ResultBuilder& builder, std::optional<size_t> columns,
                 bool is_ascii = false) {
  EXPECT_TRUE(IsPlan(builder.header));
  OutputOptions options;
  options.terminal_columns = columns;
  options.is_ascii = is_ascii;
  CapturedOutput out;
  PlanWriter writer(options, out.output());
  const client::NodeCards cards = builder.Cards();
  writer.Begin(builder.header);
  writer.Add(builder.Decoded(), cards);
  writer.End(cards);
  return out.Text();
}

client::ResultBuilder Explained() {
  return client::ResultBuilder()
      .Texts("operator", {"Project", "  Join", "    Expand", "      Scan", "    Scan"})
      .Texts("details", {"s", "", "(s)-[:supplies]->(o)", "(o)", "(t)"})
      .Integers("estimated_rows", {5, 5, 12, std::nullopt, 1});
}

TEST(PlanWriter, DrawsATree) {
  EXPECT_EQ(Plan(Explained(), 80),
            "                                    expected\n"
            "Project  s                                 5\n"
            "└─ Join                                    5\n"
            "   ├─ Expand  (s)-[:supplies]->(o)        12\n"
            "   │  └─ Scan  (o)\n"
            "   └─ Scan  (t)                            1\n");
}

TEST(PlanWriter, DrawsWithAsciiWhenAsked) {
  EXPECT_THAT(Plan(Explained(), 80, true), HasSubstr("   |- Expand"));
}

TEST(PlanWriter, CutsDetailsToFitAndSaysSo) {
  const std::string plan = Plan(Explained(), 40);
  EXPECT_THAT(plan, HasSubstr("   ├─ Expand  (s)-[:supplies]…        12\n"));
  EXPECT_THAT(plan, HasSubstr("1 step is cut to fit the terminal"));
}

TEST(PlanWriter, ShowsWhatWasMeasured) {
  client::ResultBuilder builder;
  builder.Texts("operator", {"Project", "  Scan"})
      .Texts("details", {"s", "(s)"})
      .Integers("estimated_rows", {5, 5})
      .Integers("rows", {3, 3})
      .Integers("facts_touched", {0, 1200})
      .Integers("micros", {20, 2'500'000})
      .Integers("memory_bytes", {0, 2048})
      .Integers("spilled_bytes", {0, 0});
  EXPECT_EQ(Plan(builder, 100),
            "              expected  rows  facts    time   memory\n"
            "Project  s           5     3      0   20 µs\n"
            "└─ Scan  (s)         5     3   1200  2.50 s  2.0 KiB\n");
}

TEST(IsPlan, OnlyOfPlans) {
  EXPECT_FALSE(IsPlan(client::ResultBuilder().Texts("operator", {}).Texts("details", {}).header));
  EXPECT_FALSE(IsPlan(
      client::ResultBuilder().Texts("operator", {}).Texts("details", {}).Integers("n", {}).header));
}

}  // namespace
}  // namespace sightline::cli
