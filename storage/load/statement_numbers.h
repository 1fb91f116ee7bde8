// StatementNumbers: which of the statements that a load opened get which permanent numbers.
//
// A statement that has no fact when the load commits is left out, and the others must have numbers
// without gaps: a number is the count of those before that stay, as in a rank directory (G.
// Jacobson, Space-efficient static trees and graphs, 1989).

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "storage/base/ids.h"

namespace sightline::storage {

// A set of ordinals, a bit each. Thread-compatible.
class OrdinalSet {
 public:
  void Insert(uint32_t ordinal) {
    const size_t word = ordinal / 64;
    if (word >= words_.size()) words_.resize(word + 1 + word / 2);
    words_[word] |= uint64_t{1} << ordinal % 64;
  }
  bool Contains(uint32_t ordinal) const {
    const size_t word = ordinal / 64;
    return word < words_.size() && (words_[word] >> ordinal % 64 & 1) != 0;
  }
  void InsertAll(const OrdinalSet& other) {
    if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
    for (size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
  }
  const std::vector<uint64_t>& words() const { return words_; }

 private:
  std::vector<uint64_t> words_;
};

// Immutable; thread-safe.
class StatementNumbers {
 public:
  // `statement_count`: of the store before the load.
  StatementNumbers(OrdinalSet with_facts, uint64_t opened_count, uint64_t statement_count)
      : with_facts_(std::move(with_facts)), first_(statement_count + 1) {
    for (const uint64_t word : with_facts_.words()) {
      before_.push_back(count_);
      count_ += static_cast<uint64_t>(std::popcount(word));
    }
    is_dense_ = count_ == opened_count;
  }

  // How many stay.
  uint64_t count() const { return count_; }
  bool Has(uint32_t ordinal) const { return with_facts_.Contains(ordinal); }
  // REQUIRES: Has(ordinal).
  StatementId Of(uint32_t ordinal) const {
    if (is_dense_) return StatementId{first_ + ordinal};
    const uint64_t below = (uint64_t{1} << ordinal % 64) - 1;
    return StatementId{
        first_ + before_[ordinal / 64] +
        static_cast<uint64_t>(std::popcount(with_facts_.words()[ordinal / 64] & below))};
  }

 private:
  const OrdinalSet with_facts_;
  const uint64_t first_;
  uint64_t count_ = 0;
  bool is_dense_ = false;
  std::vector<uint64_t> before_;  // Members in the words before each.
};

}  // namespace sightline::storage
