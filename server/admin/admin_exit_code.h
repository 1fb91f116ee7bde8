// What the process says when it ends.

#pragma once

namespace sightline::server {

enum class AdminExitCode {
  kDone = 0,
  kFailed = 1,     // With a message on stderr; the store is as it was.
  kUsage = 2,      // The command line makes no sense.
  kFindings = 3,   // The store was looked over, and something is wrong with it.
  kStopped = 130,  // By a signal; the store is as it was.
};

}  // namespace sightline::server
