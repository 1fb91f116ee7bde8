#include "server/service/limits.h"

#include <algorithm>

#include "storage/base/machine_memory.h"

namespace sightline::server {

int64_t ServerLimits::HalfOfMemory() {
  const auto bytes = static_cast<int64_t>(storage::MachineMemoryBytes());
  return std::max<int64_t>(bytes / 2, 256ll << 20);
}

const std::vector<LimitEntry>& LimitTable() {
  // Levels and operators may only be lowered: the stack that they take was measured for these.
  using Unit = LimitEntry::Unit;
  static const std::vector<LimitEntry> table = {
      {"time_ms_default", &ServerLimits::time_ms_default, "query-seconds", Unit::kSecond, 0, 0,
       "Time a query may take when it names no limit of its own, its client's reading included"},
      {"time_ms_max", &ServerLimits::time_ms_max, "query-seconds-max", Unit::kSecond, 0, 0,
       "Longest time that a query may ask for, and the time of loading a file"},
      {"memory_bytes_max", &ServerLimits::memory_bytes_max, "query-memory-mib", Unit::kMebibyte, 1,
       int64_t{1} << 20,
       "Memory a query may use, in MiB; sorting and grouping go on in files from a quarter of it "
       "on"},
      {"total_memory_bytes_max", &ServerLimits::total_memory_bytes_max, "total-memory-mib",
       Unit::kMebibyte, 1, int64_t{1} << 30,
       "Memory all queries may use together, in MiB; by default half of the machine's"},
      {"rows_max", &ServerLimits::rows_max, "query-rows", Unit::kOne, 1, int64_t{1} << 40,
       "Rows a query may send"},
      {"steps_max", &ServerLimits::steps_max, "query-steps", Unit::kOne, 1, int64_t{1} << 50,
       "Facts a query may touch"},
      {"query_bytes_max", &ServerLimits::query_bytes_max, "query-bytes-max", Unit::kOne,
       int64_t{1} << 10, int64_t{64} << 20, "Bytes of a query's text"},
      {"parameters_max", &ServerLimits::parameters_max, "parameters-max", Unit::kOne, 0, 100'000,
       "Parameters of a query"},
      {"nesting_max", &ServerLimits::nesting_max, "nesting-max", Unit::kOne, 8, 200,
       "Levels of brackets in a query"},
      {"operators_max", &ServerLimits::operators_max, "operators-max", Unit::kOne, 8, 10'000,
       "Operators of one expression"},
      {"value_nesting_max", &ServerLimits::value_nesting_max, "value-nesting-max", Unit::kOne, 1,
       24, "Lists and maps within one another, in a parameter or a result"},
      {"batch_rows_default", &ServerLimits::batch_rows_default, "batch-rows", Unit::kOne, 1,
       int64_t{64} << 10, "Rows of a message of results when the query names none"},
      {"batch_rows_max", &ServerLimits::batch_rows_max, "batch-rows-max", Unit::kOne, 1,
       int64_t{64} << 10, "Rows of a message of results at most"},
      {"batch_bytes_target", &ServerLimits::batch_bytes_target, "batch-bytes", Unit::kOne,
       int64_t{1} << 10, int64_t{2} << 20,
       "A message of results ends with the row that reaches so many bytes"},
      {"running_max", &ServerLimits::running_max, "running", Unit::kOne, 1, int64_t{1} << 10,
       "Queries that work at once; by default two a core"},
      {"queued_max", &ServerLimits::queued_max, "queued", Unit::kOne, 1, 100'000,
       "Queries, and writes, that wait for their turn; more are turned away"},
      {"queries_per_user_max", &ServerLimits::queries_per_user_max, "queries-per-user-max",
       Unit::kOne, 1, 100'000, "Queries of one user at once: those that wait, run or send rows"},
      {"results_max", &ServerLimits::results_max, "results-max", Unit::kOne, 1, 100'000,
       "Open results, waiting for their readers"},
      {"write_time_ms_max", &ServerLimits::write_time_ms_max, "write-seconds", Unit::kSecond, 0, 0,
       "Time a WriteStatements call may take, its wait for other writers included"},
      {"mutations_max", &ServerLimits::mutations_max, "mutations-max", Unit::kOne, 1, 1'000'000,
       "Mutations of one WriteStatements call"},
      {"facts_per_statement_max", &ServerLimits::facts_per_statement_max, "facts-per-statement-max",
       Unit::kOne, 1, 100'000, "Facts of one statement"},
      {"text_value_bytes_max", &ServerLimits::text_value_bytes_max, "text-value-bytes-max",
       Unit::kOne, 1, int64_t{64} << 10, "Bytes of a text that is stored"},
      {"quote_bytes_max", &ServerLimits::quote_bytes_max, "quote-bytes-max", Unit::kOne, 1,
       int64_t{64} << 10, "Bytes of a statement's quote"},
      {"load_bytes_max", &ServerLimits::load_bytes_max, "load-script-bytes-max", Unit::kOne,
       int64_t{1} << 10, int64_t{1} << 30,
       "Bytes of a script that BulkLoad runs, which is held in memory"},
      {"load_file_bytes_max", &ServerLimits::load_file_bytes_max, "load-file-mib", Unit::kMebibyte,
       1, int64_t{1} << 30,
       "Size of a file that BulkLoad imports, in MiB; it waits in the store's directory"},
      {"load_spool_bytes_max", &ServerLimits::load_spool_bytes_max, "load-spool-mib",
       Unit::kMebibyte, 1, int64_t{1} << 30,
       "Room for all files that are being sent, in MiB, in the store's directory"},
      {"load_keep_ms_max", &ServerLimits::load_keep_ms_max, "load-keep-seconds", Unit::kSecond, 0,
       0, "How long a file is kept that nobody sends on"},
      {"load_memory_bytes_max", &ServerLimits::load_memory_bytes_max, "load-memory-mib",
       Unit::kMebibyte, 1, int64_t{1} << 20, "Memory that an import may use, in MiB"},
      {"load_chunk_bytes_max", &ServerLimits::load_chunk_bytes_max, "load-chunk-bytes-max",
       Unit::kOne, int64_t{1} << 10, int64_t{32} << 20, "Bytes of one chunk of a file"},
      {"loads_max", &ServerLimits::loads_max, "loads-max", Unit::kOne, 1, 1'000,
       "BulkLoad calls at once"},
      {"connections_max", &ServerLimits::connections_max, "connections-max", Unit::kOne, 1,
       1'000'000, "TCP connections at once; fewer where the system allows fewer descriptors"},
      {"connections_per_peer_max", &ServerLimits::connections_per_peer_max,
       "connections-per-peer-max", Unit::kOne, 1, 1'000'000,
       "TCP connections of one address; loopback does not count"},
      {"streams_per_connection_max", &ServerLimits::streams_per_connection_max,
       "streams-per-connection-max", Unit::kOne, 1, 10'000, "Calls at once on one connection"},
      {"message_bytes_max", &ServerLimits::message_bytes_max, "message-bytes-max", Unit::kOne,
       int64_t{64} << 10, int64_t{64} << 20, "Bytes of any message"},
      {"metadata_bytes_max", &ServerLimits::metadata_bytes_max, "metadata-bytes-max", Unit::kOne,
       int64_t{1} << 10, int64_t{1} << 20, "Bytes of all headers of one call"},
      {"resets_per_second_max", &ServerLimits::resets_per_second_max, "resets-per-second-max",
       Unit::kOne, 1, 1'000'000,
       "Calls given up in a second on one connection; with more it is cut"},
      {"greeting_ms_max", &ServerLimits::greeting_ms_max, "greeting-ms", Unit::kOne, 100, 600'000,
       "Milliseconds from a connection's beginning to its first words"},
      {"connection_idle_ms_max", &ServerLimits::connection_idle_ms_max, "connection-idle-seconds",
       Unit::kSecond, 0, 0, "A connection with no word and no call for so long is closed"},
      {"stall_ms_max", &ServerLimits::stall_ms_max, "stall-ms", Unit::kOne, 100, 86'400'000,
       "Cut a client that neither reads nor sends for so many milliseconds"},
      {"drain_ms_max", &ServerLimits::drain_ms_max, "drain-ms", Unit::kOne, 1, 600'000,
       "Milliseconds that running calls have to end by themselves at shutdown"},
      {"audit_tails_max", &ServerLimits::audit_tails_max, "audit-tails-max", Unit::kOne, 1, 1'000,
       "TailAuditLog calls at once"},
      {"failed_logins_max", &ServerLimits::failed_logins_max, "failed-logins-max", Unit::kOne, 1,
       1'000'000,
       "Wrong tokens of one address in a row until it is locked out; loopback does not count"},
      {"login_lock_ms", &ServerLimits::login_lock_ms, "login-lock-seconds", Unit::kSecond, 0, 0,
       "How long it is locked out, doubled with each further wrong token"},
      {"login_lock_ms_max", &ServerLimits::login_lock_ms_max, "login-lock-seconds-max",
       Unit::kSecond, 0, 0, "How long it is locked out at most"},
      {"token_ms_default", &ServerLimits::token_ms_default, "token-seconds", Unit::kSecond, 0, 0,
       "Life of a token that is issued without one, at most a day"},
      {"receive_memory_bytes_max", &ServerLimits::receive_memory_bytes_max, "receive-memory-mib",
       Unit::kMebibyte, 16, int64_t{1} << 20,
       "Memory for what has come in and is not read yet, over all connections, in MiB"},
      {"page_items_default", &ServerLimits::page_items_default, "page-items", Unit::kOne, 1,
       100'000, "Entries of a page when the request names no page_size"},
      {"page_items_max", &ServerLimits::page_items_max, "page-items-max", Unit::kOne, 1, 100'000,
       "Entries of a page at most"},
      {"path_hops_max", &ServerLimits::path_hops_max, "path-hops-max", Unit::kOne, 1, 100,
       "Length of a path that FindPaths may look for"},
      {"paths_max", &ServerLimits::paths_max, "paths-max", Unit::kOne, 1, 100'000,
       "Paths of one FindPaths call"},
  };
  return table;
}

std::map<std::string, int64_t> LimitsByName(const ServerLimits& limits) {
  std::map<std::string, int64_t> by_name;
  for (const LimitEntry& entry : LimitTable()) {
    by_name.emplace(entry.name, limits.*entry.member);
  }
  return by_name;
}

}  // namespace sightline::server
