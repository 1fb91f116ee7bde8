#include "storage/kv/flush_gate.h"

#include <chrono>
#include <thread>

namespace sightline::storage {
namespace {

// A writer who asks for a flush may fail right after it: so long, it has time to.
constexpr std::chrono::milliseconds kBeforeLooking{2};
// DB::Resume has begun by then: it takes RocksDB's lock, which it waits under for this flush.
constexpr std::chrono::milliseconds kAfterOpening{50};

}  // namespace

// The arguments of Schedule.
struct FlushGate::Flush {
  FlushGate* gate;
  void (*function)(void*);
  void* argument;
  void* tag;
  void (*unschedule)(void*);
  bool was_held = false;

  static void Schedule(std::unique_ptr<Flush> flush) {
    FlushGate* const gate = flush->gate;
    void* const tag = flush->tag;
    gate->target()->Schedule(&Run, flush.release(), HIGH, tag, &Drop);
  }
  static void Run(void* flush) {
    std::unique_ptr<Flush> self(static_cast<Flush*>(flush));
    FlushGate* const gate = self->gate;
    gate->Run(std::move(self));
  }
  static void Drop(void* flush) {
    const std::unique_ptr<Flush> self(static_cast<Flush*>(flush));
    if (self->unschedule != nullptr) self->unschedule(self->argument);
  }
};

FlushGate::FlushGate(rocksdb::Env* env, std::shared_ptr<const WriteTrouble> trouble)
    : EnvWrapper(env), trouble_(std::move(trouble)) {
  // Else both would be wrapped once more.
  file_system_ = env->GetFileSystem();
  system_clock_ = env->GetSystemClock();
}

FlushGate::~FlushGate() = default;

void FlushGate::Open() {
  {
    MutexLock lock(&mutex_);
    is_open_ = true;
  }
  Release();
}

void FlushGate::Close() {
  MutexLock lock(&mutex_);
  is_open_ = false;
}

void FlushGate::Release() {
  MutexLock lock(&mutex_);
  for (std::unique_ptr<Flush>& flush : held_) Flush::Schedule(std::move(flush));
  held_.clear();
}

void FlushGate::Schedule(void (*function)(void*), void* argument, Priority priority, void* tag,
                         void (*unschedule)(void*)) {
  // Flushes have this priority to themselves.
  if (priority != HIGH) return target()->Schedule(function, argument, priority, tag, unschedule);
  Flush::Schedule(std::unique_ptr<Flush>(new Flush{this, function, argument, tag, unschedule}));
}

void FlushGate::Run(std::unique_ptr<Flush> flush) {
  std::this_thread::sleep_for(flush->was_held ? kAfterOpening : kBeforeLooking);
  {
    MutexLock lock(&mutex_);
    if (!is_open_ && !trouble_->status().ok()) {
      flush->was_held = true;
      held_.push_back(std::move(flush));
      return;
    }
  }
  flush->function(flush->argument);
}

}  // namespace sightline::storage
