#include "clients/cli/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "clients/cli/display_text.h"
#include "clients/cli/exit_code.h"

namespace sightline::cli {
namespace {

// What sightlined grants unless told otherwise, and the most it can be told.
constexpr std::chrono::minutes kServerTimeoutMax{10};
constexpr int64_t kSettableSecondsMax = 86'400;

}  // namespace

Session::Session(Options options, Interrupts* interrupts)
    : options_(std::move(options)),
      interrupts_(interrupts),
      out_(STDOUT_FILENO),
      err_(STDERR_FILENO) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool is_color_welcome = (no_color == nullptr || *no_color == '\0') && terminal != nullptr &&
                                std::string_view(terminal) != "dumb" && isatty(STDERR_FILENO) == 1;
  is_err_colored_ = options_.color == ColorMode::kAlways ||
                    (options_.color == ColorMode::kAuto && is_color_welcome);
}

Session::~Session() { Close(); }

int Session::Open() {
  if (connection_ != nullptr) return kExitOk;
  std::string address = options_.server;
  if (!options_.db.empty()) {
    client::EmbeddedServerOptions options;
    options.data_dir = options_.db;
    options.arguments = options_.server_arguments;
    // A mistyped folder is to be told, not to be answered from an empty store.
    const bool may_create = !options_.is_read_only && (options_.command == Command::kLoad ||
                                                       options_.command == Command::kShell);
    if (!may_create) options.arguments.emplace_back("--no-create");
    // One's own server grants what this command asks for, also beyond a server's usual limit.
    if (options_.timeout && *options_.timeout > kServerTimeoutMax) {
      const auto seconds = std::chrono::ceil<std::chrono::seconds>(*options_.timeout);
      options.arguments.emplace_back("--query-seconds-max");
      options.arguments.push_back(
          std::to_string(std::min<int64_t>(seconds.count(), kSettableSecondsMax)));
    }
    options.should_give_up = [this] { return interrupts_->signal() != 0; };
    client::Result<std::unique_ptr<client::EmbeddedServer>> server =
        client::EmbeddedServer::Start(options);
    if (!server.ok()) {
      Report(server.error());
      return ExitCodeOf(server.error(), false);
    }
    server_ = std::move(*server);
    address = server_->address();
  }
  client::Result<std::unique_ptr<client::Connection>> connection =
      client::Connection::Open(address, {});
  if (!connection.ok()) {
    Report(connection.error());
    if (server_ != nullptr && !server_->Log().empty()) Say(server_->Log());
    return ExitCodeOf(connection.error(), false);
  }
  connection_ = std::move(*connection);
  return kExitOk;
}

int Session::Switch(const std::string& address) {
  client::Result<std::unique_ptr<client::Connection>> connection =
      client::Connection::Open(address, {});
  if (!connection.ok()) {
    Report(connection.error());
    return ExitCodeOf(connection.error(), false);
  }
  Close();
  connection_ = std::move(*connection);
  options_.server = address;
  options_.db.clear();
  return kExitOk;
}

int Session::Close() {
  out_.Flush();
  err_.Flush();
  connection_.reset();
  int exit_code = kExitOk;
  if (server_ != nullptr) {
    if (const client::MaybeError error = server_->Stop()) {
      Report(*error);
      exit_code = kExitNoServer;
    }
    server_.reset();
  }
  return exit_code;
}

DiagnosticStyle Session::StyleFor(const std::string& source_name) const {
  return {.is_colored = is_err_colored_, .source_name = source_name};
}

void Session::Report(const client::Error& error, std::string_view query_text,
                     const std::string& source_name) {
  out_.Flush();
  err_.Write(DrawError(error, query_text, StyleFor(source_name)));
  err_.Flush();
}

void Session::Report(const v1::Diagnostic& diagnostic, std::string_view query_text,
                     const std::string& source_name) {
  out_.Flush();
  err_.Write(DrawDiagnostic(diagnostic, query_text, StyleFor(source_name)));
  err_.Flush();
}

void Session::Say(const std::string& line) {
  out_.Flush();
  err_.Write(line + "\n");
  err_.Flush();
}

int Session::ExitCodeOf(const client::Error& error, bool rows_printed) const {
  if (error.code == grpc::StatusCode::CANCELLED && interrupts_->signal() != 0) {
    return kExitSignalBase + interrupts_->signal();
  }
  if (error.reason == client::kReasonBadAddress) return kExitUsage;
  if (error.reason == client::kReasonIncomplete || error.reason == client::kReasonMalformed) {
    return kExitIncomplete;
  }
  if (error.code == grpc::StatusCode::UNAVAILABLE) {
    return rows_printed ? kExitIncomplete : kExitNoServer;
  }
  return kExitRefused;
}

}  // namespace sightline::cli
