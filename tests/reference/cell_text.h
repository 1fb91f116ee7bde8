// How a cell of a result is written for comparing. Lists are written sorted, if not said otherwise:
// the order in which collect and MANY properties gather is not part of the language.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "query/functions/datum.h"

namespace sightline::reference {

// What reads terms: the id of a node ("org/ap"), or the text of a value.
using TermText = std::function<std::string(storage::TermId)>;

enum class ListOrder { kSorted, kAsGiven };

std::string ValueCellText(const storage::Value& value);
std::string CellText(const query::Datum& datum, const TermText& term_text,
                     ListOrder order = ListOrder::kSorted);
std::string RowText(const std::vector<query::Datum>& row, const TermText& term_text,
                    ListOrder order = ListOrder::kSorted);

}  // namespace sightline::reference
