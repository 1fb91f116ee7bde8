#include "query/parser/syntax_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/query/parser/corpus.h"

namespace sightline::query {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

using Pieces = std::vector<std::pair<std::string, TokenClass>>;

Pieces PiecesOf(const std::string& text) {
  Pieces pieces;
  for (const SyntaxToken& token : SyntaxTokensOf(text)) {
    pieces.emplace_back(text.substr(token.begin, token.end - token.begin), token.token_class);
  }
  return pieces;
}

TEST(SyntaxTokens, TellWhatEachPieceIs) {
  EXPECT_THAT(
      PiecesOf("MATCH (s:Company {name: $n})-[:supplies]->(\"optics\") // who"),
      ElementsAre(Pair("MATCH", TokenClass::kKeyword), Pair("(", TokenClass::kPunctuation),
                  Pair("s", TokenClass::kName), Pair(":", TokenClass::kPunctuation),
                  Pair("Company", TokenClass::kClass), Pair("{", TokenClass::kPunctuation),
                  Pair("name", TokenClass::kPredicate), Pair(":", TokenClass::kPunctuation),
                  Pair("$n", TokenClass::kParameter), Pair("}", TokenClass::kPunctuation),
                  Pair(")", TokenClass::kPunctuation), Pair("-", TokenClass::kOperator),
                  Pair("[", TokenClass::kPunctuation), Pair(":", TokenClass::kPunctuation),
                  Pair("supplies", TokenClass::kPredicate), Pair("]", TokenClass::kPunctuation),
                  Pair("-", TokenClass::kOperator), Pair(">", TokenClass::kOperator),
                  Pair("(", TokenClass::kPunctuation), Pair("\"optics\"", TokenClass::kText),
                  Pair(")", TokenClass::kPunctuation), Pair("// who", TokenClass::kComment)));
}

TEST(SyntaxTokens, TellNamesByTheirNeighbours) {
  EXPECT_THAT(PiecesOf("(x:A|B&!C)"),
              ElementsAre(Pair("(", TokenClass::kPunctuation), Pair("x", TokenClass::kName),
                          Pair(":", TokenClass::kPunctuation), Pair("A", TokenClass::kClass),
                          Pair("|", TokenClass::kOperator), Pair("B", TokenClass::kClass),
                          Pair("&", TokenClass::kOperator), Pair("!", TokenClass::kOperator),
                          Pair("C", TokenClass::kClass), Pair(")", TokenClass::kPunctuation)));
  const Pieces pieces = PiecesOf("RETURN toUpper(s.name), 2023-10-01, 900M USD, #org/x, path AS p");
  EXPECT_THAT(pieces, Contains(Pair("toUpper", TokenClass::kFunction)));
  EXPECT_THAT(pieces, Contains(Pair("name", TokenClass::kPredicate)));
  EXPECT_THAT(pieces, Contains(Pair("2023-10-01", TokenClass::kDate)));
  EXPECT_THAT(pieces, Contains(Pair("900M", TokenClass::kNumber)));
  EXPECT_THAT(pieces, Contains(Pair("#org/x", TokenClass::kEntity)));
}

TEST(SyntaxTokens, OfTextsThatAreNone) {
  EXPECT_THAT(PiecesOf("“x”"), Contains(Pair("“", TokenClass::kError)));
  EXPECT_THAT(PiecesOf("'open"), ElementsAre(Pair("'open", TokenClass::kError)));
  EXPECT_THAT(PiecesOf("/* open"), ElementsAre(Pair("/* open", TokenClass::kComment)));
  EXPECT_THAT(SyntaxTokensOf("\xFF"), IsEmpty());
  EXPECT_THAT(SyntaxTokensOf(""), IsEmpty());
}

TEST(SyntaxTokens, LeaveOutNothingButWhiteSpace) {
  for (const CorpusText& corpus : Corpus()) {
    size_t end = 0;
    for (const SyntaxToken& token : SyntaxTokensOf(corpus.text)) {
      ASSERT_GE(token.begin, end) << corpus.name;
      ASSERT_GT(token.end, token.begin) << corpus.name;
      const std::string between = corpus.text.substr(end, token.begin - end);
      ASSERT_EQ(between.find_first_not_of(" \t\r\n"), std::string::npos) << corpus.name << between;
      ASSERT_NE(token.token_class, TokenClass::kError) << corpus.name << " " << token.begin;
      end = token.end;
    }
    ASSERT_EQ(corpus.text.find_first_not_of(" \t\r\n", end), std::string::npos) << corpus.name;
  }
}

}  // namespace
}  // namespace sightline::query
