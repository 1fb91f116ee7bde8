// Fields: what x.key reads when x is not an entity: the record of a statement, the support of a
// fact, the parts of a path, a date, an amount, a point.
//
// Field names are written with underscores (recorded_at); recordedAt names the same field.
// Thread-safe, but for the context.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "query/functions/expression.h"
#include "storage/base/status.h"

namespace sightline::query {

struct Field {
  std::string_view name;
  StaticType type = StaticType::kAny;
  std::string_view summary;  // One line for help.
};

// In the order of the documentation.
std::span<const Field> StatementFields();
std::span<const Field> FactFields();
std::span<const Field> PathFields();
// Of dates, instants, amounts and points.
std::span<const Field> ValueFields();

// Null when there is none of this name.
const Field* FindField(std::span<const Field> fields, std::string_view name);

// x.key for any x: a field; for statements and facts else a qualifier of that name; for entities
// and statements else the facts about them, in the query's own scope. Null for a null, a missing
// map key, and what nobody has stated. A fact's qualifier is that of its best-supported statement
// (ONE) or the list of them all (MANY).
//
// Errors, without a place: SL3011 when x has no fields at all (an INTEGER, a STRING, a LIST);
// SL2015 when a path, date or amount has no such field.
StatusOr<Datum> ReadMember(const Datum& object, const PropertyAccess& access,
                           EvaluationContext* context);

// A time interval as a value: null when undated; the DATE whose days it covers, or the DATETIME
// that it is; else a MAP with from and to. Bounds are as BoundDatum has them.
Datum IntervalDatum(const storage::TimeInterval& interval);
// Null when unknown, 'open' when said to have no end, else the first or (for the end of an
// interval) last day of it, or the instant where it does not lie between days.
Datum BoundDatum(const storage::TimeBound& bound, bool is_end);

// A list of nodes.
Datum NodeList(const std::vector<storage::TermId>& nodes);
// The claimants, ascending.
std::vector<storage::TermId> ClaimantsOf(const std::vector<storage::Statement>& statements);

}  // namespace sightline::query
