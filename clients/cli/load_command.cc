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
  // So much of the file has the server.
  void SetReceived(int64_t bytes) {
    if (!begin_bytes_) begin_bytes_ = bytes;
    Show(false, [&] { return Describe("sent", bytes, bytes_); });
  }
  // It has all of it, and loads it.
  void SetStage(const v1::BulkLoadProgress& progress) {
    const bool is_new = progress.stage() != stage_;
    if (is_new) {
      stage_ = progress.stage();
      begin_ = Clock::now();
      begin_bytes_ = 0;
    }
    Show(is_new, [&]() -> std::string {
      switch (progress.stage()) {
        case v1::BULK_LOAD_STAGE_WAITING:
          return "sent; waits for other writers";
        case v1::BULK_LOAD_STAGE_READING:
          return Describe("read", progress.done(), static_cast<uint64_t>(progress.total()));
        case v1::BULK_LOAD_STAGE_TERMS:
          return "merging terms" + Share(progress);
        case v1::BULK_LOAD_STAGE_SORTING:
          return "sorting facts" + Share(progress);
        case v1::BULK_LOAD_STAGE_WRITING:
          return "writing blocks";
        default:
          return "committing";
      }
    });
  }

 private:
  template <typename Text>
  void Show(bool is_due, const Text& text) {
    if (!is_shown_) return;
    const auto now = Clock::now();
    if (!is_due && now - drawn_at_ < std::chrono::milliseconds(100)) return;
    drawn_at_ = now;
    is_drawn_ = true;
    Draw(fmt::format("\r\x1b[K{}: {}", name_, text()));
  }
  static std::string Share(const v1::BulkLoadProgress& progress) {
    if (progress.total() <= 0) return "";
    return fmt::format(", {} %", 100 * progress.done() / progress.total());
  }
  std::string Describe(const char* verb, int64_t bytes, std::optional<uint64_t> total) const {
    const auto done = static_cast<double>(bytes);
    const double rate = (done - static_cast<double>(begin_bytes_.value_or(0))) /
                        std::max(SecondsSince(begin_), 0.001);
    const std::string done_and_rate =
        fmt::format("{} {}, {}/s", ByteText(done), verb, ByteText(rate));
    if (!total || *total == 0) return done_and_rate;
    const auto all = static_cast<double>(*total);
    return fmt::format("{:.0f} % of {}, {}, {:.0f} s left", 100 * done / all, ByteText(all),
                       done_and_rate, (all - done) / std::max(rate, 1.0));
  }
  void Draw(const std::string& text) {
    session_->err().Write(text);
    session_->err().Flush();
  }

  Session* const session_;
  const std::string name_;
  const std::optional<uint64_t> bytes_;
  Clock::time_point begin_ = Clock::now();
  std::optional<int64_t> begin_bytes_;  // What was there already.
  v1::BulkLoadStage stage_ = v1::BULK_LOAD_STAGE_UNSPECIFIED;
  bool is_shown_ = false;
  bool is_drawn_ = false;
  Clock::time_point drawn_at_{};
};

// "1083766 facts, 1 statement added, 86 definitions in 8.2 s, 132165 facts/s".
std::string DescribeImport(const v1::BulkLoadResult& response, double seconds) {
  return fmt::format("{} fact{}, {} in {:.1f} s, {:.0f} facts/s", response.facts_added(),
                     response.facts_added() == 1 ? "" : "s",
                     DescribeWrites(response.statements_added(), 0, 0, response.definitions()),
                     seconds,
                     static_cast<double>(response.facts_added()) / std::max(seconds, 1e-3));
}

void Print(Session* session, const std::string& name, const v1::BulkLoadResult& response,
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
// may have been committed before its acknowledgement was lost: its load_id tells.
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

// As gzip (RFC 1952) or Zstandard (RFC 8878) data begins, which the server decompresses.
bool IsCompressed(std::string_view content) {
  return content.starts_with("\x1f\x8b") || content.starts_with("\x28\xb5\x2f\xfd");
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
  client::Result<v1::BulkLoadResult> Send(const v1::BulkLoadOpen& open, std::istream& content,
                                          std::optional<uint64_t> bytes);
  client::Result<v1::BulkLoadResult> SendScript(const std::string& name,
                                                const v1::BulkLoadOpen& open, std::string* script);
  client::Result<v1::BulkLoadResult> SendFile(const std::string& name,
                                              const v1::BulkLoadOpen& open);
  // Says what went wrong, and what of it is in the store.
  int Fail(const std::string& name, const client::Error& error, const v1::BulkLoadOpen& open,
           std::string_view script);
  int Stop(const std::string& name, int exit_code);
  int TakeRejects(const std::string& source_name, const v1::BulkLoadResult& response);

  Session* const session_;
  const size_t script_bytes_max_;
  RejectFile rejects_;
  size_t loaded_ = 0;
};

client::Result<v1::BulkLoadResult> Loader::Send(const v1::BulkLoadOpen& open, std::istream& content,
                                                std::optional<uint64_t> bytes) {
  client::CancelSource cancel;
  const client::CallOptions call{.timeout = session_->options().timeout, .cancel = &cancel};
  const Interrupts::Scope scope(&session_->interrupts(), [&cancel] { cancel.Cancel(); });
  ProgressLine progress(session_, open.file_name(), bytes);
  rejects_.Begin(open.file_name());
  client::LoadOptions options;
  // A private server that has died is not started again by anyone.
  if (!session_->options().db.empty()) options.away_max = std::chrono::milliseconds(0);
  options.listeners.on_received = [&](int64_t received) { progress.SetReceived(received); };
  options.listeners.on_progress = [&](const v1::BulkLoadProgress& p) { progress.SetStage(p); };
  options.listeners.on_reject = [&](const v1::RejectedRecord& record) { rejects_.Add(record); };
  options.listeners.on_restart = [&] { rejects_.Restart(); };
  return session_->connection().BulkLoad(open, content, call, options);
}

client::Result<v1::BulkLoadResult> Loader::SendScript(const std::string& name,
                                                      const v1::BulkLoadOpen& open,
                                                      std::string* script) {
  client::Result<std::string> content =
      ReadWholeFile(name, script_bytes_max_, session_->interrupts());
  if (!content.ok()) return content.error();
  if (IsCompressed(*content)) {
    std::istringstream stream(std::move(*content));
    return Send(open, stream, std::nullopt);
  }
  *script = std::move(*content);
  if (const std::optional<size_t> byte = client::FirstInvalidUtf8(*script)) {
    client::Error error{grpc::StatusCode::INVALID_ARGUMENT, "", client::kReasonNotUtf8, {}};
    error.diagnostics.push_back(NotUtf8(*script, *byte));
    return error;
  }
  std::istringstream stream(*script);
  return Send(open, stream, script->size());
}

client::Result<v1::BulkLoadResult> Loader::SendFile(const std::string& name,
                                                    const v1::BulkLoadOpen& open) {
  OpenInput input;
  if (const client::MaybeError error = OpenForReading(name, &input)) return *error;
  InputBuffer buffer(input.descriptor, &session_->interrupts());
  std::istream content(&buffer);
  client::Result<v1::BulkLoadResult> response = Send(open, content, input.bytes);
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

int Loader::Fail(const std::string& name, const client::Error& error, const v1::BulkLoadOpen& open,
                 std::string_view script) {
  const std::string& source_name = open.file_name();
  const std::string is_unsure =
      fmt::format("{} is loaded whole or not at all; to go on where it was, add --load-id {}",
                  OneLine(source_name), open.load_id());
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
      if (content.ok() && !IsCompressed(*content)) text = std::move(*content);
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

int Loader::TakeRejects(const std::string& source_name, const v1::BulkLoadResult& result) {
  if (result.missed_circles()) {
    session_->Say(
        fmt::format("{}: there are more kinds or parts than circles were looked for among (SL6007)",
                    OneLine(source_name)));
  }
  if (result.rejects() == 0) return kExitOk;
  if (!rejects_.failure().empty()) {
    session_->Say(fmt::format("error: {} is loaded, but {} records were not taken, and: {}",
                              OneLine(source_name), result.rejects(), rejects_.failure()));
    return kExitIncomplete;
  }
  // After a load that had been done before nobody tells any more which they were.
  const bool has_all = rejects_.count() == result.rejects();
  session_->Say(fmt::format("{}: {} record{} not taken{}", OneLine(source_name), result.rejects(),
                            result.rejects() == 1 ? " was" : "s were",
                            has_all ? fmt::format("; {} says which and why", rejects_.path())
                                    : ", as the first attempt has told"));
  return kExitOk;
}

int Loader::Load(const std::string& name) {
  v1::BulkLoadOpen open = session_->options().load_open;
  open.set_file_name(name == "-" ? "stdin" : name);
  if (open.load_id().empty()) open.set_load_id(client::NewLoadId());
  // Standard input has no name that could tell.
  if (name == "-" && open.format() == v1::FILE_FORMAT_UNSPECIFIED) {
    open.set_format(v1::FILE_FORMAT_SLQL);
  }
  const auto begin = Clock::now();
  std::string script;
  client::Result<v1::BulkLoadResult> response = open.format() == v1::FILE_FORMAT_SLQL
                                                    ? SendScript(name, open, &script)
                                                    : SendFile(name, open);
  if (!response.ok()) return Fail(name, response.error(), open, script);
  Output& out = session_->out();
  if (session_->options().output.format == Format::kJson)
    out.Write(loaded_ == 0 ? "\n  " : ",\n  ");
  Print(session_, open.file_name(), *response, SecondsSince(begin));
  ++loaded_;
  if (response->replayed()) {
    session_->Say(fmt::format("{}: it had been loaded already; nothing was added now",
                              OneLine(open.file_name())));
  }
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
