#include "clients/cli/csv_writer.h"

#include <gtest/gtest.h>

#include "tests/unit/clients/captured_output.h"
#include "tests/unit/clients/result_builder.h"

namespace sightline::cli {
namespace {

using client::ResultBuilder;

std::string Csv(const ResultBuilder& builder, bool guard_formulas = false) {
  CapturedOutput out;
  CsvWriter writer(guard_formulas, out.output());
  const client::NodeCards cards = builder.Cards();
  writer.Begin(builder.header);
  writer.Add(builder.Decoded(), cards);
  writer.End(cards);
  return out.Text();
}

TEST(CsvWriter, QuotesWhatRfc4180AsksFor) {
  EXPECT_EQ(Csv(ResultBuilder().Texts(
                "quote", {"plain", "a,b", "say \"so\"", "two\nlines", "cr\rhere", " spaces "})),
            "quote\r\nplain\r\n\"a,b\"\r\n\"say \"\"so\"\"\"\r\n\"two\nlines\"\r\n\"cr\rhere\"\r\n"
            " spaces \r\n");
}

TEST(CsvWriter, TellsUnknownFromEmpty) {
  EXPECT_EQ(Csv(ResultBuilder().Texts("a", {std::nullopt, ""}).Integers("b", {1, std::nullopt})),
            "a,b\r\n,1\r\n\"\",\r\n");
}

TEST(CsvWriter, WritesNodesAsCaptionAndId) {
  EXPECT_EQ(Csv(ResultBuilder()
                    .Nodes("s", {1, 2, std::nullopt})
                    .Integers("n", {5, 6, 7})
                    .Card(1, "org/hikvision", "Company", "Hikvision")
                    .Card(2, "s/17", "", "")),
            "s,s.id,n\r\nHikvision,org/hikvision,5\r\n\"\",s/17,6\r\n,,7\r\n");
}

TEST(CsvWriter, LeavesFormulasAloneUnlessAsked) {
  const ResultBuilder builder = ResultBuilder()
                                    .Texts("x", {"=1+1", "+a", "-b", "@c", "\tq", "a=b"})
                                    .Integers("n", {-1, -2, -3, -4, -5, -6});
  EXPECT_EQ(Csv(builder), "x,n\r\n=1+1,-1\r\n+a,-2\r\n-b,-3\r\n@c,-4\r\n\tq,-5\r\na=b,-6\r\n");
  EXPECT_EQ(Csv(builder, true),
            "x,n\r\n'=1+1,-1\r\n'+a,-2\r\n'-b,-3\r\n'@c,-4\r\n'\tq,-5\r\na=b,-6\r\n");
}

TEST(CsvWriter, GuardsTextWithinValuesButNotNumbers) {
  EXPECT_EQ(
      Csv(ResultBuilder().Values("v", {client::TextValue("=x"), client::IntegerValue(-3)}), true),
      "v\r\n'=x\r\n-3\r\n");
}

TEST(CsvWriter, WritesNothingForAResultWithoutColumns) { EXPECT_EQ(Csv(ResultBuilder()), ""); }

}  // namespace
}  // namespace sightline::cli
