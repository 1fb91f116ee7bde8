#include "clients/cli/options.h"

#include <gtest/gtest.h>

namespace sightline::cli {
namespace {

using std::chrono::milliseconds;

TEST(ParseDuration, ReadsUnits) {
  EXPECT_EQ(ParseDuration("30"), milliseconds(30'000));
  EXPECT_EQ(ParseDuration("30s"), milliseconds(30'000));
  EXPECT_EQ(ParseDuration("1.5s"), milliseconds(1'500));
  EXPECT_EQ(ParseDuration("500ms"), milliseconds(500));
  EXPECT_EQ(ParseDuration("2m"), milliseconds(120'000));
  EXPECT_EQ(ParseDuration("1h"), milliseconds(3'600'000));
}

TEST(ParseDuration, RefusesTheRest) {
  for (const char* text :
       {"", "s", "0", "-1s", "1d", "1e3", "nan", "inf", "1 s", "200h", "0.1ms"}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
}

TEST(ParseFormat, KnowsEachByItsName) {
  for (const Format format :
       {Format::kTable, Format::kVertical, Format::kCsv, Format::kTsv, Format::kJson,
        Format::kJsonLines, Format::kMarkdown, Format::kDot, Format::kGraphml, Format::kGexf}) {
    EXPECT_EQ(ParseFormat(FormatName(format)), format);
  }
  EXPECT_EQ(FormatNames(), "table, vertical, csv, tsv, json, jsonl, markdown, dot, graphml, gexf");
  EXPECT_EQ(ParseFormat("xml"), std::nullopt);
  EXPECT_EQ(ParseFormat(""), std::nullopt);
}

}  // namespace
}  // namespace sightline::cli
