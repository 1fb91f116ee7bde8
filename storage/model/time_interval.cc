#include "storage/model/time_interval.h"

namespace sightline::storage {
namespace {

constexpr int64_t kMicrosPerDay = 86'400'000'000;
// The days of the years 1 to 9999: what a PartialDate can name.
constexpr int64_t kFirstDay = -719'162;
constexpr int64_t kLastDay = 2'932'896;

bool IsMidnight(int64_t micros) {
  return micros % kMicrosPerDay == 0 && micros / kMicrosPerDay >= kFirstDay &&
         micros / kMicrosPerDay <= kLastDay;
}

std::string DayOf(int64_t micros) {
  return PartialDate::FromDays(micros / kMicrosPerDay).ToString();
}

// Whether a bound, if it is a time at all, is the start of a day.
bool AllowsDays(const TimeBound& bound) {
  return bound.kind != BoundKind::kAt || IsMidnight(bound.micros);
}

std::string UnsaidBound(BoundKind kind) { return kind == BoundKind::kOpen ? ".." : "?"; }

}  // namespace

bool TimeInterval::Contains(int64_t micros) const {
  if (from.kind == BoundKind::kAt && micros < from.micros) return false;
  return to.kind != BoundKind::kAt || micros < to.micros;
}

bool TimeInterval::Overlaps(const TimeInterval& other) const {
  const auto starts_before_end = [](const TimeBound& start, const TimeBound& end) {
    return start.kind != BoundKind::kAt || end.kind != BoundKind::kAt || start.micros < end.micros;
  };
  // An empty interval overlaps nothing, even where it lies inside the other one.
  return starts_before_end(from, other.to) && starts_before_end(other.from, to) &&
         starts_before_end(from, to) && starts_before_end(other.from, other.to);
}

TimeInterval TimeInterval::Of(const PartialDate& date) {
  return {{BoundKind::kAt, date.FirstDay() * kMicrosPerDay},
          {BoundKind::kAt, (date.LastDay() + 1) * kMicrosPerDay}};
}

TimeInterval TimeInterval::Of(const Instant& instant) {
  // The last microsecond of the time line has none after it.
  if (instant.micros == INT64_MAX) return {{BoundKind::kAt, INT64_MAX}, {BoundKind::kOpen, 0}};
  return {{BoundKind::kAt, instant.micros}, {BoundKind::kAt, instant.micros + 1}};
}

TimeInterval TimeInterval::Spanning(const TimeInterval& first, const TimeInterval& last) {
  return {first.from, last.to};
}

std::string TimeInterval::ToString() const {
  const bool both_said = from.kind == BoundKind::kAt && to.kind == BoundKind::kAt;
  if (both_said && from.micros != INT64_MAX && from.micros + 1 == to.micros) {
    return Instant{from.micros}.ToString();
  }
  // As days only when that says all; else as points in time, the end not included.
  const bool in_days =
      AllowsDays(from) && (to.kind != BoundKind::kAt || (IsMidnight(to.micros - kMicrosPerDay)));
  std::string text = UnsaidBound(from.kind);
  if (from.kind == BoundKind::kAt) {
    text = in_days ? DayOf(from.micros) : Instant{from.micros}.ToString();
  }
  std::string end = UnsaidBound(to.kind);
  if (to.kind == BoundKind::kAt) {
    end = in_days ? DayOf(to.micros - kMicrosPerDay) : Instant{to.micros}.ToString();
  }
  if (both_said && in_days && text == end) return text;
  return text + "/" + end;
}

}  // namespace sightline::storage
