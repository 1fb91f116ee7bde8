// LoadCommit: makes table files of the chunks of a load.
//
// 1. Merges the chunks' terms, looks them up in the store, numbers the new ones, and writes for
//    each chunk which of its terms got which id.
// 2. Goes over the chunks again with these ids: quads are sorted in batches that fit the memory,
//    and statements are written, at the same time.
// 3. Merges the batches into one run, and writes what is small.
//
// Thread-compatible; uses threads of its own.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "storage/base/status.h"
#include "storage/kv/kv_store.h"
#include "storage/load/load_chunk.h"
#include "storage/load/load_result.h"
#include "storage/load/load_session.h"
#include "storage/load/load_term.h"
#include "storage/load/statement_numbers.h"
#include "storage/load/term_runs.h"
#include "storage/load/term_table.h"

namespace sightline::storage {

class LoadCommit {
 public:
  // `late`: statements whose record may not name its subjects. `micros`: of the commit.
  LoadCommit(LoadSession* session, std::vector<LoadChunk> chunks, StatementNumbers statements,
             OrdinalSet late, int64_t micros);
  // Deletes the table files that were not taken in.
  ~LoadCommit();

  // All but kMeta. Errors: kInvalidArgument for a term or statement that the load does not have;
  // kResourceExhausted when numbers run out; kUnavailable, kDataLoss; the token's.
  Status MakeFiles(LoadResult* result);
  // Ends the files, kMeta with these entries. Empty families have none.
  StatusOr<std::vector<KvFile>> Finish(
      const std::vector<std::pair<std::string, std::string>>& meta_entries, LoadResult* result);

 private:
  // --- Terms

  class NewTerms;

  // Finds the terms that chunks have of one another, and names among terms that are given by bits.
  Status ReadBitsRecords();
  Status MergeTerms(LoadResult* result);
  // Notes the final id of a term for the chunks that have it.
  Status SetFinal(const TermMerge& merge, TermId term);
  Status AddName(TermTag tag, std::string_view bytes, TermId term);
  Status AddNameText(const std::string& text, TermId term);
  Status SpillNames();
  Status WriteNames();

  // --- Final ids

  // The permanent bits of a term that a chunk has by its bits.
  StatusOr<uint64_t> Resolve(uint64_t bits) const;
  // Appends the ids of a chunk's terms, by local number.
  Status AppendFinals(const LoadChunk& chunk, std::vector<uint64_t>* finals) const;

  // --- Quads and statements

  Status WriteQuads(LoadResult* result);
  Status WriteStatements(LoadResult* result);
  Status WriteDefinitions(LoadResult* result);

  std::string PathOf(size_t family) const;
  StatusOr<KvFileWriter*> WriterOf(ColumnFamily family);
  Status Put(ColumnFamily family, std::string_view key, std::string_view value);

  LoadSession* const session_;
  const LoadBase& base_;
  const std::string directory_;
  const uint64_t memory_;
  const std::vector<LoadChunk> chunks_;
  const StatementNumbers statements_;
  const OrdinalSet late_;
  const int64_t micros_;
  std::array<std::unique_ptr<KvFileWriter>, kColumnFamilyCount> writers_;

  // Terms that a chunk other than their own has, and the names of definitions; with their final
  // ids once they are known.
  std::unordered_map<uint64_t, uint64_t> carried_;
  std::unordered_set<uint64_t> carried_names_;
  std::vector<bool> has_carried_;  // By index of the chunk that the term is of.

  // Local number and id of each dictionary term, chunk by chunk, in the order of the merge.
  struct FinalRecord {
    uint32_t local;
    uint32_t id_low;
    uint32_t id_high;
  };
  std::unique_ptr<SpillFile> finals_;
  struct FinalsOfChunk {
    uint64_t begin = 0;
    uint64_t end = 0;  // What has been written.
    std::vector<FinalRecord> buffer;
  };
  std::vector<FinalsOfChunk> finals_of_chunks_;
  size_t finals_buffer_records_ = 0;
  Status FlushFinals(FinalsOfChunk* chunk);

  // Keys of kNames, each with the rest of the name's form, sorted like the terms of a chunk.
  TermTable names_;
  std::unique_ptr<SpillFile> names_file_;
  std::vector<TermRun> name_runs_;
};

}  // namespace sightline::storage
