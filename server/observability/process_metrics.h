// What the operating system knows of this process, under the names that Prometheus' own clients use
// (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics).
//
// Thread safety: safe from any thread.

#pragma once

#include "server/observability/metrics.h"

namespace sightline::server {

void AddProcessMetrics(MetricSink* sink);

}  // namespace sightline::server
