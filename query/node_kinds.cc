#include "query/node_kinds.h"

#include <algorithm>
#include <utility>

#include "storage/catalog/catalog.h"

namespace sightline::query {

using storage::TermId;

NodeKinds::NodeKinds(const storage::ReadView* view, storage::ScopePtr scope)
    : view_(*view), scope_(std::move(scope)) {}

StatusOr<std::string> NodeKinds::CaptionOf(TermId kind) {
  const auto found = captions_.find(kind);
  if (found != captions_.end()) return found->second;
  SL_ASSIGN_OR_RETURN(std::string caption, view_.CaptionOf(kind, scope_));
  return captions_.emplace(kind, std::move(caption)).first->second;
}

StatusOr<NodeKinds::Found> NodeKinds::Find(TermId node) {
  Found found;
  const storage::Catalog& catalog = view_.catalog();
  const storage::PredicateDefinition* instance_of = catalog.FindPredicate(storage::kInstanceOf);
  if (instance_of == nullptr || node.is_statement()) return found;
  const auto prefix = storage::KeyPrefix::Of(instance_of->id, node);
  if (scan_ == nullptr) {
    SL_ASSIGN_OR_RETURN(scan_, view_.Scan(storage::Permutation::kPso, prefix, scope_));
  } else {
    SL_RETURN_IF_ERROR(scan_->Rebind(prefix));
  }
  while (true) {
    SL_ASSIGN_OR_RETURN(const size_t row_count, scan_->Next(&batch_));
    if (row_count == 0) return found;
    for (const TermId object : batch_.columns[2]) {
      if (const storage::ClassDefinition* definition = catalog.FindClass(object)) {
        found.classes.push_back(definition->name);
      } else if (object.is_node()) {
        SL_ASSIGN_OR_RETURN(found.kinds.emplace_back(), CaptionOf(object));
      }
    }
  }
}

StatusOr<std::string> NodeKinds::KindOf(TermId node) {
  SL_ASSIGN_OR_RETURN(Found found, Find(node));
  std::sort(found.classes.begin(), found.classes.end());
  for (const std::string& name : found.classes) {
    const bool has_narrower =
        std::any_of(found.classes.begin(), found.classes.end(), [&](const std::string& other) {
          return other != name && view_.catalog().IsClassAtOrBelow(other, name);
        });
    if (!has_narrower) return name;
  }
  const auto least = std::min_element(found.kinds.begin(), found.kinds.end());
  return least == found.kinds.end() ? std::string() : *least;
}

StatusOr<std::vector<std::string>> NodeKinds::AllOf(TermId node) {
  SL_ASSIGN_OR_RETURN(Found found, Find(node));
  std::vector<std::string> all = std::move(found.classes);
  all.insert(all.end(), found.kinds.begin(), found.kinds.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace sightline::query
