#include "clients/cli/table_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/clients/captured_output.h"
#include "tests/unit/clients/result_builder.h"

namespace sightline::cli {
namespace {

using client::ResultBuilder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string Table(const ResultBuilder& builder, const OutputOptions& options = {}) {
  CapturedOutput out;
  TableWriter writer(options, out.output());
  const client::NodeCards cards = builder.Cards();
  writer.Begin(builder.header);
  if (builder.batch.row_count() > 0) writer.Add(builder.Decoded(), cards);
  writer.End(cards);
  return out.Text();
}

TEST(TableWriter, DrawsABox) {
  EXPECT_EQ(
      Table(ResultBuilder().Texts("name", {"Hikvision", std::nullopt}).Integers("n", {7, 12})),
      "┌───────────┬────┐\n"
      "│ name      │ n  │\n"
      "├───────────┼────┤\n"
      "│ Hikvision │  7 │\n"
      "│           │ 12 │\n"
      "└───────────┴────┘\n");
}

TEST(TableWriter, DrawsWithAsciiWhenAsked) {
  OutputOptions options;
  options.is_ascii = true;
  EXPECT_EQ(Table(ResultBuilder().Texts("s", {"a"}), options),
            "+---+\n| s |\n+---+\n| a |\n+---+\n");
}

TEST(TableWriter, AlignsWideAndCombiningCharacters) {
  EXPECT_EQ(Table(ResultBuilder().Texts("name", {"海康威视", "Ze\xcc\x81", "ＡＢ"})),
            "┌──────────┐\n"
            "│ name     │\n"
            "├──────────┤\n"
            "│ 海康威视 │\n"
            "│ Ze\xcc\x81       │\n"
            "│ ＡＢ     │\n"
            "└──────────┘\n");
}

TEST(TableWriter, KeepsACellOnOneLineAndItsControlCharactersHarmless) {
  EXPECT_THAT(Table(ResultBuilder().Texts("x", {"a\nb\x1b[2Jc"})), HasSubstr("│ a\\nb\\x1b[2Jc │"));
}

TEST(TableWriter, DrawsAnEmptyResult) {
  EXPECT_EQ(Table(ResultBuilder().Texts("name", {})), "┌──────┐\n│ name │\n├──────┤\n└──────┘\n");
  EXPECT_EQ(Table(ResultBuilder()), "");
}

TEST(TableWriter, ShowsTheIdOfNodesThatShareACaption) {
  EXPECT_EQ(Table(ResultBuilder()
                      .Nodes("s", {1, 2, 3})
                      .Card(1, "org/a", "", "Optics")
                      .Card(2, "org/b", "", "Optics")
                      .Card(3, "org/c", "", "")),
            "┌─────────────────┐\n"
            "│ s               │\n"
            "├─────────────────┤\n"
            "│ Optics (#org/a) │\n"
            "│ Optics (#org/b) │\n"
            "│ #org/c          │\n"
            "└─────────────────┘\n");
}

TEST(TableWriter, CutsToTheTerminalAndSaysSo) {
  OutputOptions options;
  options.terminal_columns = 20;
  const std::string table =
      Table(ResultBuilder().Texts("a", {"short"}).Texts("b", {std::string(50, 'x')}), options);
  EXPECT_THAT(table, HasSubstr("│ short │ xxxxxxx… │\n"));
  EXPECT_THAT(table, HasSubstr("1 cell is cut to fit the terminal"));
  EXPECT_THAT(Table(ResultBuilder().Texts("b", {std::string(500, 'x')})), Not(HasSubstr("…")));
}

TEST(TableWriter, StartsANewTableAfterTenThousandRows) {
  std::vector<std::optional<int64_t>> cells(10'000, 1);
  const ResultBuilder builder = ResultBuilder().Integers("n", cells);
  CapturedOutput out;
  TableWriter writer({}, out.output());
  writer.Begin(builder.header);
  writer.Add(builder.Decoded(), {});
  EXPECT_FALSE(out.Text().empty()) << "nothing is drawn before the end";
  writer.Add(builder.Decoded(), {});
  writer.End({});
  const std::string text = out.Text();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2 * (10'000 + 4));
}

TEST(FitWidths, TakesFromTheWidestFirst) {
  EXPECT_THAT(FitWidths({10, 50}, 40), ElementsAre(10, 23));
  EXPECT_THAT(FitWidths({50, 50}, 47), ElementsAre(20, 20));
  EXPECT_THAT(FitWidths({10, 20}, 80), ElementsAre(10, 20));
  EXPECT_THAT(FitWidths({100, 100, 5}, 10), ElementsAre(8, 8, 5)) << "never below 8";
}

TEST(TableWriter, ColumnsThatCannotFitAreDrawnAsLists) {
  OutputOptions options;
  options.terminal_columns = 24;
  const std::string text = Table(ResultBuilder()
                                     .Texts("a", {"long enough"})
                                     .Texts("b", {"long enough"})
                                     .Texts("c", {"long enough"}),
                                 options);
  EXPECT_EQ(text,
            "── row 1 ───────────────\n"
            "a  long enough\n"
            "b  long enough\n"
            "c  long enough\n"
            "3 columns are too many for this terminal; each row is a list\n");
}

}  // namespace
}  // namespace sightline::cli
