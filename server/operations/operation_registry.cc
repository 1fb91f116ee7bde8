#include "server/operations/operation_registry.h"

#include <algorithm>
#include <utility>

namespace sightline::server {

using storage::MutexLock;

std::string_view OperationKindName(OperationKind kind) {
  switch (kind) {
    case OperationKind::kBackup:
      return "backup";
    case OperationKind::kVerifyBackup:
      return "backup verification";
    case OperationKind::kVerify:
      return "verification";
    case OperationKind::kCompaction:
      return "compaction";
  }
  return "";
}

class OperationRegistry::Entry final : public OperationProgress {
 public:
  explicit Entry(Operation operation) : operation_(std::move(operation)) {}

  const storage::CancellationToken& cancellation() const override { return cancellation_; }

  void Report(std::string_view stage, uint64_t done, uint64_t total) override {
    MutexLock lock(&mutex_);
    operation_.stage = stage;
    operation_.percent.reset();
    // What was counted beforehand may turn out to be more.
    if (total > 0) operation_.percent = static_cast<int>(std::min(done, total) * 100.0 / total);
  }

  Operation operation() const {
    MutexLock lock(&mutex_);
    return operation_;
  }
  bool is_running() const {
    MutexLock lock(&mutex_);
    return operation_.state == OperationState::kRunning;
  }
  OperationKind kind() const { return operation().kind; }

  void Cancel() { cancellation_.Cancel(); }

  void End(StatusOr<OperationResult> result, int64_t now_micros) {
    MutexLock lock(&mutex_);
    operation_.end_micros = now_micros;
    if (result.ok()) {
      operation_.state = OperationState::kSucceeded;
      operation_.percent = 100;
      operation_.result = *std::move(result);
    } else if (result.status().code() == StatusCode::kCancelled && !cancellation_.Check().ok()) {
      operation_.state = OperationState::kCancelled;
    } else {
      operation_.state = OperationState::kFailed;
      operation_.error = result.status();
    }
  }

 private:
  storage::CancellationToken cancellation_;
  mutable storage::Mutex mutex_;
  Operation operation_ SL_GUARDED_BY(mutex_);
};

namespace {

// Whether they work on the same thing, which takes one at a time.
bool ExcludeEachOther(OperationKind a, OperationKind b) {
  const auto is_of_backups = [](OperationKind kind) {
    return kind == OperationKind::kBackup || kind == OperationKind::kVerifyBackup;
  };
  return a == b || (is_of_backups(a) && is_of_backups(b));
}

}  // namespace

OperationRegistry::~OperationRegistry() { Stop(); }

StatusOr<Operation> OperationRegistry::Start(OperationKind kind, std::string user, Work work) {
  MutexLock lock(&mutex_);
  if (is_stopped_) return Unavailable("The server is shutting down");
  TidyUp();
  for (const auto& [number, entry] : entries_) {
    if (!entry->is_running() || !ExcludeEachOther(entry->kind(), kind)) continue;
    return FailedPrecondition("A {} is running: operations/{}; wait for its end, or cancel it",
                              OperationKindName(entry->kind()), number);
  }
  Operation operation;
  operation.number = ++last_number_;
  operation.kind = kind;
  operation.user = std::move(user);
  operation.start_micros = clock_->NowMicros();
  auto entry = std::make_shared<Entry>(operation);
  entries_.emplace(operation.number, entry);
  threads_.emplace(operation.number,
                   std::thread([this, entry, work = std::move(work)] { Run(entry, work); }));
  return operation;
}

void OperationRegistry::Run(const std::shared_ptr<Entry>& entry, const Work& work) {
  StatusOr<OperationResult> result = work(entry.get());
  entry->End(std::move(result), clock_->NowMicros());
}

void OperationRegistry::TidyUp() {
  for (auto thread = threads_.begin(); thread != threads_.end();) {
    if (entries_.at(thread->first)->is_running()) {
      ++thread;
      continue;
    }
    thread->second.join();  // Nothing is left for it to do but to end.
    thread = threads_.erase(thread);
  }
  size_t ended = 0;
  for (auto entry = entries_.end(); entry != entries_.begin();) {
    --entry;
    if (!entry->second->is_running() && ++ended > kEndedMax) entry = entries_.erase(entry);
  }
}

StatusOr<Operation> OperationRegistry::Find(uint64_t number) const {
  MutexLock lock(&mutex_);
  const auto found = entries_.find(number);
  if (found == entries_.end()) {
    return NotFound("There is no operation operations/{}, or it is remembered no more", number);
  }
  return found->second->operation();
}

std::vector<Operation> OperationRegistry::List() const {
  MutexLock lock(&mutex_);
  std::vector<Operation> operations;
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    operations.push_back(entry->second->operation());
  }
  return operations;
}

StatusOr<Operation> OperationRegistry::Cancel(uint64_t number) {
  {
    MutexLock lock(&mutex_);
    if (const auto found = entries_.find(number); found != entries_.end()) found->second->Cancel();
  }
  return Find(number);
}

void OperationRegistry::Stop() {
  std::map<uint64_t, std::thread> threads;
  {
    MutexLock lock(&mutex_);
    is_stopped_ = true;
    for (const auto& [number, entry] : entries_) entry->Cancel();
    threads.swap(threads_);
  }
  for (auto& [number, thread] : threads) thread.join();
}

}  // namespace sightline::server
