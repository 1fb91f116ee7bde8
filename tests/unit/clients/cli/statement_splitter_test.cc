#include "clients/cli/statement_splitter.h"

#include <gtest/gtest.h>

namespace sightline::cli {
namespace {

// The number of lines after which the statement was complete; 0 when it was not.
size_t CompleteAfter(const std::vector<std::string>& lines) {
  StatementSplitter splitter;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (splitter.AddLine(lines[i])) return i + 1;
  }
  return 0;
}

TEST(StatementSplitter, ASemicolonAtALinesEndEndsAStatement) {
  EXPECT_EQ(CompleteAfter({"MATCH (s)", "RETURN s;"}), 2u);
  EXPECT_EQ(CompleteAfter({"RETURN 1;  "}), 1u);
  EXPECT_EQ(CompleteAfter({"RETURN 1; // done"}), 1u);
  EXPECT_EQ(CompleteAfter({"RETURN 1; /* done */"}), 1u);
  EXPECT_EQ(CompleteAfter({"ASSERT a; RETURN 1"}), 0u);
}

TEST(StatementSplitter, AnEmptyLineEndsAStatement) {
  EXPECT_EQ(CompleteAfter({"RETURN 1", ""}), 2u);
  EXPECT_EQ(CompleteAfter({"RETURN 1", "  \t"}), 2u);
  EXPECT_EQ(CompleteAfter({"", "", "// a comment", "", "RETURN 1", ""}), 6u)
      << "before the statement it does not";
}

TEST(StatementSplitter, NeitherCountsWithinQuotesAndComments) {
  EXPECT_EQ(CompleteAfter({"RETURN \"a;", "", "b;", "\";"}), 4u);
  EXPECT_EQ(CompleteAfter({"RETURN 'a\\';", "';"}), 2u);
  EXPECT_EQ(CompleteAfter({"RETURN 'it''s;", "';"}), 2u);
  EXPECT_EQ(CompleteAfter({"RETURN `a;", "`;"}), 2u);
  EXPECT_EQ(CompleteAfter({"/* ;", "", ";", "*/ RETURN 1;"}), 4u);
  EXPECT_EQ(CompleteAfter({"RETURN 1 // ;"}), 0u);
  EXPECT_EQ(CompleteAfter({"RETURN \"https://example.org\";"}), 1u);
}

TEST(StatementSplitter, KeepsTheTextAsItWasTyped) {
  StatementSplitter splitter;
  splitter.AddLine("// first");
  EXPECT_TRUE(splitter.is_blank());
  splitter.AddLine("RETURN");
  EXPECT_FALSE(splitter.is_blank());
  splitter.AddLine("  1;");
  EXPECT_EQ(splitter.text(), "// first\nRETURN\n  1;\n");
  splitter.Reset();
  EXPECT_TRUE(splitter.is_blank());
  EXPECT_EQ(splitter.text(), "");
}

}  // namespace
}  // namespace sightline::cli
