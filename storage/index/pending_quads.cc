#include "storage/index/pending_quads.h"

namespace sightline::storage {

void PendingQuads::Add(const Quad& quad) {
  for (int i = 0; i < kPermutationCount; ++i) {
    orders_[i].insert(QuadKeyOf(static_cast<Permutation>(i), quad));
  }
}

}  // namespace sightline::storage
