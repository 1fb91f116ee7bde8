// What fuzzed queries are asked of: a small store, filled once, with the names that the kept corpus
// and slql.dict use.

#pragma once

#include <string>

#include "tests/support/test_store.h"

namespace sightline::test {

inline void Fill(TestStore* store) {
  using storage::Cardinality;
  using storage::Value;
  using storage::ValueType;
  store->DefineClass("Organization");
  store->DefineClass("Company", {"Organization"});
  store->DefineClass("Product");
  const auto define = [store](const char* name, Cardinality cardinality,
                              std::vector<ValueType> types, bool transitive = false) {
    storage::PredicateDefinition definition;
    definition.name = name;
    definition.cardinality = cardinality;
    definition.range_types = std::move(types);
    definition.transitive = transitive;
    store->Define(std::move(definition));
  };
  define("supplies", Cardinality::kMany, {});
  define("owns", Cardinality::kMany, {});
  define("within", Cardinality::kMany, {}, true);
  define("country", Cardinality::kOne, {});
  define("staff", Cardinality::kOne, {ValueType::kInteger});
  define("worth", Cardinality::kOne, {ValueType::kMoney});
  define("since", Cardinality::kOne, {ValueType::kDate});
  define("share", Cardinality::kOne, {ValueType::kInteger});
  for (int i = 0; i < 8; ++i) {
    const std::string id = "e" + std::to_string(i), next = "e" + std::to_string((i + 3) % 8);
    const SayDetails details{.document = i % 2 == 0 ? "doc/1" : "",
                             .reliability = storage::Reliability::kB,
                             .credibility = static_cast<storage::Credibility>(1 + i % 6),
                             .quote = "q" + std::to_string(i)};
    store->Say("desk", id, "instanceOf", i % 2 == 0 ? "Company" : "Product", details);
    store->Say("desk", id, "name", Value::OfText("Name " + std::to_string(i / 2)));
    store->Say("desk", id, i % 3 == 0 ? "owns" : "supplies", next, details);
    store->Say("rival", id, "within", "e" + std::to_string((i + 1) % 8));
    store->Say("rival", id, "staff", Value(int64_t{i}));
    store->Say("desk", id, "worth",
               Value(storage::Money{storage::Decimal{.unscaled = i, .scale = 0}, "USD"},
                     i % 2 == 0 ? storage::Comparator::kMore : storage::Comparator::kExactly));
    if (i % 4 == 0) store->Deny("rival", id, "supplies", next);
  }
  const auto stored = [store](storage::StoredDefinition::Kind kind, const char* name,
                              std::vector<std::string> parameters, const char* text) {
    storage::StoredDefinition definition;
    definition.kind = kind;
    definition.name = name;
    definition.parameters = std::move(parameters);
    definition.text = text;
    ThrowIfError(store->transaction().Define(std::move(definition)));
  };
  using Kind = storage::StoredDefinition::Kind;
  stored(Kind::kEdge, "linked", {},
         "DEFINE (a)-[:linked]->(b) AS MATCH (a)-[:supplies]->(x)-[:owns]->(b)");
  stored(Kind::kEdge, "deal", {},
         "DEFINE (a)-[e:deal]->(b) AS MATCH (e)-[:owns]->(a), (e)-[:supplies]->(b)");
  stored(Kind::kQuery, "staffed", {"n"},
         "DEFINE QUERY staffed($n) AS MATCH (a) WHERE a.staff >= $n RETURN a, a.staff AS n");
  store->Commit();
}

}  // namespace sightline::test
