#include "clients/cli/query_command.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <fstream>
#include <optional>
#include <utility>
#include <vector>

#include "clients/cli/exit_code.h"
#include "clients/cli/pager.h"
#include "clients/cli/progress_line.h"
#include "clients/cli/standard_input.h"
#include "clients/cli/statement_splitter.h"
#include "clients/cli/terminal.h"
#include "clients/cpp/cancel_source.h"

namespace sightline::cli {
namespace {

constexpr size_t kQueryBytesMax = 1 << 20;  // ExecuteQueryRequest.query.
// The server keeps the limit; this much later the client stops waiting for its answer.
constexpr std::chrono::milliseconds kTimeoutGrace{5000};

std::string Count(int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// Nothing but white space and comments.
bool IsBlank(std::string_view text) {
  StatementSplitter splitter;
  while (!text.empty() && splitter.is_blank()) {
    const size_t end = std::min(text.find('\n'), text.size());
    splitter.AddLine(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return splitter.is_blank();
}

std::string DescribeTruncation(v1::Truncation truncation, int64_t rows) {
  const char* what = "a limit";
  if (truncation == v1::TRUNCATION_MAX_ROWS) what = "the row limit";
  if (truncation == v1::TRUNCATION_MAX_STEPS) what = "the limit of facts touched";
  if (truncation == v1::TRUNCATION_MAX_TIME) what = "the time limit";
  return fmt::format("the result was cut short by {}: the {} here {} right, and there may be more",
                     what, Count(rows, "row"), rows == 1 ? "is" : "are");
}

double Milliseconds(const google::protobuf::Duration& duration) {
  return static_cast<double>(duration.seconds()) * 1e3 + duration.nanos() / 1e6;
}

// "12.3 ms: server 9.7 (parse 0.2, plan 0.4, run 9.1), transfer and drawing 2.6"
std::string DescribeTime(const v1::QueryStats& stats, std::chrono::steady_clock::duration elapsed) {
  const double total = std::chrono::duration<double, std::milli>(elapsed).count();
  const double parse = Milliseconds(stats.parse());
  const double plan = Milliseconds(stats.plan());
  const double execute = Milliseconds(stats.execute());
  const double server = parse + plan + execute;
  return fmt::format(
      "{:.1f} ms: server {:.1f} (parse {:.1f}, plan {:.1f}, run {:.1f}), transfer and drawing "
      "{:.1f}",
      total, server, parse, plan, execute, std::max(0.0, total - server));
}

}  // namespace

std::string DescribeWrites(int64_t added, int64_t existing, int64_t retracted,
                           int64_t definitions) {
  std::vector<std::string> parts;
  if (added > 0 || (existing > 0 && retracted == 0 && definitions == 0)) {
    parts.push_back(Count(added, "statement") + " added");
  }
  if (existing > 0) parts.push_back(fmt::format("{} on record already", existing));
  if (retracted > 0) parts.push_back(fmt::format("{} retracted", retracted));
  if (definitions > 0) parts.push_back(Count(definitions, "definition"));
  return parts.empty() ? "nothing was changed" : fmt::format("{}", fmt::join(parts, ", "));
}

client::Result<std::string> ReadWholeFile(const std::string& name, size_t bytes_max,
                                          const Interrupts& interrupts) {
  const auto unreadable = [&](const std::string& why) {
    return client::Error{grpc::StatusCode::INVALID_ARGUMENT,
                         fmt::format("cannot read {}: {}", name, why),
                         client::kReasonUnreadable,
                         {}};
  };
  std::string text;
  if (name == "-") {
    switch (StandardInput(&interrupts).ReadAll(bytes_max, &text)) {
      case StandardInput::Outcome::kInterrupted:
        return client::Error{grpc::StatusCode::CANCELLED, "interrupted", "", {}};
      case StandardInput::Outcome::kFailed:
        return unreadable(std::strerror(errno));
      default:
        break;
    }
  } else {
    struct stat entry {};
    if (stat(name.c_str(), &entry) != 0) return unreadable(std::strerror(errno));
    if (S_ISDIR(entry.st_mode)) return unreadable(std::strerror(EISDIR));
    std::ifstream file(name, std::ios::binary);
    if (!file) return unreadable(std::strerror(errno));
    constexpr size_t kStepBytes = 1 << 20;
    while (file && text.size() <= bytes_max) {
      const size_t size = text.size();
      text.resize(size + kStepBytes);
      file.read(text.data() + size, kStepBytes);
      text.resize(size + static_cast<size_t>(file.gcount()));
    }
    if (file.bad()) return unreadable(std::strerror(EIO));
  }
  if (text.size() > bytes_max) {
    return client::Error{
        grpc::StatusCode::INVALID_ARGUMENT,
        fmt::format("{} is longer than {} bytes, which is the most at a time", name, bytes_max),
        client::kReasonUnreadable,
        {}};
  }
  return text;
}

v1::Diagnostic NotUtf8(std::string_view text, size_t byte) {
  v1::Diagnostic diagnostic;
  diagnostic.set_severity(v1::SEVERITY_ERROR);
  diagnostic.set_code(client::kReasonNotUtf8);
  diagnostic.set_message(
      fmt::format("byte {:#04x} is not UTF-8 here", static_cast<unsigned char>(text[byte])));
  *diagnostic.mutable_span() = PlaceOf(text, byte);
  diagnostic.add_help(
      "SLQL is written in UTF-8; convert the text first (iconv -f LATIN1 -t UTF-8)");
  return diagnostic;
}

int FinishOutput(Session* session, int exit_code) {
  Output& out = session->out();
  out.Flush();
  if (out.is_closed()) return kExitSignalBase + SIGPIPE;
  if (!out.failure().empty()) {
    session->Say("error: cannot write the result: " + out.failure());
    return kExitIncomplete;
  }
  return exit_code;
}

QueryOutcome RunQuery(Session* session, std::string_view text, const std::string& source_name,
                      const RunOptions& run) {
  const Options& options = session->options();
  QueryOutcome outcome;
  const auto refuse = [&](client::Error error) {
    session->Report(error);
    outcome.exit_code = kExitRefused;
    outcome.error = std::move(error);
    return outcome;
  };
  if (const std::optional<size_t> byte = client::FirstInvalidUtf8(text)) {
    session->Report(NotUtf8(text, *byte), text, source_name);
    outcome.exit_code = kExitRefused;
    return outcome;
  }
  if (text.size() > kQueryBytesMax) {
    return refuse({grpc::StatusCode::INVALID_ARGUMENT,
                   fmt::format("the query is {} bytes long; at most {} are allowed. `sightline "
                               "load` takes longer scripts",
                               text.size(), kQueryBytesMax),
                   "SL1000",
                   {}});
  }
  if (IsBlank(text)) {
    // A server takes it and does nothing; on a command line it is a variable that was not set.
    return refuse({grpc::StatusCode::INVALID_ARGUMENT, "the query is empty", "SL1006", {}});
  }
  v1::ExecuteQueryRequest request;
  request.set_query(std::string(text));
  for (const auto& [name, value] : run.parameters ? *run.parameters : options.parameters) {
    (*request.mutable_parameters())[name] = value;
  }
  request.set_read_only(options.is_read_only || run.is_read_only);
  if (run.read_at != nullptr) *request.mutable_consistency()->mutable_exact() = *run.read_at;
  request.mutable_limits()->set_max_rows(options.limit_rows);
  client::CancelSource cancel;
  client::CallOptions call{.timeout = std::nullopt, .cancel = &cancel};
  if (options.timeout) {
    *request.mutable_limits()->mutable_max_time() =
        google::protobuf::util::TimeUtil::MillisecondsToDuration(options.timeout->count());
    call.timeout = *options.timeout + kTimeoutGrace;
  }

  Output& out = session->out();
  const auto begin = std::chrono::steady_clock::now();
  ProgressLine progress(!options.is_quiet && IsCapable(STDERR_FILENO) ? STDERR_FILENO : -1);
  // Rows on the same terminal take the line's place.
  if (isatty(STDOUT_FILENO) == 1) out.set_before_write([&progress] { progress.Stop(); });
  const auto done = [&](int exit_code) {
    progress.Stop();
    out.EndPaging();
    outcome.exit_code = FinishOutput(session, exit_code);
    out.set_before_write({});
    return outcome;
  };
  const Interrupts::Scope scope(&session->interrupts(), [&cancel] { cancel.Cancel(); });
  client::Result<std::unique_ptr<client::QueryStream>> started =
      session->connection().Execute(request, call);
  const auto fail = [&](const client::Error& error, int64_t rows) {
    progress.Stop();
    if (session->interrupts().signal() != 0 && error.code == grpc::StatusCode::CANCELLED) {
      session->Say(fmt::format(
          "interrupted after {:.1f} s: the query is cancelled{}",
          std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
          rows > 0 ? fmt::format("; {} had come", Count(rows, "row")) : ""));
    } else if (run.tells_errors) {
      session->Report(error, text, source_name);
      if (rows > 0) {
        session->Say(fmt::format("The result is not complete: {} came before the error.",
                                 Count(rows, "row")));
      }
    }
    outcome.error = error;
    return done(session->ExitCodeOf(error, rows > 0));
  };
  if (!started.ok()) return fail(started.error(), 0);
  client::QueryStream& stream = **started;
  outcome.header = stream.header();

  if (run.is_paged && options.is_paged && IsCapable(STDOUT_FILENO)) {
    out.BeginPaging(PagerCommand(), TerminalRows() - 1, TerminalColumns().value_or(80));
  }
  out.Write(run.prelude);
  const std::unique_ptr<ResultWriter> writer =
      run.make_writer ? run.make_writer(stream.header())
                      : MakeResultWriter(options.output, stream.header(), &out);
  writer->Begin(stream.header());
  client::ResultBatch batch;
  while (true) {
    client::Result<bool> more = stream.Next(&batch);
    if (!more.ok()) return fail(more.error(), stream.rows_read());
    if (!*more) break;
    progress.SetRows(stream.rows_read());
    if (run.on_batch) run.on_batch(stream.header(), batch, stream.cards());
    writer->Add(std::move(batch), stream.cards());
    if (out.is_broken()) return done(kExitOk);
    if (const std::string failure = writer->failure(); !failure.empty()) {
      progress.Stop();
      session->Say("error: " + failure);
      return done(kExitRefused);
    }
    if (writer->is_done()) return done(kExitOk);
  }
  writer->End(stream.cards());
  const auto elapsed = std::chrono::steady_clock::now() - begin;

  const v1::ResultTrailer& trailer = stream.trailer();
  outcome.trailer = trailer;
  const v1::QueryStats& stats = trailer.stats();
  const bool has_columns = stream.header().columns_size() > 0;
  std::vector<std::string> footer;
  if (has_columns) footer.push_back(Count(trailer.row_count(), "row"));
  if (trailer.has_committed_at() || !has_columns) {
    footer.push_back(DescribeWrites(stats.statements_added(), stats.statements_existing(),
                                    stats.statements_retracted(), stats.definitions()));
  }
  if (!options.is_quiet && run.has_footer) {
    std::string line = run.counts_rows ? fmt::format("{}", fmt::join(footer, "; ")) : "";
    const bool is_for_people =
        options.output.format == Format::kTable || options.output.format == Format::kVertical;
    // Only where a person reads it: the same query on the same data prints the same bytes.
    if (options.timing == Timing::kTotal) {
      if (!line.empty()) line += ' ';
      line += fmt::format("({} ms)",
                          std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count());
    } else if (options.timing == Timing::kParts) {
      if (!line.empty()) line += '\n';
      line += DescribeTime(stats, elapsed);
    }
    if (line.empty()) {
      // Nothing to say.
    } else if (is_for_people) {
      out.Write(line + "\n");
    } else if (trailer.has_committed_at() || options.timing == Timing::kParts) {
      session->Say(line);
    }
    out.EndPaging();
    for (const v1::Diagnostic& notice : trailer.notices()) {
      session->Report(notice, text, source_name);
    }
    if (!trailer.next_cursor().empty()) {
      session->Say(fmt::format("next page: AFTER \"{}\"", trailer.next_cursor()));
    }
  }
  int exit_code = kExitOk;
  if (trailer.truncation() != v1::TRUNCATION_UNSPECIFIED) {
    session->Say("warning: " + DescribeTruncation(trailer.truncation(), trailer.row_count()));
    exit_code = kExitIncomplete;
  }
  return done(exit_code);
}

int WatchQuery(Session* session, std::string_view text, const std::string& source_name,
               std::chrono::milliseconds interval) {
  while (true) {
    RunOptions run;
    run.is_paged = false;
    if (IsCapable(STDOUT_FILENO)) {
      const std::time_t now = std::time(nullptr);
      std::tm local{};
      localtime_r(&now, &local);
      // The picture before stays until the next one is there.
      run.prelude = fmt::format("\x1b[H\x1b[2Jevery {:g} s, now {:%H:%M:%S}; Ctrl-C ends it\n\n",
                                static_cast<double>(interval.count()) / 1000, local);
      session->options().output.terminal_columns = TerminalColumns();
    }
    const int exit_code = RunQuery(session, text, source_name, run).exit_code;
    if (exit_code != kExitOk && exit_code != kExitIncomplete) return exit_code;
    pollfd event{session->interrupts().wake_fd(), POLLIN, 0};
    while (poll(&event, 1, static_cast<int>(interval.count())) < 0 && errno == EINTR) {
    }
    if (const int signal = session->interrupts().signal(); signal != 0) {
      return kExitSignalBase + signal;
    }
  }
}

int RunQueryCommand(Session* session) {
  const Options& options = session->options();
  std::string text;
  std::string source_name;
  if (options.query_file || options.query_text == "-") {
    const std::string name = options.query_file.value_or("-");
    client::Result<std::string> content =
        ReadWholeFile(name, kQueryBytesMax, session->interrupts());
    if (!content.ok()) {
      session->Report(content.error());
      return session->ExitCodeOf(content.error(), false);
    }
    text = std::move(*content);
    source_name = name == "-" ? "stdin" : name;
  } else {
    text = *options.query_text;
  }
  const int exit_code = session->Open();
  if (exit_code != kExitOk) return exit_code;
  return options.watch ? WatchQuery(session, text, source_name, *options.watch)
                       : RunQuery(session, text, source_name).exit_code;
}

}  // namespace sightline::cli
