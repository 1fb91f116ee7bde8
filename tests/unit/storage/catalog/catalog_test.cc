#include "storage/catalog/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sightline::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ClassDefinition Class(std::string name, std::vector<std::string> parents = {}, uint64_t id = 0) {
  ClassDefinition definition;
  definition.name = std::move(name);
  definition.parents = std::move(parents);
  if (id != 0) definition.id = TermId::Make(TermTag::kEntity, id);
  return definition;
}

PredicateDefinition Predicate(std::string name, std::vector<std::string> parents = {},
                              uint64_t id = 0, std::string inverse = "") {
  PredicateDefinition definition;
  definition.name = std::move(name);
  definition.parents = std::move(parents);
  definition.inverse = std::move(inverse);
  if (id != 0) definition.id = TermId::Make(TermTag::kEntity, id);
  return definition;
}

template <typename Definition>
std::vector<std::string> NamesOf(const std::vector<const Definition*>& definitions) {
  std::vector<std::string> names;
  for (const Definition* definition : definitions) names.push_back(definition->name);
  return names;
}

Catalog Article() {
  return Catalog(
      {Class("Thing", {}, 1), Class("Interval", {}, 2), Class("LegalEntity", {"Thing"}, 3),
       Class("Organization", {"LegalEntity"}, 4), Class("Company", {"Organization"}, 5),
       Class("Event", {"Thing", "Interval"}, 6), Class("Battle", {"Event", "Thing"}, 7)},
      {Predicate("supplies", {}, 10, "suppliedBy"), Predicate("usedIn", {}, 11),
       Predicate("usableOn", {"usedIn"}, 12), Predicate("neededFor", {"usedIn"}, 13),
       Predicate("criticalFor", {"neededFor"}, 14)});
}

TEST(Catalog, FindsByNameAndById) {
  const Catalog catalog = Article();
  ASSERT_NE(catalog.FindClass("Company"), nullptr);
  EXPECT_EQ(catalog.FindClass(TermId::Make(TermTag::kEntity, 5)), catalog.FindClass("Company"));
  EXPECT_EQ(catalog.FindPredicate(TermId::Make(TermTag::kEntity, 10)),
            catalog.FindPredicate("supplies"));
  EXPECT_EQ(catalog.FindClass("company"), nullptr);  // Names are case-sensitive.
  EXPECT_EQ(catalog.FindClass("supplies"), nullptr);
  EXPECT_EQ(catalog.FindPredicate("Company"), nullptr);
  EXPECT_EQ(catalog.FindClass(TermId::Make(TermTag::kEntity, 10)), nullptr);
  EXPECT_EQ(catalog.FindPredicate(TermId::Make(TermTag::kEntity, 5)), nullptr);
  EXPECT_EQ(catalog.FindClass(TermId::Make(TermTag::kEntity, 99)), nullptr);
}

TEST(Catalog, NoTermNamesNothing) {
  // Definitions without ids, as BuiltInPredicates gives them.
  const Catalog catalog({Class("Thing")}, {Predicate("supplies")});
  EXPECT_EQ(catalog.FindClass(TermId{}), nullptr);
  EXPECT_EQ(catalog.FindPredicate(TermId{}), nullptr);
}

TEST(Catalog, FindsAPredicateByItsInverse) {
  const Catalog catalog = Article();
  EXPECT_EQ(catalog.FindInverse("suppliedBy"), catalog.FindPredicate("supplies"));
  EXPECT_EQ(catalog.FindInverse("supplies"), nullptr);
  EXPECT_EQ(catalog.FindInverse(""), nullptr);
}

TEST(Catalog, WalksDownTheClasses) {
  const Catalog catalog = Article();
  EXPECT_THAT(NamesOf(catalog.ClassesAtOrBelow("LegalEntity")),
              ElementsAre("Company", "LegalEntity", "Organization"));
  // Battle is below Thing on two ways and comes once.
  EXPECT_THAT(NamesOf(catalog.ClassesAtOrBelow("Thing")),
              ElementsAre("Battle", "Company", "Event", "LegalEntity", "Organization", "Thing"));
  EXPECT_THAT(NamesOf(catalog.ClassesAtOrBelow("Interval")),
              ElementsAre("Battle", "Event", "Interval"));
  EXPECT_THAT(catalog.ClassesAtOrBelow("Optics"), IsEmpty());
}

TEST(Catalog, WalksUpTheClasses) {
  const Catalog catalog = Article();
  EXPECT_TRUE(catalog.IsClassAtOrBelow("Company", "Thing"));
  EXPECT_TRUE(catalog.IsClassAtOrBelow("Company", "Company"));
  EXPECT_TRUE(catalog.IsClassAtOrBelow("Battle", "Interval"));
  EXPECT_FALSE(catalog.IsClassAtOrBelow("Thing", "Company"));
  EXPECT_FALSE(catalog.IsClassAtOrBelow("Company", "Interval"));
  EXPECT_FALSE(catalog.IsClassAtOrBelow("Optics", "Optics"));
  EXPECT_FALSE(catalog.IsClassAtOrBelow("Company", "Optics"));
}

TEST(Catalog, WalksDownThePredicates) {
  const Catalog catalog = Article();
  EXPECT_THAT(NamesOf(catalog.PredicatesAtOrBelow("usedIn")),
              ElementsAre("criticalFor", "neededFor", "usableOn", "usedIn"));
  EXPECT_THAT(NamesOf(catalog.PredicatesAtOrBelow("supplies")), ElementsAre("supplies"));
  EXPECT_THAT(catalog.PredicatesAtOrBelow("suppliedBy"), IsEmpty());
}

TEST(Catalog, TheLaterDefinitionOfANameCounts) {
  ClassDefinition labelled = Class("Thing", {}, 1);
  labelled.label = "thing";
  const Catalog catalog({Class("Thing", {}, 1), labelled}, {});
  EXPECT_EQ(catalog.classes().size(), 1u);
  EXPECT_EQ(catalog.FindClass("Thing")->label, "thing");
}

TEST(Catalog, ACopyStandsAlone) {
  Catalog copy;
  {
    const Catalog catalog = Article();
    copy = catalog;
  }
  EXPECT_EQ(copy.FindClass("Company")->name, "Company");
  EXPECT_EQ(copy.FindInverse("suppliedBy")->name, "supplies");
}

StoredDefinition Stored(StoredDefinition::Kind kind, std::string name, uint64_t number,
                        TlpLabel label = TlpLabel::kClear) {
  StoredDefinition definition;
  definition.kind = kind;
  definition.name = std::move(name);
  definition.text = "text " + std::to_string(number);
  definition.number = number;
  definition.marking.tlp = label;
  return definition;
}

TEST(Catalog, FindsStoredTextsForThoseWhoMaySeeThem) {
  using Kind = StoredDefinition::Kind;
  const Catalog catalog({}, {},
                        {Stored(Kind::kQuery, "q", 1), Stored(Kind::kQuery, "q", 2, TlpLabel::kRed),
                         Stored(Kind::kEdge, "e", 3), Stored(Kind::kEdge, "e", 4, TlpLabel::kRed),
                         Stored(Kind::kEdge, "d", 5)});
  Clearance low, high;
  high.tlp_max = TlpLabel::kRed;
  ASSERT_NE(catalog.FindQuery("q", low), nullptr);
  EXPECT_EQ(catalog.FindQuery("q", low)->number, 1u);
  EXPECT_EQ(catalog.FindQuery("q", high)->number, 2u);
  EXPECT_EQ(catalog.FindQuery("e", high), nullptr);
  ASSERT_EQ(catalog.FindEdge("e", low).size(), 1u);
  EXPECT_EQ(catalog.FindEdge("e", low).front()->number, 3u);
  EXPECT_EQ(catalog.FindEdge("e", high).size(), 2u);
  const auto edges = catalog.StoredOf(Kind::kEdge, low);
  ASSERT_EQ(edges.size(), 2u);
  EXPECT_EQ(edges[0]->name, "d");
  EXPECT_EQ(edges[1]->name, "e");
}

}  // namespace
}  // namespace sightline::storage
