#include "storage/base/machine_memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace sightline::storage {
namespace {

// A tree of control groups in a folder of its own.
class GroupMemoryTest : public testing::Test {
 protected:
  GroupMemoryTest() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "sightline-cgroup.XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
  }
  ~GroupMemoryTest() override { std::filesystem::remove_all(root_); }

  void Write(const std::string& file, const std::string& text) {
    std::filesystem::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text << "\n";
  }
  uint64_t Of(const std::string& membership) { return GroupMemoryBytes(membership, root_); }

  std::filesystem::path root_;
};

TEST_F(GroupMemoryTest, AContainerHasTheLimitOfItsRoot) {
  Write("memory.max", "1073741824");
  EXPECT_EQ(Of("0::/\n"), 1073741824u);
  // Of a name that is not there, as in a container that is told the one outside.
  EXPECT_EQ(Of("0::/docker/4711\n"), 1073741824u);
}

TEST_F(GroupMemoryTest, AUnitHasItsOwnLimitAndThoseAboveIt) {
  Write("system.slice/memory.max", "500");
  Write("system.slice/sightlined.service/memory.max", "700");
  EXPECT_EQ(Of("0::/system.slice/sightlined.service\n"), 500u);
  Write("system.slice/memory.max", "max");
  EXPECT_EQ(Of("0::/system.slice/sightlined.service\n"), 700u);
  EXPECT_EQ(Of("0::/system.slice/other.service\n"), UINT64_MAX);
}

TEST_F(GroupMemoryTest, VersionOneNamesItsController) {
  Write("memory/pods/a/memory.limit_in_bytes", "300");
  Write("memory/memory.limit_in_bytes", "9223372036854771712");
  Write("cpu/pods/a/memory.limit_in_bytes", "1");
  EXPECT_EQ(Of("5:cpu,cpuacct:/pods/a\n4:memory:/pods/a\n0::/\n"), 300u);
  EXPECT_EQ(Of("4:hugetlb,memory:/pods/a\n"), 300u);
  EXPECT_EQ(Of("4:memory:/pods/b\n"), 9223372036854771712u);
  EXPECT_EQ(Of("4:cpu:/pods/a\n"), UINT64_MAX);
}

TEST_F(GroupMemoryTest, WhatCannotBeReadIsNoLimit) {
  Write("memory.max", "much");
  Write("a/memory.max", "0");
  for (const char* membership :
       {"", "\n", "0", "0:", "0::", "0::/a", "0::/../..", "x:y:z\n0::/\n"}) {
    EXPECT_EQ(Of(membership), UINT64_MAX) << membership;
  }
}

TEST(MachineMemory, IsSomeAndNoMoreThanThereIs) {
  EXPECT_GT(MachineMemoryBytes(), 0u);
  EXPECT_LE(MachineMemoryBytes(), static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                                      static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)));
}

}  // namespace
}  // namespace sightline::storage
