// The evidence of WHY as people read it: who says so, where, in which words, and who denies it.
// docs/language/why.md describes the value that is drawn here.

#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "clients/cpp/result_batch.h"
#include "sightline/v1/query_service.pb.h"

namespace sightline::cli {

// Whether WHY added this column.
bool IsEvidenceColumn(const v1::ColumnSpec& column);

// A block of lines for one row. `row` counts from 1, `title` is the row's other cells. Long lines
// wrap at `columns`. Values of another shape than why.md's are drawn key by key, nothing left out.
std::string EvidenceText(size_t row, const std::string& title, const client::Cell& evidence,
                         const client::NodeCards& cards, std::optional<size_t> columns);

}  // namespace sightline::cli
