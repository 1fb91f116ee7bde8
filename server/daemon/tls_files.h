// TlsFiles: the PEM files of TLS, and what is made of them while they change.
//
// Thread safety: safe from any thread.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "server/acceptor/tls_context.h"
#include "storage/base/mutex.h"
#include "storage/base/periodic_thread.h"
#include "storage/base/status.h"

namespace sightline::server {

struct TlsPaths {
  std::string certificate, key;
  std::string client_ca;  // Empty: clients need no certificate.
};

// Errors: kInvalidArgument for a file that cannot be read, and a key that others than its owner may
// read.
StatusOr<TlsPem> ReadTlsFiles(const TlsPaths& paths);

class TlsFiles {
 public:
  // Told when what is in the files has changed: OK when it counts from now on, else why what was
  // there before goes on. From the watch's thread, or LookNow's.
  using OnChange = std::function<void(const Status& status)>;

  // Reads them, and looks at them again every `interval` while it lives. Errors: as ReadTlsFiles,
  // and as TlsContext::Make.
  static StatusOr<std::unique_ptr<TlsFiles>> Open(TlsPaths paths,
                                                  std::chrono::milliseconds interval,
                                                  OnChange on_change);
  // For the next connection: made of the files as they were when they last went together.
  std::shared_ptr<const TlsContext> Current() const;
  void LookNow();

 private:
  TlsFiles(TlsPaths paths, TlsPem pem, std::shared_ptr<const TlsContext> context,
           std::chrono::milliseconds interval, OnChange on_change);

  const TlsPaths paths_;
  const OnChange on_change_;
  storage::Mutex look_mutex_;  // One look at a time; taken before mutex_.
  TlsPem pem_ SL_GUARDED_BY(look_mutex_);
  std::string trouble_ SL_GUARDED_BY(look_mutex_);  // What was last told of.
  mutable storage::Mutex mutex_;
  std::shared_ptr<const TlsContext> context_ SL_GUARDED_BY(mutex_);
  storage::PeriodicThread thread_;
};

}  // namespace sightline::server
