#include "server/auth/user.h"

#include <gtest/gtest.h>

#include <string>

namespace sightline::server {
namespace {

using storage::TlpLabel;

User Analyst() {
  User user;
  user.name = "mia";
  user.role = Role::kWriter;
  user.clearance.tlp_max = TlpLabel::kAmber;
  user.clearance.authorizations = {"desk", "partner"};
  user.certificate_names = {"mia.example.org", "urn:mia"};
  user.disabled = true;
  user.limits = {.time_ms = 5'000, .rows = 10, .memory_bytes = 0, .steps = 0, .queries = 2};
  return user;
}

AccessToken NarrowToken() {
  AccessToken token;
  token.id = "0123456789abcdef";
  token.user = "mia";
  token.label = "notebook";
  token.secret_hash = std::string(32, 'h');
  token.create_micros = 5;
  token.expire_micros = 7'000'000;
  token.role = Role::kReader;
  token.tlp_max = TlpLabel::kGreen;
  token.authorizations = {"desk", "other"};
  return token;
}

TEST(User, RecordsReadBackAsTheyWereWritten) {
  EXPECT_EQ(*DecodeUser("mia", EncodeUser(Analyst())), Analyst());
  User plain;
  plain.name = "x";
  EXPECT_EQ(*DecodeUser("x", EncodeUser(plain)), plain);
  EXPECT_EQ(*DecodeToken(NarrowToken().id, EncodeToken(NarrowToken())), NarrowToken());
  AccessToken whole = NarrowToken();
  whole.role.reset();
  whole.tlp_max.reset();
  whole.authorizations.reset();
  EXPECT_EQ(*DecodeToken(whole.id, EncodeToken(whole)), whole);
  whole.authorizations.emplace();  // None of them, which is not the same.
  EXPECT_EQ(*DecodeToken(whole.id, EncodeToken(whole)), whole);
}

// Records of stores that were made before users had limits.
TEST(User, WithoutLimitsTheRecordIsTheFirstVersions) {
  User user = Analyst();
  user.limits = {};
  const std::string record = EncodeUser(user);
  EXPECT_EQ(record[0], '\x01');
  EXPECT_EQ(*DecodeUser("mia", record), user);
}

TEST(User, ADamagedRecordIsAnError) {
  for (const std::string& record : {EncodeUser(Analyst()), EncodeToken(NarrowToken())}) {
    for (size_t size = 0; size < record.size(); ++size) {
      const std::string cut = record.substr(0, size);
      EXPECT_FALSE(DecodeUser("x", cut).ok() && DecodeToken("x", cut).ok()) << size;
    }
    const std::string newer = "\x03" + record.substr(1);
    EXPECT_EQ(DecodeUser("x", newer).status().code(), StatusCode::kDataLoss);
    EXPECT_EQ(DecodeToken("x", newer).status().code(), StatusCode::kDataLoss);
  }
}

TEST(User, ATokenCarriesTheLesserOfBoth) {
  EXPECT_EQ(RoleOf(Analyst(), NarrowToken()), Role::kReader);
  const storage::Clearance clearance = ClearanceOf(Analyst(), NarrowToken());
  EXPECT_EQ(clearance.tlp_max, TlpLabel::kGreen);
  EXPECT_EQ(clearance.authorizations, (std::set<std::string, std::less<>>{"desk"}));

  AccessToken greedy = NarrowToken();
  greedy.role = Role::kAdministrator;
  greedy.tlp_max = TlpLabel::kRed;
  greedy.authorizations.reset();
  EXPECT_EQ(RoleOf(Analyst(), greedy), Role::kWriter);
  EXPECT_EQ(ClearanceOf(Analyst(), greedy), Analyst().clearance);
}

TEST(User, NamesAreShortAndPlain) {
  for (const char* name : {"mia", "m.i-a_1@desk", "X"}) EXPECT_TRUE(CheckUserName(name).ok());
  EXPECT_TRUE(CheckUserName(std::string(64, 'x')).ok());
  for (const std::string& name :
       {std::string(), std::string(65, 'x'), std::string("a b"), std::string("a/b"),
        std::string("*"), std::string("é"), std::string("a\0b", 3), std::string("a\n")}) {
    EXPECT_EQ(CheckUserName(name).code(), StatusCode::kInvalidArgument) << name;
  }
}

}  // namespace
}  // namespace sightline::server
