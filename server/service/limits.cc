#include "server/service/limits.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace sightline::server {

int64_t ServerLimits::HalfOfMemory() {
  int64_t bytes = static_cast<int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE);
  // Control groups, version 2: a number, or "max" for none.
  std::ifstream file("/sys/fs/cgroup/memory.max");
  int64_t group_bytes = 0;
  if (file >> group_bytes && group_bytes > 0) bytes = std::min(bytes, group_bytes);
  return std::max<int64_t>(bytes / 2, 256ll << 20);
}

std::map<std::string, int64_t> LimitsByName(const ServerLimits& limits) {
// The name in the code is the name that is reported.
#define SL_LIMIT(name) {#name, limits.name}
  std::map<std::string, int64_t> by_name = {
      SL_LIMIT(message_bytes_max),
      SL_LIMIT(metadata_bytes_max),
      SL_LIMIT(streams_per_connection_max),
      SL_LIMIT(connections_max),
      SL_LIMIT(connections_per_peer_max),
      SL_LIMIT(greeting_ms_max),
      SL_LIMIT(resets_per_second_max),
      SL_LIMIT(receive_memory_bytes_max),
      SL_LIMIT(query_bytes_max),
      SL_LIMIT(parameters_max),
      SL_LIMIT(nesting_max),
      SL_LIMIT(operators_max),
      SL_LIMIT(value_nesting_max),
      SL_LIMIT(text_value_bytes_max),
      SL_LIMIT(rows_max),
      SL_LIMIT(memory_bytes_max),
      SL_LIMIT(total_memory_bytes_max),
      SL_LIMIT(steps_max),
      SL_LIMIT(time_ms_default),
      SL_LIMIT(time_ms_max),
      SL_LIMIT(batch_rows_default),
      SL_LIMIT(batch_rows_max),
      SL_LIMIT(batch_bytes_target),
      SL_LIMIT(page_items_default),
      SL_LIMIT(page_items_max),
      SL_LIMIT(path_hops_max),
      SL_LIMIT(paths_max),
      SL_LIMIT(mutations_max),
      SL_LIMIT(write_time_ms_max),
      SL_LIMIT(facts_per_statement_max),
      SL_LIMIT(quote_bytes_max),
      SL_LIMIT(load_bytes_max),
      SL_LIMIT(load_file_bytes_max),
      SL_LIMIT(load_spool_bytes_max),
      SL_LIMIT(load_keep_ms_max),
      SL_LIMIT(load_memory_bytes_max),
      SL_LIMIT(load_chunk_bytes_max),
      SL_LIMIT(loads_max),
      SL_LIMIT(running_max),
      SL_LIMIT(queued_max),
      SL_LIMIT(results_max),
      SL_LIMIT(stall_ms_max),
      SL_LIMIT(drain_ms_max),
  };
#undef SL_LIMIT
  static_assert(sizeof(ServerLimits) == 43 * sizeof(int64_t),
                "A limit was added: report it here, and in docs/operations.md");
  return by_name;
}

}  // namespace sightline::server
