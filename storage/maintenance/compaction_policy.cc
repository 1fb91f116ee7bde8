#include "storage/maintenance/compaction_policy.h"

#include <algorithm>

namespace sightline::storage {

std::vector<RunInfo> RunsToMerge(const RunManifest& manifest, const CompactionOptions& options) {
  std::vector<RunInfo> runs = manifest.runs;
  std::sort(runs.begin(), runs.end(), [](const RunInfo& a, const RunInfo& b) {
    return a.quad_count != b.quad_count ? a.quad_count < b.quad_count : a.number < b.number;
  });
  // The smallest, and whatever is not much longer than all that are smaller.
  size_t count = 0;
  uint64_t quads = 0;
  for (const RunInfo& run : runs) {
    if (count > 0 && run.quad_count > options.like_ratio * quads) {
      if (count >= options.merge_runs) break;
      // Too few of this size: begin anew with the longer ones.
      runs.erase(runs.begin(), runs.begin() + static_cast<ptrdiff_t>(count));
      return RunsToMerge({runs, manifest.next, manifest.folded_through}, options);
    }
    quads += run.quad_count;
    ++count;
  }
  if (count < options.merge_runs) return {};
  runs.resize(count);
  return runs;
}

}  // namespace sightline::storage
