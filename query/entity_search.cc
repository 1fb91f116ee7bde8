#include "query/entity_search.h"

#include <algorithm>
#include <utility>

#include "query/node_card.h"

namespace sightline::query {
namespace {

using storage::TermId;

// Whether the node is an instance of one of the classes, which ascend.
StatusOr<bool> IsInstanceOf(const storage::ReadView& view, TermId node, TermId instance_of,
                            const std::vector<TermId>& classes) {
  SL_ASSIGN_OR_RETURN(const auto scan,
                      view.Scan(storage::Permutation::kSpo,
                                storage::KeyPrefix::Of(node, instance_of), view.default_scope()));
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

StatusOr<EntitySearchResult> SearchEntities(storage::Store* store,
                                            const EntitySearchRequest& request) {
  if (request.name.empty()) return InvalidArgument("A search needs a name");
  SL_ASSIGN_OR_RETURN(const auto view, store->OpenReadView(request.read_at, request.clearance));
  storage::NameSearchOptions options;
  options.score_min = request.score_min;
  options.count_max = request.count_max;
  std::vector<TermId> classes;
  if (!request.class_name.empty()) {
    if (view->catalog().FindClass(request.class_name) == nullptr) {
      return InvalidArgument("There is no class of this name: '{}'", request.class_name);
    }
    for (const auto* definition : view->catalog().ClassesAtOrBelow(request.class_name)) {
      classes.push_back(definition->id);
    }
    std::sort(classes.begin(), classes.end());
    const TermId instance_of = view->catalog().FindPredicate(storage::kInstanceOf)->id;
    options.passes = [&view, &classes, instance_of](TermId node) {
      return IsInstanceOf(*view, node, instance_of, classes);
    };
  }
  SL_ASSIGN_OR_RETURN(std::vector<storage::NameMatch> matches,
                      view->NodesAlike(request.name, *view->default_scope(), options));
  EntitySearchResult result{view->revision(), {}};
  for (storage::NameMatch& match : matches) {
    SL_ASSIGN_OR_RETURN(NodeCard card, MakeNodeCard(*view, view->default_scope(), match.node));
    result.matches.push_back({std::move(card), match.score, std::move(match.name)});
  }
  return result;
}

}  // namespace sightline::query
