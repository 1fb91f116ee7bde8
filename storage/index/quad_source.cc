#include "storage/index/quad_source.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "storage/base/check.h"
#include "storage/index/quad_delta.h"

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

class MemorySource : public QuadSource {
 public:
  MemorySource(const QuadRows& rows, const KeyPrefix& prefix) { Show(rows, prefix); }

  Status Advance(size_t row_count) override {
    head_ = head_.From(row_count);
    return OkStatus();
  }
  Status SeekForward(const QuadKey& key) override { return Advance(CountBefore(head_, key)); }
  Status Rebind(const KeyPrefix& prefix) override {
    Find(prefix);
    return OkStatus();
  }

 protected:
  void Show(const QuadRows& rows, const KeyPrefix& prefix) {
    rows_ = rows;
    place_ = 0;
    Find(prefix);
  }

 private:
  void Find(const KeyPrefix& prefix) {
    const QuadKey key = LowestKeyOf(prefix);
    // Prefixes that ascend are found from the last one on.
    if (place_ == rows_.row_count || !(rows_.Row(place_) < key)) place_ = 0;
    place_ += CountBefore(rows_.From(place_), key);
    head_ = rows_.From(place_);
    head_.row_count = CountWithPrefix(head_, prefix);
  }

  QuadRows rows_;
  size_t place_ = 0;  // Where the prefix begins.
};

// Picks out the rows with its prefix, and sorts all of them when it gets another one: most scans
// keep theirs.
class UnsortedSource final : public MemorySource {
 public:
  UnsortedSource(const std::vector<Quad>& quads, Permutation permutation, const KeyPrefix& prefix)
      : MemorySource({}, {}),
        quads_(quads),
        permutation_(permutation),
        sorted_(SortedIn(permutation, quads, prefix)),
        has_all_(prefix.length == 0) {
    Show(sorted_.rows(), prefix);
  }

  Status Rebind(const KeyPrefix& prefix) override {
    if (has_all_) return MemorySource::Rebind(prefix);
    sorted_ = SortedIn(permutation_, quads_);
    has_all_ = true;
    Show(sorted_.rows(), prefix);
    return OkStatus();
  }

 private:
  const std::vector<Quad>& quads_;
  const Permutation permutation_;
  SortedQuads sorted_;
  bool has_all_;  // And not only the rows with one prefix.
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
      return LoadGroup(std::max(block_.GroupFor(key), group_), &key);
    }
    return SeekBehindBlock(key);
  }

  Status Rebind(const KeyPrefix& prefix) override {
    prefix_ = prefix;
    const QuadKey key = LowestKeyOf(prefix);
    if (!has_block_ || key < first_of_block_) return Seek(key);
    if (last_of_block_ < key) return SeekBehindBlock(key);
    // The group at hand, or another one of the block at hand.
    const QuadRows rows = rows_.rows();
    if (rows.row_count > 0 && rows.Row(0) <= key && key <= rows.Row(rows.row_count - 1)) {
      ShowFrom(rows.From(CountBefore(rows, key)));
      return OkStatus();
    }
    return LoadGroup(block_.GroupFor(key), &key);
  }

 private:
  Status End() {
    head_ = {};
    return iterator_->status();
  }

  bool IsInRange() const {
    return iterator_->Valid() && iterator_->key().starts_with(range_.lower);
  }

  Status SeekBehindBlock(const QuadKey& key) {
    // Near targets are reached faster by stepping: Next costs a fraction of a Seek.
    has_block_ = false;
    iterator_->Next();
    if (IsInRange()) {
      SL_ASSIGN_OR_RETURN(const QuadKey last, DecodeLastOfBlock(iterator_->key()));
      if (!(last < key)) return LoadBlock(&key);
    }
    return Seek(key);
  }

  Status Seek(const QuadKey& key) {
    has_block_ = false;
    iterator_->Seek(EncodeRunKey(run_, permutation_, key));
    return LoadBlock(&key);
  }

  // Makes the first rows from the iterator's block on the head: those at or after `target`, or all.
  Status LoadBlock(const QuadKey* target) {
    has_block_ = false;
    rows_.row_count = 0;
    for (; IsInRange(); iterator_->Next()) {
      SL_ASSIGN_OR_RETURN(last_of_block_, DecodeLastOfBlock(iterator_->key()));
      SL_ASSIGN_OR_RETURN(block_, QuadBlock::Open(iterator_->value()));
      first_of_block_ = block_.FirstOfGroup(0);
      const StatementId first = block_.first_statement(), last = block_.last_statement();
      if (scope_ != nullptr && !scope_->Intersects(first, last)) {
        if (!StartsWith(last_of_block_, prefix_)) break;
        continue;
      }
      has_block_ = true;
      head_is_covered_ = scope_ != nullptr && scope_->Covers(first, last);
      return LoadGroup(target != nullptr ? block_.GroupFor(*target) : 0, target);
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
    ShowFrom(rows);
    return OkStatus();
  }

  // Makes the rows with the prefix the head: the first ones of `rows`, which end the group.
  void ShowFrom(const QuadRows& rows) {
    head_ = rows;
    head_.row_count = CountWithPrefix(rows, prefix_);
    is_last_group_ = head_.row_count < rows.row_count;
  }

  const std::shared_ptr<QuadIteratorPool> pool_;
  const RunNumber run_;
  const Permutation permutation_;
  KeyPrefix prefix_;
  const ScopePtr scope_;
  const RunKeyRange range_;
  std::unique_ptr<KvIterator> iterator_;

  bool has_block_ = false;
  QuadBlock block_;  // The iterator's value, when there is one.
  QuadKey first_of_block_{}, last_of_block_{};
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

std::unique_ptr<QuadSource> MakeUnsortedSource(const std::vector<Quad>& quads,
                                               Permutation permutation, const KeyPrefix& prefix) {
  return std::make_unique<UnsortedSource>(quads, permutation, prefix);
}

StatusOr<std::unique_ptr<QuadSource>> OpenRunSource(std::shared_ptr<QuadIteratorPool> pool,
                                                    RunNumber run, Permutation permutation,
                                                    const KeyPrefix& prefix, ScopePtr scope) {
  auto source =
      std::make_unique<RunSource>(std::move(pool), run, permutation, prefix, std::move(scope));
  SL_RETURN_IF_ERROR(source->Open());
  return std::unique_ptr<QuadSource>(std::move(source));
}

}  // namespace sightline::storage
