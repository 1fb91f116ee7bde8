#include "server/auth/usage_limits.h"

#include <algorithm>
#include <limits>

namespace sightline::server {
namespace {

// In the order of the records: new ones come last.
constexpr int64_t UsageLimits::*kMembers[] = {&UsageLimits::time_ms, &UsageLimits::rows,
                                              &UsageLimits::memory_bytes, &UsageLimits::steps,
                                              &UsageLimits::queries};

}  // namespace

UsageLimits LowerOf(const UsageLimits& a, const UsageLimits& b) {
  UsageLimits lower;
  for (const auto member : kMembers) {
    const int64_t least = std::min(a.*member, b.*member);
    lower.*member = least != 0 ? least : std::max(a.*member, b.*member);
  }
  return lower;
}

Status CheckUsageLimits(const UsageLimits& limits) {
  for (const auto member : kMembers) {
    if (limits.*member < 0) {
      return InvalidArgument("A limit is not negative; 0 is what the server allows to all");
    }
  }
  return OkStatus();
}

void AppendUsageLimits(const UsageLimits& limits, std::string* out) {
  for (const auto member : kMembers) {
    storage::AppendVarint(static_cast<uint64_t>(limits.*member), out);
  }
}

StatusOr<UsageLimits> ReadUsageLimits(storage::ByteReader* reader) {
  UsageLimits limits;
  for (const auto member : kMembers) {
    SL_ASSIGN_OR_RETURN(const uint64_t value, reader->ReadVarint());
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return DataLoss("A record of access control has a limit that is too high");
    }
    limits.*member = static_cast<int64_t>(value);
  }
  return limits;
}

}  // namespace sightline::server
