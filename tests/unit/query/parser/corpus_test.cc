// Everything that the repository holds in SLQL parses, and prints to text that parses to the same.

#include <gtest/gtest.h>

#include "query/ast/printer.h"
#include "query/parser/parser.h"
#include "tests/unit/query/parser/corpus.h"

namespace sightline::query {
namespace {

TEST(Corpus, Parses) {
  for (const CorpusText& text : Corpus()) {
    const StatusOr<ast::Script> script = Parse(text.text);
    ASSERT_TRUE(script.ok()) << text.name << ": " << script.status();
    EXPECT_FALSE(script->statements.empty()) << text.name;
  }
}

TEST(Corpus, SurvivesPrintingAndParsing) {
  for (const CorpusText& text : Corpus()) {
    const StatusOr<ast::Script> script = Parse(text.text);
    ASSERT_TRUE(script.ok()) << text.name;
    const std::string printed = ast::Print(*script);
    const StatusOr<ast::Script> again = Parse(printed);
    ASSERT_TRUE(again.ok()) << printed << "\n" << again.status();
    EXPECT_EQ(ast::Print(*again), printed) << text.name;
  }
}

TEST(Corpus, EachStatementsPlaceIsItsText) {
  for (const CorpusText& text : Corpus()) {
    const StatusOr<ast::Script> script = Parse(text.text);
    ASSERT_TRUE(script.ok()) << text.name;
    for (const ast::Statement& statement : script->statements) {
      const std::string own =
          text.text.substr(statement.span.begin, statement.span.end - statement.span.begin);
      const StatusOr<ast::Script> alone = Parse(own);
      ASSERT_TRUE(alone.ok()) << own;
      ASSERT_EQ(alone->statements.size(), 1u);
      EXPECT_EQ(ast::Print(alone->statements[0]), ast::Print(statement));
    }
  }
}

}  // namespace
}  // namespace sightline::query
