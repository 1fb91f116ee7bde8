#include "query/functions/datum_size.h"

namespace sightline::query {
namespace {

size_t HeapBytes(const storage::Value& value) {
  if (const auto* text = value.get_if<storage::Text>()) return text->text.capacity();
  if (const auto* quantity = value.get_if<storage::Quantity>()) return quantity->unit.capacity();
  return 0;
}

}  // namespace

size_t DatumBytes(const Datum& datum) {
  size_t bytes = sizeof(Datum);
  if (const storage::Value* value = datum.value()) {
    bytes += HeapBytes(*value);
  } else if (const DatumList* list = datum.list()) {
    for (const Datum& item : *list) bytes += DatumBytes(item);
  } else if (const DatumMap* map = datum.map()) {
    for (const auto& [key, value] : *map) bytes += sizeof(key) + key.capacity() + DatumBytes(value);
  } else if (datum.fact() != nullptr) {
    bytes += sizeof(FactDatum);
  } else if (const PathDatum* path = datum.path()) {
    bytes += path->nodes.size() * sizeof(storage::TermId) + path->facts.size() * sizeof(FactDatum);
  }
  return bytes;
}

}  // namespace sightline::query
