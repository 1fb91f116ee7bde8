// Mutex and MutexLock: std::mutex with the annotations of Clang's thread safety analysis
// (https://clang.llvm.org/docs/ThreadSafetyAnalysis.html). Not absl::Mutex: the packaged, not
// instrumented build of it gives false reports under ThreadSanitizer.

#pragma once

#include <mutex>

#if defined(__clang__)
#define SL_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define SL_THREAD_ANNOTATION(x)
#endif

#define SL_GUARDED_BY(x) SL_THREAD_ANNOTATION(guarded_by(x))
#define SL_REQUIRES(...) SL_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define SL_EXCLUDES(...) SL_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))

namespace sightline::storage {

class SL_THREAD_ANNOTATION(capability("mutex")) Mutex {
 public:
  void Lock() SL_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  void Unlock() SL_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

class SL_THREAD_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) SL_THREAD_ANNOTATION(acquire_capability(mutex))
      : lock_(mutex->mutex_) {}
  ~MutexLock() SL_THREAD_ANNOTATION(release_capability()) = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  // For std::condition_variable::wait.
  std::unique_lock<std::mutex>& native() { return lock_; }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace sightline::storage
