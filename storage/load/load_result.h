// LoadResult: what a load has brought into the store.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "storage/base/ids.h"
#include "storage/catalog/catalog.h"
#include "storage/catalog/encoding.h"
#include "storage/dictionary/dictionary.h"
#include "storage/index/run_manifest.h"
#include "storage/kv/kv_store.h"
#include "storage/load/load_session.h"
#include "storage/txn/commit_log.h"

namespace sightline::storage {

struct LoadResult {
  Revision revision;
  CommitEntry entry;              // Of the commit log.
  uint64_t statements_empty = 0;  // Opened, and left out because they had no fact.
  uint64_t terms_new = 0;
  DictionaryCounters counters;  // After the load.
  RunInfo run;                  // Without quads, no run is written.
  // The store's list, with those that the load has added.
  std::vector<TermSegment> term_segments;
  uint64_t segment_count = 0;           // Of kStatementColumns, after the load.
  std::vector<Definition> definitions;  // New ones.
  std::shared_ptr<const Catalog> catalog;
  // Of the table files.
  std::array<uint64_t, kColumnFamilyCount> bytes_by_family{};
  // By LoadStage; kReading is from the start of the load to Commit.
  std::array<double, kLoadStageCount> seconds_by_stage{};
};

}  // namespace sightline::storage
