#include "clients/cli/load_command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <istream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "clients/cli/csv_writer.h"
#include "clients/cli/display_text.h"
#include "clients/cli/exit_code.h"
#include "clients/cli/input_buffer.h"
#include "clients/cli/json_writer.h"
#include "clients/cli/query_command.h"
#include "clients/cli/reject_file.h"
#include "clients/cpp/cancel_source.h"

namespace sightline::cli {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// "3.4 MiB".
std::string ByteText(double bytes) {
  const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < std::size(units); ++unit) bytes /= 1024;
  return unit == 0 ? fmt::format("{:.0f} B", bytes) : fmt::format("{:.1f} {}", bytes, units[unit]);
}

// A line on the terminal that tells how far a file is, drawn over itself.
class ProgressLine {
 public:
  // `bytes`: of the file; nothing when not known.
  ProgressLine(Session* session, std::string name, std::optional<uint64_t> bytes)
      : session_(session), name_(OneLine(name)), bytes_(bytes) {
    is_shown_ = !session->options().is_quiet && isatty(STDERR_FILENO) == 1;
  }
  ~ProgressLine() {
    if (is_drawn_) Draw("\r\x1b[K");
  }
  void Set(int64_t bytes_sent) {
    if (!is_shown_) return;
    const auto now = Clock::now();
    const bool is_last = bytes_ && static_cast<uint64_t>(bytes_sent) >= *bytes_;
    if (!is_last && now - drawn_at_ < std::chrono::milliseconds(100)) return;
    drawn_at_ = now;
    is_drawn_ = true;
    Draw(fmt::format("\r\x1b[K{}: {}", name_,
                     is_last ? "sent, the server is loading it" : Describe(bytes_sent)));
  }

 private:
  std::string Describe(int64_t bytes_sent) const {
    const auto sent = static_cast<double>(bytes_sent);
    const double rate = sent / std::max(SecondsSince(begin_), 0.001);
    const std::string sent_and_rate = fmt::format("{} sent, {}/s", ByteText(sent), ByteText(rate));
    if (!bytes_) return sent_and_rate;
    const auto total = static_cast<double>(*bytes_);
    return fmt::format("{:.0f} % of {}, {}, {:.0f} s left", 100 * sent / total, ByteText(total),
                       sent_and_rate, (total - sent) / std::max(rate, 1.0));
  }
  void Draw(const std::string& text) {
    session_->err().Write(text);
    session_->err().Flush();
  }

  Session* const session_;
  const std::string name_;
  const std::optional<uint64_t> bytes_;
  const Clock::time_point begin_ = Clock::now();
  bool is_shown_ = false;
  bool is_drawn_ = false;
  Clock::time_point drawn_at_{};
};

// "1083766 facts, 1 statement added, 86 definitions in 8.2 s, 132165 facts/s".
std::string DescribeImport(const v1::LoadFileResponse& response, double seconds) {
  return fmt::format("{} fact{}, {} in {:.1f} s, {:.0f} facts/s", response.facts_added(),
                     response.facts_added() == 1 ? "" : "s",
                     DescribeWrites(response.statements_added(), 0, 0, response.definitions()),
                     seconds,
                     static_cast<double>(response.facts_added()) / std::max(seconds, 1e-3));
}

void Print(Session* session, const std::string& name, const v1::LoadFileResponse& response,
           double seconds) {
  const Options& options = session->options();
  Output& out = session->out();
  switch (options.output.format) {
    default:  // kTable; the command line lets no other through.
      if (options.is_quiet) return;
      out.Write(fmt::format(
          "{}: {}\n", OneLine(name),
          response.facts_added() > 0
              ? DescribeImport(response, seconds)
              : DescribeWrites(response.statements_added(), response.statements_existing(),
                               response.statements_retracted(), response.definitions())));
      break;
    case Format::kCsv:
      out.Write(fmt::format("{},{},{},{},{},{},{}\r\n",
                            CsvField(name, options.output.guard_formulas),
                            response.statements_added(), response.statements_existing(),
                            response.statements_retracted(), response.definitions(),
                            response.facts_added(), response.rejects()));
      break;
    case Format::kJson:
    case Format::kJsonLines:
      out.Write(
          fmt::format("{{\"file\":{},\"statements_added\":{},\"statements_existing\":{},"
                      "\"statements_retracted\":{},\"definitions\":{},\"facts_added\":{},"
                      "\"rejects\":{}}}",
                      JsonString(name), response.statements_added(), response.statements_existing(),
                      response.statements_retracted(), response.definitions(),
                      response.facts_added(), response.rejects()));
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

// A file that is read as it is sent.
struct OpenInput {
  int descriptor = -1;
  std::optional<uint64_t> bytes;  // Of a file that has a size.
  ~OpenInput() {
    if (descriptor > STDIN_FILENO) close(descriptor);
  }
};

client::Error Unreadable(const std::string& name, int error_number) {
  return {grpc::StatusCode::INVALID_ARGUMENT,
          fmt::format("cannot read {}: {}", name, std::strerror(error_number)),
          client::kReasonUnreadable,
          {}};
}

client::MaybeError OpenForReading(const std::string& name, OpenInput* input) {
  input->descriptor = name == "-" ? STDIN_FILENO : open(name.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat entry {};
  if (input->descriptor < 0 || fstat(input->descriptor, &entry) != 0) {
    return Unreadable(name, errno);
  }
  if (S_ISDIR(entry.st_mode)) return Unreadable(name, EISDIR);
  if (S_ISREG(entry.st_mode)) input->bytes = static_cast<uint64_t>(entry.st_size);
  return std::nullopt;
}

// Loads the files one after another; keeps what their reports have in common.
class Loader {
 public:
  Loader(Session* session, size_t script_bytes_max)
      : session_(session),
        script_bytes_max_(script_bytes_max),
        rejects_(session->options().load_reject_path) {}

  size_t loaded() const { return loaded_; }
  // Why it has to stop, as an exit code; kExitOk to go on.
  int Load(const std::string& name);

 private:
  client::Result<v1::LoadFileResponse> Send(const v1::LoadFileOpen& open, std::istream& content,
                                            std::optional<uint64_t> bytes);
  client::Result<v1::LoadFileResponse> SendScript(const std::string& name,
                                                  const v1::LoadFileOpen& open,
                                                  std::string* script);
  client::Result<v1::LoadFileResponse> SendFile(const std::string& name,
                                                const v1::LoadFileOpen& open);
  // Says what went wrong, and what of it is in the store.
  int Fail(const std::string& name, const client::Error& error, const v1::LoadFileOpen& open,
           std::string_view script);
  int Stop(const std::string& name, int exit_code);
  int TakeRejects(const std::string& source_name, const v1::LoadFileResponse& response);

  Session* const session_;
  const size_t script_bytes_max_;
  RejectFile rejects_;
  size_t loaded_ = 0;
};

client::Result<v1::LoadFileResponse> Loader::Send(const v1::LoadFileOpen& open,
                                                  std::istream& content,
                                                  std::optional<uint64_t> bytes) {
  client::CancelSource cancel;
  const client::CallOptions call{.timeout = session_->options().timeout, .cancel = &cancel};
  const Interrupts::Scope scope(&session_->interrupts(), [&cancel] { cancel.Cancel(); });
  ProgressLine progress(session_, open.file_name(), bytes);
  return session_->connection().LoadFile(open, content, call,
                                         [&](int64_t sent) { progress.Set(sent); });
}

client::Result<v1::LoadFileResponse> Loader::SendScript(const std::string& name,
                                                        const v1::LoadFileOpen& open,
                                                        std::string* script) {
  client::Result<std::string> content =
      ReadWholeFile(name, script_bytes_max_, session_->interrupts());
  if (!content.ok()) return content.error();
  *script = std::move(*content);
  if (const std::optional<size_t> byte = client::FirstInvalidUtf8(*script)) {
    client::Error error{grpc::StatusCode::INVALID_ARGUMENT, "", client::kReasonNotUtf8, {}};
    error.diagnostics.push_back(NotUtf8(*script, *byte));
    return error;
  }
  std::istringstream stream(*script);
  return Send(open, stream, script->size());
}

client::Result<v1::LoadFileResponse> Loader::SendFile(const std::string& name,
                                                      const v1::LoadFileOpen& open) {
  OpenInput input;
  if (const client::MaybeError error = OpenForReading(name, &input)) return *error;
  InputBuffer buffer(input.descriptor, &session_->interrupts());
  std::istream content(&buffer);
  client::Result<v1::LoadFileResponse> response = Send(open, content, input.bytes);
  if (!response.ok() && buffer.failure() == EINTR) {
    return client::Error{grpc::StatusCode::CANCELLED, "interrupted", "", {}};
  }
  if (!response.ok() && buffer.failure() != 0) return Unreadable(name, buffer.failure());
  return response;
}

int Loader::Stop(const std::string& name, int exit_code) {
  if (session_->options().load_files.size() > 1) {
    session_->Say(fmt::format("{} of {} files loaded; nothing of {} is.", loaded_,
                              session_->options().load_files.size(), OneLine(name)));
  }
  return exit_code;
}

int Loader::Fail(const std::string& name, const client::Error& error, const v1::LoadFileOpen& open,
                 std::string_view script) {
  const std::string& source_name = open.file_name();
  const bool is_script = open.format() == v1::FILE_FORMAT_SLQL || source_name.ends_with(".slql");
  const std::string is_unsure = fmt::format(
      "{} is loaded whole or not at all; {}", OneLine(source_name),
      is_script ? "loading it again is safe"
                : "see which before loading it again: its statements would be there twice");
  if (error.code == grpc::StatusCode::CANCELLED && session_->interrupts().signal() != 0) {
    // The server may have committed before the cancellation reached it.
    session_->Say("interrupted: " + is_unsure);
    return session_->ExitCodeOf(error, false);
  }
  // The server may have found out that it is a script, and where it is wrong.
  std::string text(script);
  if (text.empty() && !error.diagnostics.empty()) {
    struct stat entry {};
    if (stat(name.c_str(), &entry) == 0 && S_ISREG(entry.st_mode)) {
      client::Result<std::string> content =
          ReadWholeFile(name, script_bytes_max_, session_->interrupts());
      if (content.ok()) text = std::move(*content);
    }
  }
  session_->Report(error, text, source_name);
  const int exit_code = session_->ExitCodeOf(error, false);
  if (IsRefusal(error)) return Stop(name, exit_code);
  const size_t files = session_->options().load_files.size();
  session_->Say(files > 1 ? fmt::format("{} of {} files loaded; {}", loaded_, files, is_unsure)
                          : is_unsure);
  return exit_code;
}

int Loader::TakeRejects(const std::string& source_name, const v1::LoadFileResponse& response) {
  if (response.rejects() == 0) return kExitOk;
  if (const std::optional<std::string> failure = rejects_.Add(source_name, response)) {
    session_->Say(fmt::format("error: {} is loaded, but {} records were not taken, and: {}",
                              OneLine(source_name), response.rejects(), *failure));
    return kExitIncomplete;
  }
  const bool has_all = response.first_rejects_size() == response.rejects();
  session_->Say(fmt::format(
      "{}: {} record{} not taken; {} says {} and why", OneLine(source_name), response.rejects(),
      response.rejects() == 1 ? " was" : "s were", rejects_.path(),
      has_all ? "which" : fmt::format("which the first {} are", response.first_rejects_size())));
  return kExitOk;
}

int Loader::Load(const std::string& name) {
  v1::LoadFileOpen open = session_->options().load_open;
  open.set_file_name(name == "-" ? "stdin" : name);
  // Standard input has no name that could tell.
  if (name == "-" && open.format() == v1::FILE_FORMAT_UNSPECIFIED) {
    open.set_format(v1::FILE_FORMAT_SLQL);
  }
  const auto begin = Clock::now();
  std::string script;
  client::Result<v1::LoadFileResponse> response = open.format() == v1::FILE_FORMAT_SLQL
                                                      ? SendScript(name, open, &script)
                                                      : SendFile(name, open);
  if (!response.ok()) return Fail(name, response.error(), open, script);
  Output& out = session_->out();
  if (session_->options().output.format == Format::kJson)
    out.Write(loaded_ == 0 ? "\n  " : ",\n  ");
  Print(session_, open.file_name(), *response, SecondsSince(begin));
  ++loaded_;
  return TakeRejects(open.file_name(), *response);
}

}  // namespace

int RunLoadCommand(Session* session) {
  const Options& options = session->options();
  if (const int exit_code = session->Open(); exit_code != kExitOk) return exit_code;
  // A script that is too long is told before it is read and sent, not after.
  const client::Result<v1::GetServerInfoResponse> info = session->connection().ServerInfo({});
  if (!info.ok()) {
    session->Report(info.error());
    return session->ExitCodeOf(info.error(), false);
  }
  size_t script_bytes_max = std::numeric_limits<size_t>::max() / 2;
  if (const auto limit = info->limits().find("load_bytes_max"); limit != info->limits().end()) {
    script_bytes_max = static_cast<size_t>(std::max<int64_t>(limit->second, 0));
  }
  Output& out = session->out();
  const bool is_array = options.output.format == Format::kJson;
  if (options.output.format == Format::kCsv) {
    out.Write(
        "file,statements_added,statements_existing,statements_retracted,definitions,facts_added,"
        "rejects\r\n");
  }
  if (is_array) out.Write("[");
  Loader loader(session, script_bytes_max);
  for (const std::string& name : options.load_files) {
    if (const int exit_code = loader.Load(name); exit_code != kExitOk) {
      return FinishOutput(session, exit_code);
    }
  }
  if (is_array) out.Write(loader.loaded() == 0 ? "]\n" : "\n]\n");
  return FinishOutput(session, kExitOk);
}

}  // namespace sightline::cli
