// TempDirectory: a new, empty directory that goes with the object, contents and all.

#pragma once

#include <string>

namespace sightline::test {

class TempDirectory {
 public:
  // Stops the process when no directory can be made.
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  const std::string& path() const { return path_; }
  // "path/name".
  std::string Child(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace sightline::test
