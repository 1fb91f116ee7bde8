// What a KvStore has done since it was opened, for whoever watches a server. In a header of its
// own, so that everything above the store need not know of it.
//
// Thread safety: safe from any thread.

#pragma once

#include <cstdint>

#include "storage/kv/kv_store.h"

namespace sightline::storage {

struct KvActivity {
  // Of the cache of table blocks: how often what was wanted was there, and was not.
  uint64_t cache_hits = 0;
  uint64_t cache_misses = 0;
  uint64_t cache_bytes = 0;  // Held now.
  uint64_t cache_bytes_max = 0;
  // Of the write-ahead log: what was written, how often it was synced by a write or by SyncLog, and
  // how long these waited for it.
  uint64_t log_bytes = 0;
  uint64_t log_syncs = 0;
  uint64_t log_sync_micros = 0;
};

KvActivity ActivityOf(const KvStore& store);

}  // namespace sightline::storage
