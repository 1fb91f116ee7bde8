#include "clients/cli/vertical_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/clients/captured_output.h"
#include "tests/unit/clients/result_builder.h"

namespace sightline::cli {
namespace {

std::string Vertical(const client::ResultBuilder& builder, const OutputOptions& options) {
  CapturedOutput out;
  VerticalWriter writer(options, out.output());
  const client::NodeCards cards = builder.Cards();
  writer.Begin(builder.header);
  writer.Add(builder.Decoded(), cards);
  writer.End(cards);
  return out.Text();
}

TEST(VerticalWriter, WritesEachRowAsAList) {
  EXPECT_EQ(Vertical(client::ResultBuilder()
                         .Texts("name", {"Hikvision", std::nullopt})
                         .Texts("trade name", {"海康威视", "a\nb"}),
                     {}),
            "── row 1 ───────────────────────────────\n"
            "name        Hikvision\n"
            "trade name  海康威视\n"
            "── row 2 ───────────────────────────────\n"
            "name      \n"
            "trade name  a\\nb\n");
}

TEST(VerticalWriter, WrapsAtTheTerminal) {
  OutputOptions options;
  options.is_ascii = true;
  options.terminal_columns = 30;
  EXPECT_EQ(Vertical(client::ResultBuilder().Texts("note", {"one two three four five six seven"}),
                     options),
            "-- row 1 ---------------------\n"
            "note  one two three four five\n"
            "      six seven\n");
}

}  // namespace
}  // namespace sightline::cli
