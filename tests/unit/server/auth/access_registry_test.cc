#include "server/auth/access_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "tests/support/test_store.h"

namespace sightline::server {
namespace {

using storage::TlpLabel;
using ::testing::HasSubstr;

class AccessRegistryTest : public ::testing::Test {
 protected:
  AccessRegistryTest() { Open(); }

  void Open() { registry_ = std::move(*AccessRegistry::Open(&*store_, &store_.clock())); }

  static User Named(std::string name, Role role = Role::kReader) {
    User user;
    user.name = std::move(name);
    user.role = role;
    return user;
  }
  std::string Issue(std::string user, int64_t expire_micros = 0) {
    AccessToken token;
    token.user = std::move(user);
    token.expire_micros = expire_micros;
    return registry_->IssueToken(token)->text.ToString();
  }
  static std::string IdOf(const std::string& token) { return ParseToken(token)->id; }

  test::TestStore store_;
  std::unique_ptr<AccessRegistry> registry_;
};

TEST_F(AccessRegistryTest, TheFirstStartMakesAnAdministratorAndNoOtherDoes) {
  const StatusOr<std::optional<AccessRegistry::Issued>> first =
      registry_->CreateFirstAdministrator();
  ASSERT_TRUE(first.ok() && first->has_value());
  const StatusOr<AccessRegistry::Holder> holder = registry_->FindHolder((*first)->text.ToString());
  ASSERT_TRUE(holder.ok());
  EXPECT_EQ(holder->user.name, "admin");
  EXPECT_EQ(RoleOf(holder->user, holder->token), Role::kAdministrator);
  EXPECT_FALSE((*registry_->CreateFirstAdministrator()).has_value());
  Open();
  EXPECT_FALSE((*registry_->CreateFirstAdministrator()).has_value());
  EXPECT_TRUE(registry_->FindHolder((*first)->text.ToString()).ok());
}

TEST_F(AccessRegistryTest, ChangesAreThereAfterANewStart) {
  User mia = Named("mia", Role::kWriter);
  mia.clearance.authorizations = {"desk"};
  ASSERT_TRUE(registry_->CreateUser(mia).ok());
  ASSERT_TRUE(registry_->CreateUser(Named("ann", Role::kAdministrator)).ok());
  const std::string kept = Issue("mia"), revoked = Issue("mia");
  Issue("ann");
  ASSERT_TRUE(registry_->RevokeToken(IdOf(revoked)).ok());
  Open();
  EXPECT_EQ(*registry_->FindUser("mia"), mia);
  EXPECT_TRUE(registry_->FindHolder(kept).ok());
  EXPECT_FALSE(registry_->FindHolder(revoked).ok());
}

TEST_F(AccessRegistryTest, ARolesLimitsAreItsUsersToo) {
  const UsageLimits of_role{
      .time_ms = 5'000, .rows = 10, .memory_bytes = 0, .steps = 0, .queries = 0};
  ASSERT_TRUE(registry_->SetRoleLimits(Role::kReader, of_role).ok());
  User mia = Named("mia");
  EXPECT_EQ(registry_->LimitsOf(mia), of_role);
  mia.limits = {.time_ms = 9'000, .rows = 3, .memory_bytes = 0, .steps = 0, .queries = 0};
  EXPECT_EQ(registry_->LimitsOf(mia).time_ms, 5'000);
  EXPECT_EQ(registry_->LimitsOf(mia).rows, 3);
  EXPECT_EQ(registry_->LimitsOf(Named("ann", Role::kAdministrator)), UsageLimits());
  Open();
  EXPECT_EQ(registry_->RoleLimits(Role::kReader), of_role);
  ASSERT_TRUE(registry_->SetRoleLimits(Role::kReader, {}).ok());
  EXPECT_EQ(registry_->RoleLimits(Role::kReader), UsageLimits());
  Open();
  EXPECT_EQ(registry_->RoleLimits(Role::kReader), UsageLimits());
  UsageLimits wrong;
  wrong.rows = -1;
  EXPECT_EQ(registry_->SetRoleLimits(Role::kReader, wrong).code(), StatusCode::kInvalidArgument);
  mia.limits = wrong;
  EXPECT_EQ(registry_->CreateUser(mia).code(), StatusCode::kInvalidArgument);
}

TEST_F(AccessRegistryTest, TheStoreHoldsNoSecret) {
  ASSERT_TRUE(registry_->CreateUser(Named("mia")).ok());
  const std::string secret = ParseToken(Issue("mia"))->secret;
  const auto records = store_->ServerRecords();
  ASSERT_TRUE(records.ok());
  ASSERT_EQ(records->size(), 2u);
  for (const auto& [name, record] : *records) {
    EXPECT_EQ((name + record).find(secret), std::string::npos);
  }
}

TEST_F(AccessRegistryTest, EveryWrongTokenIsRefusedInTheSameWords) {
  ASSERT_TRUE(registry_->CreateUser(Named("ann", Role::kAdministrator)).ok());
  Issue("ann");
  for (const char* name : {"mia", "gone", "off"}) {
    ASSERT_TRUE(registry_->CreateUser(Named(name)).ok());
  }
  const int64_t end = store_.clock().NowMicros() + 1'000;
  const std::string expiring = Issue("mia", end), revoked = Issue("mia"), of_gone = Issue("gone"),
                    of_disabled = Issue("off");
  EXPECT_TRUE(registry_->FindHolder(expiring).ok());
  store_.clock().Advance(1'000);
  ASSERT_TRUE(registry_->RevokeToken(IdOf(revoked)).ok());
  ASSERT_TRUE(registry_->DeleteUser("gone").ok());
  User off = Named("off");
  off.disabled = true;
  ASSERT_TRUE(registry_->UpdateUser(off).ok());
  std::string wrong = Issue("mia");
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  const std::string unknown = MakeToken()->ToString();
  for (const std::string& token :
       {expiring, revoked, of_gone, of_disabled, wrong, unknown, std::string("nonsense")}) {
    const Status status = registry_->FindHolder(token).status();
    EXPECT_EQ(status.code(), StatusCode::kUnauthenticated);
    EXPECT_EQ(MessageOf(status), "The access token is not one of this server");
  }
  EXPECT_FALSE(registry_->CheckStillGood("mia", IdOf(expiring)).ok());
  EXPECT_FALSE(registry_->CheckStillGood("mia", IdOf(revoked)).ok());
  EXPECT_FALSE(registry_->CheckStillGood("off", "").ok());
  EXPECT_TRUE(registry_->CheckStillGood("mia", "").ok());
}

TEST_F(AccessRegistryTest, SomeoneIsLeftWhoManagesUsers) {
  const auto first = registry_->CreateFirstAdministrator();
  ASSERT_TRUE(first.ok());
  const std::string id = (*first)->token.id;
  User admin = *registry_->FindUser("admin");
  EXPECT_EQ(registry_->DeleteUser("admin").code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(registry_->RevokeToken(id).code(), StatusCode::kFailedPrecondition);
  User less = admin;
  less.role = Role::kWriter;
  EXPECT_EQ(registry_->UpdateUser(less).code(), StatusCode::kFailedPrecondition);
  less = admin;
  less.disabled = true;
  EXPECT_EQ(registry_->UpdateUser(less).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(*registry_->FindUser("admin"), admin);
  // A token that expires is not enough; a certificate is.
  Issue("admin", store_.clock().NowMicros() + 1);
  EXPECT_EQ(registry_->RevokeToken(id).code(), StatusCode::kFailedPrecondition);
  admin.certificate_names = {"ops"};
  ASSERT_TRUE(registry_->UpdateUser(admin).ok());
  EXPECT_TRUE(registry_->RevokeToken(id).ok());
}

TEST_F(AccessRegistryTest, ACertificateIsOneUsersOrNobodys) {
  User mia = Named("mia");
  mia.certificate_names = {"mia.example.org"};
  ASSERT_TRUE(registry_->CreateUser(mia).ok());
  User ann = Named("ann");
  ann.certificate_names = {"mia.example.org"};
  EXPECT_THAT(MessageOf(registry_->CreateUser(ann)), HasSubstr("mia"));
  ann.certificate_names = {"ann.example.org"};
  ASSERT_TRUE(registry_->CreateUser(ann).ok());
  EXPECT_EQ(registry_->FindByCertificate({"x", "mia.example.org"})->name, "mia");
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{}, {"mia"}, {"mia.example.org", "ann.example.org"}}) {
    EXPECT_EQ(registry_->FindByCertificate(names).status().code(), StatusCode::kUnauthenticated);
  }
}

TEST_F(AccessRegistryTest, MistakesAreSaidAndChangeNothing) {
  ASSERT_TRUE(registry_->CreateUser(Named("mia")).ok());
  EXPECT_EQ(registry_->CreateUser(Named("mia", Role::kWriter)).code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(registry_->FindUser("mia")->role, Role::kReader);
  EXPECT_EQ(registry_->CreateUser(Named("a b")).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(registry_->UpdateUser(Named("nobody")).code(), StatusCode::kNotFound);
  EXPECT_EQ(registry_->DeleteUser("nobody").code(), StatusCode::kNotFound);
  EXPECT_EQ(registry_->RevokeToken("0").code(), StatusCode::kNotFound);
  AccessToken token;
  token.user = "nobody";
  EXPECT_EQ(registry_->IssueToken(token).status().code(), StatusCode::kNotFound);
  token.user = "mia";
  token.expire_micros = 1;
  EXPECT_EQ(registry_->IssueToken(token).status().code(), StatusCode::kInvalidArgument);
  token.expire_micros = 0;
  token.label = std::string(201, 'x');
  EXPECT_EQ(registry_->IssueToken(token).status().code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(registry_->Tokens().empty());
}

}  // namespace
}  // namespace sightline::server
