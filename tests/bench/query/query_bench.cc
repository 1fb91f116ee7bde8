// The query benchmarks, in process.
//
//   query_bench watdiv STORE QUERIES [--only=L] [--check]
//   query_bench graph STORE GRAPH [--only=hop]
//   query_bench generate GRAPH [--nodes=1000000] [--edges=10000000] [--pairs=100]
//
// `generate` writes the folder with the graph's files, which `graph` and the peers read. The others
// take --json=FILE for results as tests/bench/peers/README.md has them, --warmups=3, --rounds=10,
// --seconds=60, --threads=N (at a query; as many as there are cores), --rules-off=RULE (of the
// optimizer) and --processor-time, which measures that of one thread in place of the clock's, for
// comparing versions on a busy machine.
//
// Prints a line a query on standard error.

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/query/graph_workload.h"
#include "tests/bench/query/watdiv_workload.h"

namespace sightline::bench {
namespace {

constexpr std::string_view kUsage =
    "query_bench watdiv STORE QUERIES [--check]\n"
    "query_bench graph STORE GRAPH\n"
    "both: [--only=NAME] [--json=FILE] [--warmups=N] [--rounds=N] [--seconds=N]\n"
    "      [--threads=N] [--rules-off=RULE] [--processor-time]\n"
    "query_bench generate GRAPH [--nodes=N] [--edges=N] [--pairs=N]\n";

[[noreturn]] void ExitWithUsage() {
  std::fwrite(kUsage.data(), 1, kUsage.size(), stderr);
  std::exit(2);
}

// --name=value, each at most once, and the words between.
class Arguments {
 public:
  Arguments(int count, char** words) {
    for (int i = 1; i < count; ++i) {
      const std::string_view word = words[i];
      if (!word.starts_with("--")) {
        words_.emplace_back(word);
        continue;
      }
      const size_t equals = word.find('=');
      flags_[std::string(word.substr(2, equals == word.npos ? equals : equals - 2))] =
          equals == word.npos ? "" : std::string(word.substr(equals + 1));
    }
  }

  const std::vector<std::string>& words() const { return words_; }
  std::optional<std::string> Take(const std::string& name) {
    const auto found = flags_.extract(name);
    return found ? std::optional<std::string>(found.mapped()) : std::nullopt;
  }
  template <typename Number>
  void Take(const std::string& name, Number* number) {
    const std::optional<std::string> text = Take(name);
    if (!text) return;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), *number);
    if (error != std::errc() || end != text->data() + text->size()) ExitWithUsage();
  }
  bool is_empty() const { return flags_.empty(); }

 private:
  std::vector<std::string> words_;
  std::map<std::string, std::string> flags_;
};

void Generate(Arguments arguments) {
  GraphOptions options;
  arguments.Take("nodes", &options.nodes);
  arguments.Take("edges", &options.edges);
  arguments.Take("pairs", &options.pairs);
  if (!arguments.is_empty() || arguments.words().size() != 2) ExitWithUsage();
  GenerateGraph(arguments.words()[1], options);
}

void Run(Arguments arguments) {
  const std::vector<std::string>& words = arguments.words();
  if (!words.empty() && words[0] == "generate") return Generate(std::move(arguments));
  RunnerOptions runner;
  arguments.Take("warmups", &runner.warmups);
  arguments.Take("rounds", &runner.rounds);
  arguments.Take("seconds", &runner.seconds_max);
  arguments.Take("threads", &runner.threads_max);
  runner.processor_time = arguments.Take("processor-time").has_value();
  if (const auto rule = arguments.Take("rules-off")) runner.rules_off.insert(*rule);
  const std::string only = arguments.Take("only").value_or("");
  const std::string json = arguments.Take("json").value_or("");
  const bool check = arguments.Take("check").has_value();
  if (!arguments.is_empty() || words.size() != 3 || runner.rounds < 1) ExitWithUsage();
  if (words[0] == "watdiv") {
    RunWatdiv({.store = words[1],
               .queries = words[2],
               .only = only,
               .json = json,
               .check = check,
               .runner = std::move(runner)});
  } else if (words[0] == "graph" && !check) {
    RunGraph({.store = words[1],
              .graph = words[2],
              .only = only,
              .json = json,
              .runner = std::move(runner)});
  } else {
    ExitWithUsage();
  }
}

}  // namespace
}  // namespace sightline::bench

int main(int count, char** words) { sightline::bench::Run({count, words}); }
