#include "clients/cli/slql_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>

namespace sightline::cli {
namespace {

using testing::ElementsAre;

// "K:MATCH", with a letter for each kind.
std::vector<std::string> Tokens(std::string_view text) {
  std::vector<std::string> tokens;
  for (const SlqlToken& token : SlqlTokens(text)) {
    const char kind = "KNLEPTDCS"[static_cast<size_t>(token.kind)];
    tokens.push_back(std::string(1, kind) + ":" +
                     std::string(text.substr(token.begin, token.end - token.begin)));
  }
  return tokens;
}

// The test runs in the root of the repository.
TEST(SlqlTokens, KeywordsAreThoseOfTheGrammar) {
  std::ifstream file("query/grammar/SLQLLexer.g4");
  ASSERT_TRUE(file.is_open());
  std::set<std::string> expected;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("K_")) continue;
    expected.insert(line.substr(2, line.find_first_of(" :") - 2));
  }
  ASSERT_GT(expected.size(), 100u);
  const std::vector<std::string_view>& ours = SlqlKeywords();
  EXPECT_EQ(std::set<std::string>(ours.begin(), ours.end()), expected);
  EXPECT_TRUE(std::is_sorted(ours.begin(), ours.end()));
}

TEST(SlqlTokens, OfAQuery) {
  EXPECT_THAT(Tokens("match (s)-[:supplies]->(\"optics\")\nRETURN s.name LIMIT 3 // few"),
              ElementsAre("K:match", "S:(", "N:s", "S:)", "S:-", "S:[", "S::", "L:supplies", "S:]",
                          "S:-", "S:>", "S:(", "T:\"optics\"", "S:)", "K:RETURN", "N:s", "S:.",
                          "L:name", "K:LIMIT", "D:3", "C:// few"));
}

TEST(SlqlTokens, AWordBehindAColonOrADotIsNoKeyword) {
  EXPECT_THAT(Tokens("r.count x:Class count"),
              ElementsAre("N:r", "S:.", "L:count", "N:x", "S::", "L:Class", "K:count"));
}

TEST(SlqlTokens, NumbersAndDates) {
  EXPECT_THAT(Tokens("1..3 1.5 40k 0xFF 2023-10-01 2023-Q4 2023-10 2023-10-01T08:30:00+02:00 5-3"),
              ElementsAre("D:1", "S:.", "S:.", "D:3", "D:1.5", "D:40k", "D:0xFF", "D:2023-10-01",
                          "D:2023-Q4", "D:2023", "S:-", "D:10", "D:2023-10-01T08:30:00+02:00",
                          "D:5", "S:-", "D:3"));
}

TEST(SlqlTokens, NamesAndTextsOfAllKinds) {
  EXPECT_THAT(Tokens("#org/hik-vision $a `x y` 'it''s' \"a\\\"b\" 海康 #`Q42:x`"),
              ElementsAre("E:#org/hik-vision", "P:$a", "N:`x y`", "T:'it''s'", "T:\"a\\\"b\"",
                          "N:海康", "E:#`Q42:x`"));
}

TEST(SlqlTokens, WhatHasNoEndGoesToTheEnd) {
  EXPECT_THAT(Tokens("'a\nb"), ElementsAre("T:'a\nb"));
  EXPECT_THAT(Tokens("/* a"), ElementsAre("C:/* a"));
  EXPECT_THAT(Tokens("'a\\"), ElementsAre("T:'a\\"));
  EXPECT_THAT(Tokens("`"), ElementsAre("N:`"));
  EXPECT_THAT(Tokens("#"), ElementsAre("S:#"));
}

TEST(SlqlTokens, CoverAnyText) {
  unsigned state = 3;
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (int n = 0; n < 20; ++n) {
      state = state * 1'103'515'245 + 12'345;
      text += "ab'\"`#$/*\\. \n:0129-TQ\xE6"[(state >> 16) % 25];
    }
    size_t at = 0;
    for (const SlqlToken& token : SlqlTokens(text)) {
      ASSERT_GE(token.begin, at);
      ASSERT_GT(token.end, token.begin);
      ASSERT_LE(token.end, text.size());
      at = token.end;
    }
  }
}

TEST(LastStatement, IsBehindTheLastSemicolonThatCounts) {
  const std::string text = "DEFINE CLASS A; /* ; */ MATCH (a {x: ';'}) RETURN a; // end";
  EXPECT_EQ(text.substr(LastStatement(text)), "MATCH (a {x: ';'}) RETURN a; // end");
  EXPECT_EQ(LastStatement("// nothing"), 10u);
  EXPECT_EQ(LastStatement(";;"), 2u);
}

}  // namespace
}  // namespace sightline::cli
