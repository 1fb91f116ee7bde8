#include "storage/load/quad_run_builder.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>
#include <utility>

#include "storage/base/check.h"
#include "storage/index/quad_merge.h"
#include "storage/index/quad_source.h"

namespace sightline::storage {
namespace {

constexpr size_t kEmitRows = 1024;  // 32 KiB of columns, which stay in the L1 cache.
constexpr size_t kReadBytes = 256 << 10;

}  // namespace

// The rows of a region, group by group.
class QuadRunBuilder::Source final : public QuadSource {
 public:
  static StatusOr<std::unique_ptr<QuadSource>> Open(const SpillFile* file) {
    auto source = std::unique_ptr<Source>(new Source(file));
    SL_RETURN_IF_ERROR(source->NextGroup());
    return std::unique_ptr<QuadSource>(std::move(source));
  }

  Status Advance(size_t row_count) override {
    head_ = head_.From(row_count);
    return head_.row_count == 0 ? NextGroup() : OkStatus();
  }
  Status SeekForward(const QuadKey&) override {
    SL_CHECK(false);  // A merge of everything passes over nothing.
    return OkStatus();
  }
  Status Rebind(const KeyPrefix&) override {
    SL_CHECK(false);  // As above.
    return OkStatus();
  }

 private:
  explicit Source(const SpillFile* file) : reader_(file, 0, file->size(), kReadBytes) {}

  Status NextGroup() {
    head_ = {};
    if (group_ == block_.group_count()) {
      if (reader_.at_end()) return OkStatus();
      SL_ASSIGN_OR_RETURN(const std::string_view prefix,
                          reader_.Read(sizeof(uint32_t) + kRunKeyBytes));
      uint32_t length;
      std::memcpy(&length, prefix.data(), sizeof length);
      SL_ASSIGN_OR_RETURN(const std::string_view bytes, reader_.Read(length));
      bytes_ = bytes;
      SL_ASSIGN_OR_RETURN(block_, QuadBlock::Open(bytes_));
      group_ = 0;
    }
    SL_RETURN_IF_ERROR(block_.UnpackGroup(group_++, &rows_));
    head_ = rows_.rows();
    return OkStatus();
  }

  SpillReader reader_;
  std::string bytes_;
  QuadBlock block_;
  size_t group_ = 0;
  GroupRows rows_;
};

StatusOr<QuadRunBuilder::BlockRegion> QuadRunBuilder::WriteRegion(
    Permutation permutation, const std::function<Status(RunWriter*)>& add) const {
  BlockRegion region;
  SL_ASSIGN_OR_RETURN(region.file, SpillFile::Create(options_.directory));
  SpillFile* const file = region.file.get();
  RunWriter writer(
      options_.run, permutation,
      [file, this](std::string_view key, std::string_view block) {
        SL_RETURN_IF_ERROR(options_.token->Check());
        const auto length = static_cast<uint32_t>(block.size());
        SL_RETURN_IF_ERROR(file->Append({reinterpret_cast<const char*>(&length), sizeof length}));
        SL_RETURN_IF_ERROR(file->Append(key));
        return file->Append(block);
      },
      options_.block_rows);
  SL_RETURN_IF_ERROR(add(&writer));
  SL_RETURN_IF_ERROR(writer.Finish());
  SL_RETURN_IF_ERROR(file->Flush());
  region.quad_count = writer.quad_count();
  region.block_count = writer.block_count();
  region.bytes = writer.bytes();
  return region;
}

Status QuadRunBuilder::AddBatch(std::span<const LoadRow> rows, std::span<const uint64_t> terms,
                                const StatementNumbers& statements) {
  const auto write = [&](Permutation permutation, std::span<const LoadRow> sorted) -> Status {
    // Where subject, predicate and object stand: as Permute has it.
    const PermutedKey places = Permute(permutation, Fact{TermId{0}, TermId{1}, TermId{2}});
    auto region = WriteRegion(permutation, [&](RunWriter* writer) {
      std::array<std::array<uint64_t, kEmitRows>, 4> columns;
      for (size_t begin = 0; begin < sorted.size(); begin += kEmitRows) {
        const size_t count = std::min(kEmitRows, sorted.size() - begin);
        for (size_t i = 0; i < count; ++i) {
          const LoadRow& row = sorted[begin + i];
          for (size_t j = 0; j < 3; ++j) columns[j][i] = terms[row[places[j].bits]];
          columns[3][i] = statements.Of(row[3]).value;
        }
        SL_RETURN_IF_ERROR(writer->Add(
            {{columns[0].data(), columns[1].data(), columns[2].data(), columns[3].data()}, count}));
      }
      return OkStatus();
    });
    if (!region.ok()) return region.status();
    // Each permutation has a vector of its own: no lock.
    regions_[static_cast<size_t>(permutation)].push_back(std::move(*region));
    return OkStatus();
  };
  return SortQuads(rows, options_.thread_count, *options_.token, write);
}

StatusOr<QuadRunBuilder::BlockRegion> QuadRunBuilder::Merge(Permutation permutation) {
  std::vector<BlockRegion>& regions = regions_[static_cast<size_t>(permutation)];
  std::vector<std::unique_ptr<QuadSource>> sources;
  for (const BlockRegion& region : regions) {
    SL_ASSIGN_OR_RETURN(auto source, Source::Open(region.file.get()));
    sources.push_back(std::move(source));
  }
  QuadMerge merge(std::move(sources));
  return WriteRegion(permutation, [&merge](RunWriter* writer) {
    while (merge.head().row_count > 0) {
      SL_RETURN_IF_ERROR(writer->Add(merge.head()));
      SL_RETURN_IF_ERROR(merge.Advance(merge.head().row_count));
    }
    return OkStatus();
  });
}

Status QuadRunBuilder::MergeAll() {
  std::atomic<int> next{0};
  const auto work = [&]() -> Status {
    for (int i = next++; i < kPermutationCount; i = next++) {
      auto merged = Merge(static_cast<Permutation>(i));
      if (!merged.ok()) return merged.status();
      regions_[static_cast<size_t>(i)].clear();
      regions_[static_cast<size_t>(i)].push_back(std::move(*merged));
    }
    return OkStatus();
  };
  if (options_.thread_count <= 1) return work();
  Status second = OkStatus();
  std::thread other([&] { second = work(); });
  Status first = work();
  other.join();
  return first.ok() ? second : first;
}

StatusOr<RunInfo> QuadRunBuilder::Finish(const BlockSink& sink) {
  if (regions_[0].size() > 1) SL_RETURN_IF_ERROR(MergeAll());
  RunInfo info;
  info.number = options_.run;
  for (std::vector<BlockRegion>& regions : regions_) {
    if (regions.empty()) continue;
    BlockRegion& region = regions[0];
    info.quad_count = region.quad_count;
    info.block_count += region.block_count;
    info.bytes += region.bytes;
    SpillReader reader(region.file.get(), 0, region.file->size(), kReadBytes);
    while (!reader.at_end()) {
      SL_RETURN_IF_ERROR(options_.token->Check());
      SL_ASSIGN_OR_RETURN(const std::string_view prefix,
                          reader.Read(sizeof(uint32_t) + kRunKeyBytes));
      uint32_t length;
      std::memcpy(&length, prefix.data(), sizeof length);
      const std::string key(prefix.substr(sizeof length));
      SL_ASSIGN_OR_RETURN(const std::string_view block, reader.Read(length));
      SL_RETURN_IF_ERROR(sink(key, block));
    }
    regions.clear();
  }
  return info;
}

}  // namespace sightline::storage
