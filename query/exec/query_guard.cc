#include "query/exec/query_guard.h"

namespace sightline::query {

QueryGuard::QueryGuard(const ExecutionContext& context) {
  const storage::MutexLock lock(&mutex_);
  context.StartThread(&held_);
}

Status QueryGuard::Hold(uint64_t before, uint64_t bytes) {
  const storage::MutexLock lock(&mutex_);
  if (bytes < before) held_.Release(before - bytes);
  SL_RETURN_IF_ERROR(held_.CheckRunning());
  return bytes > before ? held_.Reserve(bytes - before) : OkStatus();
}

}  // namespace sightline::query
