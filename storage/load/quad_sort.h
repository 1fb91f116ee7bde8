// SortQuads: a batch of quads in all six orders.
//
// A least-significant-digit radix sort over dense numbers. It is stable, so that one order is a few
// passes from another: PSO is SPO sorted once more by predicate, for instance.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>

#include "storage/base/cancellation.h"
#include "storage/base/status.h"
#include "storage/index/permutation.h"

namespace sightline::storage {

// Subject, predicate, object: places of terms in a sorted list; then the statement's number within
// the load.
using LoadRow = std::array<uint32_t, 4>;

// Gets each permutation once, from either of two threads. The rows are sorted by it and are valid
// until it returns; equal ones are all there.
using SortedRowsSink = std::function<Status(Permutation, std::span<const LoadRow>)>;

// Needs twice `rows` of memory for each of its two threads; one thread does all when
// `thread_count` is 1. Errors: the sink's, the token's.
Status SortQuads(std::span<const LoadRow> rows, int thread_count, const CancellationToken& token,
                 const SortedRowsSink& sink);

}  // namespace sightline::storage
