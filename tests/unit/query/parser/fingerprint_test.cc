#include "query/parser/fingerprint.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace sightline::query {
namespace {

uint64_t Of(std::string_view text) { return FingerprintOf(text, 1'000); }

TEST(Fingerprint, IsOfTheQuestionAndNotOfWhatItNames) {
  const uint64_t one = Of("MATCH (s)-[:supplies]->(\"optics\") WHERE s.date > 2023-01-01 RETURN s");
  EXPECT_NE(one, 0u);
  for (const char* same :
       {"match (s)-[:supplies]->('radars') where s.date > 2024-02-02 return s",
        "MATCH (s)\n  -[:supplies]->(\"\") /* why */ WHERE s.date > 2023-01-01 RETURN s // so"}) {
    EXPECT_EQ(Of(same), one) << same;
  }
  EXPECT_EQ(Of("MATCH (#a) RETURN $x"), Of("MATCH (#`b c`) RETURN $y"));
}

TEST(Fingerprint, DiffersWithTheQuestion) {
  std::set<uint64_t> fingerprints;
  for (const char* text :
       {"MATCH (s) RETURN s", "MATCH (t) RETURN t", "MATCH (s:Company) RETURN s",
        "MATCH (s:Person) RETURN s", "MATCH (s) RETURN s LIMIT 5", "MATCH (s) RETURN s, s", "",
        "MATCH (s {a: 1}) RETURN s", "MATCH (s {a: 'x'}) RETURN s"}) {
    fingerprints.insert(Of(text));
  }
  EXPECT_EQ(fingerprints.size(), 9u);
}

TEST(NormalisedText, HasNoLiteralsIdsOrParameters) {
  const auto normalised = [](std::string_view text) { return NormalisedText(text, 1'000, 200); };
  EXPECT_EQ(normalised("MATCH (s:Company {name: \"Secret\"})-[:supplies*..3]->(#org/secret) "
                       "WHERE s.n > 12.5 AND s.d < 2023-01-01 /* secret */ RETURN s LIMIT $secret"),
            "MATCH ( s : Company { name : ? } ) - [ : supplies * .. ? ] - > ( #? ) WHERE s . n > ? "
            "AND s . d < ? RETURN s LIMIT ?");
  EXPECT_EQ(normalised("RETURN `secret`, 'se''cret', @secret, 5k, 0x1F // secret"),
            "RETURN ? , ? , ? , ? , ?");
  EXPECT_EQ(normalised("RETURN \"secret"), "RETURN ?");
  EXPECT_EQ(normalised(""), "");
}

TEST(NormalisedText, IsCutAndNoneOfWhatCannotBeRead) {
  EXPECT_EQ(NormalisedText("MATCH (a) RETURN a", 1'000, 9), "MATCH ( a ...");
  EXPECT_EQ(NormalisedText("RETURN '\xff'", 1'000, 100), "");
  EXPECT_EQ(NormalisedText(std::string(1'001, ' '), 1'000, 100), "");
}

TEST(Fingerprint, OfWhatCannotBeReadIsNone) {
  EXPECT_EQ(Of("RETURN '\xff'"), 0u);
  EXPECT_EQ(Of(std::string(1'001, ' ')), 0u);
  EXPECT_NE(Of("this is ' no query"), 0u);
}

}  // namespace
}  // namespace sightline::query
