// Analysis: what a script is, without running it: for editors.
//
// Thread-compatible plain data; the function is thread-safe.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query/diagnostics/diagnostic.h"
#include "query/engine.h"
#include "query/optimizer/statistics.h"
#include "query/parser/syntax_tokens.h"

namespace sightline::query {

enum class StatementKind : uint8_t {
  kQuery,
  kExplain,
  kProfile,
  kWhy,
  kShow,
  kDescribe,
  kDefine,
  kDrop,
};

struct StatementOutline {
  SourceSpan span;
  StatementKind kind = StatementKind::kQuery;
  bool writes = false;
};

// A step of a plan, as PlanRow has it (query/plan/plan_text.h).
struct PlanStepOutline {
  std::string name;
  std::string details;
  std::optional<double> estimated_rows;
  size_t depth = 0;
  std::vector<size_t> inputs;  // Steps that it reads from, by their places in the plan.
};

struct Analysis {
  // Errors, warnings and notices: those of the syntax, then by statement in order of place.
  std::vector<Diagnostic> diagnostics;
  bool valid = false;                        // None of them is an error.
  std::vector<StatementOutline> statements;  // Those that parse.
  // Of the last statement, when that is a query and right.
  std::vector<Column> columns;
  std::vector<PlanStepOutline> plan;
  // Canonical, when the whole text parses and has no comments, which it would lose; else empty.
  std::string formatted_text;
  std::vector<SyntaxToken> tokens;           // Of the whole text.
  std::vector<std::string> parameter_names;  // Each once, in order of appearance; without the $.
};

// As QueryEngine::Analyze, which is what to call.
StatusOr<Analysis> AnalyzeScript(storage::Store* store, const EngineOptions& options,
                                 StatisticsCache* statistics, const QueryRequest& request);

}  // namespace sightline::query
