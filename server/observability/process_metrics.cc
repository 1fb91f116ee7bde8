#include "server/observability/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace sightline::server {
namespace {

std::string ReadFile(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Seconds since 1970 when the machine started.
double BootSeconds() {
  std::ifstream file("/proc/stat");
  std::string word;
  double seconds = 0;
  while (file >> word) {
    if (word == "btime" && file >> seconds) return seconds;
  }
  return 0;
}

int64_t OpenDescriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  // The one that reads them is not counted.
  return error ? 0 : std::distance(begin(entries), end(entries)) - 1;
}

}  // namespace

void AddProcessMetrics(MetricSink* sink) {
  using enum MetricKind;
  // The program's name, in brackets, may hold spaces.
  const std::string text = ReadFile("/proc/self/stat");
  const size_t name_end = text.rfind(')');
  std::istringstream fields(name_end == std::string::npos ? "" : text.substr(name_end + 1));
  // The first is field 3 of proc(5).
  std::string field;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  double user = 0, system = 0, start = 0, virtual_bytes = 0, resident_pages = 0;
  for (int number = 3; fields >> field; ++number) {
    if (number == 14) user = std::stod(field) / ticks;
    if (number == 15) system = std::stod(field) / ticks;
    if (number == 22) start = std::stod(field) / ticks;
    if (number == 23) virtual_bytes = std::stod(field);
    if (number == 24) resident_pages = std::stod(field);
  }
  rlimit descriptors{};
  ::getrlimit(RLIMIT_NOFILE, &descriptors);
  sink->Add(kCounter, "process_cpu_seconds_total", "Processor time", user + system);
  sink->Add(kGauge, "process_resident_memory_bytes", "Memory resident",
            resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  sink->Add(kGauge, "process_virtual_memory_bytes", "Address space", virtual_bytes);
  sink->Add(kGauge, "process_open_fds", "File descriptors open",
            static_cast<double>(OpenDescriptors()));
  sink->Add(kGauge, "process_max_fds", "File descriptors that may be open",
            static_cast<double>(descriptors.rlim_cur));
  sink->Add(kGauge, "process_start_time_seconds", "When the process started, since 1970",
            BootSeconds() + start);
}

}  // namespace sightline::server
