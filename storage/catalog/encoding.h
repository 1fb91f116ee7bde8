// The bytes in which the store keeps definitions: a format version, what it is (a class, a
// predicate, a stored query or edge, or the end of one of them), then every field.

#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "storage/base/status.h"
#include "storage/catalog/catalog.h"

namespace sightline::storage {

std::string EncodeDefinition(const ClassDefinition& definition);
std::string EncodeDefinition(const PredicateDefinition& definition);
std::string EncodeDefinition(const StoredDefinition& definition);
std::string EncodeDefinition(const DroppedDefinition& definition);

using Definition =
    std::variant<ClassDefinition, PredicateDefinition, StoredDefinition, DroppedDefinition>;

// Errors: kDataLoss when the bytes are not what EncodeDefinition writes, a newer format version
// included (the store's own format version is checked before, when it is opened).
StatusOr<Definition> DecodeDefinition(std::string_view bytes);

}  // namespace sightline::storage
