#include "tests/support/temp_directory.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "storage/base/check.h"

namespace sightline::test {

namespace {

// A disk in memory, where there is one with room: making a store costs thirty syncs.
std::filesystem::path ParentDirectory() {
  const std::filesystem::path memory = "/dev/shm";
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(memory, error);
  if (!error && space.available > (1ull << 30) && access(memory.c_str(), W_OK) == 0) return memory;
  return std::filesystem::temp_directory_path();
}

}  // namespace

TempDirectory::TempDirectory() {
  path_ = (ParentDirectory() / "sightline-test-XXXXXX").string();
  SL_CHECK(mkdtemp(path_.data()) != nullptr);
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;  // A leftover in the temporary directory fails no test.
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace sightline::test
