#include <gtest/gtest.h>

#include <string>

#include "query/diagnostics/diagnostic.h"

namespace sightline::query {
namespace {

// Points at the first `word` in `text`.
SourceSpan Find(const std::string& text, const std::string& word) {
  const size_t begin = text.find(word);
  EXPECT_NE(begin, std::string::npos);
  uint32_t line = 1, column = 1;
  for (size_t i = 0; i < begin; ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 1;
    } else if ((text[i] & 0xC0) != 0x80) {
      ++column;
    }
  }
  return {static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + word.size()), line, column};
}

Diagnostic At(const SourceSpan& span) {
  Diagnostic diagnostic;
  diagnostic.code = "SL1003";
  diagnostic.message = "unexpected";
  diagnostic.span = span;
  return diagnostic;
}

TEST(Render, MarksThePlaceAndHelps) {
  const std::string text = "MATCH (s)-[:supplies]->(:Optic) RETURN s";
  Diagnostic diagnostic;
  diagnostic.code = "SL2011";
  diagnostic.message = "there is no class 'Optic'";
  diagnostic.span = Find(text, "Optic");
  diagnostic.labels = {{diagnostic.span, "did you mean Optics?"}};
  diagnostic.help = {"12 instances, 4 kinds below it"};
  EXPECT_EQ(Render(diagnostic, text),
            "error[SL2011]: there is no class 'Optic'\n"
            " 1 | MATCH (s)-[:supplies]->(:Optic) RETURN s\n"
            "   |                          ^^^^^ did you mean Optics?\n"
            "   = help: 12 instances, 4 kinds below it\n");
}

TEST(Render, NamesTheSeverity) {
  Diagnostic diagnostic = At({0, 1, 1, 1});
  diagnostic.severity = Severity::kWarning;
  EXPECT_TRUE(Render(diagnostic, "x").starts_with("warning[SL1003]: "));
  diagnostic.severity = Severity::kNotice;
  EXPECT_TRUE(Render(diagnostic, "x").starts_with("notice[SL1003]: "));
}

TEST(Render, LabelsElsewhereShowTheirLineInOrder) {
  const std::string text = "MATCH (a\nWHERE a.b\nRETURN a";
  Diagnostic diagnostic = At(Find(text, "RETURN"));
  diagnostic.labels = {{Find(text, "("), "opened here"}};
  EXPECT_EQ(Render(diagnostic, text),
            "error[SL1003]: unexpected\n"
            " 1 | MATCH (a\n"
            "   |       - opened here\n"
            " 3 | RETURN a\n"
            "   | ^^^^^^\n");
}

TEST(Render, TabsAndWideCharactersKeepTheCaretAligned) {
  const std::string tabs = "\tx\tHERE";
  EXPECT_EQ(Render(At(Find(tabs, "HERE")), tabs),
            "error[SL1003]: unexpected\n 1 |     x    HERE\n   |          ^^^^\n");
  const std::string wide = "海康 e\xCC\x81 HERE 公司";  // e with a combining accent.
  EXPECT_EQ(Render(At(Find(wide, "HERE")), wide),
            "error[SL1003]: unexpected\n 1 | 海康 e\xCC\x81 HERE 公司\n   |        ^^^^\n");
  EXPECT_EQ(Render(At(Find(wide, "公司")), wide),
            "error[SL1003]: unexpected\n 1 | 海康 e\xCC\x81 HERE 公司\n   |             ^^^^\n");
}

TEST(Render, LongLinesAreCutAroundThePlace) {
  const std::string text = std::string(500, 'a') + " HERE " + std::string(500, 'b');
  const std::string rendered = Render(At(Find(text, "HERE")), text);
  std::vector<std::string> lines;
  for (size_t at = 0; at < rendered.size(); at = rendered.find('\n', at) + 1) {
    lines.push_back(rendered.substr(at, rendered.find('\n', at) - at));
  }
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_LT(lines[1].size(), 110u);
  EXPECT_EQ(lines[1].find("HERE"), lines[2].find("^^^^"));
  EXPECT_TRUE(lines[1].starts_with(" 1 | ...a"));
  EXPECT_TRUE(lines[1].ends_with("b..."));
}

TEST(Render, AMegabyteInOneLineIsCutToo) {
  std::string text;
  for (int i = 0; i < 300'000; ++i) text += "海";
  text += "HERE";
  const std::string rendered = Render(At(Find(text, "HERE")), text);
  EXPECT_LT(rendered.size(), 500u);
  EXPECT_NE(rendered.find("HERE"), std::string::npos);
}

TEST(Render, APlaceOverSeveralLinesIsMarkedToTheEndOfItsFirst) {
  const std::string text = "RETURN 'a\nb'";
  EXPECT_EQ(Render(At({7, 12, 1, 8}), text),
            "error[SL1003]: unexpected\n 1 | RETURN 'a\n   |        ^^\n");
}

TEST(Render, TheEndOfTheTextCanBeMarked) {
  EXPECT_EQ(Render(At({6, 6, 1, 7}), "RETURN"),
            "error[SL1003]: unexpected\n 1 | RETURN\n   |       ^\n");
  EXPECT_EQ(Render(At({0, 0, 1, 1}), ""), "error[SL1003]: unexpected\n 1 | \n   | ^\n");
  // Beyond the text, from a text that changed: no crash.
  EXPECT_FALSE(Render(At({90, 95, 4, 2}), "RETURN").empty());
}

TEST(Render, ControlAndDirectionCharactersAreNotPrinted) {
  const std::string text = "a\x1B[31m \xE2\x80\xAE HERE\x00 x";
  const std::string rendered = Render(At(Find(text, "HERE")), text);
  EXPECT_EQ(rendered.find('\x1B'), std::string::npos);
  EXPECT_EQ(rendered.find("\xE2\x80\xAE"), std::string::npos);
}

TEST(Render, WindowsLineEndsAreNotShown) {
  const std::string text = "MATCH (a)\r\nHERE\r\n";
  EXPECT_EQ(Render(At(Find(text, "HERE")), text),
            "error[SL1003]: unexpected\n 2 | HERE\n   | ^^^^\n");
}

}  // namespace
}  // namespace sightline::query
