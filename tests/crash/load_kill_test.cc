// kill -9 while a file is being loaded leaves the whole file or nothing, and every acknowledged
// file.
//
// SIGHTLINE_KILL_CYCLES says how many kills, however long they take.

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "tests/e2e/server_client.h"
#include "tests/e2e/sightlined_process.h"
#include "tests/support/temp_directory.h"

namespace sightline::test {
namespace {

constexpr int kStatementsAFile = 400;
constexpr int kCycles = 12;
// Of the normal run, in which a slow machine does fewer cycles.
constexpr auto kTimeMax = std::chrono::seconds(45);

std::string FileOf(int cycle) {
  std::string script =
      "DEFINE CLASS Company;\nDEFINE PREDICATE batch FROM Company TO INTEGER ONE;\n";
  for (int i = 0; i < kStatementsAFile; ++i) {
    const std::string id = std::to_string(cycle) + "-" + std::to_string(i);
    script += "ASSERT (#org/c" + id + " :Company {name: \"Company " + id +
              "\", batch: " + std::to_string(cycle) + "}) ACCORDING TO #org/voice;\n";
  }
  return script;
}

// How many companies of this cycle's file there are.
int64_t CountOf(ServerClient* client, int cycle) {
  const QueryResult result = client->Query(
      "MATCH (c:Company) WHERE c.batch = " + std::to_string(cycle) + " RETURN count(*) AS n");
  if (!result.status.ok()) {
    // The definitions are in the file as well: nothing of the first one is there.
    EXPECT_EQ(DetailsOf(result.status).info.reason(), "SL2011") << result.status.error_message();
    return 0;
  }
  return std::stoll(result.Cells(0).at(0));
}

TEST(LoadKill, LeavesTheWholeFileOrNothing) {
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
  const TempDirectory directory;
  const auto start = std::chrono::steady_clock::now();
  int whole = 0, nothing = 0, cycles = 0;
  std::chrono::microseconds load_time(0);
  const char* const cycles_text = std::getenv("SIGHTLINE_KILL_CYCLES");
  const int cycles_max = cycles_text != nullptr ? std::atoi(cycles_text) : kCycles;
  for (int cycle = 0; cycle < cycles_max; ++cycle) {
    const bool is_late = std::chrono::steady_clock::now() - start > kTimeMax;
    if (cycles_text == nullptr && is_late) break;
    ++cycles;
    int exit_code = 0;
    std::string errors;
    auto server =
        SightlinedProcess::Start(SIGHTLINED, directory.Child("store"),
                                 {"--listen", "unix:" + directory.Child("s")}, &exit_code, &errors);
    ASSERT_NE(server, nullptr) << exit_code << " " << errors;
    bool acknowledged = false;
    std::chrono::microseconds delay(0);
    // The first one is left in peace, to learn how long a load takes.
    if (cycle > 0) {
      delay = std::chrono::microseconds(
          std::uniform_int_distribution<long>(0, load_time.count() * 5 / 4)(random));
    }
    std::thread killer;
    {
      ServerClient client(server->address());
      // Connected before the clock starts.
      ASSERT_EQ(client.Health(), 1);
      if (cycle > 0) {
        killer = std::thread([&server, delay] {
          std::this_thread::sleep_for(delay);
          server->Signal(SIGKILL);
        });
      }
      v1::BulkLoadResult response;
      const auto load_start = std::chrono::steady_clock::now();
      acknowledged = client.Load(FileOf(cycle), &response).ok();
      if (cycle == 0) {
        ASSERT_TRUE(acknowledged);
        load_time = std::chrono::duration_cast<std::chrono::microseconds>(
            std::chrono::steady_clock::now() - load_start);
      }
    }
    if (killer.joinable()) killer.join();
    server.reset();  // Kills the first one, too.

    server =
        SightlinedProcess::Start(SIGHTLINED, directory.Child("store"),
                                 {"--listen", "unix:" + directory.Child("s")}, &exit_code, &errors);
    ASSERT_NE(server, nullptr) << exit_code << " " << errors;
    ServerClient client(server->address());
    const int64_t count = CountOf(&client, cycle);
    if (acknowledged) {
      EXPECT_EQ(count, kStatementsAFile) << "cycle " << cycle;
    } else {
      EXPECT_TRUE(count == 0 || count == kStatementsAFile) << "cycle " << cycle << ": " << count;
    }
    count == 0 ? ++nothing : ++whole;
    EXPECT_EQ(CountOf(&client, 0), kStatementsAFile);
  }
  RecordProperty("cycles", cycles);
  RecordProperty("whole", whole);
  RecordProperty("nothing", nothing);
  // Else the kills came too late to prove anything. Three in four come within a load's time.
  EXPECT_GT(nothing, 0) << cycles << " cycles";
}

}  // namespace
}  // namespace sightline::test
