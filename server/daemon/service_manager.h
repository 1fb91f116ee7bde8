// ServiceManager: tells the program that looks after services (systemd, or another that knows its
// protocol) how this one does: a datagram to the socket $NOTIFY_SOCKET, as sd_notify(3) describes
// it. Where there is none, nothing is told.
//
// Thread safety: safe from any thread.

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sightline::server {

class ServiceManager {
 public:
  // Of this process, from $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID.
  static ServiceManager FromEnvironment();
  // `socket`: a path, or '@' and a name in Linux's abstract namespace; empty: nobody is told.
  ServiceManager(std::string socket, std::optional<std::chrono::microseconds> watchdog)
      : socket_(std::move(socket)), watchdog_(watchdog) {}

  // It answers; `status` is a line for people.
  void TellReady(std::string_view status) const;
  void TellStopping() const;
  void TellAlive() const;

  // How often TellAlive is to be called; none: not at all. Half of what the service manager waits
  // before it takes the process for stuck and starts it anew.
  std::optional<std::chrono::microseconds> alive_every() const {
    if (!watchdog_) return std::nullopt;
    return *watchdog_ / 2;
  }

 private:
  void Send(std::string_view message) const;

  const std::string socket_;
  const std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace sightline::server
