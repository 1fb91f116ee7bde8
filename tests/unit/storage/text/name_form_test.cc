#include "storage/text/name_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace sightline::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string WordsOf(const std::string& name) { return FormOfName(name).words; }

TEST(FormOfName, FoldsAndCutsIntoWords) {
  EXPECT_EQ(WordsOf("  Hangzhou HIKVISION-Digital "), "hangzhou hikvision digital");
  EXPECT_EQ(WordsOf("Sa’id al-Ádl"), "said al adl");
  EXPECT_EQ(WordsOf("J.Smith, Jr."), "j smith jr");
  EXPECT_EQ(WordsOf("U.S.A. Trading"), "usa trading");
}

TEST(FormOfName, WritesOtherScriptsInLatin) {
  EXPECT_EQ(WordsOf("海康威视"), "hai kang wei shi");
  EXPECT_EQ(WordsOf("Уралвагонзавод"), "uralvagonzavod");
  EXPECT_EQ(WordsOf("Αθήνα"), "athena");
  EXPECT_EQ(WordsOf("삼성"), "samseong");
}

TEST(FormOfName, TakesLegalFormsOffBothEnds) {
  for (const char* name :
       {"Technopolis", "Technopolis GmbH", "Technopolis Co., Ltd.", "OOO Technopolis",
        "Technopolis S.A.", "JSC \"Technopolis\"", "Limited Liability Company Technopolis",
        "Obshchestvo s Ogranichennoi Otvetstvennostyu Technopolis",
        "OBSHCHESTVO S OGRANICHENNOY OTVETSTVENNOSTIU 'Technopolis'",
        "Technopolis GmbH & Co. KG"}) {
    EXPECT_EQ(WordsOf(name), "technopolis") << name;
  }
  EXPECT_EQ(WordsOf("ООО «Технополис»"), WordsOf("Технополис"));
  EXPECT_EQ(WordsOf("Общество с ограниченной ответственностью «Технополис»"),
            WordsOf("Технополис"));
  EXPECT_EQ(WordsOf("武汉高芯科技有限公司"), WordsOf("武汉高芯科技"));
  EXPECT_EQ(FormOfName("OOO Technopolis Ltd").legal, "ooo ltd");
}

TEST(FormOfName, KeepsALegalFormThatIsTheWholeName) {
  EXPECT_EQ(WordsOf("Ltd."), "ltd");
  EXPECT_EQ(WordsOf("Company Limited"), "company limited");
  EXPECT_EQ(FormOfName("Company Limited").legal, "");
}

TEST(FormOfName, KeepsLegalFormsInTheMiddle) { EXPECT_EQ(WordsOf("Ali Sa Omar"), "ali sa omar"); }

TEST(FormOfName, IsNeverEmptyForANameThatHasACharacter) {
  EXPECT_EQ(WordsOf("???"), "???");
  EXPECT_FALSE(WordsOf("  ").empty());
  EXPECT_FALSE(WordsOf(std::string(1, '\0')).empty());
  EXPECT_EQ(WordsOf(""), "");
}

TEST(FormOfName, KnowsScriptsWithoutVowels) {
  EXPECT_TRUE(FormOfName("سيف العدل").vowelless);
  EXPECT_TRUE(FormOfName("בנימין").vowelless);
  EXPECT_FALSE(FormOfName("Sayf al-Adl").vowelless);
  EXPECT_FALSE(FormOfName("海康威视").vowelless);
}

TEST(FormOfName, RunsInManyThreads) {
  std::vector<std::thread> threads;
  std::vector<int> good(8, 0);
  for (int& count : good) {
    threads.emplace_back([&count] {
      for (int n = 0; n < 200; ++n) count += WordsOf("ООО «Хиквижн»") == "hikvizn";
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(good, testing::Each(200));
}

TEST(NeutralSpelling, IsTheSameForTheUsualRomanisations) {
  for (const char* name : {"khrushchev", "hruscev", "chruschtschew"}) {
    EXPECT_LE(NeutralSpelling(name).size(), 9u) << name;
  }
  EXPECT_EQ(NeutralSpelling("sergey"), NeutralSpelling("sergei"));
  EXPECT_EQ(NeutralSpelling("yulia"), NeutralSpelling("iuliia"));
  EXPECT_EQ(NeutralSpelling("aleksei"), NeutralSpelling("alexey"));
  EXPECT_EQ(NeutralSpelling("zhukov"), NeutralSpelling("zukov"));
  EXPECT_EQ(NeutralSpelling("mohammed"), NeutralSpelling("mohamed"));
}

TEST(NeutralSpelling, LeavesNoWordEmptyAndKeepsDigits) {
  EXPECT_EQ(NeutralSpelling("y"), "i");
  EXPECT_EQ(NeutralSpelling("il 76 1100"), "il 76 1100");
  EXPECT_EQ(NeutralSpelling(""), "");
}

TEST(TrigramsOf, HasAsManyAsLetters) {
  EXPECT_EQ(TrigramsOf("ab c").size(), 3u);
  EXPECT_EQ(TrigramsOf("a").size(), 1u);
  EXPECT_EQ(TrigramsOf("ab c"), TrigramsOf("abc"));
  EXPECT_THAT(TrigramsOf(""), IsEmpty());
}

TEST(ConsonantsOf, LeavesOutVowelsAndTheArticle) {
  EXPECT_THAT(ConsonantsOf("mohamed alasad ali"), ElementsAre("mhmd", "sd"));
  EXPECT_THAT(ConsonantsOf("hamza"), ElementsAre("hmz"));
  EXPECT_EQ(ConsonantsOf(NeutralSpelling(FormOfName("محمد").words)),
            ConsonantsOf(NeutralSpelling(FormOfName("Mohammed").words)));
}

}  // namespace
}  // namespace sightline::storage
