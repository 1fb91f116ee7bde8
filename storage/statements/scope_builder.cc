#include "storage/statements/scope_builder.h"

#include <algorithm>
#include <map>
#include <optional>
#include <roaring/roaring.hh>
#include <unordered_map>
#include <utility>

namespace sightline::storage {

class StatementBitmaps {
 public:
  Roaring in_scope;
  Roaring denials;
};

namespace {

// Adds ascending numbers, a few thousand at a time: one call a number costs three times as much.
class BitmapFiller {
 public:
  explicit BitmapFiller(Roaring* bitmap) : bitmap_(bitmap) { numbers_.reserve(kChunk); }
  ~BitmapFiller() {
    Flush();
    bitmap_->runOptimize();
  }
  void Add(uint32_t number) {
    numbers_.push_back(number);
    if (numbers_.size() == kChunk) Flush();
  }

 private:
  static constexpr size_t kChunk = 4096;

  void Flush() {
    bitmap_->addMany(numbers_.size(), numbers_.data());
    numbers_.clear();
  }

  Roaring* const bitmap_;
  std::vector<uint32_t> numbers_;
};

// The conditions on a statement's context, asked once for each distinct context.
class ContextFilter {
 public:
  // `is_dense`: nearly all contexts will be asked for. A transaction asks for a few, with high
  // numbers, again and again.
  ContextFilter(const ContextTable& contexts, bool is_dense, const ScopeConditions& conditions,
                const Clearance& clearance)
      : contexts_(contexts),
        is_dense_(is_dense),
        clearance_(clearance),
        sources_(conditions.sources),
        excluded_(conditions.excluded_sources),
        reliability_(conditions.reliability) {
    if (sources_) std::sort(sources_->begin(), sources_->end());
    std::sort(excluded_.begin(), excluded_.end());
  }

  bool Passes(uint32_t number) {
    if (!is_dense_) {
      const auto [verdict, is_new] = sparse_verdicts_.try_emplace(number, false);
      if (is_new) verdict->second = Evaluate(contexts_[number]);
      return verdict->second;
    }
    if (number >= verdicts_.size()) verdicts_.resize(number + 1, Verdict::kUnasked);
    Verdict& verdict = verdicts_[number];
    if (verdict == Verdict::kUnasked) {
      verdict = Evaluate(contexts_[number]) ? Verdict::kPasses : Verdict::kFails;
    }
    return verdict == Verdict::kPasses;
  }

 private:
  enum class Verdict : uint8_t { kUnasked, kPasses, kFails };

  bool Evaluate(const StatementContext& context) {
    if (!Permits(context.marking)) return false;
    if (sources_ && !NamesOneOf(context, *sources_)) return false;
    if (!excluded_.empty() && NamesOneOf(context, excluded_)) return false;
    if (reliability_) {
      // An unstated reliability and F, "cannot be judged", are no grades to be better than.
      if (context.reliability == Reliability::kUnstated || context.reliability == Reliability::kF ||
          context.reliability > *reliability_) {
        return false;
      }
    }
    return true;
  }

  // Markings repeat over contexts; parsing one costs more than finding it here.
  bool Permits(const Marking& marking) {
    const auto [verdict, is_new] = permits_.try_emplace(marking, false);
    if (is_new) verdict->second = clearance_.Permits(marking);
    return verdict->second;
  }

  static bool NamesOneOf(const StatementContext& context, const std::vector<TermId>& sources) {
    const auto is_among = [&sources](TermId source) {
      return !source.is_none() && std::binary_search(sources.begin(), sources.end(), source);
    };
    return is_among(context.claimant) || is_among(context.document) || is_among(context.dataset) ||
           std::any_of(context.via.begin(), context.via.end(), is_among);
  }

  const ContextTable& contexts_;
  const bool is_dense_;
  const Clearance& clearance_;
  std::optional<std::vector<TermId>> sources_;
  std::vector<TermId> excluded_;
  const std::optional<Reliability> reliability_;
  std::vector<Verdict> verdicts_;
  std::unordered_map<uint32_t, bool> sparse_verdicts_;
  std::map<Marking, bool> permits_;
};

bool PassesValidTime(const ScopeConditions& conditions, const TimeInterval& valid) {
  if (valid.undated()) return !conditions.excluding_undated;
  if (conditions.only_undated) return false;
  return !conditions.valid || valid.Overlaps(*conditions.valid);
}

class BitmapScope final : public Scope {
 public:
  BitmapScope(ScopeConditions conditions, StatementBitmapsPtr committed,
              StatementBitmapsPtr pending, const std::vector<StatementId>& retracted)
      : Scope(std::move(conditions)),
        committed_(std::move(committed)),
        pending_(std::move(pending)) {
    for (const StatementId id : retracted) retracted_.add(static_cast<uint32_t>(id.value));
    has_retracted_ = !retracted.empty();
    size_ = CountOf(committed_->in_scope) + (pending_ ? CountOf(pending_->in_scope) : 0);
  }

  bool Contains(StatementId statement) const override {
    if (statement.value > UINT32_MAX) return false;
    const auto number = static_cast<uint32_t>(statement.value);
    const bool in_scope = committed_->in_scope.contains(number) ||
                          (pending_ != nullptr && pending_->in_scope.contains(number));
    return in_scope && !(has_retracted_ && retracted_.contains(number));
  }

  Polarity PolarityOf(StatementId statement) const override {
    const auto number = static_cast<uint32_t>(statement.value);
    const bool denies = committed_->denials.contains(number) ||
                        (pending_ != nullptr && pending_->denials.contains(number));
    return denies ? Polarity::kDenies : Polarity::kAsserts;
  }

  uint64_t size() const override { return size_; }

  std::vector<StatementId> Statements() const override {
    const Roaring all = Combined();
    std::vector<uint32_t> numbers(all.cardinality());
    if (!numbers.empty()) all.toUint32Array(numbers.data());
    std::vector<StatementId> statements;
    statements.reserve(numbers.size());
    for (const uint32_t number : numbers) statements.push_back(StatementId{number});
    return statements;
  }

 private:
  // Without building the combination: a transaction makes a scope for each of its views.
  uint64_t CountOf(const Roaring& bitmap) const {
    const uint64_t retracted_count = has_retracted_ ? bitmap.and_cardinality(retracted_) : 0;
    return bitmap.cardinality() - retracted_count;
  }

  Roaring Combined() const {
    Roaring all = committed_->in_scope;
    if (pending_ != nullptr) all |= pending_->in_scope;
    if (has_retracted_) all -= retracted_;
    return all;
  }

  const StatementBitmapsPtr committed_;
  const StatementBitmapsPtr pending_;
  Roaring retracted_;
  bool has_retracted_ = false;
  uint64_t size_ = 0;
};

}  // namespace

StatementBitmapsPtr EvaluateScope(const ScopeTables& tables, StatementRange range,
                                  const ScopeConditions& conditions, const Clearance& clearance,
                                  Revision known_at, RetractedStatements retracted) {
  auto bitmaps = std::make_shared<StatementBitmaps>();
  ContextFilter contexts(tables.contexts, /*is_dense=*/range.first == 1, conditions, clearance);
  BitmapFiller in_scope(&bitmaps->in_scope);
  BitmapFiller denials(&bitmaps->denials);
  for (uint64_t number = range.first; number <= range.last; ++number) {
    const StatementRow& row = tables.statements[StatementId{number}];
    if (row.revision > known_at) continue;
    if (retracted == RetractedStatements::kLeaveOut && row.IsRetractedAt(known_at)) continue;
    if (conditions.credibility) {
      // 0 is "not stated", 6 "cannot be judged": no grades to be better than.
      if (row.credibility == 0 || row.credibility == 6 ||
          row.credibility > *conditions.credibility) {
        continue;
      }
    }
    if (!PassesValidTime(conditions, row.valid)) continue;
    if (!contexts.Passes(row.context_number)) continue;
    in_scope.Add(static_cast<uint32_t>(number));
    if (row.polarity == Polarity::kDenies) denials.Add(static_cast<uint32_t>(number));
  }
  return bitmaps;
}

StatementBitmapsPtr ExtendScope(const StatementBitmaps& base, const StatementBitmaps& added,
                                const std::vector<StatementId>& retracted) {
  auto bitmaps = std::make_shared<StatementBitmaps>(base);
  bitmaps->in_scope |= added.in_scope;
  bitmaps->denials |= added.denials;
  for (const StatementId id : retracted) {
    bitmaps->in_scope.remove(static_cast<uint32_t>(id.value));
    bitmaps->denials.remove(static_cast<uint32_t>(id.value));
  }
  bitmaps->in_scope.runOptimize();
  bitmaps->denials.runOptimize();
  return bitmaps;
}

ScopePtr MakeScope(ScopeConditions conditions, StatementBitmapsPtr committed,
                   StatementBitmapsPtr pending, const std::vector<StatementId>& retracted) {
  return std::make_shared<BitmapScope>(std::move(conditions), std::move(committed),
                                       std::move(pending), retracted);
}

}  // namespace sightline::storage
