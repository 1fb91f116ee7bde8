#include "storage/model/statement.h"

#include <gtest/gtest.h>

#include <set>

namespace sightline::storage {
namespace {

TEST(Polarity, HasAName) {
  EXPECT_EQ(PolarityName(Polarity::kAsserts), "asserts");
  EXPECT_EQ(PolarityName(Polarity::kDenies), "denies");
}

TEST(Mode, NamesComeBack) {
  std::set<std::string_view> names;
  for (int i = 1; i <= static_cast<int>(Mode::kRecord); ++i) {
    const Mode mode = static_cast<Mode>(i);
    EXPECT_EQ(ParseMode(ModeName(mode)), mode);
    names.insert(ModeName(mode));
  }
  EXPECT_EQ(names.size(), 10u);
  EXPECT_EQ(ModeName(Mode::kDirectQuote), "direct-quote");
  EXPECT_EQ(ModeName(Mode::kNormalised), "normalised");
  EXPECT_EQ(ModeName(Mode::kRecord), "record");
  EXPECT_EQ(ModeName(Mode::kUnspecified), "");
  EXPECT_EQ(ParseMode(""), std::nullopt);
  EXPECT_EQ(ParseMode("hearsay"), std::nullopt);
}

TEST(Reliability, NamesComeBack) {
  for (int i = 1; i <= static_cast<int>(Reliability::kF); ++i) {
    const Reliability reliability = static_cast<Reliability>(i);
    EXPECT_EQ(ReliabilityName(reliability), std::string(1, static_cast<char>('A' + i - 1)));
    EXPECT_EQ(ParseReliability(ReliabilityName(reliability)), reliability);
  }
  EXPECT_EQ(ReliabilityName(Reliability::kUnstated), "");
  EXPECT_EQ(ParseReliability(""), std::nullopt);
  EXPECT_EQ(ParseReliability("G"), std::nullopt);
  EXPECT_EQ(ParseReliability("AB"), std::nullopt);
}

}  // namespace
}  // namespace sightline::storage
