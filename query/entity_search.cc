#include "query/entity_search.h"

#include <algorithm>
#include <utility>

#include "query/node_card.h"

namespace sightline::query {
namespace {

using storage::TermId;

// Whether the node is an instance of one of the classes, which ascend.
StatusOr<bool> IsInstanceOf(const storage::ReadView& view, const storage::ScopePtr& names,
                            TermId node, TermId instance_of, const std::vector<TermId>& classes) {
  SL_ASSIGN_OR_RETURN(const auto scan, view.Scan(storage::Permutation::kSpo,
                                                 storage::KeyPrefix::Of(node, instance_of), names));
  storage::ScanBatch batch;
  while (true) {
    SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
    if (row_count == 0) return false;
    for (const TermId kind : batch.columns[2]) {
      if (std::binary_search(classes.begin(), classes.end(), kind)) return true;
    }
  }
}

}  // namespace

StatusOr<std::vector<EntityMatch>> SearchEntities(const storage::ReadView& view,
                                                  const storage::ScopePtr& names,
                                                  const EntitySearchRequest& request) {
  if (request.name.empty()) return InvalidArgument("A search needs a name");
  storage::NameSearchOptions options;
  options.score_min = request.score_min;
  options.count_max = request.count_max;
  std::vector<TermId> classes;
  TermId instance_of;
  if (!request.class_name.empty()) {
    if (view.catalog().FindClass(request.class_name) == nullptr) {
      return InvalidArgument("There is no class of this name: '{}'", request.class_name);
    }
    for (const auto* definition : view.catalog().ClassesAtOrBelow(request.class_name)) {
      classes.push_back(definition->id);
    }
    std::sort(classes.begin(), classes.end());
    instance_of = view.catalog().FindPredicate(storage::kInstanceOf)->id;
  }
  if (!classes.empty() || request.may_go_on) {
    options.passes = [&](TermId node) -> StatusOr<bool> {
      if (request.may_go_on) SL_RETURN_IF_ERROR(request.may_go_on());
      if (classes.empty()) return true;
      return IsInstanceOf(view, names, node, instance_of, classes);
    };
  }
  SL_ASSIGN_OR_RETURN(std::vector<storage::NameMatch> found,
                      view.NodesAlike(request.name, *names, options));
  std::vector<EntityMatch> matches;
  for (storage::NameMatch& match : found) {
    SL_ASSIGN_OR_RETURN(NodeCard card, MakeNodeCard(view, names, match.node));
    matches.push_back({std::move(card), match.score, std::move(match.name)});
  }
  return matches;
}

StatusOr<EntitySearchResult> SearchEntities(storage::Store* store,
                                            const EntitySearchRequest& request) {
  SL_ASSIGN_OR_RETURN(const auto view, store->OpenReadView(request.read_at, request.clearance));
  SL_ASSIGN_OR_RETURN(const storage::ScopePtr names, view->MergingEntities(view->default_scope()));
  EntitySearchResult result{view->revision(), {}};
  SL_ASSIGN_OR_RETURN(result.matches, SearchEntities(*view, names, request));
  return result;
}

}  // namespace sightline::query
