#include "storage/load/name_postings_builder.h"

#include <algorithm>

#include "storage/base/encoding.h"

namespace sightline::storage {
namespace {

constexpr TermTag kBlockTag = TermTag::kString;  // Of blocks in a TermTable.
// Of an entry of the map, beside its strings' own bytes.
constexpr uint64_t kOpenBlockBytes = 128;

}  // namespace

StatusOr<std::unique_ptr<NamePostingsBuilder>> NamePostingsBuilder::Create(
    const KvStore& kv, const KvSnapshot* snapshot, const std::string& directory,
    uint64_t memory_bytes, const CancellationToken& token, Put put) {
  std::unique_ptr<NamePostingsBuilder> builder(
      new NamePostingsBuilder(kv, snapshot, memory_bytes, token, std::move(put)));
  SL_ASSIGN_OR_RETURN(builder->header_, ReadNamePostingsHeader(kv, snapshot));
  builder->numbered_before_ = builder->header_.numbered;
  if (builder->header_.numbered % kNamesPerChunk != 0) {
    const auto chunk = static_cast<uint32_t>(builder->header_.numbered / kNamesPerChunk);
    SL_ASSIGN_OR_RETURN(builder->trigram_counts_,
                        kv.Get(ColumnFamily::kNamePostings, TrigramCountsKey(chunk), snapshot));
  }
  SL_ASSIGN_OR_RETURN(builder->file_, SpillFile::Create(directory));
  return builder;
}

StatusOr<bool> NamePostingsBuilder::Add(const NameEntry& entry) {
  if (numbered_before_ + header_.recent > 0) {
    const Status found =
        kv_.Get(ColumnFamily::kNames, NameKey(entry.form.words, entry.text), snapshot_).status();
    if (found.ok()) return false;
    if (found.code() != StatusCode::kNotFound) return found;
  }
  if (header_.numbered == UINT32_MAX) {
    return ResourceExhausted("The store has {} names, and cannot number more", header_.numbered);
  }
  const auto number = static_cast<uint32_t>(header_.numbered++);
  SL_RETURN_IF_ERROR(put_(NumberedNameKey(number), EncodeNumberedName(entry)));
  size_t trigram_count = 0;
  for (const std::string& list : PostingListsOf(entry.form, &trigram_count)) {
    const auto [place, is_new] = open_.try_emplace(list, Block{number, number, ""});
    if (is_new) {
      open_bytes_ += kOpenBlockBytes + list.size();
      continue;
    }
    Block& block = place->second;
    if (block.gaps.size() >= kPostingBlockBytes) {
      SL_RETURN_IF_ERROR(EndBlock(list, block));
      open_bytes_ -= block.gaps.size();
      block = Block{number, number, ""};
      continue;
    }
    const size_t bytes_before = block.gaps.size();
    AppendVarint(number - block.last, &block.gaps);
    block.last = number;
    open_bytes_ += block.gaps.size() - bytes_before;
  }
  AppendByte(TrigramCountByte(trigram_count), &trigram_counts_);
  if (open_bytes_ > memory_bytes_ / 2) SL_RETURN_IF_ERROR(EndBlocks());
  return true;
}

Status NamePostingsBuilder::EndBlock(std::string_view list, const Block& block) {
  std::string bytes = PostingBlockKey(list, block.first);
  bytes += block.gaps;
  SL_RETURN_IF_ERROR(ended_.Intern(kBlockTag, bytes, [] { return OkStatus(); }).status());
  return ended_.memory_bytes() > memory_bytes_ / 2 ? Spill() : OkStatus();
}

Status NamePostingsBuilder::EndBlocks() {
  for (const auto& [list, block] : open_) SL_RETURN_IF_ERROR(EndBlock(list, block));
  open_.clear();
  open_bytes_ = 0;
  return OkStatus();
}

Status NamePostingsBuilder::Spill() {
  SL_ASSIGN_OR_RETURN(const TermRun run, WriteTermRun(ended_, token_, file_.get()));
  runs_.push_back(run);
  ended_.Clear();
  return OkStatus();
}

Status NamePostingsBuilder::Finish() {
  if (header_.numbered == numbered_before_) return OkStatus();
  const auto first_chunk = static_cast<uint32_t>(numbered_before_ / kNamesPerChunk);
  for (uint32_t chunk = 0; chunk * size_t{kNamesPerChunk} < trigram_counts_.size(); ++chunk) {
    SL_RETURN_IF_ERROR(put_(
        TrigramCountsKey(first_chunk + chunk),
        std::string_view(trigram_counts_).substr(chunk * size_t{kNamesPerChunk}, kNamesPerChunk)));
  }
  SL_RETURN_IF_ERROR(EndBlocks());
  SL_RETURN_IF_ERROR(Spill());
  TermMerge merge(runs_, memory_bytes_);
  for (uint64_t blocks = 0;; ++blocks) {
    SL_ASSIGN_OR_RETURN(const bool has_block, merge.Next());
    if (!has_block) break;
    if (blocks % 4096 == 0) SL_RETURN_IF_ERROR(token_.Check());
    const std::string_view block = merge.key().substr(1);
    const size_t key_bytes = PostingBlockKeyBytes(block);
    SL_RETURN_IF_ERROR(put_(block.substr(0, key_bytes), block.substr(key_bytes)));
  }
  return put_(NamePostingsHeaderKey(), EncodeNamePostingsHeader(header_));
}

}  // namespace sightline::storage
