// EmbeddedServer with shell scripts in the server's place; tests/e2e runs the real one.

#include "clients/cpp/embedded_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sightline::client {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class EmbeddedServerTest : public testing::Test {
 protected:
  EmbeddedServerTest() {
    char folder[] = "/tmp/sightline-test-XXXXXX";
    folder_ = mkdtemp(folder);
    // The private folders go here, where the test can count them.
    setenv("TMPDIR", folder_.c_str(), 1);
  }
  ~EmbeddedServerTest() override {
    unsetenv("TMPDIR");
    std::filesystem::remove_all(folder_);
  }

  // The words of `script` see the server's arguments as "$@".
  EmbeddedServerOptions OptionsFor(const std::string& script) {
    const std::string program = folder_ + "/program";
    std::ofstream(program) << "#!/bin/sh\n" << script << "\n";
    chmod(program.c_str(), 0700);
    EmbeddedServerOptions options;
    options.data_dir = folder_ + "/store";
    options.program = program;
    return options;
  }
  size_t PrivateFolders() const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      count += entry.is_directory() ? 1 : 0;
    }
    return count;
  }

  std::string folder_;
};

constexpr char kReadyThenWait[] =
    "echo \"$@\" > \"$0.arguments\"\n"
    "trap 'exit 0' TERM\n"
    "echo sightlined ready: listening on \"$4\"\n"
    "while true; do sleep 0.01; done";

TEST_F(EmbeddedServerTest, StartsAndStops) {
  EmbeddedServerOptions options = OptionsFor(kReadyThenWait);
  options.arguments = {"--clearance", "AMBER"};
  Result<std::unique_ptr<EmbeddedServer>> server = EmbeddedServer::Start(options);
  ASSERT_TRUE(server.ok()) << server.error().message;
  EXPECT_THAT((*server)->address(), StartsWith("unix:" + folder_ + "/sightline-"));
  struct stat entry {};
  const std::string socket = (*server)->address().substr(5);
  ASSERT_EQ(stat(std::filesystem::path(socket).parent_path().c_str(), &entry), 0);
  EXPECT_EQ(entry.st_mode & 0777, 0700u);
  std::string arguments;
  std::getline(std::ifstream(options.program + ".arguments"), arguments);
  EXPECT_EQ(arguments, "--data " + options.data_dir + " --listen " + (*server)->address() +
                           " --exit-with-parent --parent-pid " + std::to_string(getpid()) +
                           " --clearance AMBER");
  const pid_t pid = (*server)->pid();
  EXPECT_EQ((*server)->Stop(), std::nullopt);
  EXPECT_NE(kill(pid, 0), 0) << "the process is still there";
  EXPECT_EQ((*server)->Stop(), std::nullopt);
  server->reset();
  EXPECT_EQ(PrivateFolders(), 0u);
}

TEST_F(EmbeddedServerTest, PassesOnWhatAServerThatRefusesSays) {
  const auto server =
      EmbeddedServer::Start(OptionsFor("echo 'sightlined: the store is in use' >&2; exit 3"));
  ASSERT_FALSE(server.ok());
  EXPECT_EQ(server.error().reason, kReasonNotStarted);
  EXPECT_EQ(server.error().message, "sightlined: the store is in use");
  EXPECT_EQ(PrivateFolders(), 0u);
}

TEST_F(EmbeddedServerTest, TellsTheExitCodeOfASilentServer) {
  const auto server = EmbeddedServer::Start(OptionsFor("exit 7"));
  ASSERT_FALSE(server.ok());
  EXPECT_THAT(server.error().message, HasSubstr("exit code 7"));
}

TEST_F(EmbeddedServerTest, GivesUpOnAServerThatDoesNotGetReady) {
  EmbeddedServerOptions options = OptionsFor("while true; do sleep 0.01; done");
  options.start_timeout = std::chrono::milliseconds(200);
  const auto server = EmbeddedServer::Start(options);
  ASSERT_FALSE(server.ok());
  EXPECT_THAT(server.error().message, HasSubstr("was not ready"));
  EXPECT_EQ(PrivateFolders(), 0u);
}

TEST_F(EmbeddedServerTest, GivesUpWhenAsked) {
  EmbeddedServerOptions options = OptionsFor("while true; do sleep 0.01; done");
  options.should_give_up = [] { return true; };
  const auto server = EmbeddedServer::Start(options);
  ASSERT_FALSE(server.ok());
  EXPECT_EQ(server.error().code, grpc::StatusCode::CANCELLED);
}

TEST_F(EmbeddedServerTest, KillsAServerThatDoesNotStop) {
  EmbeddedServerOptions options = OptionsFor(
      "trap '' TERM\necho sightlined ready: listening on \"$4\"\nwhile true; do sleep 0.01; done");
  options.stop_timeout = std::chrono::milliseconds(200);
  Result<std::unique_ptr<EmbeddedServer>> server = EmbeddedServer::Start(options);
  ASSERT_TRUE(server.ok());
  const MaybeError error = (*server)->Stop();
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->message, HasSubstr("was killed"));
}

TEST_F(EmbeddedServerTest, ReportsAServerThatDied) {
  Result<std::unique_ptr<EmbeddedServer>> server = EmbeddedServer::Start(OptionsFor(
      "trap '' TERM\necho sightlined ready: listening on \"$4\"\necho 'disk gone' >&2\nexit 5"));
  ASSERT_TRUE(server.ok());
  const MaybeError error = (*server)->Stop();
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->message, HasSubstr("disk gone"));
  EXPECT_THAT(error->message, HasSubstr("exit code 5"));
}

TEST_F(EmbeddedServerTest, TurnsToTmpWhenThePathIsTooLongForASocket) {
  const std::string deep = folder_ + "/" + std::string(100, 'd');
  std::filesystem::create_directory(deep);
  setenv("TMPDIR", deep.c_str(), 1);
  Result<std::unique_ptr<EmbeddedServer>> server =
      EmbeddedServer::Start(OptionsFor(kReadyThenWait));
  ASSERT_TRUE(server.ok()) << server.error().message;
  EXPECT_THAT((*server)->address(), StartsWith("unix:/tmp/sightline-"));
}

TEST_F(EmbeddedServerTest, SaysThatAProgramIsMissing) {
  EmbeddedServerOptions options;
  options.program = folder_ + "/no-such-program";
  const auto server = EmbeddedServer::Start(options);
  ASSERT_FALSE(server.ok());
  EXPECT_THAT(server.error().message, HasSubstr("no-such-program"));
}

TEST_F(EmbeddedServerTest, FindsTheProgramOnThePath) {
  const EmbeddedServerOptions options = OptionsFor("");
  std::filesystem::rename(options.program, folder_ + "/sightlined");
  const std::string path = getenv("PATH");
  setenv("PATH", ("/nowhere::" + folder_).c_str(), 1);
  const std::string found = FindServerProgram();
  setenv("PATH", path.c_str(), 1);
  // In a full build the real one lies beside this test and comes first.
  EXPECT_THAT(found, testing::AnyOf(folder_ + "/sightlined", testing::EndsWith("bin/sightlined")));
}

}  // namespace
}  // namespace sightline::client
