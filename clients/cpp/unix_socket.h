// The limit of unix socket paths.

#pragma once

#include <sys/un.h>

#include <cstddef>

namespace sightline::client {

// sun_path less its terminating NUL: 107 bytes on Linux.
inline constexpr size_t kUnixSocketPathBytesMax = sizeof(sockaddr_un::sun_path) - 1;

}  // namespace sightline::client
