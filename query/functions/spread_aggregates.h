// Aggregates over how the values of a group are spread: percentiles and standard deviations.
//
// One thread per aggregator.

#pragma once

#include <memory>

#include "query/functions/registry.h"

namespace sightline::query {

// kPercentileCont, kPercentileDisc, kStDev or kStDevP. The percentiles are added as [value, share].
std::unique_ptr<Aggregator> NewSpreadAggregator(AggregateKind kind);

}  // namespace sightline::query
