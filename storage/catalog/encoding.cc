#include "storage/catalog/encoding.h"

#include "storage/base/encoding.h"

namespace sightline::storage {
namespace {

constexpr uint8_t kFormatVersion = 1;

// Part of the persistent format.
enum class DefinitionKind : uint8_t { kClass = 1, kPredicate = 2, kStored = 3, kDropped = 4 };
enum PredicateFlag : uint8_t {
  kSymmetricFlag = 1,
  kTransitiveFlag = 2,
  kTaxonomicFlag = 4,
  kBuiltInFlag = 8,
  kManyFlag = 16,
};
constexpr uint8_t kAllFlags = 31;

void AppendHeader(DefinitionKind kind, std::string* out) {
  AppendByte(kFormatVersion, out);
  AppendByte(static_cast<uint8_t>(kind), out);
}

void AppendStrings(const std::vector<std::string>& strings, std::string* out) {
  AppendVarint(strings.size(), out);
  for (const std::string& string : strings) AppendLengthPrefixed(string, out);
}

StatusOr<std::string> ReadString(ByteReader* reader) {
  SL_ASSIGN_OR_RETURN(const std::string_view bytes, reader->ReadLengthPrefixed());
  return std::string(bytes);
}

// A count of things of at least one byte each: damaged bytes must not make us reserve memory.
StatusOr<uint64_t> ReadCount(ByteReader* reader) {
  SL_ASSIGN_OR_RETURN(const uint64_t count, reader->ReadVarint());
  if (count > reader->rest().size()) return DataLoss("Definition: count out of range: {}", count);
  return count;
}

StatusOr<std::vector<std::string>> ReadStrings(ByteReader* reader) {
  SL_ASSIGN_OR_RETURN(const uint64_t count, ReadCount(reader));
  std::vector<std::string> strings;
  for (uint64_t i = 0; i < count; ++i) {
    SL_ASSIGN_OR_RETURN(std::string string, ReadString(reader));
    strings.push_back(std::move(string));
  }
  return strings;
}

StatusOr<Definition> ReadClass(ByteReader* reader) {
  ClassDefinition definition;
  SL_ASSIGN_OR_RETURN(definition.name, ReadString(reader));
  SL_ASSIGN_OR_RETURN(definition.id.bits, reader->ReadFixed64());
  SL_ASSIGN_OR_RETURN(definition.parents, ReadStrings(reader));
  SL_ASSIGN_OR_RETURN(definition.label, ReadString(reader));
  SL_ASSIGN_OR_RETURN(definition.note, ReadString(reader));
  SL_ASSIGN_OR_RETURN(definition.revision.value, reader->ReadVarint());
  return Definition(std::move(definition));
}

StatusOr<Definition> ReadPredicate(ByteReader* reader) {
  PredicateDefinition definition;
  SL_ASSIGN_OR_RETURN(definition.name, ReadString(reader));
  SL_ASSIGN_OR_RETURN(definition.id.bits, reader->ReadFixed64());
  SL_ASSIGN_OR_RETURN(definition.domain, ReadStrings(reader));
  SL_ASSIGN_OR_RETURN(definition.range, ReadStrings(reader));
  SL_ASSIGN_OR_RETURN(const uint64_t type_count, ReadCount(reader));
  for (uint64_t i = 0; i < type_count; ++i) {
    SL_ASSIGN_OR_RETURN(const uint8_t type, reader->ReadByte());
    if (type > static_cast<uint8_t>(ValueType::kNode)) {
      return DataLoss("Definition: value type out of range: {}", type);
    }
    definition.range_types.push_back(static_cast<ValueType>(type));
  }
  SL_ASSIGN_OR_RETURN(const uint8_t flags, reader->ReadByte());
  if ((flags & ~kAllFlags) != 0) return DataLoss("Definition: unknown flags: {}", flags);
  definition.symmetric = (flags & kSymmetricFlag) != 0;
  definition.transitive = (flags & kTransitiveFlag) != 0;
  definition.taxonomic = (flags & kTaxonomicFlag) != 0;
  definition.built_in = (flags & kBuiltInFlag) != 0;
  definition.cardinality = (flags & kManyFlag) != 0 ? Cardinality::kMany : Cardinality::kOne;
  SL_ASSIGN_OR_RETURN(definition.inverse, ReadString(reader));
  SL_ASSIGN_OR_RETURN(definition.parents, ReadStrings(reader));
  SL_ASSIGN_OR_RETURN(definition.label, ReadString(reader));
  SL_ASSIGN_OR_RETURN(definition.note, ReadString(reader));
  SL_ASSIGN_OR_RETURN(definition.revision.value, reader->ReadVarint());
  return Definition(std::move(definition));
}

StatusOr<Definition> ReadStored(ByteReader* reader) {
  StoredDefinition definition;
  SL_ASSIGN_OR_RETURN(const uint8_t kind, reader->ReadByte());
  if (kind < static_cast<uint8_t>(StoredDefinition::Kind::kQuery) ||
      kind > static_cast<uint8_t>(StoredDefinition::Kind::kPrefix)) {
    return DataLoss("Definition: unknown kind of stored text: {}", kind);
  }
  definition.kind = static_cast<StoredDefinition::Kind>(kind);
  SL_ASSIGN_OR_RETURN(definition.name, ReadString(reader));
  SL_ASSIGN_OR_RETURN(definition.parameters, ReadStrings(reader));
  SL_ASSIGN_OR_RETURN(definition.text, ReadString(reader));
  SL_ASSIGN_OR_RETURN(definition.note, ReadString(reader));
  SL_ASSIGN_OR_RETURN(const uint8_t label, reader->ReadByte());
  if (label > static_cast<uint8_t>(TlpLabel::kRed)) {
    return DataLoss("Definition: unknown TLP label: {}", label);
  }
  definition.marking.tlp = static_cast<TlpLabel>(label);
  SL_ASSIGN_OR_RETURN(definition.marking.access, ReadString(reader));
  SL_ASSIGN_OR_RETURN(definition.number, reader->ReadVarint());
  SL_ASSIGN_OR_RETURN(definition.revision.value, reader->ReadVarint());
  return Definition(std::move(definition));
}

StatusOr<Definition> ReadDropped(ByteReader* reader) {
  DroppedDefinition definition;
  SL_ASSIGN_OR_RETURN(const uint8_t kind, reader->ReadByte());
  if (kind < static_cast<uint8_t>(DroppedDefinition::Kind::kClass) ||
      kind > static_cast<uint8_t>(DroppedDefinition::Kind::kStored)) {
    return DataLoss("Definition: unknown kind of what is dropped: {}", kind);
  }
  definition.kind = static_cast<DroppedDefinition::Kind>(kind);
  SL_ASSIGN_OR_RETURN(definition.name, ReadString(reader));
  SL_ASSIGN_OR_RETURN(definition.number, reader->ReadVarint());
  SL_ASSIGN_OR_RETURN(definition.revision.value, reader->ReadVarint());
  return Definition(std::move(definition));
}

}  // namespace

std::string EncodeDefinition(const ClassDefinition& definition) {
  std::string bytes;
  AppendHeader(DefinitionKind::kClass, &bytes);
  AppendLengthPrefixed(definition.name, &bytes);
  AppendFixed64(definition.id.bits, &bytes);
  AppendStrings(definition.parents, &bytes);
  AppendLengthPrefixed(definition.label, &bytes);
  AppendLengthPrefixed(definition.note, &bytes);
  AppendVarint(definition.revision.value, &bytes);
  return bytes;
}

std::string EncodeDefinition(const PredicateDefinition& definition) {
  std::string bytes;
  AppendHeader(DefinitionKind::kPredicate, &bytes);
  AppendLengthPrefixed(definition.name, &bytes);
  AppendFixed64(definition.id.bits, &bytes);
  AppendStrings(definition.domain, &bytes);
  AppendStrings(definition.range, &bytes);
  AppendVarint(definition.range_types.size(), &bytes);
  for (ValueType type : definition.range_types) AppendByte(static_cast<uint8_t>(type), &bytes);
  uint8_t flags = 0;
  if (definition.symmetric) flags |= kSymmetricFlag;
  if (definition.transitive) flags |= kTransitiveFlag;
  if (definition.taxonomic) flags |= kTaxonomicFlag;
  if (definition.built_in) flags |= kBuiltInFlag;
  if (definition.cardinality == Cardinality::kMany) flags |= kManyFlag;
  AppendByte(flags, &bytes);
  AppendLengthPrefixed(definition.inverse, &bytes);
  AppendStrings(definition.parents, &bytes);
  AppendLengthPrefixed(definition.label, &bytes);
  AppendLengthPrefixed(definition.note, &bytes);
  AppendVarint(definition.revision.value, &bytes);
  return bytes;
}

std::string EncodeDefinition(const StoredDefinition& definition) {
  std::string bytes;
  AppendHeader(DefinitionKind::kStored, &bytes);
  AppendByte(static_cast<uint8_t>(definition.kind), &bytes);
  AppendLengthPrefixed(definition.name, &bytes);
  AppendStrings(definition.parameters, &bytes);
  AppendLengthPrefixed(definition.text, &bytes);
  AppendLengthPrefixed(definition.note, &bytes);
  AppendByte(static_cast<uint8_t>(definition.marking.tlp), &bytes);
  AppendLengthPrefixed(definition.marking.access, &bytes);
  AppendVarint(definition.number, &bytes);
  AppendVarint(definition.revision.value, &bytes);
  return bytes;
}

std::string EncodeDefinition(const DroppedDefinition& definition) {
  std::string bytes;
  AppendHeader(DefinitionKind::kDropped, &bytes);
  AppendByte(static_cast<uint8_t>(definition.kind), &bytes);
  AppendLengthPrefixed(definition.name, &bytes);
  AppendVarint(definition.number, &bytes);
  AppendVarint(definition.revision.value, &bytes);
  return bytes;
}

StatusOr<Definition> DecodeDefinition(std::string_view bytes) {
  ByteReader reader(bytes);
  SL_ASSIGN_OR_RETURN(const uint8_t version, reader.ReadByte());
  if (version != kFormatVersion) return DataLoss("Definition: unknown format version: {}", version);
  SL_ASSIGN_OR_RETURN(const uint8_t kind, reader.ReadByte());
  StatusOr<Definition> definition = DataLoss("Definition: unknown kind: {}", kind);
  if (kind == static_cast<uint8_t>(DefinitionKind::kClass)) definition = ReadClass(&reader);
  if (kind == static_cast<uint8_t>(DefinitionKind::kPredicate)) definition = ReadPredicate(&reader);
  if (kind == static_cast<uint8_t>(DefinitionKind::kStored)) definition = ReadStored(&reader);
  if (kind == static_cast<uint8_t>(DefinitionKind::kDropped)) definition = ReadDropped(&reader);
  SL_RETURN_IF_ERROR(definition.status());
  SL_RETURN_IF_ERROR(reader.ExpectEnd());
  return definition;
}

}  // namespace sightline::storage
