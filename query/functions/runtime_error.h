// Errors and notices that arise while an expression is evaluated.
//
// Whoever finds the mistake (a function, an operator) knows what is wrong; the evaluator knows
// where. So errors and notices are raised without a place and get it on their way out. Messages
// name types, never values: a value may carry a marking that the log's reader does not have.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "query/diagnostics/diagnostic.h"
#include "query/functions/expression.h"
#include "storage/base/status.h"

namespace sightline::query {

// What one value of a query may weigh: a text of 16 MiB, a list of a million items. Larger ones are
// SL5005, so that no function can be talked into eating the memory of the server.
inline constexpr size_t kTextBytesMax = size_t{16} << 20;
inline constexpr size_t kListItemsMax = 1'000'000;
// Lists and maps in a list count with all their items, even where they are shared.
inline constexpr uint64_t kExpandedItemsMax = kListItemsMax;
inline constexpr uint32_t kDatumDepthMax = 200;
// What one expression may hold while it is evaluated: lists half made, arguments.
inline constexpr uint64_t kHeldBytesMax = uint64_t{256} << 20;

// A failed status with one diagnostic that has no place yet.
Status RuntimeError(std::string code, std::string message, std::vector<std::string> help = {});

// SL3011: `what` ("toUpper", "'+'") works on `wanted`, not on `found`.
Status TypeMismatch(std::string_view what, std::string_view wanted, const Datum& found,
                    std::string_view help = {});

// SL5003: `what` ("this INTEGER sum") does not fit its type.
Status ValueOutOfRange(std::string_view what);
// SL5003 of a FLOAT. It is never infinite and always a number.
Status FloatOutOfRange(std::string_view what);
// SL5004.
Status DivisionByZero();

// SL5005, naming what grew too large.
Status TooLarge(std::string_view what);

// The same status; its diagnostics without a place now have `span`. Others are left as they are.
Status PlaceError(const Status& status, const SourceSpan& span);

// Adds a notice without a place, unless there is such a one already.
void AddNotice(EvaluationContext* context, std::string_view code, std::string_view message);

// Gives the notices from number `first` on that have no place `span`; each code and place stays
// once.
void PlaceNotices(EvaluationContext* context, size_t first, const SourceSpan& span);

// N3004: amounts of different currencies or units were to be compared or added.
void NoticeDifferentUnits(EvaluationContext* context);
// N3005: bounds ("> 500M", "nearly 70") leave the result open.
void NoticeOpenBounds(EvaluationContext* context);

// SLQL's word for the datum's type: "INTEGER", "ENTITY", "LIST" ...
std::string_view DatumTypeName(const Datum& datum);

}  // namespace sightline::query
