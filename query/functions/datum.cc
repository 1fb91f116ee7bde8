#include "query/functions/datum.h"

#include <algorithm>
#include <type_traits>

namespace sightline::query {

template <typename Items>
Composite<Items>::Composite(Items given) : items(std::move(given)) {
  for (const auto& item : items) {
    if constexpr (std::is_same_v<Items, DatumMap>) {
      bytes += sizeof(item.first) + item.first.size();
      Count(item.second);
    } else {
      Count(item);
    }
  }
}

template <typename Items>
void Composite<Items>::Count(const Datum& item) {
  constexpr uint64_t kMost = uint64_t{1} << 60;
  expanded = std::min(kMost, expanded + 1 + item.expanded());
  bytes = std::min(kMost, bytes + sizeof(Datum) + item.heap_bytes());
  depth = std::max(depth, item.depth() + 1);
}

template struct Composite<DatumList>;
template struct Composite<DatumMap>;

Datum::Datum(DatumList list)
    : data_(std::make_shared<const Composite<DatumList>>(std::move(list))) {}
Datum::Datum(DatumMap map) : data_(std::make_shared<const Composite<DatumMap>>(std::move(map))) {}
Datum::Datum(FactDatum fact) : data_(std::make_shared<const FactDatum>(fact)) {}
Datum::Datum(PathDatum path) : data_(std::make_shared<const PathDatum>(std::move(path))) {}

Datum::Datum(const Datum&) = default;
Datum& Datum::operator=(const Datum&) = default;

}  // namespace sightline::query
