#include "query/clause_limit.h"

#include <fmt/format.h>

#include <utility>

#include "query/diagnostics/diagnostic.h"

namespace sightline::query {
namespace {

// Steps of one query: each is an operator that calls the one before it, so that their number is the
// depth of the machine's stack.
constexpr size_t kClausesMax = 1000;

}  // namespace

Status CheckClauseCount(const ast::Statement& statement) {
  const ast::Query* query = nullptr;
  if (const auto* asked = std::get_if<ast::QueryStatement>(&statement.node)) query = &asked->query;
  if (const auto* stored = std::get_if<ast::DefineQuery>(&statement.node)) query = &stored->query;
  if (query == nullptr) return OkStatus();
  size_t clauses = query->parts.size();
  for (const ast::LinearQuery& part : query->parts) clauses += part.clauses.size();
  if (clauses <= kClausesMax) return OkStatus();
  Diagnostic long_query;
  long_query.code = "SL1000";
  long_query.message =
      fmt::format("this query has {} steps, and {} are the most", clauses, kClausesMax);
  long_query.span = statement.span;
  long_query.help = {"write it as several statements, separated by ;"};
  return ToStatus(std::move(long_query));
}

}  // namespace sightline::query
