#include "storage/load/term_runs.h"

#include <algorithm>
#include <cstring>

#include "storage/base/encoding.h"

namespace sightline::storage {
namespace {

constexpr TermTag kDictionaryTags[] = {TermTag::kEntity, TermTag::kString, TermTag::kValue};
constexpr size_t kSourceBytesMin = 4 << 10;
constexpr size_t kSourceBytesMax = 1 << 20;
constexpr size_t kTermsPerCheck = 4096;

size_t SharedPrefix(std::string_view a, std::string_view b) {
  const size_t bytes_max = std::min(a.size(), b.size());
  size_t shared = 0;
  while (shared < bytes_max && a[shared] == b[shared]) ++shared;
  return shared;
}

}  // namespace

StatusOr<TermRun> WriteTermRun(const TermTable& table, const CancellationToken& token,
                               SpillFile* file) {
  TermRun run{file, file->size(), 0, 0};
  std::string record;
  for (const TermTag tag : kDictionaryTags) {
    SL_ASSIGN_OR_RETURN(const std::vector<SortTerm> terms, table.Sorted(tag, token));
    std::string_view before;
    bool is_first = true;
    for (const SortTerm& term : terms) {
      if (run.term_count++ % kTermsPerCheck == 0) SL_RETURN_IF_ERROR(token.Check());
      const std::string_view bytes(term.bytes, term.length);
      record.clear();
      // The first term of a tag spells out the tag.
      const size_t shared = is_first ? 0 : 1 + SharedPrefix(before, bytes);
      AppendVarint(shared, &record);
      AppendVarint(1 + bytes.size() - shared, &record);
      if (is_first) record.push_back(static_cast<char>(tag));
      record.append(bytes.substr(is_first ? 0 : shared - 1));
      record.append(reinterpret_cast<const char*>(&term.index), sizeof term.index);
      record.push_back(table.IsName(term.index) ? 1 : 0);
      SL_RETURN_IF_ERROR(file->Append(record));
      before = bytes;
      is_first = false;
    }
  }
  SL_RETURN_IF_ERROR(file->Flush());
  run.end = file->size();
  return run;
}

class TermMerge::Source {
 public:
  Source(uint32_t number, const TermRun& run, size_t buffer_bytes)
      : number_(number), reader_(run.file, run.begin, run.end, buffer_bytes) {}

  // False behind the last.
  StatusOr<bool> Next() {
    if (reader_.at_end()) return false;
    SL_ASSIGN_OR_RETURN(const uint64_t shared, reader_.ReadVarint());
    SL_ASSIGN_OR_RETURN(const uint64_t further, reader_.ReadVarint());
    SL_ASSIGN_OR_RETURN(const std::string_view bytes, reader_.Read(further + sizeof(uint32_t) + 1));
    key_.resize(shared);
    key_.append(bytes.substr(0, further));
    std::memcpy(&local_, bytes.data() + further, sizeof local_);
    is_name_ = bytes.back() != 0;
    return true;
  }
  const std::string& key() const { return key_; }
  Occurrence occurrence() const { return {number_, local_, is_name_}; }

  // For a heap whose front is the least.
  static bool After(const Source* a, const Source* b) {
    const int order = a->key_.compare(b->key_);
    return order != 0 ? order > 0 : a->number_ > b->number_;
  }

 private:
  const uint32_t number_;
  SpillReader reader_;
  std::string key_;
  uint32_t local_ = 0;
  bool is_name_ = false;
};

TermMerge::TermMerge(const std::vector<TermRun>& runs, size_t memory_bytes) {
  const size_t buffer_bytes =
      std::clamp(memory_bytes / std::max<size_t>(runs.size(), 1), kSourceBytesMin, kSourceBytesMax);
  for (const TermRun& run : runs) {
    sources_.push_back(
        std::make_unique<Source>(static_cast<uint32_t>(sources_.size()), run, buffer_bytes));
  }
}

TermMerge::~TermMerge() = default;

StatusOr<bool> TermMerge::Next() {
  if (occurrences_.empty()) {  // The first call, or an empty merge again.
    heap_.clear();
    for (const auto& source : sources_) {
      SL_ASSIGN_OR_RETURN(const bool has_term, source->Next());
      if (has_term) heap_.push_back(source.get());
    }
    std::make_heap(heap_.begin(), heap_.end(), &Source::After);
  }
  if (heap_.empty()) return false;
  key_ = heap_.front()->key();
  occurrences_.clear();
  while (!heap_.empty() && heap_.front()->key() == key_) {
    std::pop_heap(heap_.begin(), heap_.end(), &Source::After);
    Source* const source = heap_.back();
    occurrences_.push_back(source->occurrence());
    SL_ASSIGN_OR_RETURN(const bool has_term, source->Next());
    if (has_term) {
      std::push_heap(heap_.begin(), heap_.end(), &Source::After);
    } else {
      heap_.pop_back();
    }
  }
  return true;
}

}  // namespace sightline::storage
