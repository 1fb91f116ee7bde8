#include "storage/index/merged_scan.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "storage/index/bit_packing.h"
#include "storage/index/column_kernels.h"
#include "storage/index/guarded_scan.h"
#include "storage/index/identity_source.h"
#include "storage/index/quad_merge.h"

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

bool SameFact(const QuadKey& a, const QuadKey& b) {
  return a[0] == b[0] && a[1] == b[1] && a[2] == b[2];
}

static_assert(sizeof(TermId) == sizeof(uint64_t) && sizeof(StatementId) == sizeof(uint64_t));

// Appends rows that lie together, or some of them, to the first `size` rows of a column. What is
// behind them is of an earlier batch: setting it to zero first costs more than copying.
template <typename Id>
void AppendColumn(const uint64_t* values, size_t count, size_t size, std::vector<Id>* column) {
  if (column->size() < size + count) column->resize(size + count);
  std::memcpy(static_cast<void*>(column->data() + size), values, count * sizeof(uint64_t));
}
// A bit a row of a slice, the lowest of the first word the first row's.
using RowMarks = std::array<uint64_t, kGroupRows / 64>;

bool IsMarked(const RowMarks& marks, size_t row) {
  return (marks[row / 64] >> (row % 64) & 1) != 0;
}

// What the statements of a slice's rows say of their facts. Neither is marked of a row whose
// statement is out of scope.
struct RowVerdicts {
  RowMarks asserts{}, denies{};
};

template <typename Id>
void AppendMarked(const uint64_t* values, size_t count, const RowMarks& marks, size_t size,
                  std::vector<Id>* column) {
  if (column->size() < size + count + kKeptSlack) column->resize(size + count + kKeptSlack);
  KeepMarked(values, count, marks.data(), BestVectorPath(), column->data() + size);
}

size_t CountMarks(const RowMarks& marks) {
  size_t count = 0;
  for (const uint64_t word : marks) count += static_cast<size_t>(std::popcount(word));
  return count;
}

// REQUIRES: there is one. As LastMark does.
size_t FirstMark(const RowMarks& marks) {
  size_t i = 0;
  while (marks[i] == 0) ++i;
  return i * 64 + static_cast<size_t>(std::countr_zero(marks[i]));
}
size_t LastMark(const RowMarks& marks) {
  size_t i = marks.size() - 1;
  while (marks[i] == 0) --i;
  return i * 64 + 63 - static_cast<size_t>(std::countl_zero(marks[i]));
}

class ScopedScan final : public MergedScan {
 public:
  ScopedScan(ScanInputs inputs, std::vector<std::unique_ptr<QuadSource>> sources, ScopePtr scope,
             const MergedScanOptions& options)
      : inputs_(std::move(inputs)),
        merge_(std::move(sources)),
        scope_(std::move(scope)),
        options_(options) {}

  StatusOr<size_t> Next(ScanBatch* batch) override {
    if (failure_.ok()) failure_ = Read(batch);
    if (!failure_.ok()) {
      batch->Clear();
      return failure_;
    }
    return batch->row_count;
  }

  Status SeekForward(const KeyPrefix& key) override {
    if (key.length > 3) return InvalidArgument("A key has three terms at most");
    if (!failure_.ok()) return failure_;
    const QuadKey target = LowestKeyOf(key);
    if (rows_given_ < rows_.size() || is_open_) {
      // Rows of a fact that stand ready are the present place.
      if (!(fact_ < target)) return OkStatus();
      ForgetFact();
    }
    failure_ = merge_.SeekForward(target);
    return failure_;
  }

  Status Rebind(const KeyPrefix& prefix) override {
    if (prefix.length > 3) return InvalidArgument("A prefix has three terms at most");
    if (!failure_.ok()) return failure_;
    ForgetFact();
    has_fact_ = false;
    failure_ = merge_.Rebind(prefix);
    return failure_;
  }

  MergedScanStats Stats() const override { return stats_; }

 private:
  Status Read(ScanBatch* batch) {
    if (inputs_.fact_condition != nullptr) return ReadFacts(batch);
    if (scope_->dispute_rule() == DisputeRule::kDefault) return ReadAssertions(batch);
    return options_.rows == ScanRows::kFacts ? ReadRuledFacts(batch) : ReadFacts(batch);
  }

  // Its rows and what has been said of it.
  void ForgetFact() {
    rows_.clear();
    rows_given_ = 0;
    is_open_ = is_asserted_ = is_denied_ = false;
  }

  Status Advance(size_t row_count) {
    stats_.quads_read += row_count;
    return merge_.Advance(row_count);
  }

  // The rule kDefault: an assertion in scope makes its fact hold, whatever else is said of it, so
  // that slices pass on their own.
  Status ReadAssertions(ScanBatch* batch) {
    batch->row_count = 0;
    while (batch->row_count < options_.batch_rows_max && merge_.head().row_count > 0) {
      QuadRows slice = merge_.head();
      const size_t room = options_.batch_rows_max - batch->row_count;
      slice.row_count = std::min({slice.row_count, room, kGroupRows});
      AppendAssertions(slice, merge_.head_is_covered(), batch);
      SL_RETURN_IF_ERROR(Advance(slice.row_count));
    }
    for (auto& column : batch->columns) column.resize(batch->row_count);
    batch->statements.resize(options_.rows == ScanRows::kStatements ? batch->row_count : 0);
    return OkStatus();
  }

  void AppendAssertions(const QuadRows& slice, bool is_covered, ScanBatch* batch) {
    const bool wants_statements = options_.rows == ScanRows::kStatements;
    const bool repeats = RepeatsRows(slice, wants_statements);
    if (is_covered && !repeats) {
      for (size_t i = 0; i < 3; ++i) {
        AppendColumn(slice.columns[i], slice.row_count, batch->row_count, &batch->columns[i]);
      }
      if (wants_statements) {
        AppendColumn(slice.columns[3], slice.row_count, batch->row_count, &batch->statements);
      }
      batch->row_count += slice.row_count;
      SetLastGiven(slice.Row(slice.row_count - 1));
      return;
    }
    RowMarks marks{};
    if (is_covered) {
      MarkFirst(slice.row_count, &marks);
    } else {
      marks = Judge(slice).asserts;
    }
    if (repeats) LeaveRepeated(slice, wants_statements, &marks);
    Give(slice, marks, wants_statements, batch);
  }

  // Appends the marked rows.
  void Give(const QuadRows& slice, const RowMarks& marks, bool wants_statements, ScanBatch* batch) {
    const size_t count = CountMarks(marks);
    if (count == 0) return;
    const size_t first = FirstMark(marks), last = LastMark(marks);
    const bool without_gap = last - first + 1 == count;
    const auto append = [&](size_t place, auto* column) {
      const uint64_t* const values = slice.columns[place];
      // Rows ascend: what the first column begins and ends with, it holds.
      const bool constant = place == 0 && values[first] == values[last];
      if (without_gap || constant) {
        AppendColumn(values + first, count, batch->row_count, column);
      } else {
        AppendMarked(values, slice.row_count, marks, batch->row_count, column);
      }
    };
    for (size_t i = 0; i < 3; ++i) append(i, &batch->columns[i]);
    if (wants_statements) append(3, &batch->statements);
    batch->row_count += count;
    SetLastGiven(slice.Row(last));
  }

  static void MarkFirst(size_t count, RowMarks* marks) {
    for (size_t i = 0; i < count; i += 64) {
      (*marks)[i / 64] = ~uint64_t{0} >> (64 - std::min<size_t>(count - i, 64));
    }
  }

  RowVerdicts Judge(const QuadRows& slice) {
    std::array<uint8_t, kGroupRows> verdicts;
    scope_->Test(slice.columns[3], slice.row_count, verdicts.data());
    RowVerdicts judged;
    const VectorPath path = BestVectorPath();
    MarkEqual(verdicts.data(), slice.row_count, Scope::kAsserted, path, judged.asserts.data());
    MarkEqual(verdicts.data(), slice.row_count, Scope::kDenied, path, judged.denies.data());
    stats_.rows_hidden += slice.row_count - CountMarks(judged.asserts) - CountMarks(judged.denies);
    return judged;
  }

  // Rows that say the same lie together; of those that are marked the first is left marked, unless
  // what it says has been given.
  void LeaveRepeated(const QuadRows& slice, bool wants_statements, RowMarks* marks) const {
    bool is_given = IsLastGiven(slice.Row(0), wants_statements);
    for (size_t row = 0; row < slice.row_count; ++row) {
      if (row > 0) {
        is_given &= slice.columns[2][row] == slice.columns[2][row - 1] &&
                    slice.columns[1][row] == slice.columns[1][row - 1] &&
                    slice.columns[0][row] == slice.columns[0][row - 1] &&
                    (!wants_statements || slice.columns[3][row] == slice.columns[3][row - 1]);
      }
      uint64_t& word = (*marks)[row / 64];
      const uint64_t bit = uint64_t{1} << (row % 64);
      if (is_given) word &= ~bit;
      is_given |= (word & bit) != 0;
    }
  }

  // Whether a row says what the one before it, or the last one given, has said.
  bool RepeatsRows(const QuadRows& slice, bool wants_statements) const {
    if (IsLastGiven(slice.Row(0), wants_statements)) return true;
    // The quads of a slice are distinct.
    return !wants_statements && RepeatsWithin(slice);
  }

  // Whether a row says what the one before it has said.
  static bool RepeatsWithin(const QuadRows& slice) {
    const VectorPath path = BestVectorPath();
    if (!AnyEqualsNext(slice.columns[2], slice.row_count, path)) return false;
    return !RowsAscend({{slice.columns[0], slice.columns[1], slice.columns[2]}, 3}, slice.row_count,
                       path);
  }

  bool IsLastGiven(const QuadKey& row, bool wants_statements) const {
    return has_fact_ && SameFact(row, fact_) && (!wants_statements || row[3] == fact_[3]);
  }
  void SetLastGiven(const QuadKey& row) {
    fact_ = row;
    has_fact_ = true;
  }

  // The other rules: what all statements of a fact say together decides whether it holds. Here for
  // facts alone, slice by slice: where each row of a slice is a fact of its own that is asserted,
  // nothing else is said of any but the first and the last.
  Status ReadRuledFacts(ScanBatch* batch) {
    batch->row_count = 0;
    while (batch->row_count < options_.batch_rows_max && merge_.head().row_count > 0) {
      QuadRows slice = merge_.head();
      const size_t room = options_.batch_rows_max - batch->row_count;
      slice.row_count = std::min({slice.row_count, room, kGroupRows});
      RowVerdicts verdicts;
      if (merge_.head_is_covered()) {
        MarkFirst(slice.row_count, &verdicts.asserts);
      } else {
        verdicts = Judge(slice);
      }
      if (RepeatsWithin(slice)) {
        for (size_t row = 0; row < slice.row_count; ++row) {
          AddToFact(slice.Row(row), verdicts, row, batch);
        }
      } else {
        AddToFact(slice.Row(0), verdicts, 0, batch);
        if (slice.row_count > 1) {
          const size_t last = slice.row_count - 1;
          CloseFact(batch);
          GiveRuled(slice, verdicts, batch);
          AddToFact(slice.Row(last), verdicts, last, batch);
        }
      }
      SL_RETURN_IF_ERROR(Advance(slice.row_count));
    }
    if (merge_.head().row_count == 0 && batch->row_count < options_.batch_rows_max) {
      CloseFact(batch);
    }
    for (auto& column : batch->columns) column.resize(batch->row_count);
    batch->statements.clear();
    return OkStatus();
  }

  // Gives the rows between the first and the last of a slice in which each is a fact of its own.
  void GiveRuled(const QuadRows& slice, const RowVerdicts& verdicts, ScanBatch* batch) {
    RowMarks marks{};
    const bool asserted = RuleKeepsFact(scope_->dispute_rule(), true, false);
    const bool denied = RuleKeepsFact(scope_->dispute_rule(), false, true);
    for (size_t i = 0; i < marks.size(); ++i) {
      marks[i] = (asserted ? verdicts.asserts[i] : 0) | (denied ? verdicts.denies[i] : 0);
    }
    const size_t last = slice.row_count - 1;
    marks[0] &= ~uint64_t{1};
    marks[last / 64] &= ~(uint64_t{1} << (last % 64));
    Give(slice, marks, false, batch);
  }

  // Takes note of what a row says of its fact, if it is in scope. When that is another one than the
  // one before, gives that one, if it holds: so a row gives one fact at most.
  void AddToFact(const QuadKey& row, const RowVerdicts& verdicts, size_t place, ScanBatch* batch) {
    const bool asserts = IsMarked(verdicts.asserts, place);
    if (!asserts && !IsMarked(verdicts.denies, place)) return;
    if (!is_open_ || !SameFact(row, fact_)) {
      CloseFact(batch);
      fact_ = row;
      fact_[3] = 0;
      is_open_ = true;
    }
    (asserts ? is_asserted_ : is_denied_) = true;
  }

  void CloseFact(ScanBatch* batch) {
    if (is_open_ && RuleKeepsFact(scope_->dispute_rule(), is_asserted_, is_denied_)) {
      for (size_t i = 0; i < 3; ++i) {
        AppendColumn(&fact_[i], 1, batch->row_count, &batch->columns[i]);
      }
      ++batch->row_count;
    }
    is_open_ = is_asserted_ = is_denied_ = false;
  }

  // All statements of a fact one after the other.
  Status ReadFacts(ScanBatch* batch) {
    batch->Clear();
    while (batch->row_count < options_.batch_rows_max) {
      if (rows_given_ == rows_.size()) {
        SL_RETURN_IF_ERROR(ReadFact());
        if (rows_.empty()) return OkStatus();
      }
      for (size_t i = 0; i < 3; ++i) batch->columns[i].push_back(TermId{fact_[i]});
      if (options_.rows == ScanRows::kStatements) {
        batch->statements.push_back(rows_[rows_given_]);
      }
      ++rows_given_;
      ++batch->row_count;
    }
    return OkStatus();
  }

  // Reads facts until one has rows to give; leaves rows_ empty at the end.
  Status ReadFact() {
    rows_.clear();
    rows_given_ = 0;
    const bool wants_statements = options_.rows == ScanRows::kStatements;
    const bool wants_denials = scope_->dispute_rule() != DisputeRule::kDefault;
    FactCondition* const condition = inputs_.fact_condition.get();
    while (merge_.head().row_count > 0) {
      asserting_.clear();
      fact_ = merge_.head().Row(0);
      fact_[3] = 0;
      bool asserted = false;
      bool denied = false;
      StatementId last_read;
      while (merge_.head().row_count > 0) {
        const QuadKey key = merge_.head().Row(0);
        if (!SameFact(key, fact_)) break;
        SL_RETURN_IF_ERROR(Advance(1));
        const StatementId statement{key[3]};
        if (statement == last_read) continue;
        last_read = statement;
        if (!scope_->Contains(statement)) {
          ++stats_.rows_hidden;
          continue;
        }
        const bool asserts = scope_->PolarityOf(statement) == Polarity::kAsserts;
        (asserts ? asserted : denied) = true;
        if (wants_statements && (asserts || wants_denials)) rows_.push_back(statement);
        if (asserts && condition != nullptr) asserting_.push_back(statement);
      }
      bool holds = RuleKeepsFact(scope_->dispute_rule(), asserted, denied);
      if (holds && condition != nullptr) {
        SL_ASSIGN_OR_RETURN(holds, condition->Holds(asserting_));
      }
      if (holds) {
        if (!wants_statements) rows_.push_back(StatementId{});
        return OkStatus();
      }
      rows_.clear();
    }
    return OkStatus();
  }

  const ScanInputs inputs_;  // Holds what the sources read.
  QuadMerge merge_;
  const ScopePtr scope_;
  const MergedScanOptions options_;

  // kDefault: the last row given. Other rules: the fact whose rows stand ready, or which is read,
  // its statement 0.
  QuadKey fact_{};
  bool has_fact_ = false;
  std::vector<StatementId> rows_;  // One a row; 0 when rows are facts.
  size_t rows_given_ = 0;
  // ReadRuledFacts: whether more may be said of fact_, and what has been said.
  bool is_open_ = false, is_asserted_ = false, is_denied_ = false;
  std::vector<StatementId> asserting_;  // Of the fact being read, for the condition on it.
  MergedScanStats stats_;
  Status failure_;
};

// Borrows the delta and the pending quads.
StatusOr<std::vector<std::unique_ptr<QuadSource>>> OpenSources(const ScanInputs& inputs,
                                                               Permutation permutation,
                                                               const KeyPrefix& prefix,
                                                               const ScopePtr& scope) {
  std::vector<std::unique_ptr<QuadSource>> sources;
  if (inputs.runs != nullptr) {
    for (const RunInfo& run : inputs.runs->runs) {
      SL_ASSIGN_OR_RETURN(auto source,
                          OpenRunSource(inputs.blocks, run.number, permutation, prefix, scope));
      sources.push_back(std::move(source));
    }
  }
  for (const QuadDeltaPtr& delta : {inputs.delta, inputs.pending}) {
    if (delta == nullptr) continue;
    for (const auto& part : delta->PartsOf(permutation)) {
      sources.push_back(MakeMemorySource(part->rows(), prefix));
    }
    if (!delta->recent().empty()) {
      sources.push_back(MakeUnsortedSource(delta->recent(), permutation, prefix));
    }
  }
  return sources;
}

}  // namespace

StatusOr<std::unique_ptr<MergedScan>> OpenMergedScan(ScanInputs inputs, Permutation permutation,
                                                     const KeyPrefix& prefix, ScopePtr scope,
                                                     const MergedScanOptions& options) {
  return OpenGuardedScan(std::move(inputs), permutation, prefix, std::move(scope), options,
                         nullptr);
}

StatusOr<std::unique_ptr<MergedScan>> OpenGuardedScan(ScanInputs inputs, Permutation permutation,
                                                      const KeyPrefix& prefix, ScopePtr scope,
                                                      const MergedScanOptions& options,
                                                      std::shared_ptr<ScanGuard> guard) {
  if (prefix.length > 3) return InvalidArgument("A prefix has three terms at most");
  if (options.batch_rows_max == 0) return InvalidArgument("A batch must hold a row at least");
  std::vector<std::unique_ptr<QuadSource>> sources;
  if (scope != nullptr && scope->identity() != nullptr) {
    const auto open = [inputs, scope](Permutation of, const KeyPrefix& with) {
      return OpenSources(inputs, of, with, scope);
    };
    SL_ASSIGN_OR_RETURN(auto source, OpenIdentitySource(open, permutation, prefix,
                                                        scope->identity(), std::move(guard)));
    sources.push_back(std::move(source));
  } else {
    SL_ASSIGN_OR_RETURN(sources, OpenSources(inputs, permutation, prefix, scope));
  }
  return std::unique_ptr<MergedScan>(std::make_unique<ScopedScan>(
      std::move(inputs), std::move(sources), std::move(scope), options));
}

}  // namespace sightline::storage
