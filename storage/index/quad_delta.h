// QuadDelta: the quads that are not in runs on disk yet, sorted in memory.
//
// Each permutation has a few immutable sorted parts, each several times as long as the next: adding
// merges short parts and leaves the long ones alone, so that a commit costs a logarithm a quad and
// readers of earlier deltas keep what they have. (The geometry of a log-structured merge tree;
// P. O'Neil et al., 1996.)
//
// The last few quads are in one list for all permutations, as they came: sorting each of them six
// times, alone, was a fifth of a small commit. A reader picks out of them what it asks for.
//
// On disk the same quads are in the records of their statements: the delta has no keys of its own,
// and Open builds it from the records after the last folded statement.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "storage/index/permutation.h"
#include "storage/index/quad_block.h"
#include "storage/index/quad_key.h"
#include "storage/model/statement.h"

namespace sightline::storage {

// Ascending rows of one permutation, by column. Immutable once shared.
struct SortedQuads {
  std::array<std::vector<uint64_t>, 4> columns;

  size_t size() const { return columns[0].size(); }
  void Append(const QuadKey& key) {
    for (size_t i = 0; i < key.size(); ++i) columns[i].push_back(key[i]);
  }
  QuadRows rows() const {
    return {{columns[0].data(), columns[1].data(), columns[2].data(), columns[3].data()}, size()};
  }
};

// Those of `quads`, in any order, whose rows begin with `prefix`; equal ones once.
SortedQuads SortedIn(Permutation permutation, const std::vector<Quad>& quads,
                     const KeyPrefix& prefix = {});

// Immutable; thread-safe.
class QuadDelta {
 public:
  using Parts = std::vector<std::shared_ptr<const SortedQuads>>;

  // The empty delta.
  static std::shared_ptr<const QuadDelta> Empty();
  // This delta and `quads`, in any order; equal ones are kept once.
  std::shared_ptr<const QuadDelta> With(const std::vector<Quad>& quads) const;
  // This delta and the quads of `later`, none of which it has.
  std::shared_ptr<const QuadDelta> With(const QuadDelta& later) const;
  // Without the quads of statements up to `folded_through`.
  std::shared_ptr<const QuadDelta> After(StatementId folded_through) const;

  // All but the recent ones. The longest first; none is empty.
  const Parts& PartsOf(Permutation permutation) const {
    return (*parts_)[static_cast<size_t>(permutation)];
  }
  // The last ones, in the order in which they came. Fewer than kRecentMax.
  const std::vector<Quad>& recent() const { return recent_; }
  uint64_t quad_count() const { return quad_count_; }

 private:
  using PartsOfAll = std::array<Parts, kPermutationCount>;

  // A part is at least this many times as long as the next.
  static constexpr size_t kRatio = 4;
  static constexpr size_t kRecentMax = 64;

  static void Add(std::shared_ptr<const SortedQuads> part, Parts* parts);
  void Count();

  std::shared_ptr<const PartsOfAll> parts_ = std::make_shared<PartsOfAll>();
  std::vector<Quad> recent_;
  uint64_t quad_count_ = 0;
};

using QuadDeltaPtr = std::shared_ptr<const QuadDelta>;

}  // namespace sightline::storage
