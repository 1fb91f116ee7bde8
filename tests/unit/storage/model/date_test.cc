#include <gtest/gtest.h>

#include "storage/model/value.h"

namespace sightline::storage {
namespace {

TEST(PartialDate, ParsesEveryPrecision) {
  EXPECT_EQ(*PartialDate::Parse("2023"), (PartialDate{2023, 1, 1, DatePrecision::kYear}));
  EXPECT_EQ(*PartialDate::Parse("2023-Q4"), (PartialDate{2023, 10, 1, DatePrecision::kQuarter}));
  EXPECT_EQ(*PartialDate::Parse("2023-10"), (PartialDate{2023, 10, 1, DatePrecision::kMonth}));
  EXPECT_EQ(*PartialDate::Parse("2023-10-01"), (PartialDate{2023, 10, 1, DatePrecision::kDay}));
  EXPECT_EQ(*PartialDate::Parse("2024-02-29"), (PartialDate{2024, 2, 29, DatePrecision::kDay}));
}

TEST(PartialDate, PrintsAsItIsWritten) {
  for (const std::string_view text : {"2023", "2023-Q1", "2023-Q4", "2023-10", "2023-10-01", "0001",
                                      "9999-12-31", "2000-02-29"}) {
    EXPECT_EQ(PartialDate::Parse(text)->ToString(), text);
  }
}

TEST(PartialDate, RefusesWhatIsNoDate) {
  for (const std::string_view text : {"",
                                      "23",
                                      "0000",
                                      "20233",
                                      "2023-",
                                      "2023-0",
                                      "2023-00",
                                      "2023-13",
                                      "2023-Q0",
                                      "2023-Q5",
                                      "2023-Q",
                                      "2023-Q11",
                                      "2023-02-29",
                                      "1900-02-29",
                                      "2023-04-31",
                                      "2023-01-00",
                                      "2023-01-1",
                                      "2023-01-011",
                                      "2023/01/01",
                                      " 2023",
                                      "2023 ",
                                      "-2023",
                                      "2023-10-01T00:00",
                                      "10000-01-01"}) {
    EXPECT_EQ(PartialDate::Parse(text).status().code(), StatusCode::kInvalidArgument) << text;
  }
}

TEST(PartialDate, StandsForItsDays) {
  const auto days = [](std::string_view text) {
    const PartialDate date = *PartialDate::Parse(text);
    return std::pair(date.FirstDay(), date.LastDay());
  };
  EXPECT_EQ(days("1970-01-01"), std::pair(int64_t{0}, int64_t{0}));
  EXPECT_EQ(days("1969-12-31"), std::pair(int64_t{-1}, int64_t{-1}));
  EXPECT_EQ(days("1970"), std::pair(int64_t{0}, int64_t{364}));
  EXPECT_EQ(days("1972"), std::pair(int64_t{730}, int64_t{1095}));  // A leap year.
  EXPECT_EQ(days("1970-Q2"), std::pair(int64_t{90}, int64_t{180}));
  EXPECT_EQ(days("1970-02"), std::pair(int64_t{31}, int64_t{58}));
  EXPECT_EQ(days("1970-Q4").second, 364);
  EXPECT_EQ(days("0001-01-01").first, -719'162);
  EXPECT_EQ(days("9999-12-31").first, 2'932'896);
}

TEST(PartialDate, ComesFromDays) {
  for (const std::string_view text : {"0001-01-01", "1582-10-10", "1900-02-28", "1969-12-31",
                                      "1970-01-01", "2024-02-29", "9999-12-31"}) {
    EXPECT_EQ(PartialDate::FromDays(PartialDate::Parse(text)->FirstDay()).ToString(), text);
  }
}

TEST(PartialDate, IsValidOnlyAsTheFirstDayOfItsInterval) {
  EXPECT_TRUE((PartialDate{2023, 10, 1, DatePrecision::kQuarter}).IsValid());
  EXPECT_FALSE((PartialDate{2023, 11, 1, DatePrecision::kQuarter}).IsValid());
  EXPECT_FALSE((PartialDate{2023, 10, 2, DatePrecision::kMonth}).IsValid());
  EXPECT_FALSE((PartialDate{2023, 2, 1, DatePrecision::kYear}).IsValid());
  EXPECT_FALSE((PartialDate{2023, 2, 29, DatePrecision::kDay}).IsValid());
  EXPECT_FALSE((PartialDate{0, 1, 1, DatePrecision::kYear}).IsValid());
  EXPECT_FALSE((PartialDate{10'000, 1, 1, DatePrecision::kYear}).IsValid());
  EXPECT_FALSE((PartialDate{2023, 1, 1, static_cast<DatePrecision>(4)}).IsValid());
}

TEST(Instant, ParsesRfc3339) {
  EXPECT_EQ(Instant::Parse("1970-01-01T00:00:00Z")->micros, 0);
  EXPECT_EQ(Instant::Parse("1970-01-01T00:00:01.5Z")->micros, 1'500'000);
  EXPECT_EQ(Instant::Parse("1969-12-31T23:59:59.999999Z")->micros, -1);
  EXPECT_EQ(Instant::Parse("2023-10-01T08:30Z")->micros, 1'696'149'000'000'000);
  // No offset is UTC; small letters and a space are RFC 3339 too.
  EXPECT_EQ(*Instant::Parse("2023-10-01T08:30"), *Instant::Parse("2023-10-01 08:30:00z"));
  EXPECT_EQ(*Instant::Parse("2023-10-01t10:30:00+02:00"), *Instant::Parse("2023-10-01T08:30:00Z"));
  EXPECT_EQ(*Instant::Parse("2023-09-30T23:00:00-09:30"), *Instant::Parse("2023-10-01T08:30:00Z"));
  EXPECT_EQ(*Instant::Parse("2023-10-01T08:30:00.1234560000Z"),
            *Instant::Parse("2023-10-01T08:30:00.123456Z"));
}

TEST(Instant, PrintsInUtcWithAFractionOnlyWhenThereIsOne) {
  EXPECT_EQ(Instant::Parse("2023-10-01T10:30+02:00")->ToString(), "2023-10-01T08:30:00Z");
  EXPECT_EQ(Instant::Parse("2023-10-01T08:30:00.120Z")->ToString(), "2023-10-01T08:30:00.12Z");
  EXPECT_EQ(Instant{1}.ToString(), "1970-01-01T00:00:00.000001Z");
  EXPECT_EQ(Instant{-1}.ToString(), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(Instant::Parse("0001-01-01T00:00Z")->ToString(), "0001-01-01T00:00:00Z");
  EXPECT_EQ(Instant::Parse("9999-12-31T23:59:59Z")->ToString(), "9999-12-31T23:59:59Z");
}

TEST(Instant, PrintsTheEndsOfTheTimeLine) {
  EXPECT_EQ(Instant{INT64_MAX}.ToString(), "294247-01-10T04:00:54.775807Z");
  EXPECT_EQ(Instant{INT64_MIN}.ToString().substr(0, 7), "-290308");
}

TEST(Instant, RefusesWhatIsNoInstant) {
  for (const std::string_view text :
       {"", "2023-10-01", "2023-10-01T", "2023-10-01T08", "2023-10-01T24:00", "2023-10-01T08:60",
        "2023-10-01T08:30:61Z", "2023-10-01T08:30:60Z", "2023-10-01T08:30:00.Z",
        "2023-10-01T08:30:00.1234567Z", "2023-10-01T08:30:00+2:00", "2023-10-01T08:30:00+24:00",
        "2023-10-01T08:30:00+02:60", "2023-10-01T08:30:00Zx", "2023-02-29T00:00Z",
        "0000-01-01T00:00Z", "0001-01-01T00:00+01:00", "9999-12-31T23:59-01:00"}) {
    EXPECT_EQ(Instant::Parse(text).status().code(), StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace sightline::storage
