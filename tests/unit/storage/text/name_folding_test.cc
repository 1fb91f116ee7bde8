#include "storage/text/name_folding.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace sightline::storage {
namespace {

using std::string_literals::operator""s;

TEST(FoldName, FoldsCase) {
  EXPECT_EQ(FoldName("Hangzhou HIKVISION"), "hangzhou hikvision");
  EXPECT_EQ(FoldName("УРАЛВАГОНЗАВОД"), "уралвагонзавод");
  EXPECT_EQ(FoldName("Straße"), "strasse");
  EXPECT_EQ(FoldName("STRAẞE"), "strasse");
  EXPECT_EQ(FoldName("ΟΔΟΣ"), FoldName("οδος"));
  EXPECT_EQ(FoldName("İstanbul"), "istanbul");
  EXPECT_EQ(FoldName("Isparta"), FoldName("ısparta"));
}

TEST(FoldName, StripsDiacritics) {
  EXPECT_EQ(FoldName("Łódź"), "lodz");
  EXPECT_EQ(FoldName("Škoda"), "skoda");
  EXPECT_EQ(FoldName("S\u030Ckoda"), "skoda");  // The same, decomposed.
  EXPECT_EQ(FoldName("Kongsberg Gruppen Ærø"), "kongsberg gruppen aero");
  EXPECT_EQ(FoldName("Đà Nẵng"), "da nang");
  EXPECT_EQ(FoldName("Королёв"), "королев");
  EXPECT_EQ(FoldName("مُحَمَّد"), FoldName("محمد"));
}

TEST(FoldName, KeepsMarksThatAreLetters) {
  EXPECT_EQ(FoldName("हिन्दी"), "हिन्दी");
  EXPECT_EQ(FoldName("ไทย"), "ไทย");
  EXPECT_NE(FoldName("が"), FoldName("か"));
  EXPECT_EQ(FoldName("삼성"), "삼성");  // Composed again.
}

TEST(FoldName, FoldsCompatibilityForms) {
  EXPECT_EQ(FoldName("Ｈｉｋｖｉｓｉｏｎ"), "hikvision");
  EXPECT_EQ(FoldName("ﬁnance"), "finance");
  EXPECT_EQ(FoldName("№ 5"), "no 5");
}

TEST(FoldName, CollapsesAndTrimsWhiteSpace) {
  EXPECT_EQ(FoldName("  Wuhan \t\r\n Tongsheng  "), "wuhan tongsheng");
  EXPECT_EQ(FoldName("Wuhan\u00A0\u3000Tongsheng\u2009"), "wuhan tongsheng");
  EXPECT_EQ(FoldName(""), "");
  EXPECT_EQ(FoldName(" \u00A0 "), "");
  EXPECT_EQ(FoldName("   "), "");
}

TEST(FoldName, DropsInvisibleCharacters) {
  EXPECT_EQ(FoldName("\uFEFFHik\u200Bvis\u00ADion\u200D"), "hikvision");
}

TEST(FoldName, UnifiesPunctuation) {
  EXPECT_EQ(FoldName("O’Brien"), "o'brien");
  EXPECT_EQ(FoldName("O`Brien"), "o'brien");
  EXPECT_EQ(FoldName("O´Brien"), "o'brien");
  EXPECT_EQ(FoldName("OʼBrien"), "o'brien");
  EXPECT_EQ(FoldName("ООО «Технополис»"), "ооо \"технополис\"");
  EXPECT_EQ(FoldName("“Z” „Z“"), "\"z\" \"z\"");
  EXPECT_EQ(FoldName("T‑72 – T—90 − T-34"), "t-72 - t-90 - t-34");
}

TEST(FoldName, KeepsLegalFormsAndPunctuation) {
  EXPECT_EQ(FoldName("Hikvision Co., Ltd."), "hikvision co., ltd.");
}

TEST(FoldName, PutsAReplacementForBytesThatAreNotUtf8) {
  EXPECT_EQ(FoldName("a\xFFz"), "a\uFFFDz");
}

TEST(FoldName, FoldsAsciiAsItFoldsTheRest) {
  // An é at the end takes the general way; the rest must not depend on it.
  std::string ascii;
  for (char c = 1; c > 0; ++c) ascii.push_back(c);
  EXPECT_EQ(FoldName(ascii + "é"), FoldName(ascii) + "e");
  EXPECT_EQ(FoldName("A\0B"s + "é"), FoldName("A\0B"s) + "e");
}

TEST(FoldName, RunsInManyThreads) {
  std::vector<std::thread> threads;
  std::vector<int> good(4, 0);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&good, i] {
      for (int n = 0; n < 500; ++n) good[i] += FoldName("Łódź «Škoda»") == "lodz \"skoda\"";
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, std::vector<int>(4, 500));
}

}  // namespace
}  // namespace sightline::storage
