#include "server/auth/authenticator.h"

#include <gtest/gtest.h>

#include "server/auth/method_table.h"

namespace sightline::server {
namespace {

TEST(SingleCallerAuthenticator, GivesTheClearanceOfTheServer) {
  storage::Clearance clearance;
  clearance.tlp_max = storage::TlpLabel::kAmber;
  clearance.authorizations = {"desk"};
  const SingleCallerAuthenticator authenticator(clearance, /*may_write=*/true);
  const StatusOr<Caller> caller = authenticator.Admit("/sightline.v1.QueryService/ExecuteQuery");
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ(caller->clearance(), clearance);
  EXPECT_TRUE(caller->may_write());
}

TEST(SingleCallerAuthenticator, RefusesMethodsWithoutAnEntry) {
  const SingleCallerAuthenticator authenticator({}, /*may_write=*/true);
  EXPECT_EQ(authenticator.Admit("/sightline.v1.QueryService/Other").status().code(),
            StatusCode::kPermissionDenied);
}

TEST(SingleCallerAuthenticator, ReadOnlyRefusesExactlyTheWritingMethods) {
  const SingleCallerAuthenticator authenticator({}, /*may_write=*/false);
  for (const MethodEntry& entry : MethodTable()) {
    EXPECT_EQ(authenticator.Admit(entry.method).ok(), entry.permission != Permission::kWrite)
        << entry.method;
  }
}

}  // namespace
}  // namespace sightline::server
