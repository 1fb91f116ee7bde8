#include "server/service/limits.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

namespace sightline::server {
namespace {

TEST(LimitsByName, ReportsWhatIsSet) {
  ServerLimits limits;
  limits.rows_max = 17;
  limits.drain_ms_max = 18;
  EXPECT_EQ(LimitsByName(limits).at("rows_max"), 17);
  EXPECT_EQ(LimitsByName(limits).at("drain_ms_max"), 18);
}

TEST(LimitsByName, EachHasItsLineInTheDocumentation) {
  std::ifstream file("docs/operations.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const auto& [name, value] : LimitsByName({})) {
    EXPECT_GT(value, 0) << name;
    EXPECT_NE(text.find("`" + name + "`"), std::string::npos) << name;
  }
}

TEST(LimitTable, HasEachLimitOnce) {
  // One after the other, all of the struct.
  EXPECT_EQ(LimitTable().size() * sizeof(int64_t), sizeof(ServerLimits));
  ServerLimits limits;
  int64_t mark = 0;
  for (const LimitEntry& entry : LimitTable()) limits.*entry.member = ++mark;
  for (const auto& [name, value] : LimitsByName(limits)) {
    const LimitEntry& entry = LimitTable()[static_cast<size_t>(value - 1)];
    EXPECT_EQ(entry.name, name);
  }
  EXPECT_EQ(LimitsByName(limits).size(), LimitTable().size());
}

TEST(LimitTable, DefaultsAreWithinTheirBounds) {
  for (const LimitEntry& entry : LimitTable()) {
    if (entry.unit == LimitEntry::Unit::kSecond) continue;
    const int64_t unit = entry.unit == LimitEntry::Unit::kMebibyte ? 1 << 20 : 1;
    const int64_t value = ServerLimits{}.*entry.member;
    EXPECT_GE(value, entry.minimum * unit) << entry.name;
    EXPECT_LE(value, entry.maximum * unit) << entry.name;
  }
}

TEST(ServerLimits, HalfOfMemoryIsSomeOfIt) {
  const int64_t machine = static_cast<int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE);
  EXPECT_GE(ServerLimits::HalfOfMemory(), 256ll << 20);
  EXPECT_LE(ServerLimits::HalfOfMemory(), std::max<int64_t>(machine / 2, 256ll << 20));
}

}  // namespace
}  // namespace sightline::server
