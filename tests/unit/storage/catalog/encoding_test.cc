#include "storage/catalog/encoding.h"

#include <gtest/gtest.h>

namespace sightline::storage {
namespace {

PredicateDefinition Supplies() {
  PredicateDefinition definition;
  definition.name = "supplies";
  definition.id = TermId::Make(TermTag::kEntity, 300);
  definition.domain = {"LegalEntity", "Territory"};
  definition.range = {"Product"};
  definition.range_types = {ValueType::kText, ValueType::kMoney};
  definition.cardinality = Cardinality::kOne;
  definition.transitive = true;
  definition.inverse = "suppliedBy";
  definition.parents = {"trades", "deals"};
  definition.label = "supplies";
  definition.note = "поставляет";
  definition.revision = Revision{1'000'000};
  return definition;
}

void ExpectEqual(const PredicateDefinition& a, const PredicateDefinition& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.domain, b.domain);
  EXPECT_EQ(a.range, b.range);
  EXPECT_EQ(a.range_types, b.range_types);
  EXPECT_EQ(a.cardinality, b.cardinality);
  EXPECT_EQ(a.symmetric, b.symmetric);
  EXPECT_EQ(a.transitive, b.transitive);
  EXPECT_EQ(a.inverse, b.inverse);
  EXPECT_EQ(a.parents, b.parents);
  EXPECT_EQ(a.label, b.label);
  EXPECT_EQ(a.note, b.note);
  EXPECT_EQ(a.taxonomic, b.taxonomic);
  EXPECT_EQ(a.built_in, b.built_in);
  EXPECT_EQ(a.revision, b.revision);
}

ClassDefinition Event() {
  ClassDefinition definition;
  definition.name = "Event";
  definition.id = TermId::Make(TermTag::kEntity, 6);
  definition.parents = {"Thing", "Interval"};
  definition.label = "event";
  definition.note = "What happens.";
  definition.revision = Revision{3};
  return definition;
}

TEST(DefinitionEncoding, KeepsEveryFieldOfAClass) {
  const ClassDefinition event = Event();
  const StatusOr<Definition> decoded = DecodeDefinition(EncodeDefinition(event));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  const ClassDefinition* definition = std::get_if<ClassDefinition>(&*decoded);
  ASSERT_NE(definition, nullptr);
  EXPECT_EQ(definition->name, event.name);
  EXPECT_EQ(definition->id, event.id);
  EXPECT_EQ(definition->parents, event.parents);
  EXPECT_EQ(definition->label, event.label);
  EXPECT_EQ(definition->note, event.note);
  EXPECT_EQ(definition->revision, event.revision);
}

TEST(DefinitionEncoding, KeepsEveryFieldOfAPredicate) {
  std::vector<PredicateDefinition> definitions = BuiltInPredicates();
  definitions.push_back(Supplies());
  definitions.push_back(PredicateDefinition{});
  for (const PredicateDefinition& definition : definitions) {
    const StatusOr<Definition> decoded = DecodeDefinition(EncodeDefinition(definition));
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    ASSERT_TRUE(std::holds_alternative<PredicateDefinition>(*decoded));
    ExpectEqual(std::get<PredicateDefinition>(*decoded), definition);
  }
}

TEST(DefinitionEncoding, NoticesDamage) {
  for (const std::string& bytes : {EncodeDefinition(Event()), EncodeDefinition(Supplies())}) {
    for (size_t length = 0; length < bytes.size(); ++length) {
      EXPECT_EQ(DecodeDefinition(bytes.substr(0, length)).status().code(), StatusCode::kDataLoss);
    }
    EXPECT_EQ(DecodeDefinition(bytes + "x").status().code(), StatusCode::kDataLoss);
    std::string newer = bytes;
    newer[0] = 2;
    EXPECT_EQ(DecodeDefinition(newer).status().code(), StatusCode::kDataLoss);
    std::string other_kind = bytes;
    other_kind[1] = 3;
    EXPECT_EQ(DecodeDefinition(other_kind).status().code(), StatusCode::kDataLoss);
  }
}

TEST(DefinitionEncoding, SurvivesAnyByte) {
  // Whatever a damaged byte makes of the record, decoding ends, and without a huge allocation.
  const std::string bytes = EncodeDefinition(Supplies());
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(value);
      const StatusOr<Definition> decoded = DecodeDefinition(damaged);
      if (!decoded.ok()) {
        EXPECT_EQ(decoded.status().code(), StatusCode::kDataLoss);
      }
    }
  }
}

StoredDefinition Suppliers() {
  StoredDefinition definition;
  definition.kind = StoredDefinition::Kind::kEdge;
  definition.name = "arms";
  definition.parameters = {"a", "b"};
  definition.text = "DEFINE (a)-[:arms]->(b) AS MATCH (a)-[:поставляет]->(b)";
  definition.note = "a rule";
  definition.marking = {TlpLabel::kAmberStrict, "A&B"};
  definition.number = 1'000'000;
  definition.revision = Revision{7};
  return definition;
}

TEST(DefinitionEncoding, KeepsEveryFieldOfAStoredText) {
  const StoredDefinition stored = Suppliers();
  const StatusOr<Definition> decoded = DecodeDefinition(EncodeDefinition(stored));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  const auto* definition = std::get_if<StoredDefinition>(&*decoded);
  ASSERT_NE(definition, nullptr);
  EXPECT_EQ(definition->kind, stored.kind);
  EXPECT_EQ(definition->name, stored.name);
  EXPECT_EQ(definition->parameters, stored.parameters);
  EXPECT_EQ(definition->text, stored.text);
  EXPECT_EQ(definition->note, stored.note);
  EXPECT_EQ(definition->marking, stored.marking);
  EXPECT_EQ(definition->number, stored.number);
  EXPECT_EQ(definition->revision, stored.revision);
}

TEST(DefinitionEncoding, KeepsWhatWasDropped) {
  const DroppedDefinition dropped{DroppedDefinition::Kind::kPredicate, "supplies", 0, Revision{9}};
  const StatusOr<Definition> decoded = DecodeDefinition(EncodeDefinition(dropped));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  const auto* definition = std::get_if<DroppedDefinition>(&*decoded);
  ASSERT_NE(definition, nullptr);
  EXPECT_EQ(definition->kind, dropped.kind);
  EXPECT_EQ(definition->name, dropped.name);
  EXPECT_EQ(definition->revision, dropped.revision);
}

TEST(DefinitionEncoding, KeepsAPrefix) {
  StoredDefinition prefix;
  prefix.kind = StoredDefinition::Kind::kPrefix;
  prefix.name = "foaf";
  prefix.text = "http://xmlns.com/foaf/0.1/";
  prefix.number = 7;
  const StatusOr<Definition> decoded = DecodeDefinition(EncodeDefinition(prefix));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  const auto* definition = std::get_if<StoredDefinition>(&*decoded);
  ASSERT_NE(definition, nullptr);
  EXPECT_EQ(definition->kind, prefix.kind);
  EXPECT_EQ(definition->name, prefix.name);
  EXPECT_EQ(definition->text, prefix.text);
}

TEST(DefinitionEncoding, RefusesAStoredTextThatIsCutOrOfNoKind) {
  const std::string bytes = EncodeDefinition(Suppliers());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(DecodeDefinition(std::string_view(bytes).substr(0, size)).status().code(),
              StatusCode::kDataLoss);
  }
  std::string other = bytes;
  other[2] = 9;
  EXPECT_EQ(DecodeDefinition(other).status().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace sightline::storage
