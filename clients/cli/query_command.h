// Running a query and printing its result.

#pragma once

#include <string>
#include <string_view>

#include "clients/cli/session.h"

namespace sightline::cli {

// `sightline query`: reads the text, opens the session, runs. Gives an exit code.
int RunQueryCommand(Session* session);

// Runs `text` in an open session; the result goes to standard output, all else to standard error.
// `source_name` names the file of the text in messages; empty for text that was typed. Gives an
// exit code.
int RunQuery(Session* session, std::string_view text, const std::string& source_name);

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
