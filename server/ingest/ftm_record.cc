#include "server/ingest/ftm_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>

#include "server/ingest/term_check.h"
#include "storage/catalog/catalog.h"

namespace sightline::server {
namespace {

constexpr std::string_view kFtmPrefix = "ftm:";
constexpr std::string_view kDatasetPrefix = "dataset/";

using storage::Value;

bool ParseNumber(std::string_view text, Value* value) {
  int64_t integer = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
  if (error == std::errc() && end == text.data() + text.size()) {
    *value = Value(integer);
    return true;
  }
  const StatusOr<storage::Decimal> decimal = storage::Decimal::Parse(text);
  if (!decimal.ok()) return false;
  *value = Value(decimal->Normalized());
  return true;
}

bool ParseTime(std::string_view text, Value* value) {
  if (const auto date = storage::PartialDate::Parse(text); date.ok()) {
    *value = Value(*date);
    return true;
  }
  const StatusOr<storage::Instant> instant = storage::Instant::Parse(text);
  if (!instant.ok()) return false;
  *value = Value(*instant);
  return true;
}

}  // namespace

std::string FtmPredicate(std::string_view name) {
  return std::string(kFtmPrefix) + std::string(name);
}

std::string PredicateOfProperty(std::string_view property) {
  constexpr std::array<std::string_view, 4> kOurs = {storage::kInstanceOf, storage::kSameAs,
                                                     storage::kBroader, storage::kContradicts};
  const bool ours = property.starts_with(kFtmPrefix) ||
                    std::find(kOurs.begin(), kOurs.end(), property) != kOurs.end();
  return ours ? FtmPredicate(property) : std::string(property);
}

std::string_view PropertyOfPredicate(std::string_view predicate) {
  return predicate.starts_with(kFtmPrefix) ? predicate.substr(kFtmPrefix.size()) : predicate;
}

std::string DatasetId(std::string_view name) {
  return std::string(kDatasetPrefix) + std::string(name);
}

std::string_view DatasetName(std::string_view id) {
  return id.starts_with(kDatasetPrefix) ? id.substr(kDatasetPrefix.size()) : id;
}

ImportedObject ObjectOfFtmValue(std::string_view type, std::string_view text, Value* value) {
  if (type == "entity" && FaultOfExternalId(text).empty()) {
    return ImportedObject::OfNode(ImportedNode(text));
  }
  const bool typed = type == "number" ? ParseNumber(text, value)
                     : type == "date" ? ParseTime(text, value)
                                      : false;
  return typed ? ImportedObject::OfValue(*value) : ImportedObject::OfText(text);
}

std::string SpellingOf(const ImportedObject& object) {
  switch (object.kind) {
    case ImportedObject::Kind::kNode:
      return std::string(object.node.external_id);
    case ImportedObject::Kind::kText:
      return std::string(object.text);
    case ImportedObject::Kind::kValue:
      return object.value->ToString();
  }
  return {};
}

std::vector<LongTextPart> SplitLongText(std::string_view predicate, std::string_view text) {
  std::vector<LongTextPart> parts;
  do {
    size_t size = std::min(text.size(), kTextBytesMax);
    // Not in the middle of a character.
    while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
    std::string name(predicate);
    if (!parts.empty()) name += "/" + std::to_string(parts.size() + 1);
    parts.push_back({std::move(name), text.substr(0, size)});
    text.remove_prefix(size);
  } while (!text.empty());
  return parts;
}

}  // namespace sightline::server
