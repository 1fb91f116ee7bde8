#include "storage/model/time_interval.h"

#include <gtest/gtest.h>

namespace sightline::storage {
namespace {

TimeInterval Of(std::string_view date) { return TimeInterval::Of(*PartialDate::Parse(date)); }
int64_t At(std::string_view instant) { return Instant::Parse(instant)->micros; }

constexpr TimeBound kOpenBound{BoundKind::kOpen, 0};

TEST(TimeInterval, OfADateIncludesItsDays) {
  const TimeInterval quarter = Of("2023-Q4");
  EXPECT_TRUE(quarter.Contains(At("2023-10-01T00:00Z")));
  EXPECT_TRUE(quarter.Contains(At("2023-12-31T23:59:59.999999Z")));
  EXPECT_FALSE(quarter.Contains(At("2023-09-30T23:59:59.999999Z")));
  EXPECT_FALSE(quarter.Contains(At("2024-01-01T00:00Z")));
  EXPECT_FALSE(quarter.undated());
}

TEST(TimeInterval, OfAnInstantIsOneMicrosecond) {
  const TimeInterval moment = TimeInterval::Of(Instant{5});
  EXPECT_TRUE(moment.Contains(5));
  EXPECT_FALSE(moment.Contains(4));
  EXPECT_FALSE(moment.Contains(6));
  EXPECT_TRUE(TimeInterval::Of(Instant{INT64_MAX}).Contains(INT64_MAX));
}

TEST(TimeInterval, UnknownAndOpenBoundsDoNotBound) {
  const TimeInterval undated;
  EXPECT_TRUE(undated.undated());
  EXPECT_TRUE(undated.Contains(INT64_MIN));
  EXPECT_TRUE(undated.Contains(INT64_MAX));
  const TimeInterval since{Of("2022").from, kOpenBound};
  EXPECT_FALSE(since.undated());
  EXPECT_FALSE(since.Contains(At("2021-12-31T23:59Z")));
  EXPECT_TRUE(since.Contains(INT64_MAX));
  // Said to be without bounds is not the same as nothing said.
  EXPECT_FALSE((TimeInterval{kOpenBound, kOpenBound}).undated());
}

TEST(TimeInterval, OverlapsWhereAMomentIsInBoth) {
  EXPECT_TRUE(Of("2023").Overlaps(Of("2023-Q4")));
  EXPECT_TRUE(Of("2023-Q4").Overlaps(Of("2023")));
  EXPECT_TRUE(Of("2023-10-01").Overlaps(Of("2023-10-01")));
  EXPECT_FALSE(Of("2023").Overlaps(Of("2024")));  // They touch.
  EXPECT_FALSE(Of("2024").Overlaps(Of("2023")));
  const TimeInterval since_2024{Of("2024").from, {}};
  EXPECT_FALSE(since_2024.Overlaps(Of("2023")));
  EXPECT_TRUE(since_2024.Overlaps(Of("2030")));
  EXPECT_TRUE(TimeInterval().Overlaps(Of("2023")));
  EXPECT_TRUE(TimeInterval().Overlaps(TimeInterval()));
}

TEST(TimeInterval, EmptyOverlapsNothing) {
  const TimeInterval empty{Of("2023-06-01").from, Of("2023-06-01").from};
  EXPECT_FALSE(empty.Overlaps(Of("2023")));
  EXPECT_FALSE(Of("2023").Overlaps(empty));
  EXPECT_FALSE(empty.Overlaps(empty));
}

TEST(TimeInterval, SpansFromTheFirstToTheLast) {
  EXPECT_EQ(TimeInterval::Spanning(Of("2023-Q1"), Of("2023-Q4")), Of("2023"));
}

TEST(TimeInterval, PrintsTheLastDayAsPeopleWriteIt) {
  EXPECT_EQ(Of("2023-Q4").ToString(), "2023-10-01/2023-12-31");
  EXPECT_EQ(Of("2023-10-01").ToString(), "2023-10-01");
  EXPECT_EQ(Of("0001").ToString(), "0001-01-01/0001-12-31");
  EXPECT_EQ(Of("9999").ToString(), "9999-01-01/9999-12-31");
  EXPECT_EQ(Of("1969").ToString(), "1969-01-01/1969-12-31");
}

TEST(TimeInterval, KeepsUnknownAndOpenApart) {
  EXPECT_EQ(TimeInterval().ToString(), "?/?");
  EXPECT_EQ((TimeInterval{Of("2023").from, kOpenBound}).ToString(), "2023-01-01/..");
  EXPECT_EQ((TimeInterval{{}, Of("2023").to}).ToString(), "?/2023-12-31");
  EXPECT_EQ((TimeInterval{kOpenBound, Of("2023").to}).ToString(), "../2023-12-31");
}

TEST(TimeInterval, PrintsPointsInTimeWhereDaysDoNotSay) {
  EXPECT_EQ(TimeInterval::Of(Instant{0}).ToString(), "1970-01-01T00:00:00Z");
  const TimeInterval morning{{BoundKind::kAt, At("2023-10-01T00:00Z")},
                             {BoundKind::kAt, At("2023-10-01T12:00Z")}};
  EXPECT_EQ(morning.ToString(), "2023-10-01T00:00:00Z/2023-10-01T12:00:00Z");
  // Outside the calendar of dates.
  const TimeInterval far{{BoundKind::kAt, INT64_MIN}, {BoundKind::kAt, INT64_MAX}};
  EXPECT_EQ(far.ToString().substr(0, 7), "-290308");
}

}  // namespace
}  // namespace sightline::storage
