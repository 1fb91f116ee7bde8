#include "clients/cli/tsv_writer.h"

#include <gtest/gtest.h>

#include "tests/unit/clients/captured_output.h"
#include "tests/unit/clients/result_builder.h"

namespace sightline::cli {
namespace {

TEST(TsvWriter, EscapesWhatWouldEndAValue) {
  client::ResultBuilder builder;
  builder.Texts("na\tme", {"a\tb\nc\\d\r", "", std::nullopt})
      .Nodes("s", {1, std::nullopt, 2})
      .Integers("n", {1, -2, std::nullopt})
      .Card(1, "org/hikvision", "Company", "Hikvision\t");
  CapturedOutput out;
  TsvWriter writer(out.output());
  const client::NodeCards cards = builder.Cards();
  writer.Begin(builder.header);
  writer.Add(builder.Decoded(), cards);
  writer.End(cards);
  EXPECT_EQ(out.Text(),
            "na\\tme\ts\ts.id\tn\n"
            "a\\tb\\nc\\\\d\\r\tHikvision\\t\torg/hikvision\t1\n"
            "\t\\N\t\\N\t-2\n"
            "\\N\t#?2\t\\N\t\\N\n");
}

}  // namespace
}  // namespace sightline::cli
