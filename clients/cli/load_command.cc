#include "clients/cli/load_command.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <sstream>
#include <string>
#include <utility>

#include "clients/cli/csv_writer.h"
#include "clients/cli/display_text.h"
#include "clients/cli/exit_code.h"
#include "clients/cli/json_writer.h"
#include "clients/cli/query_command.h"
#include "clients/cpp/cancel_source.h"

namespace sightline::cli {
namespace {

// A line on the terminal that tells how far a file is, drawn over itself.
class ProgressLine {
 public:
  ProgressLine(Session* session, std::string name, size_t bytes)
      : session_(session), name_(OneLine(name)), bytes_(bytes) {
    is_shown_ = !session->options().is_quiet && isatty(STDERR_FILENO) == 1;
  }
  ~ProgressLine() {
    if (is_drawn_) Draw("\r\x1b[K");
  }
  void Set(int64_t bytes_sent) {
    if (!is_shown_) return;
    const auto now = std::chrono::steady_clock::now();
    const bool is_last = static_cast<size_t>(bytes_sent) >= bytes_;
    if (!is_last && now - drawn_at_ < std::chrono::milliseconds(100)) return;
    drawn_at_ = now;
    is_drawn_ = true;
    const double percent = bytes_ == 0 ? 100 : 100.0 * static_cast<double>(bytes_sent) / bytes_;
    Draw(is_last ? fmt::format("\r\x1b[K{}: sent, the server is loading it", name_)
                 : fmt::format("\r\x1b[K{}: {:.0f} % of {} bytes sent", name_, percent, bytes_));
  }

 private:
  void Draw(const std::string& text) {
    session_->err().Write(text);
    session_->err().Flush();
  }

  Session* const session_;
  const std::string name_;
  const size_t bytes_;
  bool is_shown_ = false;
  bool is_drawn_ = false;
  std::chrono::steady_clock::time_point drawn_at_{};
};

void Print(Session* session, const std::string& name, const v1::LoadFileResponse& response) {
  const Options& options = session->options();
  Output& out = session->out();
  switch (options.output.format) {
    case Format::kTable:
      if (options.is_quiet) return;
      out.Write(
          fmt::format("{}: {}\n", OneLine(name),
                      DescribeWrites(response.statements_added(), response.statements_existing(),
                                     response.statements_retracted(), response.definitions())));
      break;
    case Format::kCsv:
      out.Write(fmt::format("{},{},{},{},{}\r\n", CsvField(name, options.output.guard_formulas),
                            response.statements_added(), response.statements_existing(),
                            response.statements_retracted(), response.definitions()));
      break;
    case Format::kJson:
    case Format::kJsonLines:
      out.Write(
          fmt::format("{{\"file\":{},\"statements_added\":{},\"statements_existing\":{},"
                      "\"statements_retracted\":{},\"definitions\":{}}}",
                      JsonString(name), response.statements_added(), response.statements_existing(),
                      response.statements_retracted(), response.definitions()));
      if (options.output.format == Format::kJsonLines) out.Write("\n");
      break;
  }
  out.Flush();
}

// Whether the server has looked at the file and taken nothing of it. After any other error the file
// may have been committed before its acknowledgement was lost.
bool IsRefusal(const client::Error& error) {
  if (!error.diagnostics.empty() || client::IsStableCode(error.reason)) return true;
  switch (error.code) {
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DATA_LOSS:
      return false;
    default:
      return true;
  }
}

}  // namespace

int RunLoadCommand(Session* session) {
  const Options& options = session->options();
  if (const int exit_code = session->Open(); exit_code != kExitOk) return exit_code;
  // Told before the file is read and sent, not after.
  const client::Result<v1::GetServerInfoResponse> info = session->connection().ServerInfo({});
  if (!info.ok()) {
    session->Report(info.error());
    return session->ExitCodeOf(info.error(), false);
  }
  size_t bytes_max = std::numeric_limits<size_t>::max() / 2;
  if (const auto limit = info->limits().find("load_bytes_max"); limit != info->limits().end()) {
    bytes_max = static_cast<size_t>(std::max<int64_t>(limit->second, 0));
  }
  Output& out = session->out();
  const bool is_array = options.output.format == Format::kJson;
  if (options.output.format == Format::kCsv) {
    out.Write("file,statements_added,statements_existing,statements_retracted,definitions\r\n");
  }
  if (is_array) out.Write("[");

  size_t loaded = 0;
  for (const std::string& name : options.load_files) {
    const auto stop = [&](int exit_code) {
      if (options.load_files.size() > 1) {
        session->Say(fmt::format("{} of {} files loaded; nothing of {} is.", loaded,
                                 options.load_files.size(), OneLine(name)));
      }
      return FinishOutput(session, exit_code);
    };
    client::Result<std::string> content = ReadWholeFile(name, bytes_max, session->interrupts());
    if (!content.ok()) {
      session->Report(content.error());
      return stop(session->ExitCodeOf(content.error(), false));
    }
    const std::string source_name = name == "-" ? "stdin" : name;
    if (const std::optional<size_t> byte = client::FirstInvalidUtf8(*content)) {
      session->Report(NotUtf8(*content, *byte), *content, source_name);
      return stop(kExitRefused);
    }
    client::CancelSource cancel;
    client::CallOptions call{.timeout = options.timeout, .cancel = &cancel};
    client::Result<v1::LoadFileResponse> response = [&] {
      const Interrupts::Scope scope(&session->interrupts(), [&cancel] { cancel.Cancel(); });
      ProgressLine progress(session, source_name, content->size());
      std::istringstream stream(*content);
      return session->connection().LoadFile(source_name, stream, call,
                                            [&](int64_t sent) { progress.Set(sent); });
    }();
    if (!response.ok()) {
      const client::Error& error = response.error();
      const std::string is_unsure = fmt::format(
          "{} is loaded whole or not at all; loading it again is safe", OneLine(source_name));
      if (error.code == grpc::StatusCode::CANCELLED && session->interrupts().signal() != 0) {
        // The server may have committed before the cancellation reached it.
        session->Say("interrupted: " + is_unsure);
        return FinishOutput(session, session->ExitCodeOf(error, false));
      }
      session->Report(error, *content, source_name);
      const int exit_code = session->ExitCodeOf(error, false);
      if (IsRefusal(error)) return stop(exit_code);
      session->Say(options.load_files.size() > 1 ? fmt::format("{} of {} files loaded; {}", loaded,
                                                               options.load_files.size(), is_unsure)
                                                 : is_unsure);
      return FinishOutput(session, exit_code);
    }
    if (is_array) out.Write(loaded == 0 ? "\n  " : ",\n  ");
    Print(session, source_name, *response);
    ++loaded;
  }
  if (is_array) out.Write(loaded == 0 ? "]\n" : "\n]\n");
  return FinishOutput(session, kExitOk);
}

}  // namespace sightline::cli
