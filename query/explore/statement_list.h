// StatementList: the statements about an entity, an edge or a predicate.
//
// Thread safety: one thread at a time, as ExploreContext.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "query/explore/explore_context.h"
#include "storage/base/ids.h"
#include "storage/model/term_id.h"

namespace sightline::query {

// What is given must fit the same fact. REQUIRES: something is given; `about` without subject and
// object.
struct StatementPattern {
  std::optional<storage::TermId> subject{};
  std::string predicate{};                  // A name; those under it count as well. Empty: any.
  std::optional<storage::TermId> object{};  // Any term.
  std::optional<storage::TermId> about{};   // Subject or object.
};

struct StatementPage {
  std::vector<storage::StatementId> statements;
  uint64_t total = 0;  // Of all pages.
};

// `count_max` of the statements in scope with such a fact, after the first `skip`, each once, in
// the order of recording. Under the rule kDefault denials are among them, whether the fact is
// asserted or not. Errors: kInvalidArgument for a predicate that is not defined; those of
// ExploreContext.
StatusOr<StatementPage> ListStatements(const StatementPattern& pattern, uint64_t skip,
                                       uint64_t count_max, ExploreContext* context);

}  // namespace sightline::query
