#include "tests/reference/trial.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace sightline::reference {
namespace {

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

World Without(const World& world, size_t first, size_t count) {
  World smaller = world;
  const auto begin = smaller.statements.begin() + static_cast<ptrdiff_t>(first);
  smaller.statements.erase(begin, begin + static_cast<ptrdiff_t>(count));
  return smaller;
}

}  // namespace

std::string Tally::ToString() const {
  return std::to_string(with_rows) + " queries with rows, " + std::to_string(empty) + " without, " +
         std::to_string(failing) + " that fail as they must, " + std::to_string(ambiguous) +
         " with several right answers, " + std::to_string(skipped) + " skipped";
}

void ForEachSeed(uint64_t count, const std::function<void(uint64_t)>& trial) {
  const uint64_t first = FromEnvironment("REFERENCE_SEED", 1);
  const uint64_t last = first + FromEnvironment("REFERENCE_WORLDS", count);
  int failed = 0;
  for (uint64_t seed = first; seed < last && failed < 3; ++seed) {
    const int before =
        testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count();
    trial(seed);
    const int after =
        testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count();
    if (after > before) ++failed;
  }
}

World Shrunk(const World& world, const std::function<bool(const World&)>& fails) {
  World small = world;
  for (size_t count = std::max<size_t>(small.statements.size() / 2, 1);; count /= 2) {
    for (size_t first = 0; first + count <= small.statements.size();) {
      World smaller = Without(small, first, count);
      if (fails(smaller)) {
        small = std::move(smaller);
      } else {
        first += count;
      }
    }
    if (count <= 1) return small;
  }
}

std::string ReaderText(const storage::Clearance& clearance) {
  if (clearance.unrestricted) return "one who sees everything";
  std::string text(storage::TlpLabelName(clearance.tlp_max));
  for (const std::string& token : clearance.authorizations) text += " " + token;
  return text;
}

}  // namespace sightline::reference
