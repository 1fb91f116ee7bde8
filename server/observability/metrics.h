// Metrics: what the server counts and measures of itself, in Prometheus' text format.
//
// Two ways in: what happens is told as it happens (CallEnded and the like), and what others know
// already is asked for when somebody reads (AddSource). The only module that sees the Prometheus
// library. docs/monitoring.md lists all metrics; names and labels hold nothing of users or data.
//
// Thread safety: safe from any thread.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/status.h"

namespace prometheus {
class Collectable;
}

namespace sightline::server {

// Which limit a query ran into.
enum class Budget : uint8_t { kRows, kSteps, kTime, kMemory };

enum class MetricKind : uint8_t {
  kCounter,  // Only grows; its name ends in _total.
  kGauge,
};

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

// Where a source puts what it knows, each time it is asked. Samples of one name follow one another.
class MetricSink {
 public:
  virtual ~MetricSink() = default;
  virtual void Add(MetricKind kind, std::string_view name, std::string_view help, double value,
                   const MetricLabels& labels = {}) = 0;
};

class Metrics {
 public:
  // `methods` are the RPCs that will be told of, by full name ("/sightline.v1.QueryService/
  // ExecuteQuery"); others are not counted. `lanes` are those of QueueWaited.
  Metrics(const std::vector<std::string>& methods, const std::vector<std::string>& lanes);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // --- As it happens

  void CallEnded(std::string_view method, StatusCode code, double seconds);
  void MessageSent(std::string_view method, size_t bytes);
  // From being submitted to being begun, by index in `lanes`.
  void QueueWaited(size_t lane, double seconds);
  void BudgetExceeded(Budget budget);
  void RowsSent(int64_t rows);
  void FactsTouched(int64_t facts);
  void StatementsChanged(int64_t added, int64_t retracted);
  void SlowQuery();
  void LoginFailed();
  void LoginRefused();  // Without a look at what was shown: too many had failed.

  // --- When somebody reads

  // `source` is asked on any thread, one thread at a time, until RemoveSources.
  using Source = std::function<void(MetricSink*)>;
  void AddSource(Source source);
  // Returns when none is being asked. Before what they look at goes.
  void RemoveSources();

  // All of it, as the text that Prometheus reads (exposition format 0.0.4).
  std::string Text() const;

  // For who serves them: all of it.
  std::shared_ptr<prometheus::Collectable> collectable() const;

 private:
  struct State;
  const std::shared_ptr<State> state_;
};

}  // namespace sightline::server
