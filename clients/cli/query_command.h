// Running a query and printing its result.

#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "clients/cli/result_writer.h"
#include "clients/cli/session.h"

namespace sightline::cli {

// `sightline query`: reads the text, opens the session, runs. Gives an exit code.
int RunQueryCommand(Session* session);

// What may differ from one query of a session to the next.
struct RunOptions {
  // Reads exactly this state. Borrowed; null: the newest.
  const v1::Revision* read_at = nullptr;
  // Refuses writes, whatever the session's options say.
  bool is_read_only = false;
  // In place of the session's.
  std::optional<std::map<std::string, v1::Value>> parameters;
  bool is_paged = true;
  // Whether the number of rows, the time and notices are told.
  bool has_footer = true;
  // Whether the number of rows is among it.
  bool counts_rows = true;
  // Written before the result, when it has begun to come.
  std::string prelude;
  // Makes what the result is written with; empty: MakeResultWriter.
  std::function<std::unique_ptr<ResultWriter>(const v1::ResultHeader&)> make_writer;
  // Called with each batch before it is written.
  std::function<void(const v1::ResultHeader&, const client::ResultBatch&, const client::NodeCards&)>
      on_batch;
  // Whether an error is told; else it is in the outcome only.
  bool tells_errors = true;
};

struct QueryOutcome {
  int exit_code = 0;
  // What the query failed with.
  std::optional<client::Error> error;
  // Of a query that has begun.
  v1::ResultHeader header;
  // Of one whose result has come whole.
  v1::ResultTrailer trailer;
};

// Runs `text` in an open session; the result goes to standard output, long ones through the pager,
// all else to standard error. `source_name` names the file of the text in messages; empty for text
// that was typed. Ctrl-C cancels the query on the server.
QueryOutcome RunQuery(Session* session, std::string_view text, const std::string& source_name,
                      const RunOptions& run = {});

// Runs `text` again and again, `interval` after each result, until it fails or a signal comes.
// Gives an exit code.
int WatchQuery(Session* session, std::string_view text, const std::string& source_name,
               std::chrono::milliseconds interval);

// "3 statements added, 1 on record already", "nothing was changed".
std::string DescribeWrites(int64_t added, int64_t existing, int64_t retracted, int64_t definitions);

// The exit code after writing to standard output, which replaces `exit_code` when the reader went
// away or the disk is full.
int FinishOutput(Session* session, int exit_code);

// All of a file, or of standard input for "-". Errors: INVALID_ARGUMENT (UNREADABLE_INPUT), also
// for more than `bytes_max`; CANCELLED after a signal.
client::Result<std::string> ReadWholeFile(const std::string& name, size_t bytes_max,
                                          const Interrupts& interrupts);

// The diagnostic for text that is not UTF-8, with its place.
v1::Diagnostic NotUtf8(std::string_view text, size_t byte);

}  // namespace sightline::cli
