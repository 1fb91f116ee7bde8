// Session: what the commands share: the connection, the options, the terminal.

#pragma once

#include <memory>
#include <string>

#include "clients/cli/diagnostic_printer.h"
#include "clients/cli/interrupts.h"
#include "clients/cli/options.h"
#include "clients/cli/output.h"
#include "clients/cpp/connection.h"
#include "clients/cpp/embedded_server.h"

namespace sightline::cli {

// Thread safety: one thread at a time.
class Session {
 public:
  // Borrows `interrupts`, which must outlive the session.
  Session(Options options, Interrupts* interrupts);
  ~Session();

  // Connects, with --db starting the private server first. Says on standard error what went wrong.
  // Gives an exit code. A second call does nothing.
  int Open();
  // Turns to another server. On failure the session stays where it was.
  int Switch(const std::string& address);
  // Ends the private server in order. Gives an exit code.
  int Close();

  // REQUIRES: Open() has given kExitOk.
  client::Connection& connection() { return *connection_; }
  Options& options() { return options_; }
  Interrupts& interrupts() { return *interrupts_; }
  Output& out() { return out_; }
  Output& err() { return err_; }

  // Messages come after what was written before them: a pager is waited for.
  // Draws an error on standard error.
  void Report(const client::Error& error, std::string_view query_text = "",
              const std::string& source_name = "");
  void Report(const v1::Diagnostic& diagnostic, std::string_view query_text,
              const std::string& source_name);
  // A line on standard error.
  void Say(const std::string& line);
  // The exit code for a failed call, of which `rows_printed` rows had been handed on already.
  int ExitCodeOf(const client::Error& error, bool rows_printed) const;
  bool is_err_colored() const { return is_err_colored_; }

 private:
  DiagnosticStyle StyleFor(const std::string& source_name) const;

  Options options_;
  Interrupts* const interrupts_;
  Output out_;
  Output err_;
  bool is_err_colored_ = false;
  std::unique_ptr<client::EmbeddedServer> server_;
  std::unique_ptr<client::Connection> connection_;
};

}  // namespace sightline::cli
