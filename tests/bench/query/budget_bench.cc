// What a query that asks too much does to others, and how soon it is stopped.
//
//   query_budget_bench [--seconds=3] [--only=NAME] [--copies=1]
//
// For each of them: how it ended and when, how late it ended when it was cancelled, and how long a
// point query took beside it (median and 99th percentile), against the same point query alone. The
// issue's figures: cancelled within 50 ms; the other client's p99 at most doubles. For the sort,
// which is to finish, also the most memory that the process held. `copies` of a query run at once:
// with as many as there are cores, the point query finds none idle.

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "query/engine.h"
#include "tests/support/test_store.h"

namespace sightline::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Heavy {
  std::string_view name;
  std::string text;
  bool finishes = false;
};

double MillisSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// A thousand depots in a ring with leaps, and a hub of which each spoke knows each.
void Fill(test::TestStore* store) {
  store->DefineClass("Depot");
  for (int i = 0; i < 1000; ++i) {
    const std::string from = "depot/" + std::to_string(i);
    store->Say("org/desk", from, "instanceOf", store->Entity("Depot"));
    for (const int step : {1, 7, 31, 111}) {
      store->Say("org/desk", from, "shipsTo", "depot/" + std::to_string((i + step) % 1000));
    }
  }
  for (int i = 0; i < 40; ++i) {
    const std::string from = "spoke/" + std::to_string(i);
    store->Say("org/desk", "hub", "links", from);
    for (int j = 0; j < 40; ++j) {
      if (i != j) store->Say("org/desk", from, "links", "spoke/" + std::to_string(j));
    }
  }
  store->Commit();
}

std::vector<Heavy> HeavyQueries() {
  std::string bomb = "a{50}";
  for (int i = 0; i < 4; ++i) bomb = "(" + bomb + "){50}";
  return {
      {"product of 10^9",
       "MATCH (a:Depot), (b:Depot), (c:Depot) "
       "RETURN sum(size(a.shipsTo) + size(b.shipsTo) + size(c.shipsTo)) AS n"},
      {"all trails", "MATCH p = ALL TRAIL (#hub)-[:links*..9]->(x) RETURN count(*) AS n"},
      {"sort of 10^7",
       "UNWIND range(1, 10000) AS i UNWIND range(1, 1000) AS j "
       "WITH (i * 1000 + j) * 7919 % 10000019 AS k ORDER BY k RETURN count(k) AS n, min(k) AS l",
       true},
      {"regex bomb", "UNWIND range(1, 1000000) AS i RETURN count(*) AS n, max('" +
                         std::string(200, 'a') + "' =~ '" + bomb + "') AS m"},
      {"regex on long texts",
       "UNWIND range(1, 1000000) AS i WITH '" + std::string(5000, 'a') +
           "' + toString(i) AS t WHERE t =~ '(a|a?)*b' RETURN count(*) AS n"},
  };
}

// How the query ended: the code of its error, or "ok".
std::string Run(query::QueryEngine* engine, const std::string& text,
                const storage::CancellationToken* cancellation) {
  query::QueryRequest request;
  request.text = text;
  request.clearance = storage::Clearance::Unrestricted();
  request.cancellation = cancellation;
  const auto ended = [](const Status& status) -> std::string {
    const auto diagnostics = query::DiagnosticsOf(status);
    if (!diagnostics.empty()) return diagnostics.front().code;
    return status.code() == StatusCode::kCancelled ? "cancelled" : status.ToString();
  };
  const auto cursor = engine->Execute(request);
  if (!cursor.ok()) return ended(cursor.status());
  query::ResultBatch batch;
  while (true) {
    const StatusOr<size_t> count = (*cursor)->Next(&batch);
    if (!count.ok()) return ended(count.status());
    if (*count == 0) break;
  }
  return (*cursor)->summary().truncation == query::Truncation::kNone ? "ok" : "cut short";
}

struct Latency {
  double median = 0, p99 = 0;
};

// Of point queries one after the other, until `stop`.
Latency PointLatency(query::QueryEngine* engine, const std::function<bool()>& stop) {
  std::vector<double> millis;
  for (int i = 0; !stop() || millis.size() < 20; ++i) {
    const std::string text =
        "MATCH (#depot/" + std::to_string(i * 37 % 1000) + ")-[:shipsTo]->(b) RETURN b";
    const Clock::time_point start = Clock::now();
    if (const std::string code = Run(engine, text, nullptr); code != "ok") {
      std::fprintf(stderr, "A point query failed: %s\n", code.c_str());
      std::exit(1);
    }
    millis.push_back(MillisSince(start));
  }
  std::sort(millis.begin(), millis.end());
  return {millis[millis.size() / 2], millis[millis.size() * 99 / 100]};
}

// Since the last reset, in MiB.
double PeakMemory() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    double kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes / 1024;
  }
  return 0;
}
void ResetPeakMemory() { std::ofstream("/proc/self/clear_refs") << "5"; }

void Measure(double seconds, std::string_view only, int copies) {
  test::TestStore store;
  Fill(&store);
  query::QueryEngine engine(&*store, {});
  const auto for_seconds = [seconds] {
    const Clock::time_point start = Clock::now();
    return [start, seconds] { return MillisSince(start) > 1000 * seconds; };
  };
  PointLatency(&engine, for_seconds());
  for (const Heavy& heavy : HeavyQueries()) {
    if (!heavy.name.starts_with(only)) continue;
    const Latency alone = PointLatency(&engine, for_seconds());
    ResetPeakMemory();
    const Clock::time_point start = Clock::now();
    storage::CancellationToken deadline(
        start + std::chrono::milliseconds(static_cast<int>(heavy.finishes ? 6e5 : 1000 * seconds)));
    std::atomic<int> running{copies};
    std::string code;
    double took = 0;
    std::vector<std::thread> runners;
    for (int i = 0; i < copies; ++i) {
      runners.emplace_back([&, i] {
        const std::string own_code = Run(&engine, heavy.text, &deadline);
        if (i == 0) code = own_code;
        if (--running == 0) took = MillisSince(start);
      });
    }
    // As long as all of them are at it.
    const Latency beside = PointLatency(&engine, [&] { return running < copies; });
    for (std::thread& runner : runners) runner.join();
    const double peak = PeakMemory();

    storage::CancellationToken token;
    Clock::time_point cancelled;
    std::thread canceller([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      cancelled = Clock::now();
      token.Cancel();
    });
    const std::string cancelled_code = Run(&engine, heavy.text, &token);
    const Clock::time_point stopped = Clock::now();
    canceller.join();
    const double late = std::chrono::duration<double, std::milli>(stopped - cancelled).count();
    fmt::print(
        "{:<20} {:<8} after {:8.0f} ms, peak {:5.0f} MiB; {}; point query {:.2f}/{:.2f} ms "
        "alone, {:.2f}/{:.2f} ms beside: p99 x{:.1f}\n",
        heavy.name, code, took, peak,
        cancelled_code == "cancelled" ? fmt::format("cancelled {:.1f} ms late", late)
                                      : "over before it was cancelled: " + cancelled_code,
        alone.median, alone.p99, beside.median, beside.p99, beside.p99 / alone.p99);
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace sightline::bench

int main(int count, char** words) {
  double seconds = 3;
  std::string_view only;
  int copies = 1;
  const std::string_view seconds_flag = "--seconds=", only_flag = "--only=",
                         copies_flag = "--copies=";
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word.starts_with(seconds_flag)) {
      seconds = std::atof(word.data() + seconds_flag.size());
    } else if (word.starts_with(only_flag)) {
      only = word.substr(only_flag.size());
    } else if (word.starts_with(copies_flag)) {
      copies = std::max(1, std::atoi(word.data() + copies_flag.size()));
    } else {
      std::fprintf(stderr, "query_budget_bench [--seconds=3] [--only=NAME] [--copies=1]\n");
      return 2;
    }
  }
  sightline::bench::Measure(seconds, only, copies);
}
