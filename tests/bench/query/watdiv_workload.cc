#include "tests/bench/query/watdiv_workload.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "query/optimizer/optimizer.h"
#include "tests/bench/query/results_file.h"
#include "tests/bench/query/sparql_to_slql.h"
#include "tests/bench/storage/figures.h"

namespace sightline::bench {

using storage::bench::OrExit;

void RunWatdiv(const WatdivOptions& options) {
  const auto store = OrExit(storage::Store::Open(options.store, {.create_if_missing = false}));
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(options.queries)) {
    if (entry.path().extension() == ".rq" && entry.path().stem().string().starts_with(options.only))
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Runner runner(store.get(), options.runner);
  RunnerOptions unplanned = options.runner;
  for (const std::string_view rule : query::OptimizerRules()) {
    unplanned.rules_off.emplace(rule);
  }
  Runner checker(store.get(), unplanned);
  ResultsFile results(options.json, "watdiv");
  std::map<char, std::vector<double>> totals, plans;
  for (const std::filesystem::path& file : files) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    const SlqlQuery slql = OrExit(SparqlToSlql(text.str()));
    const std::string name = file.stem().string();
    const Measured measured = runner.Run({slql.rows});
    const Measured counted = runner.RunOnce(slql.count);
    if (counted.integer != static_cast<int64_t>(measured.rows)) {
      fmt::print(stderr, "{}: {} rows, but count(*) is {}\n", name, measured.rows, counted.integer);
      std::exit(1);
    }
    if (options.check && checker.RunOnce(slql.rows).rows != measured.rows) {
      fmt::print(stderr, "{}: other rows without the optimizer\n", name);
      std::exit(1);
    }
    fmt::print(stderr,
               "{:<5} {:9.3f} ms: parse {:7.3f}, plan {:7.3f}, execute {:9.3f}; {:6} rows of {:8} "
               "facts\n",
               name, measured.total, measured.parse, measured.plan, measured.execute, measured.rows,
               measured.facts);
    totals[name.front()].push_back(measured.total);
    plans[name.front()].push_back(measured.parse + measured.plan);
    results.Add(name, name.substr(0, 1), measured.total, measured.rows);
  }
  for (const auto& [kind, values] : totals) {
    fmt::print(stderr, "{}     {:9.3f} ms, of it before the first row {:9.3f} ms\n", kind,
               GeometricMean(values), GeometricMean(plans[kind]));
  }
}

}  // namespace sightline::bench
