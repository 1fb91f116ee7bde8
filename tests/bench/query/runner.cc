#include "tests/bench/query/runner.h"

#include <time.h>

#include <chrono>
#include <cmath>
#include <unordered_set>

#include "tests/bench/storage/figures.h"

namespace sightline::bench {
namespace {

using storage::bench::OrExit;

query::EngineOptions EngineOptionsOf(const RunnerOptions& options) {
  query::EngineOptions engine;
  engine.limits.rows_max = UINT64_MAX;
  engine.limits.steps_max = UINT64_MAX;
  engine.limits.memory_bytes_max = uint64_t{8} << 30;
  engine.threads_max = options.processor_time ? 1 : options.threads_max;
  engine.optimizer_rules_off = options.rules_off;
  return engine;
}

}  // namespace

double ProcessorSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

Runner::Runner(storage::Store* store, RunnerOptions options)
    : options_(std::move(options)), engine_(store, EngineOptionsOf(options_)) {}

Measured Runner::RunOnce(std::string_view slql) {
  Measured measured;
  uint64_t text_bytes = 0;
  const double processor_before = ProcessorSeconds();
  measured.total = 1e3 * storage::bench::SecondsOf([&] {
                     query::QueryRequest request;
                     request.text = slql;
                     request.clearance = storage::Clearance::Unrestricted();
                     request.limits.rows_max = UINT64_MAX;
                     request.limits.steps_max = UINT64_MAX;
                     request.limits.memory_bytes_max = UINT64_MAX;
                     request.read_only = true;
                     auto cursor = OrExit(engine_.Execute(request));
                     // As a server sends them: each node's name once a result.
                     std::unordered_set<storage::TermId> named;
                     query::ResultBatch batch;
                     while (OrExit(cursor->Next(&batch)) > 0) {
                       for (const auto& cells : batch.columns) {
                         for (const query::Datum& cell : cells) {
                           const storage::TermId node = cell.node();
                           if (!node.is_none() && named.insert(node).second) {
                             text_bytes += OrExit(cursor->ExternalIdOf(node)).size();
                           }
                         }
                       }
                       if (measured.rows == 0) {
                         const storage::Value* value = batch.columns.front().front().value();
                         const auto* integer =
                             value != nullptr ? value->get_if<int64_t>() : nullptr;
                         if (integer != nullptr) measured.integer = *integer;
                       }
                       measured.rows += batch.row_count;
                     }
                     const query::QuerySummary& summary = cursor->summary();
                     if (summary.truncation != query::Truncation::kNone) {
                       fmt::print(stderr, "Cut short: {}\n", slql);
                       std::exit(1);
                     }
                     measured.parse = static_cast<double>(summary.parse_micros) * 1e-3;
                     measured.plan = static_cast<double>(summary.plan_micros) * 1e-3;
                     measured.facts = summary.facts_touched;
                   });
  if (options_.processor_time) measured.total = 1e3 * (ProcessorSeconds() - processor_before);
  measured.execute = measured.total - measured.parse - measured.plan;
  return measured;
}

Measured Runner::Run(const std::vector<std::string>& texts, std::vector<int64_t>* integers) {
  struct Series {
    std::vector<double> total, parse, plan, execute;
  };
  std::vector<Series> series(texts.size());
  std::vector<Measured> answers(texts.size());
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [&begin] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  const int passes = options_.warmups + options_.rounds;
  for (int pass = 0; pass < passes; ++pass) {
    if (pass > options_.warmups && seconds() > options_.seconds_max) break;
    // Of slow queries, one warm-up.
    if (pass > 0 && pass < options_.warmups && seconds() > options_.seconds_max / 10) {
      pass = options_.warmups;
    }
    for (size_t i = 0; i < texts.size(); ++i) {
      const Measured once = RunOnce(texts[i]);
      if (pass == 0) {
        answers[i] = once;
      } else if (once.rows != answers[i].rows || once.integer != answers[i].integer) {
        fmt::print(stderr, "Other rows than the first time: {}\n", texts[i]);
        std::exit(1);
      }
      if (pass < options_.warmups) continue;
      series[i].total.push_back(once.total);
      series[i].parse.push_back(once.parse);
      series[i].plan.push_back(once.plan);
      series[i].execute.push_back(once.execute);
    }
  }
  Series medians;
  Measured measured;
  for (size_t i = 0; i < texts.size(); ++i) {
    medians.total.push_back(storage::bench::Median(series[i].total));
    medians.parse.push_back(storage::bench::Median(series[i].parse));
    medians.plan.push_back(storage::bench::Median(series[i].plan));
    medians.execute.push_back(storage::bench::Median(series[i].execute));
    measured.rows += answers[i].rows;
    measured.facts += answers[i].facts;
    measured.integer += answers[i].integer;
    if (integers != nullptr) integers->push_back(answers[i].integer);
  }
  measured.total = storage::bench::Median(medians.total);
  measured.parse = storage::bench::Median(medians.parse);
  measured.plan = storage::bench::Median(medians.plan);
  measured.execute = storage::bench::Median(medians.execute);
  measured.total_p90 = storage::bench::Quantile(medians.total, 0.9);
  return measured;
}

double GeometricMean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += std::log(value);
  return std::exp(sum / static_cast<double>(values.size()));
}

}  // namespace sightline::bench
