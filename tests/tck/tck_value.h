// TckValue: a value as the TCK's tables write it: 1, 1.0, 'text', [1, 2], {a: 1}, (:A {x: 1}),
// [:T {x: 1}], <(:A)-[:T]->(:B)>.
//
// Thread-compatible plain data.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "query/functions/datum.h"
#include "storage/base/status.h"

namespace sightline::tck {

struct TckValue {
  enum class Kind {
    kScalar,        // `text` is its canonical form.
    kList,          // `items`
    kMap,           // `entries`
    kNode,          // `names` are its labels, ascending; `entries` its properties
    kRelationship,  // `names` is its type; `entries`
    kPath,          // `items`: node, relationship, node, ...; `text` an arrow (> or <) for each.
  };
  Kind kind = Kind::kScalar;
  std::string text = "null";
  std::vector<TckValue> items;
  std::map<std::string, TckValue> entries;
  std::vector<std::string> names;

  static TckValue OfInteger(int64_t value);
  static TckValue OfFloat(double value);
  static TckValue OfText(std::string_view value);
  static TckValue OfBoolean(bool value);
};

// Errors: kInvalidArgument.
StatusOr<TckValue> ParseTckValue(std::string_view text);

// Equal for equal values and only for those. `any_list_order`: lists count as bags.
std::string Canonical(const TckValue& value, bool any_list_order);

// For parameters. Errors: kInvalidArgument for graph elements.
StatusOr<query::Datum> DatumOf(const TckValue& value);

}  // namespace sightline::tck
