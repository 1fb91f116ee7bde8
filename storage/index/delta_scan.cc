#include "storage/index/delta_scan.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/index/quad_key.h"

namespace sightline::storage {

void ScanBatch::Clear() {
  for (auto& column : columns) column.clear();
  statements.clear();
  row_count = 0;
}

namespace {

bool RuleKeepsFact(DisputeRule rule, bool asserted, bool denied) {
  switch (rule) {
    case DisputeRule::kDefault:
      return asserted;
    case DisputeRule::kExcludingDisputed:
      return asserted && !denied;
    case DisputeRule::kOnlyDisputed:
      return asserted && denied;
    case DisputeRule::kIncludingDenied:
      return asserted || denied;
    case DisputeRule::kOnlyDenied:
      return denied && !asserted;
  }
  return false;
}

class DeltaScan final : public MergedScan {
 public:
  DeltaScan(DeltaScanInputs inputs, Permutation permutation, const KeyPrefix& prefix,
            ScopePtr scope, const MergedScanOptions& options)
      : inputs_(std::move(inputs)),
        permutation_(permutation),
        prefix_(prefix),
        scope_(std::move(scope)),
        options_(options),
        iterator_(inputs_.committed->Take()) {
    if (inputs_.pending != nullptr) pending_order_ = &inputs_.pending->InOrder(permutation_);
  }
  ~DeltaScan() override { inputs_.committed->Return(std::move(iterator_)); }
  DeltaScan(const DeltaScan&) = delete;
  DeltaScan& operator=(const DeltaScan&) = delete;

  Status Open() {
    const QuadKey first = LowestKeyOf(prefix_);
    SeekPending(first);
    return SeekCommitted(first);
  }

  StatusOr<size_t> Next(ScanBatch* batch) override {
    batch->Clear();
    if (!failure_.ok()) return failure_;
    while (batch->row_count < options_.batch_rows_max) {
      if (rows_given_ == rows_.size()) {
        failure_ = ReadFact();
        if (!failure_.ok()) {
          batch->Clear();
          return failure_;
        }
        if (rows_.empty()) break;
      }
      for (int i = 0; i < 3; ++i) batch->columns[i].push_back(TermId{fact_[i]});
      if (options_.rows == ScanRows::kStatements) {
        batch->statements.push_back(rows_[rows_given_]);
      }
      ++rows_given_;
      ++batch->row_count;
    }
    return batch->row_count;
  }

  Status SeekForward(const KeyPrefix& key) override {
    if (key.length > 3) return InvalidArgument("A key has three terms at most");
    if (!failure_.ok()) return failure_;
    const QuadKey target = LowestKeyOf(key);
    if (rows_given_ < rows_.size()) {
      // Rows of a fact that stand ready are the present place.
      if (!(fact_ < target)) return OkStatus();
      rows_.clear();
      rows_given_ = 0;
    }
    if (pending_head_ && *pending_head_ < target) SeekPending(target);
    // Near targets are reached faster by stepping: Next costs a tenth of a Seek.
    for (int step = 0; step < kStepsBeforeSeek; ++step) {
      if (!committed_head_ || !(*committed_head_ < target)) return OkStatus();
      failure_ = NextCommitted();
      if (!failure_.ok()) return failure_;
    }
    if (committed_head_ && *committed_head_ < target) failure_ = SeekCommitted(target);
    return failure_;
  }

  MergedScanStats Stats() const override { return stats_; }

 private:
  static constexpr int kStepsBeforeSeek = 4;

  // Reads facts until one has rows to give; leaves rows_ empty at the end.
  Status ReadFact() {
    rows_.clear();
    rows_given_ = 0;
    const bool wants_statements = options_.rows == ScanRows::kStatements;
    const DisputeRule rule = scope_->dispute_rule();
    while (committed_head_ || pending_head_) {
      fact_ = LeastHead();
      fact_[3] = 0;
      bool asserted = false;
      bool denied = false;
      while (committed_head_ || pending_head_) {
        const bool from_pending =
            !committed_head_ || (pending_head_ && *pending_head_ < *committed_head_);
        const QuadKey key = from_pending ? *pending_head_ : *committed_head_;
        if (key[0] != fact_[0] || key[1] != fact_[1] || key[2] != fact_[2]) break;
        if (from_pending) {
          NextPending();
        } else {
          SL_RETURN_IF_ERROR(NextCommitted());
        }
        ++stats_.quads_read;
        const StatementId statement{key[3]};
        if (!scope_->Contains(statement)) {
          ++stats_.rows_hidden;
          continue;
        }
        const bool asserts = scope_->PolarityOf(statement) == Polarity::kAsserts;
        (asserts ? asserted : denied) = true;
        if (wants_statements && (asserts || rule != DisputeRule::kDefault)) {
          rows_.push_back(statement);
        }
      }
      if (RuleKeepsFact(rule, asserted, denied)) {
        if (!wants_statements) rows_.push_back(StatementId{});
        return OkStatus();
      }
      rows_.clear();
    }
    return OkStatus();
  }

  QuadKey LeastHead() const {
    if (!committed_head_) return *pending_head_;
    if (!pending_head_) return *committed_head_;
    return std::min(*committed_head_, *pending_head_);
  }

  Status SeekCommitted(const QuadKey& key) {
    iterator_->Seek(EncodeQuadKey(permutation_, key));
    return LoadCommitted();
  }
  Status NextCommitted() {
    iterator_->Next();
    return LoadCommitted();
  }
  Status LoadCommitted() {
    committed_head_.reset();
    if (!iterator_->Valid()) return iterator_->status();
    const std::string_view bytes = iterator_->key();
    if (bytes.size() != kQuadKeyBytes) return DataLoss("A quad's key has a wrong length");
    if (static_cast<uint8_t>(bytes[0]) != static_cast<uint8_t>(permutation_)) return OkStatus();
    const QuadKey key = DecodeQuadKey(bytes);
    if (StartsWith(key, prefix_)) committed_head_ = key;
    return OkStatus();
  }

  void SeekPending(const QuadKey& key) {
    if (pending_order_ == nullptr) return;
    pending_place_ = pending_order_->lower_bound(key);
    LoadPending();
  }
  void NextPending() {
    ++pending_place_;
    LoadPending();
  }
  void LoadPending() {
    pending_head_.reset();
    if (pending_place_ == pending_order_->end() || !StartsWith(*pending_place_, prefix_)) return;
    pending_head_ = *pending_place_;
  }

  const DeltaScanInputs inputs_;
  const Permutation permutation_;
  const KeyPrefix prefix_;
  const ScopePtr scope_;
  const MergedScanOptions options_;
  std::unique_ptr<KvIterator> iterator_;
  const std::set<QuadKey>* pending_order_ = nullptr;
  std::set<QuadKey>::const_iterator pending_place_;
  // The keys that come next in each input; none at the end of the prefix.
  std::optional<QuadKey> committed_head_;
  std::optional<QuadKey> pending_head_;

  QuadKey fact_{};                 // The fact whose rows stand ready; its statement is 0.
  std::vector<StatementId> rows_;  // One a row; 0 when rows are facts.
  size_t rows_given_ = 0;
  MergedScanStats stats_;
  Status failure_;
};

}  // namespace

StatusOr<std::unique_ptr<MergedScan>> OpenDeltaScan(DeltaScanInputs inputs, Permutation permutation,
                                                    const KeyPrefix& prefix, ScopePtr scope,
                                                    const MergedScanOptions& options) {
  if (prefix.length > 3) return InvalidArgument("A prefix has three terms at most");
  if (options.batch_rows_max == 0) return InvalidArgument("A batch must hold a row at least");
  auto scan = std::make_unique<DeltaScan>(std::move(inputs), permutation, prefix, std::move(scope),
                                          options);
  SL_RETURN_IF_ERROR(scan->Open());
  return scan;
}

}  // namespace sightline::storage
