#include "server/auth/usage_limits.h"

#include <gtest/gtest.h>

#include <string>

namespace sightline::server {
namespace {

UsageLimits Some() {
  return {.time_ms = 5'000, .rows = 10, .memory_bytes = 1 << 20, .steps = 1'000, .queries = 2};
}

TEST(UsageLimits, OfEachTheLowerOneCounts) {
  EXPECT_EQ(LowerOf(Some(), {}), Some());
  EXPECT_EQ(LowerOf({}, Some()), Some());
  EXPECT_EQ(LowerOf({}, {}), UsageLimits());
  const UsageLimits other{.time_ms = 9'000, .rows = 3, .memory_bytes = 0, .steps = 7, .queries = 0};
  const UsageLimits lower{
      .time_ms = 5'000, .rows = 3, .memory_bytes = 1 << 20, .steps = 7, .queries = 2};
  EXPECT_EQ(LowerOf(Some(), other), lower);
  EXPECT_EQ(LowerOf(other, Some()), lower);
}

TEST(UsageLimits, RecordsReadBackAsTheyWereWritten) {
  std::string record;
  AppendUsageLimits(Some(), &record);
  storage::ByteReader reader(record);
  EXPECT_EQ(*ReadUsageLimits(&reader), Some());
  EXPECT_TRUE(reader.ExpectEnd().ok());
  for (size_t size = 0; size < record.size(); ++size) {
    storage::ByteReader cut(std::string_view(record).substr(0, size));
    EXPECT_EQ(ReadUsageLimits(&cut).status().code(), StatusCode::kDataLoss) << size;
  }
}

TEST(UsageLimits, NoneIsNegative) {
  EXPECT_TRUE(CheckUsageLimits(Some()).ok());
  UsageLimits wrong = Some();
  wrong.queries = -1;
  EXPECT_EQ(CheckUsageLimits(wrong).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace sightline::server
