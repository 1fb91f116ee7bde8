#include "server/service/page_token.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "server/service/request_error.h"
#include "sightline/v1/explore_service.pb.h"
#include "tests/support/test_store.h"

namespace sightline::server {
namespace {

using test::OrThrow;

constexpr std::string_view kExpand = "/sightline.v1.ExploreService/ExpandEntity";

v1::ExpandEntityRequest Request(const std::string& id) {
  v1::ExpandEntityRequest request;
  request.mutable_entity()->set_external_id(id);
  return request;
}

class PageTokenTest : public testing::Test {
 protected:
  const PageTokens tokens_{std::string(32, 'k'), storage::IdCipher()};
  const storage::Clearance green_ = test::ClearanceOf(storage::TlpLabel::kGreen, {"a"});
  const PagePlace place_{storage::Revision{7}, 100};
  const std::string token_ = tokens_.Seal(place_, kExpand, Request("org/a"), green_);
};

TEST_F(PageTokenTest, ComesBack) {
  EXPECT_EQ(OrThrow(tokens_.Unseal(token_, kExpand, Request("org/a"), green_)), place_);
}

TEST_F(PageTokenTest, OfAnotherPageSizeItIsTheSameList) {
  v1::ExpandEntityRequest request = Request("org/a");
  request.set_page_size(3);
  request.set_page_token(token_);
  EXPECT_EQ(OrThrow(tokens_.Unseal(token_, kExpand, request, green_)), place_);
}

TEST_F(PageTokenTest, BelongsToItsMethodRequestClearanceAndStore) {
  const auto refused = [](const StatusOr<PagePlace>& place) {
    return place.status().code() == StatusCode::kInvalidArgument &&
           RequestCodeOf(place.status()) == kBadPageToken;
  };
  EXPECT_TRUE(refused(tokens_.Unseal(token_, kExpand, Request("org/b"), green_)));
  EXPECT_TRUE(refused(tokens_.Unseal(token_, "/sightline.v1.ExploreService/ListTimeline",
                                     Request("org/a"), green_)));
  EXPECT_TRUE(refused(tokens_.Unseal(token_, kExpand, Request("org/a"),
                                     test::ClearanceOf(storage::TlpLabel::kAmber, {"a"}))));
  EXPECT_TRUE(refused(tokens_.Unseal(token_, kExpand, Request("org/a"),
                                     test::ClearanceOf(storage::TlpLabel::kGreen, {"b"}))));
  const PageTokens others(std::string(32, 'x'), storage::IdCipher());
  EXPECT_TRUE(refused(others.Unseal(token_, kExpand, Request("org/a"), green_)));
  EXPECT_TRUE(refused(tokens_.Unseal("", kExpand, Request("org/a"), green_)));
  EXPECT_TRUE(refused(tokens_.Unseal("no token", kExpand, Request("org/a"), green_)));
  EXPECT_TRUE(refused(tokens_.Unseal(token_ + "00", kExpand, Request("org/a"), green_)));
}

TEST_F(PageTokenTest, NoOtherTextPasses) {
  for (size_t i = 0; i < token_.size(); ++i) {
    std::string changed = token_;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_FALSE(tokens_.Unseal(changed, kExpand, Request("org/a"), green_).ok()) << i;
    EXPECT_FALSE(tokens_.Unseal(token_.substr(0, i), kExpand, Request("org/a"), green_).ok()) << i;
  }
}

TEST_F(PageTokenTest, TheStoreKeepsTheKey) {
  test::TestStore store;
  const std::string token =
      OrThrow(PageTokens::Open(&*store))->Seal(place_, kExpand, Request("org/a"), green_);
  store.Reopen();
  EXPECT_EQ(
      OrThrow(OrThrow(PageTokens::Open(&*store))->Unseal(token, kExpand, Request("org/a"), green_)),
      place_);
  test::TestStore other;
  EXPECT_FALSE(
      OrThrow(PageTokens::Open(&*other))->Unseal(token, kExpand, Request("org/a"), green_).ok());
}

}  // namespace
}  // namespace sightline::server
