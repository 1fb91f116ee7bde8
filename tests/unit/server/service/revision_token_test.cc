#include "server/service/revision_token.h"

#include <gtest/gtest.h>

#include <string>

namespace sightline::server {
namespace {

TEST(RevisionToken, RoundTrips) {
  for (const uint64_t number : {uint64_t{0}, uint64_t{1}, uint64_t{0x0123456789ABCDEF}}) {
    const StatusOr<storage::Revision> revision =
        RevisionFromProto(ToProto(storage::Revision{number}, {}), {});
    ASSERT_TRUE(revision.ok());
    EXPECT_EQ(revision->value, number);
  }
}

TEST(RevisionToken, RefusesOtherBytes) {
  const std::string good = ToProto(storage::Revision{5}, {}).token();
  for (const std::string& bytes :
       {std::string(), std::string("5"), good.substr(1), good + "x", "\x02" + good.substr(1)}) {
    v1::Revision token;
    token.set_token(bytes);
    EXPECT_EQ(RevisionFromProto(token, {}).status().code(), StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace sightline::server
