#include "server/observability/time_text.h"

#include <fmt/format.h>

#include <ctime>

namespace sightline::server {

std::string TimeText(int64_t micros) {
  const time_t seconds = micros / 1'000'000;
  tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     micros % 1'000'000);
}

}  // namespace sightline::server
