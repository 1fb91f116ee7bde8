#include "server/admission/call_registry.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace sightline::server {
namespace {

using std::chrono::milliseconds;

TEST(CallRegistry, CutsACallWhoseClientDoesNotMove) {
  CallRegistry calls(milliseconds(30), milliseconds(5));
  std::atomic<int> cut{0};
  const auto stalled = calls.Add([&cut] { cut.fetch_add(1); });
  stalled->WaitForClient();
  while (cut.load() == 0) std::this_thread::sleep_for(milliseconds(1));
  std::this_thread::sleep_for(milliseconds(60));
  EXPECT_EQ(cut.load(), 1);  // Once.
  calls.Remove(stalled);
}

TEST(CallRegistry, LeavesACallAloneThatWorksOrWhoseClientMoves) {
  CallRegistry calls(milliseconds(200), milliseconds(5));
  std::atomic<int> cut{0};
  const auto working = calls.Add([&cut] { cut.fetch_add(1); });
  const auto moving = calls.Add([&cut] { cut.fetch_add(1); });
  for (int i = 0; i < 30; ++i) {
    moving->WaitForClient();
    std::this_thread::sleep_for(milliseconds(10));
    moving->ClientMoved();
  }
  EXPECT_EQ(cut.load(), 0);
  calls.Remove(working);
  calls.Remove(moving);
}

TEST(CallRegistry, ACallMayRemoveItselfWhileItIsCut) {
  CallRegistry calls(milliseconds(5), milliseconds(2));
  std::shared_ptr<RegisteredCall> call;
  std::atomic<bool> removed{false};
  call = calls.Add([&] {
    calls.Remove(call);
    removed.store(true);
  });
  call->WaitForClient();
  while (!removed.load()) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_EQ(calls.running(), 0u);
}

TEST(CallRegistry, TheIdlestResultMakesRoom) {
  CallRegistry registry(std::chrono::seconds(60), std::chrono::seconds(60));
  std::string cut;
  std::vector<std::shared_ptr<RegisteredCall>> calls;
  for (const char name : {'a', 'b', 'c', 'd'}) {
    calls.push_back(registry.Add([&cut, name] { cut += name; }));
    if (name != 'a') calls.back()->OpenResult();
    if (name != 'b') calls.back()->WaitForClient();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  // None has waited for so long.
  EXPECT_FALSE(registry.CutIdlestResult(std::chrono::seconds(60)));
  // a has no result, b does not wait.
  EXPECT_TRUE(registry.CutIdlestResult(std::chrono::milliseconds(1)));
  EXPECT_TRUE(registry.CutIdlestResult(std::chrono::milliseconds(1)));
  EXPECT_FALSE(registry.CutIdlestResult(std::chrono::milliseconds(1)));
  EXPECT_EQ(cut, "cd");
  for (const auto& call : calls) registry.Remove(call);
}

TEST(CallRegistry, WaitsUntilIdle) {
  CallRegistry calls(milliseconds(10'000), milliseconds(10'000));
  EXPECT_TRUE(calls.WaitIdle(milliseconds(0)));
  const auto call = calls.Add([] {});
  EXPECT_FALSE(calls.WaitIdle(milliseconds(10)));
  std::thread later([&] {
    std::this_thread::sleep_for(milliseconds(20));
    calls.Remove(call);
  });
  EXPECT_TRUE(calls.WaitIdle(milliseconds(10'000)));
  later.join();
}

}  // namespace
}  // namespace sightline::server
