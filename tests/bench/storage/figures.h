// What benchmarks that measure peers in the same run have in common: durations, medians, and
// figures for `report`, one a line: "name <tab> value <tab> unit".

#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/status.h"

namespace sightline::storage::bench {

template <typename T>
T OrExit(StatusOr<T> result) {
  if (result.ok()) return *std::move(result);
  fmt::print(stderr, "{}\n", result.status().ToString());
  std::exit(1);
}
inline void OrExit(const Status& status) {
  OrExit(status.ok() ? StatusOr<int>(0) : StatusOr<int>(status));
}

inline uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

template <typename Function>
double SecondsOf(Function function) {
  const auto begin = std::chrono::steady_clock::now();
  function();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// The value below which `share` of them lie. REQUIRES: there are some; 0 <= share < 1.
inline double Quantile(std::vector<double> values, double share) {
  const auto place =
      values.begin() + static_cast<ptrdiff_t>(share * static_cast<double>(values.size()));
  std::nth_element(values.begin(), place, values.end());
  return *place;
}
inline double Median(std::vector<double> values) { return Quantile(std::move(values), 0.5); }

inline void PrintFigure(std::string_view name, double value, std::string_view unit) {
  fmt::print("{}\t{:.4g}\t{}\n", name, value, unit);
  std::fflush(stdout);
}

}  // namespace sightline::storage::bench
