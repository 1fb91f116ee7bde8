#include "server/observability/metrics.h"

#include <absl/status/status.h>
#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <atomic>
#include <unordered_map>

#include "storage/base/mutex.h"

namespace sightline::server {
namespace {

using prometheus::Counter;
using prometheus::Histogram;
using storage::MutexLock;

constexpr size_t kCodeCount = 17;  // Of gRPC.

// A millisecond and less for look-ups, ten minutes for the longest query that is allowed.
const Histogram::BucketBoundaries& CallSeconds() {
  static const Histogram::BucketBoundaries bounds = {0.0005, 0.001, 0.002, 0.005, 0.02, 0.05, 0.1,
                                                     0.5,    1,     5,     30,    120,  600};
  return bounds;
}
const Histogram::BucketBoundaries& WaitSeconds() {
  static const Histogram::BucketBoundaries bounds = {0.0001, 0.001, 0.01, 0.1, 0.5, 1, 5, 30};
  return bounds;
}

// "QueryService/ExecuteQuery": all are of one package.
std::string ShortName(const std::string& method) {
  const size_t slash = method.rfind('/');
  const size_t dot = method.rfind('.', slash);
  return dot == std::string::npos ? method : method.substr(dot + 1);
}

// Samples of the sources as families.
class FamilySink final : public MetricSink {
 public:
  explicit FamilySink(std::vector<prometheus::MetricFamily>* families) : families_(families) {}

  void Add(MetricKind kind, std::string_view name, std::string_view help, double value,
           const MetricLabels& labels) override {
    if (families_->empty() || families_->back().name != name) {
      prometheus::MetricFamily family;
      family.name = name;
      family.help = help;
      family.type = kind == MetricKind::kCounter ? prometheus::MetricType::Counter
                                                 : prometheus::MetricType::Gauge;
      families_->push_back(std::move(family));
    }
    prometheus::ClientMetric metric;
    for (const auto& [label, text] : labels) metric.label.push_back({label, text});
    if (kind == MetricKind::kCounter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
    families_->back().metric.push_back(std::move(metric));
  }

 private:
  std::vector<prometheus::MetricFamily>* const families_;
};

}  // namespace

struct Metrics::State final : prometheus::Collectable {
  struct OfMethod {
    std::string name;
    Histogram* seconds = nullptr;
    Counter* sent_bytes = nullptr;
    // Made when the code comes up; until then null.
    std::array<std::atomic<Counter*>, kCodeCount> calls{};
  };

  State(const std::vector<std::string>& names, const std::vector<std::string>& lanes) {
    for (const std::string& name : names) {
      OfMethod& method = methods[name];
      method.name = ShortName(name);
      method.seconds = &call_seconds.Add({{"method", method.name}}, CallSeconds());
      method.sent_bytes = &sent_bytes.Add({{"method", method.name}});
      CallsOf(&method, StatusCode::kOk);
    }
    for (const std::string& lane : lanes) {
      waits.push_back(&wait_seconds.Add({{"lane", lane}}, WaitSeconds()));
    }
    for (const char* budget : {"rows", "steps", "time", "memory"}) {
      budgets.push_back(&budget_family.Add({{"budget", budget}}));
    }
  }

  Counter& CallsOf(OfMethod* method, StatusCode code) {
    const size_t index = std::min(static_cast<size_t>(code), kCodeCount - 1);
    std::atomic<Counter*>& calls = method->calls[index];
    Counter* counter = calls.load(std::memory_order_acquire);
    if (counter == nullptr) {
      // The family gives the same one to two who ask at once.
      counter =
          &calls_family.Add({{"method", method->name},
                             {"code", absl::StatusCodeToString(static_cast<StatusCode>(index))}});
      calls.store(counter, std::memory_order_release);
    }
    return *counter;
  }

  OfMethod* Find(std::string_view method) {
    const auto found = methods.find(method);
    return found == methods.end() ? nullptr : &found->second;
  }

  Counter& AddCounter(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
  }

  std::vector<prometheus::MetricFamily> Collect() const override {
    std::vector<prometheus::MetricFamily> families = registry.Collect();
    MutexLock lock(&mutex);
    for (const Source& source : sources) {
      std::vector<prometheus::MetricFamily> more;
      FamilySink sink(&more);
      source(&sink);
      families.insert(families.end(), std::make_move_iterator(more.begin()),
                      std::make_move_iterator(more.end()));
    }
    return families;
  }

  prometheus::Registry registry;
  prometheus::Family<Counter>& calls_family = prometheus::BuildCounter()
                                                  .Name("sightline_rpc_requests_total")
                                                  .Help("Calls that have ended, by how")
                                                  .Register(registry);
  prometheus::Family<Histogram>& call_seconds =
      prometheus::BuildHistogram()
          .Name("sightline_rpc_duration_seconds")
          .Help("Time of calls that have ended, their clients' reading included")
          .Register(registry);
  prometheus::Family<Counter>& sent_bytes = prometheus::BuildCounter()
                                                .Name("sightline_rpc_sent_bytes_total")
                                                .Help("Bytes of messages sent")
                                                .Register(registry);
  prometheus::Family<Histogram>& wait_seconds =
      prometheus::BuildHistogram()
          .Name("sightline_queue_wait_seconds")
          .Help("Time that requests waited for their turn")
          .Register(registry);
  prometheus::Family<Counter>& budget_family = prometheus::BuildCounter()
                                                   .Name("sightline_query_budgets_exceeded_total")
                                                   .Help("Queries that ran into a limit")
                                                   .Register(registry);
  Counter& rows = AddCounter("sightline_query_rows_total", "Rows sent");
  Counter& facts = AddCounter("sightline_query_facts_touched_total", "Facts that queries touched");
  Counter& added = AddCounter("sightline_statements_added_total", "Statements that calls added");
  Counter& retracted =
      AddCounter("sightline_statements_retracted_total", "Statements that calls retracted");
  Counter& slow =
      AddCounter("sightline_slow_queries_total", "Queries that the slow-query log tells of");
  Counter& login_failures =
      AddCounter("sightline_login_failures_total", "Calls with a token that is not one");
  Counter& login_refusals =
      AddCounter("sightline_login_refusals_total",
                 "Calls refused because too many logins of a peer had failed");

  // Not changed after the constructor. The views are of the keys.
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, OfMethod, Hash, std::equal_to<>> methods;
  std::vector<Histogram*> waits;
  std::vector<Counter*> budgets;  // By Budget.

  mutable storage::Mutex mutex;
  std::vector<Source> sources SL_GUARDED_BY(mutex);
};

Metrics::Metrics(const std::vector<std::string>& methods, const std::vector<std::string>& lanes)
    : state_(std::make_shared<State>(methods, lanes)) {}

Metrics::~Metrics() { RemoveSources(); }

void Metrics::CallEnded(std::string_view method, StatusCode code, double seconds) {
  State::OfMethod* const found = state_->Find(method);
  if (found == nullptr) return;
  found->seconds->Observe(seconds);
  state_->CallsOf(found, code).Increment();
}

void Metrics::MessageSent(std::string_view method, size_t bytes) {
  State::OfMethod* const found = state_->Find(method);
  if (found != nullptr) found->sent_bytes->Increment(static_cast<double>(bytes));
}

void Metrics::QueueWaited(size_t lane, double seconds) { state_->waits.at(lane)->Observe(seconds); }

void Metrics::BudgetExceeded(Budget budget) {
  state_->budgets.at(static_cast<size_t>(budget))->Increment();
}

void Metrics::RowsSent(int64_t rows) { state_->rows.Increment(static_cast<double>(rows)); }

void Metrics::FactsTouched(int64_t facts) { state_->facts.Increment(static_cast<double>(facts)); }

void Metrics::StatementsChanged(int64_t added, int64_t retracted) {
  state_->added.Increment(static_cast<double>(added));
  state_->retracted.Increment(static_cast<double>(retracted));
}

void Metrics::SlowQuery() { state_->slow.Increment(); }

void Metrics::LoginFailed() { state_->login_failures.Increment(); }

void Metrics::LoginRefused() { state_->login_refusals.Increment(); }

void Metrics::AddSource(Source source) {
  MutexLock lock(&state_->mutex);
  state_->sources.push_back(std::move(source));
}

void Metrics::RemoveSources() {
  MutexLock lock(&state_->mutex);
  state_->sources.clear();
}

std::string Metrics::Text() const {
  return prometheus::TextSerializer().Serialize(state_->Collect());
}

std::shared_ptr<prometheus::Collectable> Metrics::collectable() const { return state_; }

}  // namespace sightline::server
