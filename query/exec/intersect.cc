#include <algorithm>
#include <span>
#include <unordered_map>

#include "query/exec/match_operators.h"

namespace sightline::query {
namespace {

using storage::TermId;

// The first of [from, end) not below `value`: doubling steps, then halving ones.
const TermId* SeekForward(const TermId* from, const TermId* end, TermId value) {
  ptrdiff_t step = 1;
  while (step < end - from && from[step] < value) {
    from += step;
    step *= 2;
  }
  return std::lower_bound(from, std::min(from + step + 1, end), value);
}

// The values of a node that several edges reach from bound nodes: for each row the neighbours along
// each edge, which ascend, are intersected. So a cyclic pattern never makes more rows than its
// result can have, as joining one edge after the other does.
//
// Source: T. Veldhuizen: Leapfrog Triejoin, a simple, worst-case optimal join algorithm (ICDT
// 2014).
//
// Neighbours that come again are kept. When a side has more of them than are kept, looking them up
// over and over costs more than reading all facts of its edge once: that is done then, if there is
// room for all of them.
class IntersectOperator : public PhysicalOperator {
 public:
  IntersectOperator(MatchStatePtr state, uint32_t target, const std::vector<uint32_t>& edges,
                    const std::set<uint32_t>& placed, PhysicalOperatorPtr input)
      : state_(std::move(state)),
        context_(state_->context),
        target_(target),
        placed_(placed),
        input_(std::move(input)) {
    for (const uint32_t edge : edges) {
      const PatternEdge& e = state_->edge(edge);
      const bool from_right = e.left == target;
      const EdgeWalk walk = from_right ? e.walk().Reversed() : e.walk();
      sides_.push_back({.edge = edge,
                        .source_slot = state_->slot(from_right ? e.right : e.left),
                        .edge_walk = walk,
                        .against = walk.along.empty(),
                        .predicate = *walk.OnlyPredicate(),
                        .facts = FactWalk(context_, state_->scope)});
      differs_ |= !state_->differs[edge].empty();
    }
  }
  ~IntersectOperator() override { context_->Release(reserved_bytes_ + table_bytes_); }

  StatusOr<size_t> Next(Batch* batch) override {
    *batch = state_->frame->NewBatch();
    SL_RETURN_IF_ERROR(context_->CheckRunning());
    while (batch->row_count < context_->batch_rows) {
      if (given_ < found_.size()) {
        SL_RETURN_IF_ERROR(Give(batch));
        continue;
      }
      if (next_ < ready_) {
        SL_RETURN_IF_ERROR(Intersect());
        continue;
      }
      if (context_->out_of_steps) break;
      if (ready_ == in_.row_count) {
        next_ = ready_ = 0;
        SL_ASSIGN_OR_RETURN(const size_t rows, input_->Next(&in_));
        if (rows == 0) {
          in_.row_count = 0;
          break;
        }
      }
      SL_RETURN_IF_ERROR(LookUp());
    }
    return batch->row_count;
  }

  Status Reset() override {
    in_ = Batch();
    next_ = ready_ = given_ = 0;
    found_.clear();
    return input_->Reset();
  }

 private:
  struct Range {
    uint32_t begin = 0, end = 0;
  };
  struct Side {
    uint32_t edge = 0;
    uint32_t source_slot = 0;
    EdgeWalk edge_walk;
    bool against = false;
    TermId predicate;
    FactWalk facts;
    std::vector<TermId> neighbours{};           // Of all sources that are known.
    std::unordered_map<TermId, Range> known{};  // Of each of them, in `neighbours`.
    std::vector<Range> ranges{};                // Of each row looked up.
    bool is_table_refused = false;
    EdgeTablePtr table{};  // Of all facts, instead of these three.
  };
  struct Source {
    TermId term;
    uint32_t row;
    bool operator<(const Source& other) const { return term < other.term; }
  };

  static constexpr size_t kFirstRows = 64;
  static constexpr uint64_t kEntryBytes = 48;  // About what a hash table spends on an entry.
  size_t facts_max() const { return size_t{16} * context_->batch_rows; }
  // Sources come again in later batches: so many neighbours of a side are kept for them.
  size_t kept_max() const {
    return std::min<uint64_t>(uint64_t{1} << 21,
                              context_->memory_bytes_max / (16 * sizeof(TermId) * sides_.size()));
  }

  std::span<const TermId> NeighboursOf(const Side& side, size_t row) const {
    if (side.table != nullptr) return side.table->Of(TermAt(in_, side.source_slot, row));
    const Range& range = side.ranges[row - first_];
    return std::span(side.neighbours).subspan(range.begin, range.end - range.begin);
  }

  // Reads the neighbours of some rows from ready_ on: fewer rows when they have many.
  Status LookUp() {
    while (true) {
      const size_t count = std::min<size_t>(rows_at_once_, in_.row_count - ready_);
      size_t most = 0;
      for (Side& side : sides_) {
        SL_ASSIGN_OR_RETURN(const size_t read, LookUp(&side, count));
        most = std::max(most, read);
        if (context_->out_of_steps || (most > facts_max() && count > 1)) break;
      }
      if (context_->out_of_steps) {
        // Without all sides nothing is certain.
        next_ = ready_ = in_.row_count;
        return OkStatus();
      }
      if (most > facts_max() && count > 1) {
        rows_at_once_ = std::max<size_t>(1, count / 4);
        continue;
      }
      if (most < facts_max() / 4) {
        rows_at_once_ = std::min<size_t>(2 * rows_at_once_, context_->batch_rows);
      }
      SL_RETURN_IF_ERROR(Reserve());
      first_ = next_ = ready_;
      ready_ += count;
      return OkStatus();
    }
  }

  // Gives how many neighbours it has read. Ends early when they are more than are read at a time.
  StatusOr<size_t> LookUp(Side* side, size_t count) {
    if (side->neighbours.size() > kept_max()) SL_RETURN_IF_ERROR(MakeRoom(side));
    if (side->table != nullptr) return 0;
    sources_.clear();
    for (size_t i = 0; i < count; ++i) {
      const TermId term = TermAt(in_, side->source_slot, ready_ + i);
      if (!term.is_none()) sources_.push_back({term, static_cast<uint32_t>(i)});
    }
    if (!std::is_sorted(sources_.begin(), sources_.end())) {
      std::sort(sources_.begin(), sources_.end());
    }
    side->ranges.assign(count, {});
    const size_t before = side->neighbours.size();
    FactSlice slice;
    for (size_t i = 0; i < sources_.size();) {
      const TermId term = sources_[i].term;
      const auto [known, is_new] = side->known.try_emplace(term);
      Range& range = known->second;
      if (is_new) {
        range.begin = static_cast<uint32_t>(side->neighbours.size());
        side->facts.Start(term, side->edge_walk);
        while (true) {
          SL_ASSIGN_OR_RETURN(const bool more, side->facts.NextSlice(&slice));
          if (!more) break;
          side->neighbours.insert(side->neighbours.end(), slice.to, slice.to + slice.count);
          if (side->neighbours.size() - before > facts_max() && count > 1) {
            const size_t read = side->neighbours.size() - before;
            side->neighbours.resize(range.begin);
            side->known.erase(known);
            return read;
          }
        }
        range.end = static_cast<uint32_t>(side->neighbours.size());
      }
      for (; i < sources_.size() && sources_[i].term == term; ++i) {
        side->ranges[sources_[i].row] = range;
      }
    }
    return side->neighbours.size() - before;
  }

  // Forgets the neighbours that are kept, and takes the table of all instead if there is room.
  Status MakeRoom(Side* side) {
    side->known.clear();
    side->neighbours.clear();
    if (side->is_table_refused) return OkStatus();
    side->neighbours.shrink_to_fit();
    ReleaseAllBut(KeptBytes());
    uint64_t bytes = 0;
    SL_ASSIGN_OR_RETURN(side->table, state_->tables->Get(context_, state_->scope, side->edge_walk,
                                                         /*tester=*/nullptr, &bytes));
    table_bytes_ += bytes;
    side->is_table_refused = side->table == nullptr;
    // Without all facts nothing is certain.
    context_->out_of_steps |= side->table != nullptr && side->table->was_cut();
    return OkStatus();
  }

  uint64_t KeptBytes() const {
    uint64_t bytes = 0;
    for (const Side& side : sides_) {
      bytes += side.neighbours.capacity() * sizeof(TermId) + side.known.size() * kEntryBytes;
    }
    return bytes;
  }
  void ReleaseAllBut(uint64_t bytes) {
    if (bytes >= reserved_bytes_) return;
    context_->Release(reserved_bytes_ - bytes);
    reserved_bytes_ = bytes;
  }
  // The neighbours of one row alone can be any number.
  Status Reserve() {
    const uint64_t bytes = KeptBytes();
    if (bytes <= reserved_bytes_) return OkStatus();
    SL_RETURN_IF_ERROR(context_->Reserve(bytes - reserved_bytes_));
    reserved_bytes_ = bytes;
    return OkStatus();
  }

  // Finds the common neighbours of the next rows, until they make a batch.
  Status Intersect() {
    found_.clear();
    rows_.clear();
    given_ = 0;
    for (; next_ < ready_ && found_.size() < context_->batch_rows; ++next_) {
      SL_RETURN_IF_ERROR(IntersectRow(next_));
    }
    return OkStatus();
  }

  Status IntersectRow(size_t row) {
    cursors_.clear();
    uint64_t least = UINT64_MAX;
    for (const Side& side : sides_) {
      const std::span<const TermId> neighbours = NeighboursOf(side, row);
      if (neighbours.empty()) return OkStatus();
      cursors_.push_back({neighbours.data(), neighbours.data() + neighbours.size()});
      least = std::min<uint64_t>(least, neighbours.size());
    }
    SL_RETURN_IF_ERROR(context_->Tick(least));
    NodeTester& tester = *state_->testers[target_];
    const bool tests = !tester.passes_all();
    // The cursors take turns: each seeks the value of the one before it.
    TermId value = *cursors_.back().at;
    size_t agreed = 1;
    for (size_t turn = 0;; turn = turn + 1 == cursors_.size() ? 0 : turn + 1) {
      Cursor& cursor = cursors_[turn];
      if (*cursor.at < value) {
        cursor.at = SeekForward(cursor.at, cursor.end, value);
        if (cursor.at == cursor.end) return OkStatus();
      }
      if (*cursor.at != value) {
        value = *cursor.at;
        agreed = 1;
        continue;
      }
      if (++agreed <= cursors_.size()) continue;
      bool passes = !differs_ || AreApart(row, value);
      if (passes && tests) {
        SL_ASSIGN_OR_RETURN(passes, tester.Test(value));
      }
      if (passes) {
        found_.push_back(value);
        rows_.push_back(static_cast<uint32_t>(row));
      }
      if (++cursor.at == cursor.end) return OkStatus();
      value = *cursor.at;
      agreed = 1;
    }
  }

  WalkedFact FactOf(const Side& side, size_t row, TermId value) const {
    return WalkedFact::Of(TermAt(in_, side.source_slot, row), side.predicate, value, side.against);
  }

  // Whether the facts to `value` are others than those before, and than one another.
  bool AreApart(size_t row, TermId value) const {
    for (size_t i = 0; i < sides_.size(); ++i) {
      const WalkedFact walked = FactOf(sides_[i], row, value);
      if (!KeepsApart(*state_, sides_[i].edge, walked, placed_, in_, row)) return false;
      for (size_t j = 0; j < i; ++j) {
        if (state_->differs[sides_[i].edge].contains(sides_[j].edge) &&
            FactOf(sides_[j], row, value).fact == walked.fact) {
          return false;
        }
      }
    }
    return true;
  }

  Status Give(Batch* batch) {
    const size_t count = std::min(found_.size() - given_, context_->batch_rows - batch->row_count);
    const auto from = static_cast<ptrdiff_t>(given_);
    const auto to = static_cast<ptrdiff_t>(given_ + count);
    const std::vector<uint32_t> rows(rows_.begin() + from, rows_.begin() + to);
    const std::vector<TermId> terms(found_.begin() + from, found_.begin() + to);
    AppendRows(in_, rows, batch);
    given_ += count;
    SL_RETURN_IF_ERROR(AppendTerms(batch, state_->slot(target_), terms, context_->evaluation));
    for (const Side& side : sides_) {
      const auto fact = [&](size_t i) { return FactOf(side, rows[i], terms[i]); };
      SL_RETURN_IF_ERROR(AppendFacts(*state_, side.edge, count, fact, batch));
    }
    return OkStatus();
  }

  struct Cursor {
    const TermId* at;
    const TermId* end;
  };

  const MatchStatePtr state_;
  ExecutionContext* const context_;
  const uint32_t target_;
  const std::set<uint32_t> placed_;
  PhysicalOperatorPtr input_;
  std::vector<Side> sides_;
  bool differs_ = false;

  Batch in_;
  size_t ready_ = 0;  // Of in_: the first row whose neighbours have not been read.
  size_t first_ = 0;  // The first of those that were read last.
  size_t next_ = 0;   // The first that has not been intersected.
  size_t rows_at_once_ = kFirstRows;
  uint64_t reserved_bytes_ = 0;  // Of what is kept.
  uint64_t table_bytes_ = 0;     // Of the tables that were made here.
  std::vector<Source> sources_;
  std::vector<Cursor> cursors_;
  std::vector<TermId> found_;   // Common neighbours ...
  std::vector<uint32_t> rows_;  // ... and the rows that they are of.
  size_t given_ = 0;
};

}  // namespace

PhysicalOperatorPtr MakeIntersect(MatchStatePtr state, uint32_t target,
                                  const std::vector<uint32_t>& edges,
                                  const std::set<uint32_t>& placed, PhysicalOperatorPtr input) {
  return std::make_unique<IntersectOperator>(std::move(state), target, edges, placed,
                                             std::move(input));
}

}  // namespace sightline::query
