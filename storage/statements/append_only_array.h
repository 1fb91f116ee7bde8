// AppendOnlyArray: rows that never move, so that readers need no lock.
//
// One writer appends; readers look only at rows below a count that the writer has published to them
// (with a mutex or an atomic: the array itself synchronises nothing). Buckets double in size, so
// that a small store stays small and 2^32 rows need a fixed table of 23 pointers.

#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "storage/base/check.h"

namespace sightline::storage {

template <typename T>
class AppendOnlyArray {
 public:
  // Writer only.
  uint64_t size() const { return size_; }

  // The new row, to be filled: it may hold what a forgotten row held. Writer only. REQUIRES: size()
  // < 2^32.
  T& Append() {
    SL_CHECK(size_ < (uint64_t{1} << 32));
    const auto [bucket, offset] = Locate(size_);
    if (buckets_[bucket] == nullptr) {
      buckets_[bucket] = std::make_unique<T[]>(kFirstBucketRows << bucket);
    }
    ++size_;
    return buckets_[bucket][offset];
  }
  // Forgets the rows from `size` on. Writer only. REQUIRES: no reader has been told of them.
  void Truncate(uint64_t size) {
    SL_CHECK(size <= size_);
    size_ = size;
  }

  const T& operator[](uint64_t index) const {
    const auto [bucket, offset] = Locate(index);
    return buckets_[bucket][offset];
  }
  T& operator[](uint64_t index) {
    const auto [bucket, offset] = Locate(index);
    return buckets_[bucket][offset];
  }

 private:
  static constexpr uint64_t kFirstBucketRows = 1024;
  static constexpr int kBucketCount = 23;

  struct Place {
    size_t bucket;
    uint64_t offset;
  };
  static Place Locate(uint64_t index) {
    const uint64_t shifted = index + kFirstBucketRows;
    const int bucket = std::bit_width(shifted) - std::bit_width(kFirstBucketRows);
    return {static_cast<size_t>(bucket), shifted - (kFirstBucketRows << bucket)};
  }

  std::array<std::unique_ptr<T[]>, kBucketCount> buckets_;
  uint64_t size_ = 0;
};

}  // namespace sightline::storage
