#include "clients/cli/queries_command.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "clients/cli/display_text.h"
#include "clients/cli/exit_code.h"
#include "clients/cli/query_command.h"
#include "clients/cli/records.h"
#include "clients/cli/value_text.h"

namespace sightline::cli {
namespace {

constexpr size_t kQueryWidth = 60;

std::string_view StateText(v1::QueryState state) {
  switch (state) {
    case v1::QUERY_STATE_QUEUED:
      return "queued";
    case v1::QUERY_STATE_RUNNING:
      return "running";
    case v1::QUERY_STATE_STREAMING:
      return "streaming";
    default:
      return "";
  }
}

client::MaybeError List(Session* session, const client::CallOptions& call) {
  Records records{{"id", "user", "tag", "state", "seconds", "rows", "memory", "started", "peer",
                   "fingerprint", "query"},
                  {}};
  // A table is for people, who know their queries by their beginnings.
  const bool is_table = session->options().output.format == Format::kTable;
  v1::ListRunningQueriesRequest request;
  do {
    const auto page = session->connection().ListRunningQueries(request, call);
    if (!page.ok()) return page.error();
    for (const v1::RunningQuery& query : page->queries()) {
      const double seconds = static_cast<double>(query.elapsed().seconds()) +
                             static_cast<double>(query.elapsed().nanos()) / 1e9;
      records.rows.push_back(
          {query.query_id(), query.user(), query.query_tag(), std::string(StateText(query.state())),
           fmt::format("{:.3f}", seconds), std::to_string(query.rows_sent()),
           std::to_string(query.memory_bytes()), InstantText(query.start_time()), query.peer(),
           query.fingerprint(),
           is_table ? CutToWidth(OneLine(query.query_text()), kQueryWidth) : query.query_text()});
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  PrintRecords(records, session);
  return std::nullopt;
}

// All of them, also behind one that is not there.
client::MaybeError Cancel(Session* session, const client::CallOptions& call) {
  client::MaybeError first;
  for (const std::string& id : session->options().cancelled_queries) {
    const auto cancelled = session->connection().CancelQuery(id, call);
    if (cancelled.ok()) continue;
    if (!first) {
      first = cancelled.error();
    } else {
      session->Report(cancelled.error());
    }
  }
  return first;
}

}  // namespace

int RunQueriesCommand(Session* session) {
  if (const int exit_code = session->Open(); exit_code != kExitOk) return exit_code;
  const client::CallOptions call{.timeout = session->options().timeout, .cancel = nullptr};
  const bool lists = session->options().cancelled_queries.empty();
  if (const client::MaybeError error = lists ? List(session, call) : Cancel(session, call)) {
    session->Report(*error);
    return session->ExitCodeOf(*error, false);
  }
  return FinishOutput(session, kExitOk);
}

}  // namespace sightline::cli
