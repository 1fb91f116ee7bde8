// PendingQuads: the quads of a transaction, sorted in all six orders, in memory.
//
// Scans hold iterators over it while more quads are added: the containers keep iterators valid, and
// a scan leaves out statements after its view's last. Thread-compatible.

#pragma once

#include <array>
#include <cstdint>
#include <set>

#include "storage/index/permutation.h"
#include "storage/index/quad_key.h"
#include "storage/model/statement.h"

namespace sightline::storage {

class PendingQuads {
 public:
  // An equal quad is kept once.
  void Add(const Quad& quad);

  const std::set<QuadKey>& InOrder(Permutation permutation) const {
    return orders_[static_cast<size_t>(permutation)];
  }
  uint64_t size() const { return orders_[0].size(); }

 private:
  std::array<std::set<QuadKey>, kPermutationCount> orders_;
};

}  // namespace sightline::storage
