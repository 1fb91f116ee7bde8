// QuadMerge: several sorted sources as one, slice by slice.
//
// Thread-compatible.

#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "storage/base/status.h"
#include "storage/index/quad_source.h"

namespace sightline::storage {

class QuadMerge {
 public:
  explicit QuadMerge(std::vector<std::unique_ptr<QuadSource>> sources);

  // The next rows, all of one source and before those of all others; none at the end. Valid until
  // the next call of another member. A quad that two sources have comes twice, one after the other.
  const QuadRows& head() const { return head_; }
  // QuadSource::head_is_covered() of their source.
  bool head_is_covered() const { return least_ != nullptr && least_->head_is_covered(); }

  // Errors and REQUIRES: as QuadSource's.
  Status Advance(size_t row_count);
  Status SeekForward(const QuadKey& key);
  Status Rebind(const KeyPrefix& prefix);

 private:
  // Leaves sources that have ended and finds the least.
  void FindHead();

  const std::vector<std::unique_ptr<QuadSource>> sources_;
  std::vector<QuadSource*> running_;  // After FindHead none has ended.
  QuadSource* least_ = nullptr;
  QuadRows head_;
};

}  // namespace sightline::storage
