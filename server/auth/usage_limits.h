// UsageLimits: what one caller may use at most, below what the server allows to all. A role has
// some, for all its users, and a user has some; in a call the lowest counts, and a request may ask
// for less.
//
// Thread-compatible plain data.

#pragma once

#include <cstdint>
#include <string>

#include "storage/base/encoding.h"
#include "storage/base/status.h"

namespace sightline::server {

// Of each, 0: what the server allows to all.
struct UsageLimits {
  int64_t time_ms = 0;  // Of a call: its client's reading, and its wait for its turn, included.
  int64_t rows = 0;     // Sent by a query.
  int64_t memory_bytes = 0;  // Of a query.
  int64_t steps = 0;         // Facts that a call touches.
  int64_t queries = 0;       // Of one user at once: those that wait, run or send.
  friend bool operator==(const UsageLimits&, const UsageLimits&) = default;
};

// Of each the lower one.
UsageLimits LowerOf(const UsageLimits& a, const UsageLimits& b);

// kInvalidArgument where one is negative.
Status CheckUsageLimits(const UsageLimits& limits);

// As a part of a record; kDataLoss where it is none.
void AppendUsageLimits(const UsageLimits& limits, std::string* out);
StatusOr<UsageLimits> ReadUsageLimits(storage::ByteReader* reader);

}  // namespace sightline::server
