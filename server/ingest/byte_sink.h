// ByteSink: bytes into a file or a stream, compressed on the way.
//
// Thread-compatible.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace sightline::server {

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  // Errors: kUnavailable, as of Finish; after one the sink is of no use.
  virtual Status Write(std::string_view bytes) = 0;
  // Writes what is left, and has the disk take it. Nothing may be written after.
  virtual Status Finish() = 0;
};

// Into a file that takes its name only with Finish, in place of an older one: until then, or when
// it never comes, there is none of that name but the older. A name that ends in .gz or .zst has it
// compressed. Errors: kUnavailable.
StatusOr<std::unique_ptr<ByteSink>> CreateFile(const std::string& path);

// As it comes, into an open descriptor, which stays open.
std::unique_ptr<ByteSink> ToDescriptor(int descriptor);

}  // namespace sightline::server
