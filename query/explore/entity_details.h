// EntityDetails: an entity by itself: what it is called, what it is, and its properties, which are
// facts whose object is a value.
//
// Thread safety: one thread at a time, as ExploreContext.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "query/explore/explore_context.h"
#include "query/explore/supported_facts.h"

namespace sightline::query {

struct EntityProperty {
  std::string predicate;
  SupportedFact fact;
};

struct EntityDetails {
  NodeCard card;
  std::vector<std::string> external_ids;   // The one that stands for the entity first.
  std::vector<std::string> class_names;    // Classes and kinds, ascending.
  std::vector<EntityProperty> properties;  // By predicate, then by value.
  uint64_t properties_omitted = 0;         // Beyond the most.
};

// Names and aliases are what they are, whoever is asked: of the scope, only recorded time and
// handling change them. Errors: those of ExploreContext.
StatusOr<EntityDetails> DescribeEntity(storage::TermId node, uint64_t properties_max,
                                       ExploreContext* context);

}  // namespace sightline::query
