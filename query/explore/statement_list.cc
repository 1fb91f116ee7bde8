#include "query/explore/statement_list.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "query/explore/neighbors.h"
#include "query/explore/supported_facts.h"
#include "query/functions/sort_in_steps.h"

namespace sightline::query {
namespace {

using storage::DisputeRule;
using storage::KeyPrefix;
using storage::Permutation;
using storage::StatementId;
using storage::TermId;

struct Place {
  Permutation permutation;
  KeyPrefix prefix;
};

// Where such facts stand together.
std::vector<Place> PlacesOf(const StatementPattern& pattern, const std::vector<TermId>& predicates,
                            const ExploreContext& context) {
  const auto canonical = [&](const std::optional<TermId>& term) {
    return term ? context.CanonicalOf(*term) : TermId{};
  };
  const TermId subject = canonical(pattern.subject), object = canonical(pattern.object);
  const TermId about = canonical(pattern.about);
  std::vector<Place> places;
  if (predicates.empty()) {
    if (pattern.about) {
      places = {{Permutation::kSpo, KeyPrefix::Of(about)},
                {Permutation::kOps, KeyPrefix::Of(about)}};
    } else if (pattern.subject && pattern.object) {
      places = {{Permutation::kSop, KeyPrefix::Of(subject, object)}};
    } else if (pattern.subject) {
      places = {{Permutation::kSpo, KeyPrefix::Of(subject)}};
    } else {
      places = {{Permutation::kOps, KeyPrefix::Of(object)}};
    }
    return places;
  }
  for (const TermId predicate : predicates) {
    if (pattern.about) {
      places.push_back({Permutation::kSpo, KeyPrefix::Of(about, predicate)});
      places.push_back({Permutation::kOps, KeyPrefix::Of(about, predicate)});
    } else if (pattern.subject && pattern.object) {
      places.push_back({Permutation::kSpo, KeyPrefix::Of(subject, predicate, object)});
    } else if (pattern.subject) {
      places.push_back({Permutation::kSpo, KeyPrefix::Of(subject, predicate)});
    } else if (pattern.object) {
      places.push_back({Permutation::kOps, KeyPrefix::Of(object, predicate)});
    } else {
      places.push_back({Permutation::kPso, KeyPrefix::Of(predicate)});
    }
  }
  return places;
}

}  // namespace

StatusOr<StatementPage> ListStatements(const StatementPattern& pattern, uint64_t skip,
                                       uint64_t count_max, ExploreContext* context) {
  std::vector<TermId> predicates;
  if (!pattern.predicate.empty()) {
    SL_ASSIGN_OR_RETURN(predicates, PredicatesNamed({pattern.predicate}, context->catalog()));
  }
  const DisputeRule rule = context->dispute_rule() == DisputeRule::kDefault
                               ? DisputeRule::kIncludingDenied
                               : context->dispute_rule();
  std::vector<StatementId> found;
  for (const Place& place : PlacesOf(pattern, predicates, *context)) {
    SupportedFacts facts(context, place.permutation, context->facts(), rule);
    SL_RETURN_IF_ERROR(facts.Start(place.prefix));
    SupportedFact fact;
    while (true) {
      SL_ASSIGN_OR_RETURN(const bool more, facts.Next(&fact));
      if (!more) break;
      SL_RETURN_IF_ERROR(context->Reserve(facts.statements().size() * sizeof(StatementId)));
      found.insert(found.end(), facts.statements().begin(), facts.statements().end());
    }
  }
  SL_RETURN_IF_ERROR(SortInSteps(&found, 1, std::less<>(), context->evaluation()));
  found.erase(std::unique(found.begin(), found.end()), found.end());
  StatementPage page;
  page.total = found.size();
  const uint64_t from = std::min<uint64_t>(skip, found.size());
  const uint64_t to = std::min<uint64_t>(from + count_max, found.size());
  page.statements.assign(found.begin() + static_cast<ptrdiff_t>(from),
                         found.begin() + static_cast<ptrdiff_t>(to));
  return page;
}

}  // namespace sightline::query
