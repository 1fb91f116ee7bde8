#include "server/auth/token_secret.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace sightline::server {
namespace {

TEST(TokenSecret, ATokenReadsBackAsItWasWritten) {
  const TokenText token = *MakeToken();
  const StatusOr<TokenText> read = ParseToken(token.ToString());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->id, token.id);
  EXPECT_EQ(read->secret, token.secret);
}

TEST(TokenSecret, NoTwoTokensAreAlike) {
  std::set<std::string> ids, secrets;
  for (int i = 0; i < 1'000; ++i) {
    const TokenText token = *MakeToken();
    ids.insert(token.id);
    secrets.insert(token.secret);
  }
  EXPECT_EQ(ids.size(), 1'000u);
  EXPECT_EQ(secrets.size(), 1'000u);
}

TEST(TokenSecret, OtherTextsAreNotTokensAndAreNotRepeated) {
  const std::string good = MakeToken()->ToString();
  std::string upper = good;
  upper.back() = 'A';
  std::string nul = good;
  nul[10] = '\0';
  for (const std::string& text :
       {std::string(), std::string("?"), std::string("slt_"), good + "0", good.substr(1), upper,
        nul, good.substr(0, good.size() - 1), "SLT_" + good.substr(4), std::string(1 << 20, 'a')}) {
    const StatusOr<TokenText> read = ParseToken(text);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.status().code(), StatusCode::kUnauthenticated);
    if (text.size() > 4) {
      EXPECT_EQ(MessageOf(read.status()).find(text), std::string::npos);
    }
  }
}

// SHA-256 of "abc": FIPS 180-4's own example.
TEST(TokenSecret, HashesWithSha256) {
  const std::string hash = HashSecret("abc");
  ASSERT_EQ(hash.size(), 32u);
  EXPECT_EQ(static_cast<unsigned char>(hash[0]), 0xBA);
  EXPECT_EQ(static_cast<unsigned char>(hash[31]), 0xAD);
  EXPECT_TRUE(SecretMatches("abc", hash));
  EXPECT_FALSE(SecretMatches("abd", hash));
  EXPECT_FALSE(SecretMatches("abc", hash.substr(0, 31)));
  EXPECT_FALSE(SecretMatches("", std::string(32, '\0')));
}

}  // namespace
}  // namespace sightline::server
