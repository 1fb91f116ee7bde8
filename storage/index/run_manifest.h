// RunManifest: which runs the store consists of. The value of "runs" in kMeta, replaced in the
// batch that changes it.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/index/run_key.h"

namespace sightline::storage {

inline constexpr std::string_view kRunManifestKey = "runs";  // In kMeta.

struct RunInfo {
  RunNumber number;
  uint64_t quad_count = 0;
  uint64_t block_count = 0;  // Of all permutations.
  uint64_t bytes = 0;        // Keys and blocks of all permutations.
  friend bool operator==(const RunInfo&, const RunInfo&) = default;
};

struct RunManifest {
  std::vector<RunInfo> runs;  // Ascending by number.
  RunNumber next{1};
  // The quads of statements up to this one are in runs; those of later ones are the delta.
  StatementId folded_through{};

  uint64_t quad_count() const;
  friend bool operator==(const RunManifest&, const RunManifest&) = default;
};
using RunManifestPtr = std::shared_ptr<const RunManifest>;

std::string EncodeRunManifest(const RunManifest& manifest);
// Errors: kDataLoss.
StatusOr<RunManifest> DecodeRunManifest(std::string_view bytes);

}  // namespace sightline::storage
