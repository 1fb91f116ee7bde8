#include <gtest/gtest.h>

#include "storage/catalog/catalog.h"

namespace sightline::storage {
namespace {

using std::string_literals::operator""s;

ClassDefinition Class(std::string name, std::vector<std::string> parents = {}) {
  ClassDefinition definition;
  definition.name = std::move(name);
  definition.parents = std::move(parents);
  return definition;
}

PredicateDefinition Predicate(std::string name, std::vector<std::string> domain = {},
                              std::vector<std::string> range = {}) {
  PredicateDefinition definition;
  definition.name = std::move(name);
  definition.domain = std::move(domain);
  definition.range = std::move(range);
  return definition;
}

// A catalog that grows as a script of definitions would let it.
class Schema {
 public:
  Schema() : predicates_(BuiltInPredicates()) {
    for (auto& definition : {Class("Thing"), Class("LegalEntity", {"Thing"}),
                             Class("Company", {"LegalEntity"}), Class("Product", {"Thing"})}) {
      EXPECT_TRUE(Define(definition).ok()) << definition.name;
    }
    PredicateDefinition supplies = Predicate("supplies", {"LegalEntity"}, {"Product"});
    supplies.inverse = "suppliedBy";
    EXPECT_TRUE(Define(supplies).ok());
    EXPECT_TRUE(Define(Predicate("usedIn", {"Product"}, {"Product"})).ok());
  }

  Status Define(const ClassDefinition& definition) {
    SL_RETURN_IF_ERROR(CheckDefinition(Catalog(classes_, predicates_), definition));
    classes_.push_back(definition);
    return OkStatus();
  }
  Status Define(const PredicateDefinition& definition) {
    SL_RETURN_IF_ERROR(CheckDefinition(Catalog(classes_, predicates_), definition));
    predicates_.push_back(definition);
    return OkStatus();
  }

 private:
  std::vector<ClassDefinition> classes_;
  std::vector<PredicateDefinition> predicates_;
};

constexpr StatusCode kRefused = StatusCode::kInvalidArgument;

TEST(CheckDefinition, RefusesTextsThatAreTooLongOrNotUtf8) {
  Schema schema;
  ClassDefinition drone = Class(std::string(1025, 'd'));
  EXPECT_EQ(schema.Define(drone).code(), kRefused);
  drone = Class("Drone");
  drone.label = "\xff";
  EXPECT_EQ(schema.Define(drone).code(), kRefused);
  drone.label = std::string(4097, 'd');
  EXPECT_EQ(schema.Define(drone).code(), kRefused);
  drone.label = "";
  drone.note = "\xff";
  EXPECT_EQ(schema.Define(drone).code(), kRefused);
  drone.note = std::string(4096, 'd');
  EXPECT_TRUE(schema.Define(drone).ok());
  PredicateDefinition flies = Predicate("flies");
  flies.note = "\xff";
  EXPECT_EQ(schema.Define(flies).code(), kRefused);
  flies.note = "";
  flies.inverse = std::string(1025, 'f');
  EXPECT_EQ(schema.Define(flies).code(), kRefused);
}

TEST(CheckDefinition, TakesAClassUnderSeveralOthers) {
  Schema schema;
  EXPECT_TRUE(schema.Define(Class("Interval")).ok());
  EXPECT_TRUE(schema.Define(Class("Event", {"Thing", "Interval"})).ok());
}

TEST(CheckDefinition, RefusesAClassWithAnUnknownParent) {
  Schema schema;
  EXPECT_EQ(schema.Define(Class("Optics", {"Goods"})).code(), kRefused);
  EXPECT_EQ(schema.Define(Class("Optics", {"Product", "supplies"})).code(), kRefused);
}

TEST(CheckDefinition, RefusesCirclesOfClasses) {
  Schema schema;
  EXPECT_EQ(schema.Define(Class("Optics", {"Optics"})).code(), kRefused);
  const Status circle = schema.Define(Class("Thing", {"Company"}));
  EXPECT_EQ(circle.code(), kRefused);
  EXPECT_NE(MessageOf(circle).find("circle"), std::string::npos) << MessageOf(circle);
}

TEST(CheckDefinition, RefusesBadNames) {
  Schema schema;
  EXPECT_EQ(schema.Define(Class("")).code(), kRefused);
  EXPECT_EQ(schema.Define(Class("a\0b"s)).code(), kRefused);
  EXPECT_EQ(schema.Define(Predicate("\xFF")).code(), kRefused);
  EXPECT_EQ(schema.Define(Class("name")).code(), kRefused);
}

TEST(CheckDefinition, TakesPrefixesThatCanBeWrittenAndStandForAnIri) {
  const auto code = [](std::string name, std::string iri) {
    StoredDefinition prefix;
    prefix.kind = StoredDefinition::Kind::kPrefix;
    prefix.name = std::move(name);
    prefix.text = std::move(iri);
    return CheckDefinition(Catalog(), prefix).code();
  };
  EXPECT_EQ(code("foaf", "http://xmlns.com/foaf/0.1/"), StatusCode::kOk);
  EXPECT_EQ(code("a.b-c_1", "urn:x:"), StatusCode::kOk);
  for (const char* name : {"", "1a", "_", "a b", "a:b", "a`"}) {
    EXPECT_EQ(code(name, "urn:x:"), kRefused) << name;
  }
  for (const char* iri : {"", "relative/", "urn:a b", "urn:<x>", "urn:`", "1:x"}) {
    EXPECT_EQ(code("a", iri), kRefused) << iri;
  }
  StoredDefinition marked;
  marked.kind = StoredDefinition::Kind::kPrefix;
  marked.name = "a";
  marked.text = "urn:x:";
  marked.marking.tlp = TlpLabel::kRed;
  EXPECT_EQ(CheckDefinition(Catalog(), marked).code(), kRefused);
}

TEST(CheckDefinition, TakesAnEqualDefinitionAgain) {
  Schema schema;
  EXPECT_TRUE(schema.Define(Class("Company", {"LegalEntity", "LegalEntity"})).ok());
  PredicateDefinition supplies = Predicate("supplies", {"LegalEntity"}, {"Product"});
  supplies.inverse = "suppliedBy";
  EXPECT_TRUE(schema.Define(supplies).ok());
  // For people only: may change.
  supplies.label = "supplies";
  supplies.note = "Sells or hands over.";
  EXPECT_TRUE(schema.Define(supplies).ok());
}

TEST(CheckDefinition, RefusesADifferentDefinitionOfTheSameName) {
  Schema schema;
  EXPECT_EQ(schema.Define(Class("Company", {"Thing"})).code(), kRefused);
  PredicateDefinition used_in = Predicate("usedIn", {"Product"}, {"Product"});
  used_in.transitive = true;
  EXPECT_EQ(schema.Define(used_in).code(), kRefused);
  used_in = Predicate("usedIn", {"Product"}, {"Product"});
  used_in.cardinality = Cardinality::kOne;
  EXPECT_EQ(schema.Define(used_in).code(), kRefused);
  EXPECT_EQ(schema.Define(Predicate("usedIn", {"Product"}, {"Thing"})).code(), kRefused);
  EXPECT_EQ(schema.Define(Predicate("usedIn", {}, {"Product"})).code(), kRefused);
}

TEST(CheckDefinition, TakesAPredicateOfAnything) {
  Schema schema;
  EXPECT_TRUE(schema.Define(Predicate("recipient")).ok());
  PredicateDefinition credible = Predicate("credible");
  credible.range_types = {ValueType::kBoolean};
  credible.cardinality = Cardinality::kOne;
  EXPECT_TRUE(schema.Define(credible).ok());
}

TEST(CheckDefinition, RefusesUnknownClassesOfAPredicate) {
  Schema schema;
  EXPECT_EQ(schema.Define(Predicate("aids", {"Territory"}, {"Thing"})).code(), kRefused);
  EXPECT_EQ(schema.Define(Predicate("aids", {"Thing"}, {"Thing", "Territory"})).code(), kRefused);
  PredicateDefinition nothing = Predicate("nothing");
  nothing.range_types = {ValueType::kNull};
  EXPECT_EQ(schema.Define(nothing).code(), kRefused);
}

TEST(CheckDefinition, ChecksTheParentsOfAPredicate) {
  Schema schema;
  PredicateDefinition usable_on = Predicate("usableOn", {"Product"}, {"Product"});
  usable_on.parents = {"usedIn"};
  EXPECT_TRUE(schema.Define(usable_on).ok());
  PredicateDefinition critical_for = Predicate("criticalFor");
  critical_for.parents = {"neededFor"};
  EXPECT_EQ(schema.Define(critical_for).code(), kRefused);
  critical_for.parents = {"Product"};
  EXPECT_EQ(schema.Define(critical_for).code(), kRefused);
  PredicateDefinition used_in = Predicate("usedIn", {"Product"}, {"Product"});
  used_in.parents = {"usableOn"};
  EXPECT_EQ(schema.Define(used_in).code(), kRefused);
}

TEST(CheckDefinition, KeepsInversesApart) {
  Schema schema;
  PredicateDefinition sells = Predicate("sells");
  for (const std::string_view taken : {"sells", "suppliedBy", "usedIn", "name", "\xFF"}) {
    sells.inverse = std::string(taken);
    EXPECT_EQ(schema.Define(sells).code(), kRefused) << taken;
  }
  sells.inverse = "soldBy";
  EXPECT_TRUE(schema.Define(sells).ok());
  EXPECT_EQ(schema.Define(Predicate("suppliedBy")).code(), kRefused);
  PredicateDefinition borders = Predicate("borders");
  borders.symmetric = true;
  EXPECT_TRUE(schema.Define(borders).ok());
  PredicateDefinition allied = Predicate("alliedWith");
  allied.symmetric = true;
  allied.inverse = "allyOf";
  EXPECT_EQ(schema.Define(allied).code(), kRefused);
}

TEST(CheckDefinition, ReadsNoValueBackwards) {
  Schema schema;
  PredicateDefinition city = Predicate("city");
  city.range_types = {ValueType::kText};
  city.inverse = "cityOf";
  EXPECT_EQ(schema.Define(city).code(), kRefused);
  city.inverse.clear();
  city.transitive = true;
  EXPECT_EQ(schema.Define(city).code(), kRefused);
  city.transitive = false;
  city.symmetric = true;
  EXPECT_EQ(schema.Define(city).code(), kRefused);
  city.symmetric = false;
  EXPECT_TRUE(schema.Define(city).ok());
}

TEST(CheckDefinition, LeavesBuiltInPredicatesAlone) {
  Schema schema;
  for (PredicateDefinition definition : BuiltInPredicates()) {
    definition.built_in = false;
    EXPECT_TRUE(schema.Define(definition).ok()) << definition.name;
    definition.note = "Ours.";
    EXPECT_EQ(schema.Define(definition).code(), kRefused) << definition.name;
  }
  EXPECT_EQ(CheckDefinition(Catalog(), Predicate("broader")).code(), kRefused);
}

}  // namespace
}  // namespace sightline::storage
