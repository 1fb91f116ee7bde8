#include "server/service/fingerprint_cache.h"

#include <xxhash.h>

#include "query/parser/fingerprint.h"

namespace sightline::server {
namespace {

constexpr size_t kEntriesMax = 10'000;

}  // namespace

uint64_t FingerprintCache::Of(std::string_view text) {
  const uint64_t key = XXH3_64bits(text.data(), text.size());
  {
    storage::MutexLock lock(&mutex_);
    const auto found = known_.find(key);
    if (found != known_.end()) return found->second;
  }
  const uint64_t fingerprint = query::FingerprintOf(text, text_bytes_max_);
  storage::MutexLock lock(&mutex_);
  if (known_.size() >= kEntriesMax) known_.clear();
  known_.emplace(key, fingerprint);
  return fingerprint;
}

}  // namespace sightline::server
