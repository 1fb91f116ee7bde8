#include "storage/base/machine_memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>

namespace sightline::storage {
namespace {

constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

// "max", which is no number, is no limit, and so is a file that is not there: the root has none.
uint64_t LimitIn(const std::string& path) {
  std::ifstream file(path);
  uint64_t bytes = 0;
  return file >> bytes && bytes > 0 ? bytes : kNoLimit;
}

// Of the group and of each above it, up to the root of the tree. In a container the name may be the
// one that the group has outside; then only the root is there, which is the container's.
uint64_t LeastLimit(const std::string& root, std::string group, const std::string& file) {
  uint64_t least = kNoLimit;
  while (true) {
    while (!group.empty() && group.back() == '/') group.pop_back();
    least = std::min(least, LimitIn(root + group + "/" + file));
    if (group.empty()) return least;
    group.resize(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
  }
}

}  // namespace

uint64_t GroupMemoryBytes(const std::string& membership, const std::string& root) {
  uint64_t least = kNoLimit;
  // "HIERARCHY:CONTROLLERS:GROUP", a line each (cgroups(7)).
  std::istringstream lines(membership);
  for (std::string line; std::getline(lines, line);) {
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string group = line.substr(second + 1);
    if (group.find("..") != std::string::npos) continue;  // Above what can be seen from here.
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    if (controllers == ",,") {
      least = std::min(least, LeastLimit(root, group, "memory.max"));
    } else if (controllers.find(",memory,") != std::string::npos) {
      least = std::min(least, LeastLimit(root + "/memory", group, "memory.limit_in_bytes"));
    }
  }
  return least;
}

uint64_t MachineMemoryBytes() {
  const auto machine_bytes = static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                             static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  std::ifstream file("/proc/self/cgroup");
  const std::string membership((std::istreambuf_iterator<char>(file)), {});
  return std::min(machine_bytes, GroupMemoryBytes(membership, "/sys/fs/cgroup"));
}

}  // namespace sightline::storage
