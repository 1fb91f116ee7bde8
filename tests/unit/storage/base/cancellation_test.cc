#include "storage/base/cancellation.h"

#include <gtest/gtest.h>

#include <chrono>

namespace sightline::storage {
namespace {

TEST(CancellationToken, IsOkUntilCancelled) {
  CancellationToken token;
  EXPECT_TRUE(token.Check().ok());
  token.Cancel();
  EXPECT_EQ(token.Check().code(), StatusCode::kCancelled);
}

TEST(CancellationToken, KnowsItsDeadline) {
  const auto now = std::chrono::steady_clock::now();
  EXPECT_TRUE(CancellationToken(now + std::chrono::hours(1)).Check().ok());
  EXPECT_EQ(CancellationToken(now - std::chrono::seconds(1)).Check().code(),
            StatusCode::kDeadlineExceeded);
}

TEST(CancellationToken, CancellingWinsOverTheDeadline) {
  CancellationToken token(std::chrono::steady_clock::now() - std::chrono::seconds(1));
  token.Cancel();
  EXPECT_EQ(token.Check().code(), StatusCode::kCancelled);
}

}  // namespace
}  // namespace sightline::storage
