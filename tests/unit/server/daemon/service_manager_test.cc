#include "server/daemon/service_manager.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/support/temp_directory.h"

namespace sightline::server {
namespace {

// A socket as a service manager has it.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& name) {
    descriptor_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    EXPECT_EQ(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address),
                     static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())),
              0);
  }
  ~NotifySocket() { ::close(descriptor_); }

  // Empty when nothing has come.
  std::string Received() const {
    char buffer[500];
    const ssize_t count = ::recv(descriptor_, buffer, sizeof(buffer), 0);
    return count < 0 ? "" : std::string(buffer, static_cast<size_t>(count));
  }

 private:
  int descriptor_ = -1;
};

TEST(ServiceManager, IsTold) {
  const test::TempDirectory directory;
  for (const std::string& name :
       {directory.Child("notify"), "@sightline-test-" + std::to_string(::getpid())}) {
    const NotifySocket socket(name);
    const ServiceManager manager(name, std::nullopt);
    manager.TellReady("listening on 127.0.0.1:7432");
    EXPECT_EQ(socket.Received(), "READY=1\nSTATUS=listening on 127.0.0.1:7432");
    manager.TellAlive();
    EXPECT_EQ(socket.Received(), "WATCHDOG=1");
    manager.TellStopping();
    EXPECT_EQ(socket.Received(), "STOPPING=1\nSTATUS=stopping");
  }
}

TEST(ServiceManager, WhereThereIsNoneNobodyIsTold) {
  ServiceManager("", std::nullopt).TellReady("ready");
  ServiceManager("/nowhere/at/all", std::nullopt).TellReady("ready");
  ServiceManager(std::string(200, 'x'), std::nullopt).TellReady("ready");
}

TEST(ServiceManager, TheWatchdogIsHeardTwiceAPeriod) {
  ::setenv("NOTIFY_SOCKET", "@x", 1);
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  EXPECT_EQ(ServiceManager::FromEnvironment().alive_every(), std::chrono::seconds(15));
  // That is for another process.
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_FALSE(ServiceManager::FromEnvironment().alive_every().has_value());
  ::unsetenv("WATCHDOG_PID");
  ::setenv("WATCHDOG_USEC", "soon", 1);
  EXPECT_FALSE(ServiceManager::FromEnvironment().alive_every().has_value());
  ::unsetenv("WATCHDOG_USEC");
  ::unsetenv("NOTIFY_SOCKET");
}

}  // namespace
}  // namespace sightline::server
