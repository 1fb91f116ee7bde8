#include "query/functions/source_order.h"

#include <algorithm>
#include <string_view>

namespace sightline::query {
namespace {

// Not built in; a schema that has it means by it what FollowTheMoney means.
constexpr std::string_view kMemberOf = "memberOf";

}  // namespace

std::vector<storage::TermId> SourcePredicates(const storage::Catalog& catalog) {
  std::vector<storage::TermId> predicates;
  for (const std::string_view name :
       {storage::kPartOf, kMemberOf, storage::kBroader, storage::kInstanceOf}) {
    const std::vector<storage::TermId> below = catalog.PredicateIdsAtOrBelow(name);
    predicates.insert(predicates.end(), below.begin(), below.end());
  }
  std::sort(predicates.begin(), predicates.end());
  predicates.erase(std::unique(predicates.begin(), predicates.end()), predicates.end());
  return predicates;
}

}  // namespace sightline::query
