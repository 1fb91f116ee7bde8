#include "query/node_card.h"

#include <algorithm>
#include <string>
#include <vector>

#include "storage/index/merged_scan.h"

namespace sightline::query {

StatusOr<NodeCard> MakeNodeCard(const storage::ReadView& view, const storage::ScopePtr& scope,
                                storage::TermId node) {
  NodeCard card;
  card.id = node;
  SL_ASSIGN_OR_RETURN(card.external_id, view.ExternalIdOf(node));
  const storage::Catalog& catalog = view.catalog();
  if (node.is_statement()) {
    card.caption = card.external_id;
    return card;
  }
  SL_ASSIGN_OR_RETURN(card.caption, view.CaptionOf(node, scope));
  const storage::PredicateDefinition* instance_of = catalog.FindPredicate(storage::kInstanceOf);
  if (instance_of == nullptr) return card;
  SL_ASSIGN_OR_RETURN(auto scan, view.Scan(storage::Permutation::kSpo,
                                           storage::KeyPrefix::Of(node, instance_of->id), scope));
  std::vector<std::string> classes;
  std::string kind;
  storage::ScanBatch batch;
  while (true) {
    SL_ASSIGN_OR_RETURN(const size_t rows, scan->Next(&batch));
    if (rows == 0) break;
    for (const storage::TermId object : batch.columns[2]) {
      if (const storage::ClassDefinition* definition = catalog.FindClass(object)) {
        classes.push_back(definition->name);
      } else if (object.is_node()) {
        SL_ASSIGN_OR_RETURN(const std::string caption, view.CaptionOf(object, scope));
        if (kind.empty() || caption < kind) kind = caption;
      }
    }
  }
  std::sort(classes.begin(), classes.end());
  for (const std::string& name : classes) {
    const bool has_narrower =
        std::any_of(classes.begin(), classes.end(), [&](const std::string& other) {
          return other != name && catalog.IsClassAtOrBelow(other, name);
        });
    if (has_narrower) continue;
    card.class_name = name;
    return card;
  }
  card.class_name = kind;
  return card;
}

}  // namespace sightline::query
