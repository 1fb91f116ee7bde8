// SortedTexts: takes texts in any order and number, and gives them back sorted, in bounded memory.
//
// Thread-compatible.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/status.h"
#include "storage/load/spill_file.h"

namespace sightline::server {

class SortedTexts {
 public:
  // What does not fit into `memory_bytes_max` goes into a nameless file in `directory`.
  SortedTexts(std::string directory, size_t memory_bytes_max)
      : directory_(std::move(directory)), memory_bytes_max_(memory_bytes_max) {}

  // Errors: kUnavailable, as of Take.
  Status Add(std::string text);
  // Calls visit(text) for each, bytes ascending, and is empty then. Errors: also visit's.
  Status Take(const std::function<Status(std::string_view)>& visit);

 private:
  Status Spill();
  Status Merge(const std::function<Status(std::string_view)>& visit);

  const std::string directory_;
  const size_t memory_bytes_max_;
  std::vector<std::string> texts_;
  size_t bytes_ = 0;
  std::unique_ptr<storage::SpillFile> file_;                   // Null as long as all fit.
  std::vector<std::pair<uint64_t, uint64_t>> sorted_regions_;  // Of the file.
};

}  // namespace sightline::server
