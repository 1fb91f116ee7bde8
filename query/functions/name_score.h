// NameScoreOf: how much a node's names are like another, for NAMED ~ as a condition and for
// score().
//
// Thread safety: as EvaluationContext, one thread at a time.

#pragma once

#include <optional>
#include <string>

#include "query/functions/expression.h"
#include "storage/base/status.h"
#include "storage/model/term_id.h"

namespace sightline::query {

// How much the node's most alike name, visible under the base scope, is like `name`; none when it
// is too little. Looked up once for each name.
StatusOr<std::optional<double>> NameScoreOf(storage::TermId node, const std::string& name,
                                            EvaluationContext* context);

}  // namespace sightline::query
