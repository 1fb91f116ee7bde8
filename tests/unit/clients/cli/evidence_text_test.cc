#include "clients/cli/evidence_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/clients/result_builder.h"

namespace sightline::cli {
namespace {

using client::BooleanValue;
using client::FactValue;
using client::IntegerValue;
using client::ListValue;
using client::MapValue;
using client::NodeValue;
using client::TextValue;
using testing::HasSubstr;

client::NodeCards Cards() {
  return client::ResultBuilder()
      .Card(1, "org/hikvision", "Company", "Hikvision")
      .Card(2, "prod/optics", "Product", "optical components")
      .Card(3, "org/us-officials", "Organization", "US officials")
      .Card(4, "doc/ap", "Article", "AP report")
      .Card(5, "s/17", "", "")
      .Card(6, "s/18", "", "")
      .Card(7, "org/cn-mfa", "Organization", "Foreign Ministry")
      .Cards();
}

v1::Value Statement(uint64_t node, const std::string& polarity, uint64_t claimant,
                    const v1::Value& document, const v1::Value& quote) {
  return MapValue({{"statement", NodeValue(node)},
                   {"polarity", TextValue(polarity)},
                   {"claimant", NodeValue(claimant)},
                   {"document", document},
                   {"quote", quote},
                   {"mode", TextValue("reported")}});
}

v1::Value Item(int64_t derivation, int64_t of, bool disputed, std::vector<v1::Value> statements) {
  return MapValue({{"derivation", IntegerValue(derivation)},
                   {"of", IntegerValue(of)},
                   {"element", TextValue("(s)-[:supplies]->")},
                   {"fact", FactValue(1, "supplies", NodeValue(2))},
                   {"disputed", BooleanValue(disputed)},
                   {"statements", ListValue(statements)}});
}

std::string Text(const v1::Value& evidence) {
  return EvidenceText(1, "Hikvision", &evidence, Cards(), std::nullopt);
}

TEST(EvidenceText, TellsWhoSaysSoWhereAndInWhichWords) {
  EXPECT_EQ(
      Text(ListValue({Item(1, 1, true,
                           {Statement(5, "asserts", 3, NodeValue(4), TextValue("It supplies.")),
                            Statement(6, "denies", 7, v1::Value(), v1::Value())})})),
      "Row 1: Hikvision\n"
      "    (s)-[:supplies]->   (Hikvision)-[:supplies]->(optical components)   DISPUTED\n"
      "      asserted by US officials, in AP report (reported, #s/17)\n"
      "        \"It supplies.\"\n"
      "      DENIED by Foreign Ministry (reported, #s/18)\n"
      "\n");
}

TEST(EvidenceText, NumbersTheWaysAndTellsOfThoseLeftOut) {
  const v1::Value statement = Statement(5, "asserts", 3, v1::Value(), v1::Value());
  const std::string text =
      Text(ListValue({Item(1, 5, false, {statement}), Item(2, 5, false, {statement})}));
  EXPECT_THAT(text, HasSubstr("  way 1 of 5\n"));
  EXPECT_THAT(text, HasSubstr("  way 2 of 5\n"));
  EXPECT_THAT(text, HasSubstr("  3 more ways are not shown\n"));
}

TEST(EvidenceText, SaysWhenThereIsNone) {
  EXPECT_THAT(Text(ListValue({})), HasSubstr("rests on no statement"));
  EXPECT_THAT(EvidenceText(2, "x", {}, {}, std::nullopt), HasSubstr("rests on no statement"));
  EXPECT_THAT(Text(ListValue({Item(1, 1, false, {})})), HasSubstr("no statement visible to you"));
}

TEST(EvidenceText, WrapsLongQuotesAndKeepsThemHarmless) {
  std::string quote;
  for (int i = 0; i < 30; ++i) quote += "words ";
  quote += "\x1b[2J";
  const v1::Value evidence =
      ListValue({Item(1, 1, false, {Statement(5, "asserts", 3, v1::Value(), TextValue(quote))})});
  const std::string text = EvidenceText(1, "x", &evidence, Cards(), 60);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = text.find('\n', begin);
    EXPECT_LE(end - begin, 100u) << text;
    if (text.substr(begin, end - begin).find("words") != std::string::npos) {
      EXPECT_LE(end - begin, 60u);
    }
    begin = end + 1;
  }
}

TEST(EvidenceText, DrawsWhatItDoesNotKnowAllTheSame) {
  EXPECT_THAT(Text(ListValue({TextValue("novel"), MapValue({{"novel_key", IntegerValue(3)}})})),
              testing::AllOf(HasSubstr("novel"), HasSubstr("novel_key: 3")));
}

}  // namespace
}  // namespace sightline::cli
