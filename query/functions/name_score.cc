#include "query/functions/name_score.h"

#include <map>
#include <vector>

namespace sightline::query {

StatusOr<std::optional<double>> NameScoreOf(storage::TermId node, const std::string& name,
                                            EvaluationContext* context) {
  auto known = context->nodes_alike.find(name);
  if (known == context->nodes_alike.end()) {
    SL_ASSIGN_OR_RETURN(const std::vector<storage::NameMatch> matches,
                        context->view->NodesAlike(name, *context->base_scope()));
    SL_RETURN_IF_ERROR(context->TouchFacts(matches.size()));
    // Names that come from rows may be many; what they cost to keep stays bounded.
    if (context->nodes_alike.size() >= 256) context->nodes_alike.clear();
    known = context->nodes_alike.emplace(name, std::map<storage::TermId, double>()).first;
    for (const storage::NameMatch& match : matches) known->second.emplace(match.node, match.score);
  }
  const auto found = known->second.find(node);
  if (found == known->second.end()) return std::optional<double>();
  return std::optional<double>(found->second);
}

}  // namespace sightline::query
