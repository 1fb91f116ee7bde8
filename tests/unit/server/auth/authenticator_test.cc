#include "server/auth/authenticator.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server/auth/access_registry.h"
#include "server/auth/method_table.h"
#include "server/auth/read_only_switch.h"
#include "tests/support/test_store.h"

namespace sightline::server {
namespace {

TEST(SingleCallerAuthenticator, GivesTheClearanceOfTheServer) {
  storage::Clearance clearance;
  clearance.tlp_max = storage::TlpLabel::kAmber;
  clearance.authorizations = {"desk"};
  const ReadOnlySwitch read_only(false);
  const SingleCallerAuthenticator authenticator(clearance, &read_only);
  const StatusOr<Caller> caller =
      authenticator.Admit("/sightline.v1.QueryService/ExecuteQuery", {});
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ(caller->clearance(), clearance);
  EXPECT_TRUE(caller->may_write());
}

TEST(SingleCallerAuthenticator, RefusesMethodsWithoutAnEntry) {
  const ReadOnlySwitch read_only(false);
  const SingleCallerAuthenticator authenticator({}, &read_only);
  EXPECT_EQ(authenticator.Admit("/sightline.v1.QueryService/Other", {}).status().code(),
            StatusCode::kPermissionDenied);
}

TEST(SingleCallerAuthenticator, ReadOnlyRefusesExactlyTheWritingMethods) {
  const ReadOnlySwitch read_only(true);
  const SingleCallerAuthenticator authenticator({}, &read_only);
  for (const MethodEntry& entry : MethodTable()) {
    EXPECT_EQ(authenticator.Admit(entry.method, {}).ok(), entry.permission != Permission::kWrite)
        << entry.method;
  }
}

// Every method, by every kind of caller: what the table says, and nothing else.
TEST(UserAuthenticator, LetsInWhomTheTableAllows) {
  test::TestStore store;
  const std::unique_ptr<AccessRegistry> registry =
      std::move(*AccessRegistry::Open(&*store, &store.clock()));
  std::string tokens[3];
  for (const Role role : {Role::kReader, Role::kWriter, Role::kAdministrator}) {
    User user;
    user.name = RoleName(role);
    user.role = role;
    user.certificate_names = {"certificate of " + user.name};
    ASSERT_TRUE(registry->CreateUser(user).ok());
    AccessToken token;
    token.user = user.name;
    tokens[static_cast<int>(role)] = registry->IssueToken(token)->text.ToString();
  }
  const ReadOnlySwitch off(false), on(true);
  const UserAuthenticator authenticator(registry.get(), &off);
  const UserAuthenticator read_only(registry.get(), &on);
  for (const MethodEntry& entry : MethodTable()) {
    const bool is_open = entry.permission == Permission::kConnect;
    for (const std::string& wrong : {std::string(), std::string("x"), MakeToken()->ToString()}) {
      const StatusOr<Caller> caller =
          authenticator.Admit(entry.method, {.token = wrong, .certificate_names = {}});
      EXPECT_EQ(caller.ok(), is_open) << entry.method;
      if (!is_open) {
        EXPECT_EQ(caller.status().code(), StatusCode::kUnauthenticated);
      }
    }
    for (const Role role : {Role::kReader, Role::kWriter, Role::kAdministrator}) {
      const bool is_allowed = is_open || entry.permission == Permission::kRead ||
                              (entry.permission == Permission::kWrite && role >= Role::kWriter) ||
                              role == Role::kAdministrator;
      const CallOrigin origin{.token = tokens[static_cast<int>(role)], .certificate_names = {}};
      const StatusOr<Caller> caller = authenticator.Admit(entry.method, origin);
      EXPECT_EQ(caller.ok(), is_allowed) << entry.method << " " << RoleName(role);
      if (!is_allowed) {
        EXPECT_EQ(caller.status().code(), StatusCode::kPermissionDenied);
      }
      const CallOrigin by_certificate{
          .token = "", .certificate_names = {"certificate of " + std::string(RoleName(role))}};
      EXPECT_EQ(authenticator.Admit(entry.method, by_certificate).ok(), is_allowed);
      const StatusOr<Caller> reader = read_only.Admit(entry.method, origin);
      EXPECT_EQ(reader.ok(), is_allowed && entry.permission != Permission::kWrite);
      if (reader.ok()) {
        EXPECT_FALSE(reader->may_write());
      }
    }
  }
}

// A token that is shown counts, also when it is wrong and the certificate would do.
TEST(UserAuthenticator, AWrongTokenIsNotMadeGoodByACertificate) {
  test::TestStore store;
  const std::unique_ptr<AccessRegistry> registry =
      std::move(*AccessRegistry::Open(&*store, &store.clock()));
  User user;
  user.name = "mia";
  user.certificate_names = {"mia"};
  ASSERT_TRUE(registry->CreateUser(user).ok());
  const ReadOnlySwitch off(false);
  const UserAuthenticator authenticator(registry.get(), &off);
  EXPECT_EQ(authenticator
                .Admit("/sightline.v1.QueryService/ExecuteQuery",
                       {.token = "?", .certificate_names = {"mia"}})
                .status()
                .code(),
            StatusCode::kUnauthenticated);
}

}  // namespace
}  // namespace sightline::server
