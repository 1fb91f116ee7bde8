// PartialDate and Instant of storage/model/value.h, by the proleptic Gregorian calendar of
// <chrono>.

#include <chrono>

#include "storage/base/check.h"
#include "storage/model/value.h"

namespace sightline::storage {
namespace {

constexpr int kYearMax = 9999;
// 400 years.
using GregorianCycle =
    std::chrono::duration<int64_t,
                          std::ratio_multiply<std::ratio<146'097>, std::chrono::days::period>>;
constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

int64_t DaysOf(int year, unsigned month, unsigned day) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  return std::chrono::sys_days(date).time_since_epoch().count();
}

unsigned LastDayOfMonth(int year, unsigned month) {
  const std::chrono::year_month_day_last last{
      std::chrono::year(year), std::chrono::month_day_last(std::chrono::month(month))};
  return static_cast<unsigned>(last.day());
}

bool IsDay(int year, unsigned month, unsigned day) {
  return year >= 1 && year <= kYearMax && month >= 1 && month <= 12 && day >= 1 &&
         day <= LastDayOfMonth(year, month);
}

// Eats text from the front. Every Take... leaves `rest` as it was when it answers no.
struct Scanner {
  std::string_view rest;

  bool TakeChar(char c) {
    if (!rest.starts_with(c)) return false;
    rest.remove_prefix(1);
    return true;
  }
  // Exactly `digit_count` digits; more digits after them are the caller's to refuse.
  bool TakeDigits(size_t digit_count, int* value) {
    if (rest.size() < digit_count) return false;
    int result = 0;
    for (size_t i = 0; i < digit_count; ++i) {
      if (rest[i] < '0' || rest[i] > '9') return false;
      result = result * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(digit_count);
    *value = result;
    return true;
  }
};

// The first month of the interval that `date` stands for.
unsigned FirstMonth(const PartialDate& date) {
  switch (date.precision) {
    case DatePrecision::kYear:
      return 1;
    case DatePrecision::kQuarter:
      return (date.month - 1u) / 3 * 3 + 1;
    case DatePrecision::kMonth:
    case DatePrecision::kDay:
      break;
  }
  return date.month;
}

Status NotADate(std::string_view text) {
  return InvalidArgument(
      "Not a date; write 2023, 2023-Q4, 2023-10 or 2023-10-01, within the years 1 to 9999: '{}'",
      text);
}

Status NotAnInstant(std::string_view text) {
  return InvalidArgument("Not a point in time; write it like 2023-10-01T08:30:00Z: '{}'", text);
}

}  // namespace

StatusOr<PartialDate> PartialDate::Parse(std::string_view text) {
  Scanner scanner{text};
  int year = 0;
  if (!scanner.TakeDigits(4, &year) || year < 1) return NotADate(text);
  PartialDate date{year, 1, 1, DatePrecision::kYear};
  if (scanner.rest.empty()) return date;
  if (!scanner.TakeChar('-')) return NotADate(text);
  int part = 0;
  if (scanner.TakeChar('Q') || scanner.TakeChar('q')) {
    if (!scanner.TakeDigits(1, &part) || part < 1 || part > 4) return NotADate(text);
    date.month = static_cast<uint8_t>(part * 3 - 2);
    date.precision = DatePrecision::kQuarter;
  } else {
    if (!scanner.TakeDigits(2, &part) || part < 1 || part > 12) return NotADate(text);
    date.month = static_cast<uint8_t>(part);
    date.precision = DatePrecision::kMonth;
    if (scanner.TakeChar('-')) {
      if (!scanner.TakeDigits(2, &part) || !IsDay(year, date.month, part)) return NotADate(text);
      date.day = static_cast<uint8_t>(part);
      date.precision = DatePrecision::kDay;
    }
  }
  if (!scanner.rest.empty()) return NotADate(text);
  return date;
}

std::string PartialDate::ToString() const {
  switch (precision) {
    case DatePrecision::kYear:
      return fmt::format("{:04}", year);
    case DatePrecision::kQuarter:
      return fmt::format("{:04}-Q{}", year, (month - 1) / 3 + 1);
    case DatePrecision::kMonth:
      return fmt::format("{:04}-{:02}", year, month);
    case DatePrecision::kDay:
      break;
  }
  return fmt::format("{:04}-{:02}-{:02}", year, month, day);
}

bool PartialDate::IsValid() const {
  if (!IsDay(year, month, day)) return false;
  switch (precision) {
    case DatePrecision::kYear:
      return month == 1 && day == 1;
    case DatePrecision::kQuarter:
      return month % 3 == 1 && day == 1;
    case DatePrecision::kMonth:
      return day == 1;
    case DatePrecision::kDay:
      return true;
  }
  return false;
}

int64_t PartialDate::FirstDay() const {
  return DaysOf(year, FirstMonth(*this), precision == DatePrecision::kDay ? day : 1);
}

int64_t PartialDate::LastDay() const {
  if (precision == DatePrecision::kDay) return FirstDay();
  unsigned month_count = 1;
  if (precision == DatePrecision::kYear) month_count = 12;
  if (precision == DatePrecision::kQuarter) month_count = 3;
  const unsigned last_month = FirstMonth(*this) + month_count - 1;
  return DaysOf(year, last_month, LastDayOfMonth(year, last_month));
}

PartialDate PartialDate::FromDays(int64_t days) {
  SL_CHECK(days >= DaysOf(1, 1, 1) && days <= DaysOf(kYearMax, 12, 31));
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(static_cast<int>(days)))};
  return PartialDate{static_cast<int>(date.year()),
                     static_cast<uint8_t>(static_cast<unsigned>(date.month())),
                     static_cast<uint8_t>(static_cast<unsigned>(date.day())), DatePrecision::kDay};
}

StatusOr<Instant> Instant::Parse(std::string_view text) {
  Scanner scanner{text};
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!scanner.TakeDigits(4, &year) || !scanner.TakeChar('-') || !scanner.TakeDigits(2, &month) ||
      !scanner.TakeChar('-') || !scanner.TakeDigits(2, &day)) {
    return NotAnInstant(text);
  }
  if (!scanner.TakeChar('T') && !scanner.TakeChar('t') && !scanner.TakeChar(' ')) {
    return NotAnInstant(text);
  }
  if (!scanner.TakeDigits(2, &hour) || !scanner.TakeChar(':') || !scanner.TakeDigits(2, &minute)) {
    return NotAnInstant(text);
  }
  int64_t fraction_micros = 0;
  if (scanner.TakeChar(':')) {
    if (!scanner.TakeDigits(2, &second)) return NotAnInstant(text);
    if (scanner.TakeChar('.')) {
      int digit = 0;
      if (!scanner.TakeDigits(1, &digit)) return NotAnInstant(text);
      int64_t unit = kMicrosPerSecond;
      do {
        unit /= 10;
        if (unit == 0 && digit != 0) {
          return InvalidArgument("A point in time is kept to the microsecond, not finer: '{}'",
                                 text);
        }
        fraction_micros += digit * unit;
      } while (scanner.TakeDigits(1, &digit));
    }
  }
  int64_t offset_minutes = 0;
  if (!scanner.TakeChar('Z') && !scanner.TakeChar('z') && !scanner.rest.empty()) {
    const bool west = scanner.TakeChar('-');
    int offset_hour = 0;
    int offset_minute = 0;
    if ((!west && !scanner.TakeChar('+')) || !scanner.TakeDigits(2, &offset_hour) ||
        !scanner.TakeChar(':') || !scanner.TakeDigits(2, &offset_minute) || offset_hour > 23 ||
        offset_minute > 59) {
      return NotAnInstant(text);
    }
    offset_minutes = (west ? -1 : 1) * (offset_hour * 60 + offset_minute);
  }
  if (!scanner.rest.empty() || !IsDay(year, month, day) || hour > 23 || minute > 59) {
    return NotAnInstant(text);
  }
  if (second == 60) {
    return InvalidArgument(
        "A leap second has no place on this time line; write the second before or after it: '{}'",
        text);
  }
  if (second > 60) return NotAnInstant(text);
  const int64_t seconds = hour * 3600 + minute * 60 + second - offset_minutes * 60;
  const Instant instant{DaysOf(year, month, day) * kMicrosPerDay + seconds * kMicrosPerSecond +
                        fraction_micros};
  // An offset can push the first and the last day of the calendar over its edge.
  if (instant.micros < DaysOf(1, 1, 1) * kMicrosPerDay ||
      instant.micros >= (DaysOf(kYearMax, 12, 31) + 1) * kMicrosPerDay) {
    return NotAnInstant(text);
  }
  return instant;
}

std::string Instant::ToString() const {
  // By remainders: at the start of the time line the day's first microsecond does not fit 64 bits.
  int64_t micros_of_day = micros % kMicrosPerDay;
  if (micros_of_day < 0) micros_of_day += kMicrosPerDay;
  const std::chrono::days days(micros / kMicrosPerDay - (micros % kMicrosPerDay < 0 ? 1 : 0));
  const int64_t seconds = micros_of_day / kMicrosPerSecond;
  // The time line is longer than the 16-bit years of <chrono>; the calendar repeats after 400
  // years.
  const auto cycle = std::chrono::floor<GregorianCycle>(days);
  const std::chrono::year_month_day date{std::chrono::sys_days(days - cycle)};
  const int64_t year = static_cast<int>(date.year()) + 400 * cycle.count();
  std::string text = fmt::format(
      "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", year, static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (const int64_t fraction = micros_of_day % kMicrosPerSecond; fraction != 0) {
    text += fmt::format(".{:06}", fraction);
    while (text.ends_with('0')) text.pop_back();
  }
  return text + "Z";
}

}  // namespace sightline::storage
