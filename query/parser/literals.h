// Literals: from their text in a query to values.
//
// The text is what the lexer matched. Errors are kInvalidArgument with a message for SL1005.
// Thread safety: free functions without state.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/status.h"
#include "storage/model/value.h"

namespace sightline::query {

// 42, 0x2A, 0o17, 1_000, 3.5, 1e6, 40k, 900M, 1.2B. Without a unit whole numbers are INTEGER and
// all others FLOAT; with one the number is exact: a three-letter currency gives MONEY, "%"
// PERCENTAGE, any other text QUANTITY. `negative`: a minus stands directly before it.
struct NumberUnit {
  bool is_currency = false;
  std::string text;
};
StatusOr<storage::Value> DecodeNumber(std::string_view text, bool negative,
                                      const std::optional<NumberUnit>& unit,
                                      storage::Comparator comparator);

// A quoted string with its quotes. Knows \n \t \r \b \f \\ \' \" \/ \` \uXXXX (in surrogate pairs,
// too) \UXXXXXXXX, and doubled quotes. On an error `*error_begin` and `*error_end` are the bytes of
// the escape that is wrong.
StatusOr<std::string> DecodeString(std::string_view quoted, size_t* error_begin, size_t* error_end);

// 2023-10-01, 2023-Q4, 2023-10-01T08:30Z
StatusOr<storage::Value> DecodeTemporal(std::string_view text);

// What stands between back-ticks, doubled ones made single.
std::string DecodeBackTicks(std::string_view quoted);

}  // namespace sightline::query
