// Completion on the shell's prompt: of SLQL by the server, which knows what the caller may see, and
// of the shell's own commands.

#pragma once

#include <string_view>
#include <vector>

#include "clients/cli/editor/line_editor.h"
#include "clients/cli/session.h"

namespace sightline::cli {

// What may come at the cursor, a byte offset into SLQL text. A server that does not answer within
// two seconds, or cannot complete, is told of in `message`.
Completion CompleteSlql(Session* session, std::string_view text, size_t cursor);

// "predicate  Company -> Item  1,204 facts": what is shown beside a candidate.
std::string CandidateDetail(const v1::Candidate& candidate);

}  // namespace sightline::cli
