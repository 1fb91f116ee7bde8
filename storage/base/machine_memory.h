// Memory that this process may count on.
//
// Thread-safe: reads files of the system.

#pragma once

#include <cstdint>
#include <string>

namespace sightline::storage {

// What the machine has, or what the control groups that the process is in may use if that is less:
// those of a container, or of a systemd unit with MemoryMax=. Bytes; what others use of it is not
// taken off.
uint64_t MachineMemoryBytes();

// The least of the limits of the groups that `membership` names, as /proc/self/cgroup has them, and
// of those above them, in the tree at `root` (/sys/fs/cgroup). Of control groups version 2
// (memory.max) and 1 (memory/memory.limit_in_bytes). UINT64_MAX: there is none.
uint64_t GroupMemoryBytes(const std::string& membership, const std::string& root);

}  // namespace sightline::storage
