#include "storage/index/quad_source.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "storage/base/check.h"

namespace sightline::storage {
namespace {

// How the first `column_count` columns of a row compare with those of `key`.
int Compare(const QuadRows& rows, size_t row, const uint64_t* key, size_t column_count) {
  for (size_t i = 0; i < column_count; ++i) {
    const uint64_t value = rows.columns[i][row];
    if (value != key[i]) return value < key[i] ? -1 : 1;
  }
  return 0;
}

// How many of the first rows `is_before` holds for; of those that follow it holds for none.
template <typename IsBefore>
size_t Gallop(size_t row_count, IsBefore is_before) {
  size_t low = 0, step = 1;
  while (low + step <= row_count && is_before(low + step - 1)) {
    low += step;
    step *= 2;
  }
  size_t high = std::min(row_count, low + step);
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (is_before(middle)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

class MemorySource final : public QuadSource {
 public:
  MemorySource(const QuadRows& rows, const KeyPrefix& prefix) {
    const QuadRows rest = rows.From(CountBefore(rows, LowestKeyOf(prefix)));
    head_ = rest;
    head_.row_count = CountWithPrefix(rest, prefix);
  }

  Status Advance(size_t row_count) override {
    head_ = head_.From(row_count);
    return OkStatus();
  }
  Status SeekForward(const QuadKey& key) override { return Advance(CountBefore(head_, key)); }
};

class RunSource final : public QuadSource {
 public:
  RunSource(std::shared_ptr<QuadIteratorPool> pool, RunNumber run, Permutation permutation,
            const KeyPrefix& prefix, ScopePtr scope)
      : pool_(std::move(pool)),
        run_(run),
        permutation_(permutation),
        prefix_(prefix),
        scope_(std::move(scope)),
        range_(KeysOf(run, permutation)),
        iterator_(pool_->Take()) {}
  ~RunSource() override { pool_->Return(std::move(iterator_)); }
  RunSource(const RunSource&) = delete;
  RunSource& operator=(const RunSource&) = delete;

  Status Open() { return Seek(LowestKeyOf(prefix_)); }

  Status Advance(size_t row_count) override {
    head_ = head_.From(row_count);
    if (head_.row_count > 0) return OkStatus();
    if (is_last_group_) return End();
    if (group_ + 1 < block_.group_count()) return LoadGroup(group_ + 1, nullptr);
    iterator_->Next();
    return LoadBlock(nullptr);
  }

  Status SeekForward(const QuadKey& key) override {
    if (head_.row_count == 0) return OkStatus();
    const size_t before = CountBefore(head_, key);
    if (before < head_.row_count) {
      head_ = head_.From(before);
      return OkStatus();
    }
    if (is_last_group_) return End();
    if (!(last_of_block_ < key)) {
      SL_ASSIGN_OR_RETURN(const size_t group, block_.GroupFor(key));
      return LoadGroup(std::max(group, group_), &key);
    }
    // Near targets are reached faster by stepping: Next costs a fraction of a Seek.
    iterator_->Next();
    if (IsInRange()) {
      SL_ASSIGN_OR_RETURN(const QuadKey last, DecodeLastOfBlock(iterator_->key()));
      if (!(last < key)) return LoadBlock(&key);
    }
    return Seek(key);
  }

 private:
  Status End() {
    head_ = {};
    return iterator_->status();
  }

  bool IsInRange() const {
    return iterator_->Valid() && iterator_->key().starts_with(range_.lower);
  }

  Status Seek(const QuadKey& key) {
    iterator_->Seek(EncodeRunKey(run_, permutation_, key));
    return LoadBlock(&key);
  }

  // Makes the first rows from the iterator's block on the head: those at or after `target`, or all.
  Status LoadBlock(const QuadKey* target) {
    for (; IsInRange(); iterator_->Next()) {
      SL_ASSIGN_OR_RETURN(last_of_block_, DecodeLastOfBlock(iterator_->key()));
      SL_ASSIGN_OR_RETURN(block_, QuadBlock::Open(iterator_->value()));
      const StatementId first = block_.first_statement(), last = block_.last_statement();
      if (scope_ != nullptr && !scope_->Intersects(first, last)) {
        if (!StartsWith(last_of_block_, prefix_)) break;
        continue;
      }
      head_is_covered_ = scope_ != nullptr && scope_->Covers(first, last);
      size_t group = 0;
      if (target != nullptr) {
        SL_ASSIGN_OR_RETURN(group, block_.GroupFor(*target));
      }
      return LoadGroup(group, target);
    }
    return End();
  }

  // Makes the rows of the group at or after `target` the head. When there are none, the next
  // group's: a target lies between the last row of one group and the first of the next.
  Status LoadGroup(size_t group, const QuadKey* target) {
    SL_RETURN_IF_ERROR(block_.UnpackGroup(group, &rows_));
    group_ = group;
    QuadRows rows = rows_.rows();
    if (target != nullptr) {
      rows = rows.From(CountBefore(rows, *target));
      if (rows.row_count == 0) {
        if (group + 1 < block_.group_count()) return LoadGroup(group + 1, nullptr);
        return DataLoss("A block's last quad is not the one that its key names");
      }
    }
    const size_t with_prefix = CountWithPrefix(rows, prefix_);
    is_last_group_ = with_prefix < rows.row_count;
    rows.row_count = with_prefix;
    head_ = rows;
    return OkStatus();
  }

  const std::shared_ptr<QuadIteratorPool> pool_;
  const RunNumber run_;
  const Permutation permutation_;
  const KeyPrefix prefix_;
  const ScopePtr scope_;
  const RunKeyRange range_;
  std::unique_ptr<KvIterator> iterator_;

  QuadBlock block_;  // The iterator's value.
  QuadKey last_of_block_{};
  size_t group_ = 0;
  bool is_last_group_ = false;  // The prefix ends in it.
  GroupRows rows_;
};

}  // namespace

size_t CountBefore(const QuadRows& rows, const QuadKey& key) {
  return Gallop(rows.row_count,
                [&](size_t row) { return Compare(rows, row, key.data(), key.size()) < 0; });
}

size_t CountWithPrefix(const QuadRows& rows, const KeyPrefix& prefix) {
  const QuadKey key = LowestKeyOf(prefix);
  const auto has_prefix = [&](size_t row) {
    return Compare(rows, row, key.data(), prefix.length) == 0;
  };
  if (rows.row_count == 0 || has_prefix(rows.row_count - 1)) return rows.row_count;
  return Gallop(rows.row_count, has_prefix);
}

std::unique_ptr<QuadSource> MakeMemorySource(const QuadRows& rows, const KeyPrefix& prefix) {
  return std::make_unique<MemorySource>(rows, prefix);
}

StatusOr<std::unique_ptr<QuadSource>> OpenRunSource(std::shared_ptr<QuadIteratorPool> pool,
                                                    RunNumber run, Permutation permutation,
                                                    const KeyPrefix& prefix, ScopePtr scope) {
  auto source =
      std::make_unique<RunSource>(std::move(pool), run, permutation, prefix, std::move(scope));
  SL_RETURN_IF_ERROR(source->Open());
  if (source->head().row_count == 0) return std::unique_ptr<QuadSource>();
  return std::unique_ptr<QuadSource>(std::move(source));
}

}  // namespace sightline::storage
