// Session: what a conformance file runs against. The engine in this process, or the real server
// over gRPC; the same files, and the same rows to the byte.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "storage/base/status.h"

namespace sightline::conformance {

struct User {
  std::string clearance = "TLP:CLEAR";
  std::string authorizations;  // Comma-separated.
};

// What a query gave. A failure is an outcome too: files expect it.
struct Outcome {
  std::vector<std::string> columns;
  std::vector<std::string> rows;     // Cells apart by a tab, each as cell_text.h renders it.
  std::vector<std::string> notices;  // Codes, in order.
  std::string error_code;            // "SL2011"; empty when it went well.
  std::string error_place;           // "line:column"
  std::string error_text;
};

class Session {
 public:
  virtual ~Session() = default;
  // `parameters`: name -> JSON text, or "#id" for an entity.
  virtual Outcome Run(const std::string& text,
                      const std::map<std::string, std::string>& parameters) = 0;
  virtual Status SetUser(const User& user) = 0;
  // kUnimplemented where the session has no say over the time.
  virtual Status SetClock(const std::string& instant) = 0;
  virtual Status Restart() = 0;
};

struct SessionKind {
  std::string name;
  bool same_text = true;  // Scripts run as they are written, so that places in errors are theirs.
  std::function<StatusOr<std::unique_ptr<Session>>()> open = nullptr;  // Over a fresh store.
};

// What every file is run against: engine_session.cc and server_session.cc each say it for their
// program.
std::vector<SessionKind> SessionKinds();

}  // namespace sightline::conformance
