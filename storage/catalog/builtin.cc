#include "storage/catalog/catalog.h"

namespace sightline::storage {
namespace {

PredicateDefinition BuiltIn(std::string_view name, std::string_view label, std::string_view note) {
  PredicateDefinition definition;
  definition.name = std::string(name);
  definition.label = std::string(label);
  definition.note = std::string(note);
  definition.built_in = true;
  return definition;
}

PredicateDefinition BuiltInText(std::string_view name, std::string_view label,
                                std::string_view note) {
  PredicateDefinition definition = BuiltIn(name, label, note);
  definition.range_types = {ValueType::kText};
  return definition;
}

}  // namespace

// No domain or range anywhere: these hold for entities of any class, before there is a class.
// Taxonomic are those that order or identify things instead of saying something of the world: a
// chain of unnamed edges that walked them would connect everything with everything of its kind.
std::vector<PredicateDefinition> BuiltInPredicates() {
  PredicateDefinition instance_of =
      BuiltIn(kInstanceOf, "instance of", "The class or the kind that an entity belongs to.");
  instance_of.taxonomic = true;

  PredicateDefinition broader =
      BuiltIn(kBroader, "broader", "The wider kind: optical components are broader than lenses.");
  broader.transitive = true;
  broader.taxonomic = true;

  PredicateDefinition same_as =
      BuiltIn(kSameAs, "same as", "Two ids of one entity; undone by denying or retracting it.");
  same_as.symmetric = true;
  same_as.transitive = true;
  same_as.taxonomic = true;

  PredicateDefinition part_of =
      BuiltIn(kPartOf, "part of", "The whole that something is a part of.");
  part_of.transitive = true;

  PredicateDefinition contradicts = BuiltIn(
      kContradicts, "contradicts", "A statement that cannot be true together with another.");
  contradicts.symmetric = true;

  PredicateDefinition credibility = BuiltIn(
      kCredibility, "credibility",
      "How believable an assessor finds a statement: 1 (confirmed) to 5; 6 cannot be judged.");
  credibility.range_types = {ValueType::kInteger};

  return {
      std::move(instance_of),
      std::move(broader),
      std::move(same_as),
      std::move(part_of),
      BuiltInText(kName, "name", "What an entity is called."),
      BuiltInText(kAlias, "alias", "Another name of it: abbreviation, former name, other script."),
      std::move(contradicts),
      BuiltInText(kReliability, "reliability",
                  "How far an assessor trusts a source: A (completely) to E; F cannot be judged."),
      std::move(credibility),
  };
}

}  // namespace sightline::storage
