#include "query/explore/path_search.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace sightline::query {
namespace {

// A name in back-quotes, as the language reads any text.
std::string Quoted(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) {
    quoted += c;
    if (c == '`') quoted += c;
  }
  return quoted + "`";
}

Datum NodeList(const std::vector<storage::TermId>& nodes) {
  DatumList list;
  for (const storage::TermId node : nodes) list.push_back(Datum::OfNode(node));
  return Datum(std::move(list));
}

}  // namespace

StatusOr<std::unique_ptr<ResultCursor>> FindPaths(const PathRequest& request,
                                                  const QueryLimits& limits,
                                                  const storage::CancellationToken* cancellation,
                                                  std::atomic<uint64_t>* memory_shown,
                                                  const ExploreContext& context,
                                                  QueryEngine* engine) {
  SL_RETURN_IF_ERROR(PredicatesNamed(request.predicates, context.catalog()).status());
  std::string edge;
  for (const std::string& name : request.predicates) {
    edge += (edge.empty() ? ":" : "|") + Quoted(name);
  }
  std::string avoiding;
  for (const storage::TermId node : request.avoiding) {
    SL_ASSIGN_OR_RETURN(const std::string id, context.view().ExternalIdOf(node));
    avoiding += fmt::format("{}(#{})", avoiding.empty() ? "" : ", ", Quoted(id));
  }
  if (request.hubs_over > 0) {
    avoiding += fmt::format("{}HUBS OVER {}", avoiding.empty() ? "" : ", ", request.hubs_over);
  }
  const std::string text = fmt::format(
      "UNWIND $from AS a UNWIND $to AS b MATCH p = {} (a){}-[{}*1..{}]-{}(b){}{} "
      "RETURN p ORDER BY length(p) LIMIT {}",
      request.ranked ? fmt::format("SHORTEST {}", request.paths_max) : std::string("ALL SHORTEST"),
      request.direction == EdgeDirection::kInbound ? "<" : "", edge, request.hops_max,
      request.direction == EdgeDirection::kOutbound ? ">" : "",
      avoiding.empty() ? "" : " AVOIDING ", avoiding, request.paths_max);
  QueryRequest query;
  query.text = text;
  query.parameters.emplace("from", NodeList({request.from}));
  query.parameters.emplace("to", NodeList(request.to));
  query.clearance = context.view().clearance();
  query.read_at = context.view().revision();
  query.scope = context.conditions();
  query.limits = limits;
  query.cancellation = cancellation;
  query.memory_shown = memory_shown;
  query.read_only = true;
  return engine->Execute(query);
}

}  // namespace sightline::query
