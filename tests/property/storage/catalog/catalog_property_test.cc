// What CheckDefinition lets through, the walks of the catalog can rely on.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "storage/catalog/catalog.h"
#include "storage/catalog/encoding.h"

namespace sightline::storage {
namespace {

const std::vector<std::string> kNames = {"A", "B", "C", "D", "E"};

std::vector<std::string> SomeNames() {
  return *rc::gen::container<std::vector<std::string>>(*rc::gen::inRange<size_t>(0, 3),
                                                       rc::gen::elementOf(kNames));
}

Catalog AnyCatalog() {
  std::vector<ClassDefinition> classes;
  for (int i = *rc::gen::inRange(0, 20); i > 0; --i) {
    ClassDefinition definition;
    definition.name = *rc::gen::elementOf(kNames);
    definition.parents = SomeNames();
    if (CheckDefinition(Catalog(classes, {}), definition).ok()) classes.push_back(definition);
  }
  return Catalog(classes, {});
}

RC_GTEST_PROP(Catalog, DownAndUpAgree, ()) {
  const Catalog catalog = AnyCatalog();
  for (const std::string& ancestor : kNames) {
    const std::vector<const ClassDefinition*> below = catalog.ClassesAtOrBelow(ancestor);
    for (const std::string& name : kNames) {
      const bool listed =
          std::any_of(below.begin(), below.end(),
                      [&](const ClassDefinition* definition) { return definition->name == name; });
      RC_ASSERT(listed == catalog.IsClassAtOrBelow(name, ancestor));
    }
  }
}

RC_GTEST_PROP(Catalog, HasNoCircles, ()) {
  const Catalog catalog = AnyCatalog();
  for (const std::string& a : kNames) {
    for (const std::string& b : kNames) {
      if (a == b) continue;
      RC_ASSERT(!(catalog.IsClassAtOrBelow(a, b) && catalog.IsClassAtOrBelow(b, a)));
    }
  }
}

RC_GTEST_PROP(Catalog, EveryParentIsDefined, ()) {
  const Catalog catalog = AnyCatalog();
  for (const auto& [name, definition] : catalog.classes()) {
    for (const std::string& parent : definition.parents) {
      RC_ASSERT(catalog.FindClass(parent) != nullptr);
      RC_ASSERT(catalog.IsClassAtOrBelow(name, parent));
    }
  }
}

RC_GTEST_PROP(DefinitionEncoding, BytesComeBack, ()) {
  PredicateDefinition definition;
  definition.name = *rc::gen::arbitrary<std::string>();
  definition.id.bits = *rc::gen::arbitrary<uint64_t>();
  definition.domain = SomeNames();
  definition.range = *rc::gen::arbitrary<std::vector<std::string>>();
  definition.range_types = *rc::gen::container<std::vector<ValueType>>(
      rc::gen::element(ValueType::kBoolean, ValueType::kMoney, ValueType::kNode));
  definition.cardinality = *rc::gen::element(Cardinality::kOne, Cardinality::kMany);
  definition.symmetric = *rc::gen::arbitrary<bool>();
  definition.transitive = *rc::gen::arbitrary<bool>();
  definition.taxonomic = *rc::gen::arbitrary<bool>();
  definition.built_in = *rc::gen::arbitrary<bool>();
  definition.note = *rc::gen::arbitrary<std::string>();
  definition.revision.value = *rc::gen::arbitrary<uint64_t>();
  const std::string bytes = EncodeDefinition(definition);
  const StatusOr<Definition> decoded = DecodeDefinition(bytes);
  RC_ASSERT(decoded.ok());
  RC_ASSERT(EncodeDefinition(std::get<PredicateDefinition>(*decoded)) == bytes);
}

}  // namespace
}  // namespace sightline::storage
