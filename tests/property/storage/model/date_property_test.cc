#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "storage/model/time_interval.h"
#include "storage/model/value.h"

namespace sightline::storage {
namespace {

constexpr int64_t kFirstDay = -719'162;
constexpr int64_t kLastDay = 2'932'896;

rc::Gen<int64_t> AnyDay() { return rc::gen::inRange(kFirstDay, kLastDay + 1); }

// A date of any precision: the interval that holds a random day.
rc::Gen<PartialDate> AnyDate() {
  return rc::gen::apply(
      [](int64_t day, DatePrecision precision) {
        PartialDate date = PartialDate::FromDays(day);
        date.precision = precision;
        if (precision != DatePrecision::kDay) date.day = 1;
        if (precision == DatePrecision::kYear) date.month = 1;
        if (precision == DatePrecision::kQuarter) {
          date.month = static_cast<uint8_t>((date.month - 1) / 3 * 3 + 1);
        }
        return date;
      },
      AnyDay(),
      rc::gen::element(DatePrecision::kYear, DatePrecision::kQuarter, DatePrecision::kMonth,
                       DatePrecision::kDay));
}

RC_GTEST_PROP(PartialDate, DaysComeBack, ()) {
  const int64_t day = *AnyDay();
  const PartialDate date = PartialDate::FromDays(day);
  RC_ASSERT(date.IsValid());
  RC_ASSERT(date.FirstDay() == day);
  RC_ASSERT(date.LastDay() == day);
}

RC_GTEST_PROP(PartialDate, PrintsWhatItParses, ()) {
  const PartialDate date = *AnyDate();
  RC_ASSERT(date.IsValid());
  RC_ASSERT(*PartialDate::Parse(date.ToString()) == date);
}

RC_GTEST_PROP(PartialDate, TheNextIntervalBeginsTheDayAfter, ()) {
  const PartialDate date = *AnyDate();
  RC_PRE(date.LastDay() < kLastDay);
  PartialDate next = PartialDate::FromDays(date.LastDay() + 1);
  next.precision = date.precision;
  // It is the first day of an interval of the same length, and no day lies between.
  RC_ASSERT(next.IsValid());
  RC_ASSERT(next.FirstDay() == date.LastDay() + 1);
}

RC_GTEST_PROP(PartialDate, TextSortsAsDaysDo, ()) {
  const PartialDate a = PartialDate::FromDays(*AnyDay());
  const PartialDate b = PartialDate::FromDays(*AnyDay());
  RC_ASSERT((a.FirstDay() < b.FirstDay()) == (a.ToString() < b.ToString()));
}

RC_GTEST_PROP(PartialDate, InlineIdsComeBackAndKeepOrder, ()) {
  const PartialDate a = *AnyDate();
  const PartialDate b = *AnyDate();
  const TermId a_id = *InlineTermId(Value(a));
  const TermId b_id = *InlineTermId(Value(b));
  RC_ASSERT(InlineValue(a_id) == Value(a));
  RC_ASSERT((a_id <=> b_id) == TotalOrder(Value(a), Value(b)));
}

RC_GTEST_PROP(PartialDate, ParsesNoTextItDoesNotPrint, ()) {
  const std::string text =
      *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123456789-Qq")));
  const StatusOr<PartialDate> date = PartialDate::Parse(text);
  if (!date.ok()) return;
  std::string upper = text;
  for (char& c : upper) c = c == 'q' ? 'Q' : c;
  RC_ASSERT(date->ToString() == upper);
}

RC_GTEST_PROP(Instant, PrintsWhatItParses, ()) {
  const int64_t micros = *rc::gen::inRange(kFirstDay * 86'400'000'000, kLastDay * 86'400'000'000);
  const Instant instant{micros};
  const StatusOr<Instant> parsed = Instant::Parse(instant.ToString());
  RC_ASSERT(parsed.ok());
  RC_ASSERT(*parsed == instant);
}

RC_GTEST_PROP(Instant, AnOffsetMovesIt, ()) {
  const int64_t seconds = *rc::gen::inRange<int64_t>(0, 4'000'000'000);
  const int hours = *rc::gen::inRange(0, 24);
  const int minutes = *rc::gen::inRange(0, 60);
  const bool west = *rc::gen::arbitrary<bool>();
  std::string text = Instant{seconds * 1'000'000}.ToString();
  text.pop_back();
  text += fmt::format("{}{:02}:{:02}", west ? '-' : '+', hours, minutes);
  const int64_t offset_seconds = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
  RC_ASSERT(Instant::Parse(text)->micros == (seconds - offset_seconds) * 1'000'000);
}

TimeInterval AnyInterval() {
  const auto bound = [] {
    const auto kind =
        *rc::gen::element(BoundKind::kUnknown, BoundKind::kOpen, BoundKind::kAt, BoundKind::kAt);
    return TimeBound{kind, kind == BoundKind::kAt ? *rc::gen::inRange<int64_t>(0, 8) : 0};
  };
  return {bound(), bound()};
}

RC_GTEST_PROP(TimeInterval, OverlapsWhereAMomentIsInBoth, ()) {
  const TimeInterval a = AnyInterval();
  const TimeInterval b = AnyInterval();
  bool shared = false;
  for (int64_t moment = -1; moment <= 8; ++moment) {
    shared = shared || (a.Contains(moment) && b.Contains(moment));
  }
  RC_ASSERT(a.Overlaps(b) == shared);
}

RC_GTEST_PROP(TimeInterval, OfADateHoldsExactlyItsDays, ()) {
  const PartialDate date = *AnyDate();
  const TimeInterval interval = TimeInterval::Of(date);
  const int64_t noon =
      (date.FirstDay() + *rc::gen::inRange<int64_t>(-400, 800)) * 86'400'000'000 + 43'200'000'000;
  const int64_t day =
      PartialDate::FromDays(0).FirstDay() + (noon - 43'200'000'000) / 86'400'000'000;
  RC_ASSERT(interval.Contains(noon) == (day >= date.FirstDay() && day <= date.LastDay()));
}

}  // namespace
}  // namespace sightline::storage
