// FingerprintCache: fingerprints of queries (query/parser/fingerprint.h), remembered by text: the
// same few texts come again and again, and reading one costs as much as half of answering it.
//
// Thread safety: safe from any thread.

#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "storage/base/mutex.h"

namespace sightline::server {

class FingerprintCache {
 public:
  explicit FingerprintCache(size_t text_bytes_max) : text_bytes_max_(text_bytes_max) {}

  uint64_t Of(std::string_view text);

 private:
  const size_t text_bytes_max_;
  storage::Mutex mutex_;
  // By the text's hash. Emptied when it is full: what is asked for often is back soon.
  std::unordered_map<uint64_t, uint64_t> known_ SL_GUARDED_BY(mutex_);
};

}  // namespace sightline::server
