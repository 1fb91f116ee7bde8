#include "query/functions/sort_in_steps.h"

#include "query/functions/datum_order.h"

namespace sightline::query {

Status SortData(DatumList* list, EvaluationContext* context) {
  uint64_t bytes_each = 0;
  for (const Datum& item : *list) bytes_each += item.heap_bytes() / list->size();
  TermOrder* const terms = context->term_order.get();
  SL_RETURN_IF_ERROR(SortInSteps(
      list, 1 + bytes_each / 64,
      [terms](const Datum& a, const Datum& b) { return SortOrder(a, b, terms) < 0; }, context));
  return terms != nullptr ? terms->status() : OkStatus();
}

}  // namespace sightline::query
