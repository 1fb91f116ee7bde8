// What the tests on random worlds share: which seeds to try, what became of the queries, and the
// smallest world that still shows a failure.

#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tests/reference/world.h"

namespace sightline::reference {

struct Tally {
  uint64_t with_rows = 0, empty = 0, failing = 0, skipped = 0, ambiguous = 0;
  std::string ToString() const;
};

// Runs `trial` for as many seeds as REFERENCE_WORLDS says (`count` when it is not set), from
// REFERENCE_SEED on. Ends early when three trials have failed.
void ForEachSeed(uint64_t count, const std::function<void(uint64_t)>& trial);

// Leaves statements out for as long as `fails` holds.
World Shrunk(const World& world, const std::function<bool(const World&)>& fails);

std::string ReaderText(const storage::Clearance& clearance);

}  // namespace sightline::reference
