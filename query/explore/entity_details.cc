#include "query/explore/entity_details.h"

#include <algorithm>
#include <map>
#include <utility>

#include "query/functions/sort_in_steps.h"
#include "query/node_kinds.h"
#include "storage/model/value.h"

namespace sightline::query {
namespace {

using storage::KeyPrefix;
using storage::Permutation;
using storage::TermId;

struct Found {
  SupportedFact fact;
  const std::string* predicate;
  storage::Value value;
};

class PropertyReader {
 public:
  explicit PropertyReader(ExploreContext* context) : context_(context) {}

  // Appends the facts of `facts` whose object is a value. `kept` says whether a predicate's are
  // wanted.
  template <typename Kept>
  Status Read(SupportedFacts* facts, const KeyPrefix& prefix, const Kept& kept) {
    SL_RETURN_IF_ERROR(facts->Start(prefix));
    SupportedFact fact;
    while (true) {
      SL_ASSIGN_OR_RETURN(const bool found, facts->Next(&fact));
      if (!found) return OkStatus();
      // The edges of a hub are many, and their predicates lead to nodes alone.
      const storage::PredicateDefinition* definition =
          context_->catalog().FindPredicate(fact.fact.predicate);
      const bool leads_to_nodes =
          definition != nullptr && !definition->range.empty() && definition->range_types.empty();
      if (leads_to_nodes || !kept(fact.fact.predicate)) {
        SL_RETURN_IF_ERROR(
            facts->SkipTo(KeyPrefix::Of(fact.fact.subject, TermId{fact.fact.predicate.bits + 1})));
        continue;
      }
      if (fact.fact.object.is_node()) continue;
      Found property{.fact = fact, .predicate = nullptr, .value = {}};
      const auto [name, is_new] = names_.try_emplace(fact.fact.predicate);
      if (is_new) {
        SL_ASSIGN_OR_RETURN(name->second, context_->NameOf(fact.fact.predicate));
      }
      property.predicate = &name->second;
      SL_ASSIGN_OR_RETURN(property.value, context_->view().ValueOf(fact.fact.object));
      const auto* text = property.value.get_if<storage::Text>();
      SL_RETURN_IF_ERROR(
          context_->Reserve(sizeof(Found) + (text != nullptr ? text->text.size() : 0)));
      found_.push_back(std::move(property));
    }
  }

  Status MoveTo(uint64_t properties_max, EntityDetails* details) {
    SL_RETURN_IF_ERROR(SortInSteps(
        &found_, 1,
        [](const Found& a, const Found& b) {
          if (*a.predicate != *b.predicate) return *a.predicate < *b.predicate;
          return TotalOrder(a.value, b.value) < 0;
        },
        context_->evaluation()));
    const uint64_t count = std::min<uint64_t>(found_.size(), properties_max);
    for (uint64_t i = 0; i < count; ++i) {
      details->properties.push_back({*found_[i].predicate, found_[i].fact});
    }
    details->properties_omitted = found_.size() - count;
    return OkStatus();
  }

 private:
  ExploreContext* const context_;
  std::map<TermId, std::string> names_;
  std::vector<Found> found_;
};

}  // namespace

StatusOr<EntityDetails> DescribeEntity(TermId node, uint64_t properties_max,
                                       ExploreContext* context) {
  const TermId entity = context->CanonicalOf(node);
  EntityDetails details;
  SL_ASSIGN_OR_RETURN(details.card, context->CardOf(entity));
  for (const TermId member : context->MembersOf(entity)) {
    SL_ASSIGN_OR_RETURN(details.external_ids.emplace_back(), context->view().ExternalIdOf(member));
  }
  NodeKinds kinds(&context->view(), context->names());
  SL_ASSIGN_OR_RETURN(details.class_names, kinds.AllOf(entity));

  std::vector<TermId> identifying;
  for (const std::string_view name : {storage::kName, storage::kAlias}) {
    const std::vector<TermId> ids = context->catalog().PredicateIdsAtOrBelow(name);
    identifying.insert(identifying.end(), ids.begin(), ids.end());
  }
  std::sort(identifying.begin(), identifying.end());
  identifying.erase(std::unique(identifying.begin(), identifying.end()), identifying.end());
  PropertyReader reader(context);
  SupportedFacts facts(context, Permutation::kSpo);
  SL_RETURN_IF_ERROR(reader.Read(&facts, KeyPrefix::Of(entity), [&](TermId predicate) {
    return !std::binary_search(identifying.begin(), identifying.end(), predicate);
  }));
  SupportedFacts names(context, Permutation::kSpo, context->names_with_denials(),
                       storage::DisputeRule::kDefault);
  for (const TermId predicate : identifying) {
    SL_RETURN_IF_ERROR(
        reader.Read(&names, KeyPrefix::Of(entity, predicate), [](TermId) { return true; }));
  }
  SL_RETURN_IF_ERROR(reader.MoveTo(properties_max, &details));
  return details;
}

}  // namespace sightline::query
