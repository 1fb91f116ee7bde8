// Sorting that can be stopped: a million values take longer than whoever cancels a query waits.
//
// Thread safety: as EvaluationContext, one thread at a time.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "query/functions/datum.h"
#include "query/functions/expression.h"
#include "storage/base/status.h"

namespace sightline::query {

// Sorts by `less`, a strict weak order; equal items stay in their order. Sorts runs, as many items
// as take some milliseconds, and merges them: n log n comparisons, each of which counts as `pieces`
// of work.
//
// Errors: those of EvaluationContext::Work; the items are then in no order, and some are moved
// from.
template <typename Item, typename Less>
Status SortInSteps(std::vector<Item>* items, uint64_t pieces, const Less& less,
                   EvaluationContext* context) {
  const size_t size = items->size();
  const size_t run = std::max<size_t>(1, 4096 / pieces);
  for (size_t begin = 0; begin < size; begin += run) {
    const size_t end = std::min(begin + run, size);
    SL_RETURN_IF_ERROR(context->Work((end - begin) * pieces));
    std::stable_sort(items->begin() + static_cast<ptrdiff_t>(begin),
                     items->begin() + static_cast<ptrdiff_t>(end), less);
  }
  std::vector<Item> merged;  // Grows as it is filled: to touch so much memory takes long, too.
  if (run < size) merged.reserve(size);
  for (size_t width = run; width < size; width *= 2) {
    for (size_t begin = 0; begin < size; begin += 2 * width) {
      const size_t middle = std::min(begin + width, size), end = std::min(middle + width, size);
      size_t left = begin, right = middle;
      for (size_t at = begin; at < end; ++at) {
        SL_RETURN_IF_ERROR(context->Work(pieces));
        const bool from_right =
            left == middle || (right < end && less((*items)[right], (*items)[left]));
        Item& next = (*items)[from_right ? right++ : left++];
        if (at < merged.size()) {
          merged[at] = std::move(next);
        } else {
          merged.push_back(std::move(next));
        }
      }
    }
    items->swap(merged);
  }
  return OkStatus();
}

// In the order of ORDER BY.
Status SortData(DatumList* list, EvaluationContext* context);

}  // namespace sightline::query
