// BACKED BY n SOURCES.

#include "query/binder/statement_binder.h"
#include "storage/txn/origin_finder.h"

namespace sightline::query {

Status StatementBinder::BindBackedBy(const ast::MinSources& sources, const SourceSpan& span,
                                     storage::ScopeConditions* conditions) {
  if (sources.count < 1) {
    return Error("SL6004", span, fmt::format("{} is no number of sources", sources.count),
                 {"what is said at all has 1 source at least"});
  }
  conditions->origins_min = static_cast<uint64_t>(sources.count);
  if (sources.count == 1) return OkStatus();
  storage::OriginFinder origins(view_, base_scope_->conditions().known_at, base_scope_->identity());
  SL_ASSIGN_OR_RETURN(const std::vector<storage::TermId> circle, origins.CircleOfDocuments());
  if (circle.empty()) return OkStatus();
  SL_ASSIGN_OR_RETURN(const std::string first, view_.ExternalIdOf(circle.front()));
  Notice(Severity::kNotice, "N6001", span,
         fmt::format("documents derive from one another in a circle, #{} among them; together they "
                     "count as one origin",
                     first));
  return OkStatus();
}

}  // namespace sightline::query
