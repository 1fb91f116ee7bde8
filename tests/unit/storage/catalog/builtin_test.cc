#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/catalog/catalog.h"

namespace sightline::storage {
namespace {

TEST(BuiltInPredicates, AreThoseOfTheHeader) {
  std::vector<std::string> names;
  for (const PredicateDefinition& definition : BuiltInPredicates()) {
    names.push_back(definition.name);
    EXPECT_TRUE(definition.built_in) << definition.name;
    EXPECT_TRUE(definition.id.is_none()) << definition.name;
    EXPECT_EQ(definition.revision, Revision{0}) << definition.name;
    EXPECT_EQ(definition.cardinality, Cardinality::kMany) << definition.name;
    EXPECT_FALSE(definition.label.empty()) << definition.name;
    EXPECT_FALSE(definition.note.empty()) << definition.name;
  }
  EXPECT_THAT(names,
              testing::UnorderedElementsAre("instanceOf", "broader", "sameAs", "partOf", "name",
                                            "alias", "contradicts", "reliability", "credibility"));
}

TEST(BuiltInPredicates, SayWhatAnEdgeMayDoWithThem) {
  const Catalog catalog({}, BuiltInPredicates());
  const PredicateDefinition& broader = *catalog.FindPredicate(kBroader);
  EXPECT_TRUE(broader.transitive && broader.taxonomic && !broader.symmetric);
  const PredicateDefinition& same_as = *catalog.FindPredicate(kSameAs);
  EXPECT_TRUE(same_as.transitive && same_as.taxonomic && same_as.symmetric);
  const PredicateDefinition& instance_of = *catalog.FindPredicate(kInstanceOf);
  EXPECT_TRUE(instance_of.taxonomic && !instance_of.transitive);
  const PredicateDefinition& part_of = *catalog.FindPredicate(kPartOf);
  EXPECT_TRUE(part_of.transitive && !part_of.taxonomic);
  EXPECT_TRUE(catalog.FindPredicate(kContradicts)->symmetric);
  for (const std::string_view name : {kName, kAlias}) {
    const PredicateDefinition& definition = *catalog.FindPredicate(name);
    EXPECT_TRUE(definition.attribute_only()) << name;
    EXPECT_THAT(definition.range_types, testing::ElementsAre(ValueType::kText)) << name;
  }
}

}  // namespace
}  // namespace sightline::storage
