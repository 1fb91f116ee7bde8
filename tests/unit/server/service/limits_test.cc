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

TEST(ServerLimits, HalfOfMemoryIsSomeOfIt) {
  const int64_t machine = static_cast<int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE);
  EXPECT_GE(ServerLimits::HalfOfMemory(), 256ll << 20);
  EXPECT_LE(ServerLimits::HalfOfMemory(), std::max<int64_t>(machine / 2, 256ll << 20));
}

}  // namespace
}  // namespace sightline::server
