#include "storage/statements/scope_builder.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/mutex.h"

namespace sightline::storage {
namespace {

// --- Conditions on one column

// How many rows of some passed.
enum class Outcome : uint8_t { kNone, kSome, kAll };

// For each row of a segment 1 when it has passed all conditions so far, else 0.
using RowMask = std::array<uint8_t, kSegmentRows>;

// A condition on the numbers of a column, whose answer for a number is the same in every row.
template <typename Ask>
class ColumnCondition {
 public:
  // Asked about `row_count` rows with numbers from `least` to `greatest`.
  ColumnCondition(Ask ask, uint32_t least, uint32_t greatest, uint64_t row_count)
      : ask_(std::move(ask)), least_(least) {
    // Few rows with numbers far apart, as the statements of a commit have: not worth asking about
    // all numbers between.
    const uint64_t number_count = uint64_t{greatest} - least + 1;
    if (number_count > row_count + kSegmentRows) return;
    answers_.reserve(number_count);
    passed_before_.reserve(number_count + 1);
    passed_before_.push_back(0);
    for (uint64_t number = least; number <= greatest; ++number) {
      answers_.push_back(ask_(static_cast<uint32_t>(number)) ? 1 : 0);
      passed_before_.push_back(passed_before_.back() + answers_.back());
    }
  }

  // Takes from `mask` the rows that do not pass. The mask is not touched unless some pass and some
  // do not.
  Outcome Apply(const PackedColumn& column, size_t first_row, size_t row_count, RowMask* mask) {
    if (answers_.empty()) return ApplyToFew(column, first_row, row_count, mask);
    const uint64_t passed_count =
        passed_before_[column.max() - least_ + 1] - passed_before_[column.min() - least_];
    if (passed_count == 0) return Outcome::kNone;
    if (passed_count == uint64_t{column.max()} - column.min() + 1) return Outcome::kAll;
    const uint8_t* answers = answers_.data() + (column.min() - least_);
    column.VisitOffsets([&](const auto* offsets) {
      for (size_t row = 0; row < row_count; ++row) {
        (*mask)[row] &= answers[offsets[first_row + row]];
      }
    });
    return Outcome::kSome;
  }

 private:
  Outcome ApplyToFew(const PackedColumn& column, size_t first_row, size_t row_count,
                     RowMask* mask) {
    std::vector<uint32_t> numbers;
    numbers.reserve(row_count);
    for (size_t row = 0; row < row_count; ++row) numbers.push_back(column[first_row + row]);
    std::vector<uint32_t> distinct = numbers;
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    std::vector<uint8_t> answers;
    answers.reserve(distinct.size());
    for (const uint32_t number : distinct) answers.push_back(ask_(number) ? 1 : 0);
    const auto passed_count = std::count(answers.begin(), answers.end(), 1);
    if (passed_count == 0) return Outcome::kNone;
    if (static_cast<size_t>(passed_count) == distinct.size()) return Outcome::kAll;
    for (size_t row = 0; row < row_count; ++row) {
      const auto place = std::lower_bound(distinct.begin(), distinct.end(), numbers[row]);
      (*mask)[row] &= answers[static_cast<size_t>(place - distinct.begin())];
    }
    return Outcome::kSome;
  }

  Ask ask_;
  const uint32_t least_;
  std::vector<uint8_t> answers_;         // By number - least_: 1 passes. Empty: not all were asked.
  std::vector<uint32_t> passed_before_;  // By number - least_: how many smaller ones pass.
};

// The clearance and the conditions on who said it.
class ContextFilter {
 public:
  ContextFilter(const ScopeTables& tables, const ScopeConditions& conditions,
                const Clearance& clearance)
      : contexts_(tables.contexts),
        ratings_(tables.ratings),
        clearance_(clearance),
        marked_at_most_(conditions.marked_at_most),
        releasable_to_(conditions.releasable_to),
        sources_(conditions.sources),
        excluded_(conditions.excluded_sources),
        reliability_(conditions.reliability) {
    if (sources_) std::sort(sources_->begin(), sources_->end());
    std::sort(excluded_.begin(), excluded_.end());
  }

  bool passes_all() const {
    return !asks_marking() && !sources_ && excluded_.empty() && !reliability_;
  }

  bool operator()(uint32_t number) {
    if (!Permits(number)) return false;
    if (!sources_ && excluded_.empty() && !reliability_) return true;
    const StatementContext& context = contexts_[number];
    if (sources_ && !NamesOneOf(context, *sources_)) return false;
    if (!excluded_.empty() && NamesOneOf(context, excluded_)) return false;
    if (reliability_) {
      const Reliability grade =
          ratings_ != nullptr ? ratings_->ReliabilityOf(context) : context.reliability;
      // An unstated reliability and F, "cannot be judged", are no grades to be better than.
      if (grade == Reliability::kUnstated || grade == Reliability::kF || grade > *reliability_) {
        return false;
      }
    }
    return true;
  }

 private:
  enum class Verdict : uint8_t { kUnasked, kPermits, kForbids };

  bool asks_marking() const {
    return !clearance_.unrestricted || marked_at_most_ || !releasable_to_.empty();
  }

  bool Permits(uint32_t number) {
    if (!asks_marking()) return true;
    const uint32_t marking = contexts_.MarkingNumberOf(number);
    if (marking >= permits_.size()) permits_.resize(marking + 1, Verdict::kUnasked);
    Verdict& verdict = permits_[marking];
    if (verdict == Verdict::kUnasked) {
      verdict = PermitsMarking(contexts_[number].marking) ? Verdict::kPermits : Verdict::kForbids;
    }
    return verdict == Verdict::kPermits;
  }

  bool PermitsMarking(const Marking& marking) const {
    if (!clearance_.Permits(marking)) return false;
    if (marked_at_most_ && marking.tlp > *marked_at_most_) return false;
    return IsReleasableToEach(marking, releasable_to_);
  }

  static bool NamesOneOf(const StatementContext& context, const std::vector<TermId>& sources) {
    const auto is_among = [&sources](TermId source) {
      return !source.is_none() && std::binary_search(sources.begin(), sources.end(), source);
    };
    return is_among(context.claimant) || is_among(context.document) || is_among(context.dataset) ||
           std::any_of(context.via.begin(), context.via.end(), is_among);
  }

  const ContextTable& contexts_;
  const Ratings* const ratings_;
  const Clearance& clearance_;
  const std::optional<TlpLabel> marked_at_most_;
  const std::vector<std::string> releasable_to_;
  std::optional<std::vector<TermId>> sources_;
  std::vector<TermId> excluded_;
  const std::optional<Reliability> reliability_;
  std::vector<Verdict> permits_;  // By marking number.
};

bool PassesValidTime(const ScopeConditions& conditions, const TimeInterval& valid) {
  if (valid.undated()) return !conditions.excluding_undated;
  if (conditions.only_undated) return false;
  return !conditions.valid || valid.Overlaps(*conditions.valid);
}

bool PassesCredibility(const ScopeConditions& conditions, uint32_t grade) {
  const uint32_t credibility = grade >> 1;
  // 0 is "not stated", 6 "cannot be judged": no grades to be better than.
  return credibility != 0 && credibility != 6 && credibility <= *conditions.credibility;
}

// Takes from `mask` the rows that assert.
void KeepDenials(const PackedColumn& grades, size_t first_row, size_t row_count, RowMask* mask) {
  if (grades.min() == grades.max()) return;  // All deny: the caller knows that some do.
  const uint32_t least = grades.min();
  grades.VisitOffsets([&](const auto* offsets) {
    for (size_t row = 0; row < row_count; ++row) {
      (*mask)[row] &= static_cast<uint8_t>((least + offsets[first_row + row]) & 1);
    }
  });
}

// --- From masks to bits

// The lowest bits of eight bytes that are 0 or 1, in their order.
uint64_t BitsOfBytes(const uint8_t* bytes) {
  uint64_t eight = 0;
  std::memcpy(&eight, bytes, 8);
  // Shifts byte i to bit 56 + i; nothing else reaches the top byte.
  return (eight * 0x0102040810204080u) >> 56;
}

void AppendMask(const RowMask& mask, size_t row_count, StatementBitmapBuilder* bitmap) {
  size_t row = 0;
  for (; row + 64 <= row_count; row += 64) {
    uint64_t bits = 0;
    for (size_t i = 0; i < 8; ++i) bits |= BitsOfBytes(&mask[row + i * 8]) << (i * 8);
    bitmap->Append(bits, 64);
  }
  if (row == row_count) return;
  uint64_t bits = 0;
  for (size_t i = row; i < row_count; ++i) bits |= uint64_t{mask[i]} << (i - row);
  bitmap->Append(bits, row_count - row);
}

// The least and greatest number in a column of the range, at least.
struct NumberRange {
  uint32_t least = UINT32_MAX;
  uint32_t greatest = 0;

  void Include(const PackedColumn& column) {
    least = std::min(least, column.min());
    greatest = std::max(greatest, column.max());
  }
};

}  // namespace

StatementBitmapsPtr EvaluateScope(const ScopeTables& tables, StatementRange range,
                                  const ScopeConditions& conditions, const Clearance& clearance,
                                  Revision known_at, RetractedStatements retracted) {
  auto bitmaps = std::make_shared<StatementBitmaps>();
  if (range.last < range.first) return bitmaps;
  const uint64_t range_rows = range.last - range.first + 1;
  NumberRange contexts, intervals;
  tables.statements.VisitColumns(range.first, range.last,
                                 [&](const StatementColumns& columns, size_t, size_t, uint64_t) {
                                   contexts.Include(columns.contexts());
                                   intervals.Include(columns.intervals());
                                 });
  std::optional<ColumnCondition<ContextFilter>> on_context;
  if (ContextFilter filter(tables, conditions, clearance); !filter.passes_all()) {
    on_context.emplace(std::move(filter), contexts.least, contexts.greatest, range_rows);
  }
  const auto passes_valid_time = [&](uint32_t number) {
    return PassesValidTime(conditions, tables.statements.ValidOf({0, number}));
  };
  std::optional<ColumnCondition<decltype(passes_valid_time)>> on_interval;
  if (conditions.valid || conditions.excluding_undated || conditions.only_undated) {
    on_interval.emplace(passes_valid_time, intervals.least, intervals.greatest, range_rows);
  }
  const auto passes_credibility = [&](uint32_t grade) {
    return PassesCredibility(conditions, grade);
  };
  std::optional<ColumnCondition<decltype(passes_credibility)>> on_grade;
  if (conditions.credibility) on_grade.emplace(passes_credibility, 0, kGradeMax, range_rows);

  const bool has_rated =
      on_grade && tables.ratings != nullptr && tables.ratings->rates_statements();

  StatementBitmapBuilder in_scope(range.first);
  StatementBitmapBuilder denials(range.first);
  RowMask mask;
  RowMask before_grades;
  const auto visit = [&](const StatementColumns& columns, size_t first_row, size_t row_count,
                         uint64_t first_statement) {
    Outcome outcome = Outcome::kAll;
    const auto apply = [&](auto& condition, const PackedColumn& column) {
      if (!condition || outcome == Outcome::kNone) return;
      if (outcome == Outcome::kAll) mask.fill(1);
      const Outcome here = condition->Apply(column, first_row, row_count, &mask);
      if (here != Outcome::kAll) outcome = here;
    };
    apply(on_context, columns.contexts());
    apply(on_interval, columns.intervals());
    if (has_rated && outcome != Outcome::kNone) {
      if (outcome == Outcome::kAll) mask.fill(1);
      before_grades = mask;
    }
    const Outcome before = outcome;
    apply(on_grade, columns.grades());
    if (has_rated && before != Outcome::kNone) {
      // A rating counts in place of the grade in the statement's own record.
      tables.ratings->VisitCredibilities(
          first_statement, first_statement + row_count - 1, [&](StatementId id, Credibility grade) {
            if (outcome == Outcome::kNone) mask.fill(0);
            if (outcome == Outcome::kAll) mask = before_grades;
            outcome = Outcome::kSome;
            const size_t row = id.value - first_statement;
            mask[row] = before_grades[row] & (passes_credibility(uint32_t{grade} << 1) ? 1 : 0);
          });
    }
    if (outcome == Outcome::kSome) {
      AppendMask(mask, row_count, &in_scope);
    } else {
      in_scope.AppendRun(outcome == Outcome::kAll, row_count);
    }
    if (outcome == Outcome::kNone || !columns.has_denials()) {
      denials.AppendRun(false, row_count);
      return;
    }
    if (outcome == Outcome::kAll) mask.fill(1);
    KeepDenials(columns.grades(), first_row, row_count, &mask);
    AppendMask(mask, row_count, &denials);
  };
  tables.statements.VisitColumns(range.first, range.last, visit);
  bitmaps->in_scope = in_scope.Finish();
  bitmaps->denials = denials.Finish();
  if (retracted == RetractedStatements::kLeaveOut) {
    const StatementBitmap left_out = tables.statements.RetractedAt(known_at);
    bitmaps->in_scope.Remove(left_out);
    bitmaps->denials.Remove(left_out);
  }
  return bitmaps;
}

StatementBitmapsPtr ExtendScope(const StatementBitmaps& base, const StatementBitmaps& added,
                                const std::vector<StatementId>& retracted) {
  auto bitmaps = std::make_shared<StatementBitmaps>(base);
  bitmaps->in_scope.Add(added.in_scope);
  bitmaps->denials.Add(added.denials);
  bitmaps->in_scope.Remove(retracted);
  bitmaps->denials.Remove(retracted);
  return bitmaps;
}

namespace {

class BitmapScope final : public Scope {
 public:
  BitmapScope(ScopeConditions conditions, StatementBitmapsPtr committed,
              StatementBitmapsPtr pending, StatementBitmap retracted)
      : Scope(std::move(conditions)),
        committed_(std::move(committed)),
        pending_(std::move(pending)),
        retracted_(std::move(retracted)),
        has_denials_(!committed_->denials.empty()),
        has_retracted_(!retracted_.empty()) {
    size_ = CountOf(committed_->in_scope) + (pending_ ? CountOf(pending_->in_scope) : 0);
  }
  BitmapScope(const BitmapScope& other, IdentityMapPtr identity)
      : Scope(other.conditions(), std::move(identity)),
        committed_(other.committed_),
        pending_(other.pending_),
        retracted_(other.retracted_),
        has_denials_(other.has_denials_),
        has_retracted_(other.has_retracted_),
        size_(other.size_) {}

  bool HasSameFacts(const BitmapScope& other) const {
    return this == &other ||
           (committed_ == other.committed_ && pending_ == nullptr && other.pending_ == nullptr &&
            !has_retracted_ && !other.has_retracted_ && dispute_rule() == other.dispute_rule() &&
            identity() == other.identity());
  }

  bool Contains(StatementId statement) const override {
    const bool in_scope = committed_->in_scope.Contains(statement.value) ||
                          (pending_ != nullptr && pending_->in_scope.Contains(statement.value));
    return in_scope && !(has_retracted_ && retracted_.Contains(statement.value));
  }

  Polarity PolarityOf(StatementId statement) const override {
    const bool denies = committed_->denials.Contains(statement.value) ||
                        (pending_ != nullptr && pending_->denials.Contains(statement.value));
    return denies ? Polarity::kDenies : Polarity::kAsserts;
  }

  void Test(const uint64_t* statements, size_t count, uint8_t* verdicts) const override {
    static_assert(kAsserted == 1 && kDenied == 2);
    if (const FlatBits* const flat = Flat(count)) {
      flat->Test(statements, count, verdicts);
      return;
    }
    const StatementBitmap& in_scope = committed_->in_scope;
    for (size_t i = 0; i < count; ++i) verdicts[i] = in_scope.Contains(statements[i]);
    if (has_denials_) {
      // Denials are in scope.
      const StatementBitmap& denials = committed_->denials;
      for (size_t i = 0; i < count; ++i) {
        verdicts[i] = static_cast<uint8_t>(verdicts[i] + denials.Contains(statements[i]));
      }
    }
    if (pending_ == nullptr && !has_retracted_) return;
    for (size_t i = 0; i < count; ++i) {
      if (pending_ != nullptr && pending_->in_scope.Contains(statements[i])) {
        verdicts[i] = pending_->denials.Contains(statements[i]) ? kDenied : kAsserted;
      }
      if (has_retracted_ && retracted_.Contains(statements[i])) verdicts[i] = kOutOfScope;
    }
  }

  bool Covers(StatementId first, StatementId last) const override {
    if (last < first) return true;
    if (has_retracted_ && retracted_.ContainsAny(first.value, last.value)) return false;
    // A range that begins before a transaction's own statements and ends among them is tested.
    const auto covers = [&](const StatementBitmaps& bitmaps) {
      return bitmaps.in_scope.ContainsAll(first.value, last.value) &&
             !bitmaps.denials.ContainsAny(first.value, last.value);
    };
    return covers(*committed_) || (pending_ != nullptr && covers(*pending_));
  }

  bool Intersects(StatementId first, StatementId last) const override {
    if (last < first) return false;
    // Where a transaction has retracted all of them, this says yes: a "not sure".
    return committed_->in_scope.ContainsAny(first.value, last.value) ||
           (pending_ != nullptr && pending_->in_scope.ContainsAny(first.value, last.value));
  }

  uint64_t size() const override { return size_; }

  std::vector<StatementId> Statements() const override {
    StatementBitmap all = committed_->in_scope;
    if (pending_ != nullptr) all.Add(pending_->in_scope);
    if (has_retracted_) all.Remove(retracted_);
    return all.Members();
  }

  std::vector<StatementId> Denials() const override {
    StatementBitmap all = committed_->denials;
    if (pending_ != nullptr) all.Add(pending_->denials);
    if (has_retracted_) all.Remove(retracted_);
    return all.Members();
  }

 private:
  // The members as one array of words: half the instructions that a chunk takes, where nobody
  // denies and no transaction adds. Made when many more rows have been tested than it has members,
  // as whole scans of a scope that is kept do; small enough to stay in the cache.
  class FlatBits {
   public:
    static constexpr uint64_t kStatementsMax = uint64_t{1} << 22;

    explicit FlatBits(const std::vector<StatementId>& members)
        : words_(members.empty() ? 0 : members.back().value / 64 + 1) {
      for (const StatementId member : members) {
        words_[member.value / 64] |= uint64_t{1} << (member.value % 64);
      }
    }
    void Test(const uint64_t* statements, size_t count, uint8_t* verdicts) const {
      const uint64_t* const words = words_.data();
      const size_t word_count = words_.size();
      for (size_t i = 0; i < count; ++i) {
        const uint64_t word = statements[i] / 64;
        verdicts[i] = word < word_count ? words[word] >> (statements[i] % 64) & 1 : 0;
      }
    }

   private:
    std::vector<uint64_t> words_;
  };

  // Counts the rows to be tested. Null: they are tested chunk by chunk. Any thread.
  const FlatBits* Flat(size_t count) const {
    if (const FlatBits* const flat = flat_.load(std::memory_order_acquire)) return flat;
    constexpr uint64_t kTestsAMember = 4;
    if (has_denials_ || pending_ != nullptr || has_retracted_ || size_ > FlatBits::kStatementsMax ||
        rows_tested_.fetch_add(count, std::memory_order_relaxed) < kTestsAMember * size_) {
      return nullptr;
    }
    const MutexLock lock(&flat_mutex_);
    if (own_flat_ == nullptr) {
      const std::vector<StatementId> members = committed_->in_scope.Members();
      // Few members may lie far apart.
      if (!members.empty() && members.back().value > FlatBits::kStatementsMax) {
        rows_tested_.store(0, std::memory_order_relaxed);  // Asked again, but seldom.
        return nullptr;
      }
      own_flat_ = std::make_unique<const FlatBits>(members);
      flat_.store(own_flat_.get(), std::memory_order_release);
    }
    return own_flat_.get();
  }

  // Without building the combination: a transaction makes a scope for each of its views.
  uint64_t CountOf(const StatementBitmap& bitmap) const {
    return bitmap.count() - (has_retracted_ ? bitmap.CountShared(retracted_) : 0);
  }

  const StatementBitmapsPtr committed_;
  const StatementBitmapsPtr pending_;
  const StatementBitmap retracted_;
  const bool has_denials_;  // Of the committed.
  const bool has_retracted_;
  uint64_t size_ = 0;

  mutable std::atomic<uint64_t> rows_tested_{0};
  mutable Mutex flat_mutex_;
  mutable std::unique_ptr<const FlatBits> own_flat_ SL_GUARDED_BY(flat_mutex_);
  mutable std::atomic<const FlatBits*> flat_{nullptr};
};

const BitmapScope& BitmapsOf(const ScopePtr& scope) {
  const auto* const bitmaps = dynamic_cast<const BitmapScope*>(scope.get());
  SL_CHECK(bitmaps != nullptr);
  return *bitmaps;
}

}  // namespace

ScopePtr MakeScope(ScopeConditions conditions, StatementBitmapsPtr committed,
                   StatementBitmapsPtr pending, StatementBitmap retracted) {
  return std::make_shared<BitmapScope>(std::move(conditions), std::move(committed),
                                       std::move(pending), std::move(retracted));
}

ScopePtr WithIdentity(const ScopePtr& scope, IdentityMapPtr identity) {
  if (scope->identity() == identity) return scope;
  return std::make_shared<BitmapScope>(BitmapsOf(scope), std::move(identity));
}

bool HaveSameFacts(const ScopePtr& left, const ScopePtr& right) {
  return left == right || BitmapsOf(left).HasSameFacts(BitmapsOf(right));
}

}  // namespace sightline::storage
