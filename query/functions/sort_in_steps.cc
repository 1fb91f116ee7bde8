#include "query/functions/sort_in_steps.h"

#include "query/functions/datum_order.h"

namespace sightline::query {

Status SortData(DatumList* list, EvaluationContext* context) {
  uint64_t bytes_each = 0;
  for (const Datum& item : *list) bytes_each += item.heap_bytes() / list->size();
  return SortInSteps(
      list, 1 + bytes_each / 64, [](const Datum& a, const Datum& b) { return SortOrder(a, b) < 0; },
      context);
}

}  // namespace sightline::query
