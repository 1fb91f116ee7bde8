// ServerLimits: how much of anything one request may use. GetServerInfo reports each under the name
// it has here; docs/operations.md lists them.
//
// Thread-compatible plain data.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sightline::server {

struct ServerLimits {
  // --- A message
  int64_t message_bytes_max = 4 << 20;    // Any message, either way; gRPC clients' own default.
  int64_t metadata_bytes_max = 16 << 10;  // All headers of one call.
  int64_t streams_per_connection_max = 100;

  // --- Connections over TCP
  int64_t connections_max = 1'000;             // Fewer where the system allows fewer descriptors.
  int64_t connections_per_peer_max = 64;       // Of one address; loopback does not count.
  int64_t greeting_ms_max = 5'000;             // From being accepted to the first frame.
  int64_t connection_idle_ms_max = 1'800'000;  // Without a word and without a call.
  int64_t resets_per_second_max = 200;         // Calls that a client gives up, on one connection.
  int64_t receive_memory_bytes_max = 128ll << 20;  // What has come in and is not read, of all.

  // --- A query
  int64_t query_bytes_max = 1 << 20;
  int64_t parameters_max = 1'000;
  int64_t nesting_max = 200;                // Levels of brackets in a query text.
  int64_t operators_max = 10'000;           // Of one expression chain.
  int64_t value_nesting_max = 24;           // Lists and maps within one another, in a value.
  int64_t text_value_bytes_max = 64 << 10;  // A text that is stored.
  int64_t rows_max = 1'000'000;
  int64_t memory_bytes_max = 256ll << 20;
  // Of all queries together: what they keep, results that wait for their readers among it.
  int64_t total_memory_bytes_max = HalfOfMemory();
  int64_t steps_max = 100'000'000;   // Facts touched.
  int64_t time_ms_default = 30'000;  // When the request names none.
  int64_t time_ms_max = 600'000;     // Also of loading a file, when all of it has come.
  int64_t batch_rows_default = 2'048;
  int64_t batch_rows_max = 4'096;
  // A batch of results is cut when it reaches this, so that a message stays well below
  // message_bytes_max. 256 KiB measured best for clients.
  int64_t batch_bytes_target = 256 << 10;

  // --- A page, a search for paths
  int64_t page_items_default = 100;  // When the request names no page_size.
  int64_t page_items_max = 1'000;
  int64_t path_hops_max = 8;
  int64_t paths_max = 1'000;

  // --- A write
  int64_t mutations_max = 10'000;
  int64_t write_time_ms_max = 60'000;  // WriteStatements, waiting for other writers included.
  int64_t facts_per_statement_max = 1'000;
  int64_t quote_bytes_max = 4 << 10;
  int64_t load_bytes_max = 16 << 20;          // A script that is loaded; it is run from memory.
  int64_t load_file_bytes_max = 8ll << 30;    // An imported file, as sent; it waits on the disk.
  int64_t load_spool_bytes_max = 16ll << 30;  // All files that are being sent, on the disk.
  int64_t load_keep_ms_max = 86'400'000;      // For one that is sent no further.
  int64_t load_memory_bytes_max = 512 << 20;  // Tables and buffers of an import.
  int64_t load_chunk_bytes_max = 1 << 20;
  int64_t loads_max = 16;  // BulkLoad calls at once; of those one is loaded, the others send.

  // --- The server
  int64_t running_max = 2 * CoreCount();  // Queries working at once.
  int64_t queries_per_user_max = 10'000;  // Of one user: waiting, running and sending rows.
  int64_t queued_max = 64;                // Waiting for that; more are turned away.
  int64_t results_max = 256;              // Open results, waiting for their readers.
  int64_t stall_ms_max = 60'000;  // A client that neither reads nor sends for so long is cut.
  int64_t drain_ms_max = 8'000;   // At shutdown, for running calls to end by themselves.
  int64_t audit_tails_max = 8;    // TailAuditLog calls at once.

  // --- Access
  int64_t failed_logins_max = 5;   // Of one peer, in a row; loopback does not count.
  int64_t login_lock_ms = 30'000;  // Its lock after that, doubled with each further failure ...
  int64_t login_lock_ms_max = 3'600'000;  // ... up to this.
  int64_t token_ms_default = 43'200'000;  // Life of a token when none is asked for: twelve hours.

  static int64_t CoreCount() {
    const unsigned count = std::thread::hardware_concurrency();
    return count == 0 ? 1 : static_cast<int64_t>(count);
  }
  // Of what the machine has, or the container if that is less; 256 MiB at least.
  static int64_t HalfOfMemory();
};

// A limit as it is reported, and as a setting (server/daemon/options.h).
struct LimitEntry {
  enum class Unit : uint8_t { kOne, kMebibyte, kSecond };

  std::string_view name;  // "rows_max"
  int64_t ServerLimits::*member;
  std::string_view setting;  // "query-rows"
  Unit unit;                 // Of the setting; times are in milliseconds here.
  int64_t minimum, maximum;  // Of the setting; of kSecond, what any time may be.
  std::string_view help;
};
// Every limit.
const std::vector<LimitEntry>& LimitTable();

// Every limit by its name.
std::map<std::string, int64_t> LimitsByName(const ServerLimits& limits);

}  // namespace sightline::server
