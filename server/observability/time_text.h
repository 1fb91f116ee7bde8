// A point in time as logs and the audit log have it (RFC 3339, in UTC, to the microsecond): texts
// are in the order of the times.

#pragma once

#include <cstdint>
#include <string>

namespace sightline::server {

// Of microseconds since 1970: "2026-11-26T07:15:20.030280Z". Thread-safe.
std::string TimeText(int64_t micros);

}  // namespace sightline::server
