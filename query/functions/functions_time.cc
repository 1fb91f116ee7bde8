// Functions that make dates and instants.

#include "query/functions/function_families.h"
#include "query/functions/runtime_error.h"

namespace sightline::query {
namespace {

using storage::Instant;
using storage::PartialDate;
using storage::Value;

constexpr int64_t kDayMicros = int64_t{86'400} * 1'000'000;
// Days since 1970 of 0001-01-01 and 9999-12-31.
constexpr int64_t kFirstDay = -719'162;
constexpr int64_t kLastDay = 2'932'896;

StatusOr<Datum> DayOf(int64_t micros) {
  const int64_t day =
      micros >= 0 ? micros / kDayMicros : -((-micros + kDayMicros - 1) / kDayMicros);
  if (day < kFirstDay || day > kLastDay) {
    return RuntimeError("SL5003", "this DATETIME is outside the years 1 to 9999");
  }
  return Datum(Value(PartialDate::FromDays(day)));
}

StatusOr<Datum> Date(Arguments arguments, EvaluationContext* context) {
  if (arguments.empty()) return DayOf(context->now_micros);
  const Datum& x = arguments[0];
  const Value* value = x.value();
  if (value != nullptr && value->get_if<PartialDate>() != nullptr) return x;
  if (value != nullptr && value->get_if<Instant>() != nullptr) {
    return DayOf(value->get_if<Instant>()->micros);
  }
  const std::string* text = AsText(x);
  if (text == nullptr) return TypeMismatch("date", "STRING, DATE and DATETIME", x);
  const StatusOr<PartialDate> date = PartialDate::Parse(*text);
  if (!date.ok()) {
    return RuntimeError("SL5004", "this STRING is not a date",
                        {"dates look like 2023, 2023-Q4, 2023-10 or 2023-10-01"});
  }
  return Datum(Value(*date));
}

StatusOr<Datum> DateTime(Arguments arguments, EvaluationContext* context) {
  if (arguments.empty()) return Datum(Value(Instant{context->now_micros}));
  const Datum& x = arguments[0];
  const Value* value = x.value();
  if (value != nullptr && value->get_if<Instant>() != nullptr) return x;
  const std::string* text = AsText(x);
  if (text == nullptr) {
    return RuntimeError(
        "SL3011", fmt::format("datetime works on STRING and DATETIME, not on {}", DatumTypeName(x)),
        {"a DATE is a day or longer; write the time as well: '2023-10-01T00:00Z'"});
  }
  const StatusOr<Instant> instant = Instant::Parse(*text);
  if (!instant.ok()) {
    return RuntimeError("SL5004", "this STRING is not a point in time",
                        {"points in time look like 2023-10-01T08:30Z"});
  }
  return Datum(Value(*instant));
}

StatusOr<Datum> Now(Arguments, EvaluationContext* context) {
  return Datum(Value(Instant{context->now_micros}));
}
StatusOr<Datum> Today(Arguments, EvaluationContext* context) { return DayOf(context->now_micros); }

constexpr ScalarFunction kFunctions[] = {
    {"date", "date([x STRING|DATE|DATETIME]) -> DATE",
     "A date known to the day, month, quarter or year; today (UTC) without an argument.", 0, 1,
     StaticType::kDate, true, Date},
    {"datetime", "datetime([x STRING|DATETIME]) -> DATETIME",
     "A point in time; now without an argument.", 0, 1, StaticType::kInstant, true, DateTime},
    {"now", "now() -> DATETIME", "When the query began; the same in all of it.", 0, 0,
     StaticType::kInstant, true, Now},
    {"today", "today() -> DATE", "The day (UTC) on which the query began.", 0, 0, StaticType::kDate,
     true, Today},
};

}  // namespace

std::span<const ScalarFunction> TimeFunctions() { return kFunctions; }

}  // namespace sightline::query
