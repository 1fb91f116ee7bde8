#include "clients/cli/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "clients/cli/display_text.h"
#include "clients/cli/exit_code.h"
#include "clients/cli/terminal.h"

namespace sightline::cli {
namespace {

// What sightlined grants unless told otherwise, and the most it can be told.
constexpr std::chrono::minutes kServerTimeoutMax{10};
constexpr int64_t kSettableSecondsMax = 86'400;

client::Error UnreadableFile(const std::string& path) {
  return {grpc::StatusCode::INVALID_ARGUMENT,
          fmt::format("cannot read {}: {}", path, std::strerror(errno)),
          client::kReasonUnreadable,
          {}};
}

client::Result<std::string> ReadSmallFile(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad()) return UnreadableFile(path);
  return text;
}

const char* Environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

client::Result<client::ConnectOptions> ConnectOptionsOf(const Options& options) {
  client::ConnectOptions connect;
  if (!options.db.empty()) return connect;
  std::string file = options.token_file;
  if (file.empty()) {
    connect.token = Environment("SIGHTLINE_TOKEN");
    if (connect.token.empty()) file = Environment("SIGHTLINE_TOKEN_FILE");
  }
  if (!file.empty()) {
    client::Result<std::string> text = ReadSmallFile(file);
    if (!text.ok()) return text.error();
    connect.token = std::move(*text);
  }
  const std::string_view spaces = " \t\r\n";
  connect.token.erase(0, connect.token.find_first_not_of(spaces));
  connect.token.erase(connect.token.find_last_not_of(spaces) + 1);
  if (!options.has_tls) return connect;
  client::TlsOptions& tls = connect.tls.emplace();
  for (const auto& [path, pem] : {std::pair(&options.tls_ca_file, &tls.ca),
                                  std::pair(&options.tls_certificate_file, &tls.certificate),
                                  std::pair(&options.tls_key_file, &tls.key)}) {
    client::Result<std::string> text = ReadSmallFile(*path);
    if (!text.ok()) return text.error();
    *pem = std::move(*text);
  }
  return connect;
}

}  // namespace

Session::Session(Options options, Interrupts* interrupts)
    : options_(std::move(options)),
      interrupts_(interrupts),
      out_(STDOUT_FILENO),
      err_(STDERR_FILENO) {
  is_err_colored_ = options_.color == ColorMode::kAlways ||
                    (options_.color == ColorMode::kAuto && IsColorWelcome(STDERR_FILENO));
  // Results are data: whatever is asked of messages, a file gets no colours.
  options_.output.is_colored =
      isatty(STDOUT_FILENO) == 1 &&
      (options_.color == ColorMode::kAlways ||
       (options_.color == ColorMode::kAuto && IsColorWelcome(STDOUT_FILENO)));
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
  client::Result<client::ConnectOptions> connect = ConnectOptionsOf(options_);
  if (!connect.ok()) {
    Report(connect.error());
    return kExitUsage;
  }
  client::Result<std::unique_ptr<client::Connection>> connection =
      client::Connection::Open(address, *connect);
  if (!connection.ok()) {
    Report(connection.error());
    if (server_ != nullptr && !server_->Log().empty()) Say(server_->Log());
    return ExitCodeOf(connection.error(), false);
  }
  connection_ = std::move(*connection);
  return kExitOk;
}

int Session::Switch(const std::string& address) {
  // A token is for one server; to another it goes only when that is on this machine too, where the
  // user may have started both.
  client::Result<client::ConnectOptions> connect = ConnectOptionsOf(options_);
  if (!connect.ok()) {
    Report(connect.error());
    return kExitUsage;
  }
  client::Result<std::unique_ptr<client::Connection>> connection =
      client::Connection::Open(address, *connect);
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
  out_.EndPaging();
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
  out_.EndPaging();
  out_.Flush();
  err_.Write(DrawError(error, query_text, StyleFor(source_name)));
  err_.Flush();
}

void Session::Report(const v1::Diagnostic& diagnostic, std::string_view query_text,
                     const std::string& source_name) {
  out_.EndPaging();
  out_.Flush();
  err_.Write(DrawDiagnostic(diagnostic, query_text, StyleFor(source_name)));
  err_.Flush();
}

void Session::Say(const std::string& line) {
  out_.EndPaging();
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
