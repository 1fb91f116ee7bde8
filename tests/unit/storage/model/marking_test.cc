#include "storage/model/marking.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace sightline::storage {
namespace {

using Authorizations = std::set<std::string, std::less<>>;

bool Satisfied(std::string_view expression, const Authorizations& authorizations) {
  const StatusOr<AccessExpression> parsed = AccessExpression::Parse(expression);
  EXPECT_TRUE(parsed.ok()) << expression << ": " << parsed.status();
  return parsed.ok() && parsed->IsSatisfiedBy(authorizations);
}

StatusCode CodeOf(std::string_view expression) {
  return AccessExpression::Parse(expression).status().code();
}

TEST(TlpLabel, NamesComeBack) {
  for (const std::string_view name :
       {"TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"}) {
    const std::optional<TlpLabel> label = ParseTlpLabel(name);
    ASSERT_TRUE(label.has_value()) << name;
    EXPECT_EQ(TlpLabelName(*label), name);
  }
  EXPECT_EQ(ParseTlpLabel("tlp:amber+Strict"), TlpLabel::kAmberStrict);
  EXPECT_EQ(ParseTlpLabel("TLP:WHITE"), TlpLabel::kClear);
  EXPECT_EQ(ParseTlpLabel("amber"), TlpLabel::kAmber);
}

TEST(TlpLabel, RefusesOthers) {
  for (const std::string_view text : {"", "TLP:", "TLP:BLUE", "TLP: RED", "TLP:TLP:RED", "REDD"}) {
    EXPECT_EQ(ParseTlpLabel(text), std::nullopt) << text;
  }
}

TEST(AccessExpression, CombinesTokens) {
  EXPECT_TRUE(Satisfied("", {}));
  EXPECT_TRUE(Satisfied("desk/china&(eu|nato)", {"desk/china", "nato"}));
  EXPECT_FALSE(Satisfied("desk/china&(eu|nato)", {"desk/china"}));
  EXPECT_FALSE(Satisfied("desk/china&(eu|nato)", {"eu", "nato"}));
  EXPECT_TRUE(Satisfied("\"a \\\"b\\\" \\\\\"", {"a \"b\" \\"}));
  EXPECT_TRUE(Satisfied("\"五\"", {"五"}));
}

TEST(AccessExpression, NamesTheByteWhereItStopsParsing) {
  const Status status = AccessExpression::Parse("a&b|c").status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(MessageOf(status).find("byte 3"), std::string::npos) << MessageOf(status);
}

TEST(AccessExpression, RefusesBadTokens) {
  for (const std::string_view text :
       {"a b", "a\n", "!a", "\"a", "\"\"", "\"\\n\"", "\"a\tb\"", "五", "\"\xFF\"", "a&", "()"}) {
    EXPECT_EQ(CodeOf(text), StatusCode::kInvalidArgument) << text;
  }
}

TEST(AccessExpression, NestsSixtyFourDeepAndNoDeeper) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '(') + "a" + std::string(depth, ')');
  };
  EXPECT_TRUE(Satisfied(nested(64), {"a"}));
  EXPECT_EQ(CodeOf(nested(65)), StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(nested(1'000'000)), StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(std::string(1'000'000, '(')), StatusCode::kInvalidArgument);
}

TEST(AccessExpression, MayBeLong) {
  std::string all = "a";
  std::string any = "b";
  for (int i = 0; i < 200'000; ++i) {
    all += "&a";
    any += "|b";
  }
  EXPECT_TRUE(Satisfied(all, {"a"}));
  EXPECT_FALSE(Satisfied(all + "&c", {"a"}));
  EXPECT_FALSE(Satisfied(any, {"a"}));
  EXPECT_TRUE(Satisfied(any + "|a", {"a"}));
}

// Accumulo's own examples: what they expect of every expression under every set of authorizations.
TEST(AccessExpression, AgreesWithAccumulo) {
  const char* shared = std::getenv("SIGHTLINE_SHARED_DATA");
  const std::filesystem::path root = shared != nullptr ? shared : "../shared/data";
  std::ifstream file(root / "accumulo-access" / "testdata.json");
  if (!file) GTEST_SKIP() << "No " << root / "accumulo-access/testdata.json";
  int compared = 0;
  for (const nlohmann::json& group : nlohmann::json::parse(file)) {
    for (const nlohmann::json& test : group["tests"]) {
      const std::string expected = test["expectedResult"];
      for (const std::string expression : test["expressions"]) {
        ++compared;
        const StatusOr<AccessExpression> parsed = AccessExpression::Parse(expression);
        EXPECT_EQ(parsed.ok(), expected != "ERROR") << expression;
        if (!parsed.ok()) continue;
        // With several sets, a reader holds what every one of them is satisfied by.
        bool accessible = true;
        for (const nlohmann::json& set : group["auths"]) {
          accessible = accessible && parsed->IsSatisfiedBy(set.get<Authorizations>());
        }
        EXPECT_EQ(accessible, expected == "ACCESSIBLE") << expression;
      }
    }
  }
  EXPECT_GT(compared, 200);
}

TEST(Clearance, NeedsLabelAndExpression) {
  const Clearance reader{TlpLabel::kAmber, {"desk/china"}, false};
  EXPECT_TRUE(reader.Permits({}));
  EXPECT_TRUE(reader.Permits({TlpLabel::kAmber, "desk/china"}));
  EXPECT_TRUE(reader.Permits({TlpLabel::kGreen, "desk/china|desk/iran"}));
  EXPECT_FALSE(reader.Permits({TlpLabel::kAmberStrict, "desk/china"}));
  EXPECT_FALSE(reader.Permits({TlpLabel::kRed, ""}));
  EXPECT_FALSE(reader.Permits({TlpLabel::kClear, "desk/iran"}));
}

TEST(Clearance, ShowsADamagedMarkingToNobody) {
  const Clearance reader{TlpLabel::kRed, {"a", "b"}, false};
  EXPECT_FALSE(reader.Permits({TlpLabel::kClear, "a&b|a"}));
  EXPECT_FALSE(reader.Permits({static_cast<TlpLabel>(200), ""}));
  EXPECT_FALSE(Clearance{}.Permits({TlpLabel::kClear, " "}));
}

TEST(Clearance, UnrestrictedReadsEverything) {
  EXPECT_TRUE(Clearance::Unrestricted().Permits({TlpLabel::kRed, "a&b"}));
  EXPECT_TRUE(Clearance::Unrestricted().Permits({TlpLabel::kRed, "does not ( parse"}));
  EXPECT_FALSE(Clearance{}.unrestricted);
}

}  // namespace
}  // namespace sightline::storage
