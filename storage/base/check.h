// SL_CHECK: our own mistakes, never the user's. Prints the place and stops the process, so that no
// broken invariant reaches the disk.

#pragma once

#include <cstdio>
#include <cstdlib>

#define SL_CHECK(condition)                                                              \
  do {                                                                                   \
    if (!(condition)) [[unlikely]] {                                                     \
      std::fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)
