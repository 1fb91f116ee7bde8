// The exit codes of `sightline`. docs/cli.md and --help list them; scripts rely on them.

#pragma once

namespace sightline::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitRefused = 1;   // The query or the input is wrong, or the query failed.
inline constexpr int kExitUsage = 2;     // The command line is wrong.
inline constexpr int kExitNoServer = 3;  // Cannot connect, cannot start, or the store was refused.
inline constexpr int kExitIncomplete = 4;  // What was printed is not the whole result.
// 128 + signal: 130 Ctrl-C, 141 the reader of standard output went away, 143 SIGTERM.
inline constexpr int kExitSignalBase = 128;

}  // namespace sightline::cli
