// IdentitySource: the rows of sorted inputs with canonical ids in place of those that they stand
// for (storage/statements/identity.h), sorted.
//
// It lies below the test of the scope, so that what all ids of an entity have in common is one
// fact, asserted or denied as a whole. A row whose ids all stand for themselves is handed on in
// place. The others are few, or under a key that was asked for: they are looked up when a prefix is
// bound, renamed, sorted, and merged in. Whatever is not touched by a judgement costs a comparison
// a slice.
//
// Thread-compatible.

#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "storage/base/status.h"
#include "storage/index/permutation.h"
#include "storage/index/quad_source.h"
#include "storage/index/scan_guard.h"
#include "storage/statements/identity.h"

namespace sightline::storage {

// Opens all inputs of one permutation. They must stay readable as long as the source.
using OpenQuadSources = std::function<StatusOr<std::vector<std::unique_ptr<QuadSource>>>(
    Permutation permutation, const KeyPrefix& prefix)>;

// Prefixes may name any id of an entity. `guard`, which may be null, is asked about the rows that
// are held. Errors: as MergedScan::Next; those of the guard.
StatusOr<std::unique_ptr<QuadSource>> OpenIdentitySource(
    OpenQuadSources open, Permutation permutation, const KeyPrefix& prefix, IdentityMapPtr identity,
    std::shared_ptr<ScanGuard> guard = nullptr);

}  // namespace sightline::storage
