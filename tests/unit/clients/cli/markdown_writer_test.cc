#include "clients/cli/markdown_writer.h"

#include <gtest/gtest.h>

#include "tests/unit/clients/captured_output.h"
#include "tests/unit/clients/result_builder.h"

namespace sightline::cli {
namespace {

TEST(MarkdownWriter, WritesATable) {
  client::ResultBuilder builder;
  builder.Texts("na|me", {"a|b", "two\nlines", std::nullopt}).Integers("n", {1, 2, 3});
  CapturedOutput out;
  MarkdownWriter writer(out.output());
  const client::NodeCards cards = builder.Cards();
  writer.Begin(builder.header);
  writer.Add(builder.Decoded(), cards);
  writer.End(cards);
  EXPECT_EQ(out.Text(),
            "| na\\|me | n |\n"
            "| --- | ---: |\n"
            "| a\\|b | 1 |\n"
            "| two<br>lines | 2 |\n"
            "|  | 3 |\n");
}

TEST(MarkdownCell, LetsNoDataBeMarkup) {
  EXPECT_EQ(MarkdownCell("<script>&amp;</script>"), "&lt;script>&amp;amp;&lt;/script>");
  EXPECT_EQ(MarkdownCell("*a* [b](c) `d` \\ ~e~ _f_"),
            "\\*a\\* \\[b\\](c) \\`d\\` \\\\ \\~e\\~ \\_f\\_");
  EXPECT_EQ(MarkdownCell("a\x1b[2J\r"), "a\\\\x1b\\[2J\\\\r");
}

}  // namespace
}  // namespace sightline::cli
