#include "storage/text/name_match.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace sightline::storage {
namespace {

double ScoreOf(const std::string& query, const std::string& name) {
  return NameQuery(query).Score(FormOfName(name));
}
bool AreAlike(const std::string& query, const std::string& name) {
  const NameForm form = FormOfName(name);
  const NameQuery asked(query);
  return asked.MayMatch(form) && asked.Score(form) >= kNameScoreMin;
}

TEST(NameQuery, ScoresOneForTheSameForm) {
  EXPECT_DOUBLE_EQ(ScoreOf("HIKVISION", "Hikvision"), 1);
  EXPECT_DOUBLE_EQ(ScoreOf("海康威视", "hai kang wei shi"), 1);
  EXPECT_LT(ScoreOf("Hikvision", "Hikvision GmbH"), 1);
  EXPECT_GE(ScoreOf("Hikvision", "Hikvision GmbH"), 0.99);
}

TEST(NameQuery, FindsWhatIsMisspelt) {
  EXPECT_TRUE(AreAlike("Hikvison", "Hikvision"));
  EXPECT_TRUE(AreAlike("Hikivsion", "Hikvision"));
  EXPECT_TRUE(AreAlike("Hangzou Hikvision Digital", "Hangzhou Hikvision Digital Technology"));
  EXPECT_FALSE(AreAlike("Hikvision", "Dahua Technology"));
}

TEST(NameQuery, FindsOtherSpacingAndOrder) {
  EXPECT_TRUE(AreAlike("haikang weishi", "海康威视"));
  EXPECT_TRUE(AreAlike("haikangweishi", "海康威视"));
  EXPECT_TRUE(AreAlike("Vladimir Putin", "PUTIN, Vladimir"));
  EXPECT_DOUBLE_EQ(ScoreOf("Vladimir Putin", "PUTIN, Vladimir"), 1);
}

TEST(NameQuery, FindsOtherScriptsAndSpellings) {
  EXPECT_TRUE(AreAlike("Kuznetsov", "Кузнецов"));
  EXPECT_TRUE(AreAlike("Sergei Lavrov", "Сергей Лавров"));
  EXPECT_TRUE(AreAlike("Хиквижн", "Hikvizhn"));
  EXPECT_TRUE(AreAlike("Mohammed Zidane", "محمد زيدان"));
  EXPECT_TRUE(AreAlike("سيف العدل", "Sayf al-Adl"));
}

TEST(NameQuery, PrefersTheShorterOfTwoThatHaveAllItsWords) {
  EXPECT_GT(ScoreOf("Hikvision", "Hikvision Digital"),
            ScoreOf("Hikvision", "Hangzhou Hikvision Digital Technology"));
  EXPECT_TRUE(AreAlike("Hikvision", "Hangzhou Hikvision Digital Technology"));
}

TEST(NameQuery, TakesNamesOfAnyLength) {
  const std::string long_name(100'000, 'x');
  EXPECT_DOUBLE_EQ(ScoreOf(long_name, long_name), 1);
  EXPECT_LT(ScoreOf(long_name, "Hikvision"), 0.1);
  std::string many_words;
  for (int i = 0; i < 10'000; ++i) many_words += "word" + std::to_string(i) + " ";
  EXPECT_GE(ScoreOf(many_words, many_words), 0.99);
  EXPECT_GE(ScoreOf("", "Hikvision"), 0);
  EXPECT_GE(ScoreOf("Hikvision", ""), 0);
}

TEST(NameQuery, NeverExceedsItsBound) {
  const std::vector<std::string> names = {"Hikvision",
                                          "Hangzhou Hikvision Digital Technology",
                                          "Vladimir Putin",
                                          "PUTIN, Vladimir",
                                          "Dahua",
                                          "Уралвагонзавод",
                                          "Uralvagonzavod",
                                          "aaaa aaaa",
                                          "Sergei Lavrov",
                                          "Сергей Викторович Лавров",
                                          "ABC",
                                          "ACB",
                                          "haikang weishi",
                                          "海康威视",
                                          "Bank of Moscow",
                                          "Moscow Bank"};
  for (const std::string& asked : names) {
    const NameQuery query(asked);
    for (const std::string& name : names) {
      const NameForm form = FormOfName(name);
      const auto trigrams = TrigramsOf(NeutralSpelling(form.words));
      std::vector<Trigram> shared;
      std::set_intersection(trigrams.begin(), trigrams.end(), query.trigrams().begin(),
                            query.trigrams().end(), std::back_inserter(shared));
      EXPECT_LE(query.Score(form), query.ScoreMax(shared.size(), trigrams.size()))
          << asked << " / " << name;
      EXPECT_GE(query.Score(form), 0);
      EXPECT_LE(query.Score(form), 1.0000001);
    }
  }
}

}  // namespace
}  // namespace sightline::storage
