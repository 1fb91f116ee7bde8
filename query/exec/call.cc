#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "query/diagnostics/diagnostic.h"
#include "query/evidence/evidence.h"
#include "query/exec/operators.h"
#include "query/functions/datum_order.h"

namespace sightline::query {
namespace {

// About what an arc costs in both indexes, and a node that a chain has reached.
constexpr uint64_t kArcBytes = 160;
constexpr uint64_t kReachedBytes = 128;

// A row of a defined edge, walked from its first end to its second or the other way.
struct Arc {
  uint32_t row = 0;
  bool reversed = false;
};
// From one end to another: a row of the result.
struct Chain {
  Arc first, last;
  std::vector<uint32_t> rows;  // All that it goes through; kept for evidence only.
};

class CallOperator : public RowByRowOperator {
 public:
  CallOperator(const LogicalCall& call, FramePtr inner_frame, FramePtr frame,
               ExecutionContext* context, PhysicalOperatorPtr inner, PhysicalOperatorPtr input)
      : RowByRowOperator(std::move(input), std::move(frame), context),
        call_(call),
        inner_frame_(std::move(inner_frame)),
        inner_(std::move(inner)),
        rows_(inner_frame_, context) {}
  ~CallOperator() override { context_->Release(bytes_ + reached_bytes_); }

 protected:
  Status Begin(const Batch& in, size_t row) override {
    if (inner_ != nullptr) SL_RETURN_IF_ERROR(Load());
    next_ = 0;
    chains_.clear();
    starts_.clear();
    next_start_ = 0;
    if (!call_.edge) return OkStatus();
    from_ = to_ = std::nullopt;
    for (const size_t end : {0, 1}) {
      const LogicalCall::Column& column = call_.columns[end];
      if (!column.bound) continue;
      SL_ASSIGN_OR_RETURN(std::string key, EndKey(in, row, column.outer));
      (end == 0 ? from_ : to_) = std::move(key);
    }
    if (from_) {
      starts_ = {*from_};
    } else if (to_) {
      starts_ = {*to_};
    } else {
      starts_ = all_starts_;
    }
    return OkStatus();
  }

  StatusOr<bool> Produce(const Batch& in, size_t row, Batch* out) override {
    if (!call_.edge) {
      for (; next_ < rows_.size(); ++next_) {
        if (Full(*out)) return false;
        SL_RETURN_IF_ERROR(context_->Tick());
        const auto at = static_cast<uint32_t>(next_);
        SL_RETURN_IF_ERROR(Give(in, row, {{at, false}, {at, false}, {at}}, out));
      }
      return true;
    }
    while (true) {
      for (; next_ < chains_.size(); ++next_) {
        if (Full(*out)) return false;
        SL_RETURN_IF_ERROR(Give(in, row, chains_[next_], out));
      }
      next_ = 0;
      chains_.clear();
      if (next_start_ == starts_.size()) return true;
      const std::string& start = starts_[next_start_++];
      SL_RETURN_IF_ERROR(call_.edge->variable_length ? FindChains(start) : FindArcs(start));
    }
  }

 private:
  using Arcs = std::unordered_map<std::string, std::vector<Arc>>;

  // Runs the inner query to its end, under its own scope. What it has to say is about a text that
  // the user does not see: it is said of the call.
  Status Load() {
    EvaluationContext& evaluation = context_->evaluation;
    const uint32_t scope = std::exchange(evaluation.query_scope_index, call_.scope_index);
    const uint32_t base = std::exchange(evaluation.base_scope_index, call_.base_scope_index);
    const bool cypher = std::exchange(evaluation.cypher, false);  // A definition is SLQL.
    const size_t notices = evaluation.notices.size();
    const Status status = ReadAll();
    evaluation.cypher = cypher;
    evaluation.query_scope_index = scope;
    evaluation.base_scope_index = base;
    for (size_t i = notices; i < evaluation.notices.size(); ++i) {
      evaluation.notices[i].span = call_.span;
    }
    inner_ = nullptr;
    if (status.ok()) return call_.edge ? MakeArcs() : OkStatus();
    std::vector<Diagnostic> diagnostics = DiagnosticsOf(status);
    if (diagnostics.empty()) return status;
    for (Diagnostic& diagnostic : diagnostics) {
      diagnostic.span = call_.span;
      diagnostic.labels.clear();
      diagnostic.edits.clear();
    }
    return ToStatus(std::move(diagnostics));
  }

  Status ReadAll() {
    Batch batch;
    while (true) {
      SL_RETURN_IF_ERROR(context_->CheckRunning());
      SL_ASSIGN_OR_RETURN(const size_t count, inner_->Next(&batch));
      if (count == 0) return OkStatus();
      SL_RETURN_IF_ERROR(rows_.AppendAll(batch));
    }
  }

  Status MakeArcs() {
    SL_RETURN_IF_ERROR(Reserve(rows_.size() * kArcBytes, &bytes_));
    for (uint32_t row = 0; row < rows_.size(); ++row) {
      SL_RETURN_IF_ERROR(context_->Tick());
      SL_ASSIGN_OR_RETURN(const std::string a, EndKey(rows_.rows(), row, call_.columns[0].inner));
      SL_ASSIGN_OR_RETURN(const std::string b, EndKey(rows_.rows(), row, call_.columns[1].inner));
      ends_.emplace_back(a, b);
      if (a.empty() || b.empty()) continue;
      AddArc(a, b, {row, false});
      if (call_.edge->both_ways && a != b) AddArc(b, a, {row, true});
    }
    return OkStatus();
  }

  void AddArc(const std::string& from, const std::string& to, Arc arc) {
    std::vector<Arc>& leaving = leaving_[from];
    if (leaving.empty()) all_starts_.push_back(from);
    // The pair may be there in both directions; then it is walked once.
    const bool again = call_.edge->both_ways && call_.columns.size() == 2 &&
                       !pairs_.insert(std::to_string(from.size()) + ":" + from + to).second;
    if (again) return;
    leaving.push_back(arc);
    arriving_[to].push_back(arc);
  }

  // Equal for equal nodes and values; empty for what is unknown.
  StatusOr<std::string> EndKey(const Batch& batch, size_t row, uint32_t slot) const {
    if (!IsBound(batch, slot, row)) return std::string();
    SL_ASSIGN_OR_RETURN(const Datum datum, CellOf(batch.columns[slot], row, context_->evaluation));
    return datum.is_null() ? std::string() : IdentityKey(datum);
  }

  const std::string& StartOf(Arc arc) const {
    return arc.reversed ? ends_[arc.row].second : ends_[arc.row].first;
  }
  const std::string& EndOf(Arc arc) const {
    return arc.reversed ? ends_[arc.row].first : ends_[arc.row].second;
  }
  static const std::vector<Arc>& ArcsAt(const Arcs& arcs, const std::string& key) {
    static const std::vector<Arc> kNone;
    const auto found = arcs.find(key);
    return found != arcs.end() ? found->second : kNone;
  }
  // Whether chains are walked from their last end to their first.
  bool Backwards() const { return !from_ && to_; }

  Status FindArcs(const std::string& start) {
    for (const Arc arc : ArcsAt(Backwards() ? arriving_ : leaving_, start)) {
      SL_RETURN_IF_ERROR(context_->evaluation.TouchFacts(1));
      if (from_ && to_ && EndOf(arc) != *to_) continue;
      chains_.push_back({arc, arc, {arc.row}});
    }
    return OkStatus();
  }

  // Breadth first, a level a step. From hops_min on each node is reached, and walked on from, once;
  // before that once a level.
  Status FindChains(const std::string& start) {
    struct Reached {
      Arc arc;
      std::optional<size_t> before;  // Of `reached`.
    };
    const bool backwards = Backwards();
    const Arcs& arcs = backwards ? arriving_ : leaving_;
    context_->Release(std::exchange(reached_bytes_, 0));
    std::vector<Reached> reached;
    std::unordered_set<std::string> found;
    std::vector<std::pair<std::string, std::optional<size_t>>> level = {{start, std::nullopt}};
    for (uint64_t hops = 1; hops <= call_.edge->hops_max && !level.empty(); ++hops) {
      std::vector<std::pair<std::string, std::optional<size_t>>> next;
      std::unordered_set<std::string> in_level;
      for (const auto& [node, before] : level) {
        for (const Arc arc : ArcsAt(arcs, node)) {
          SL_RETURN_IF_ERROR(context_->evaluation.TouchFacts(1));
          const std::string& end = backwards ? StartOf(arc) : EndOf(arc);
          std::unordered_set<std::string>& known = hops >= call_.edge->hops_min ? found : in_level;
          if (!known.insert(end).second) continue;
          SL_RETURN_IF_ERROR(Reserve(kReachedBytes, &reached_bytes_));
          reached.push_back({arc, before});
          next.emplace_back(end, reached.size() - 1);
          if (hops < call_.edge->hops_min || (from_ && to_ && end != *to_)) continue;
          std::vector<uint32_t> rows;
          Arc nearest = arc;
          for (std::optional<size_t> at = reached.size() - 1; at; at = reached[*at].before) {
            nearest = reached[*at].arc;
            if (frame_->evidence_slot) rows.push_back(nearest.row);
          }
          chains_.push_back(backwards ? Chain{arc, nearest, std::move(rows)}
                                      : Chain{nearest, arc, std::move(rows)});
          if (from_ && to_) return OkStatus();
        }
      }
      level = std::move(next);
    }
    return OkStatus();
  }

  Status Give(const Batch& in, size_t row, const Chain& chain, Batch* out) {
    // (a)-[:edge]->(a): one variable at both ends, which this binds.
    const bool is_loop = call_.edge && !call_.columns[0].bound && !call_.columns[1].bound &&
                         call_.columns[0].outer == call_.columns[1].outer;
    if (is_loop && StartOf(chain.first) != EndOf(chain.last)) return OkStatus();
    AppendRow(in, row, out);
    for (size_t column = 0; column < call_.columns.size(); ++column) {
      const auto& [inner, outer, bound] = call_.columns[column];
      if (bound) continue;
      const Arc arc = column == 1 ? chain.last : chain.first;
      const bool is_end = call_.edge && column < 2;
      const size_t source = is_end && arc.reversed ? 1 - column : column;
      CopyCell(rows_.rows(), arc.row, call_.columns[source].inner, out, outer);
    }
    if (!frame_->evidence_slot) return OkStatus();
    Datum evidence = DataAt(in, *frame_->evidence_slot, row);
    for (const uint32_t part : chain.rows) {
      evidence = JoinEvidence(evidence, DataAt(rows_.rows(), *inner_frame_->evidence_slot, part));
    }
    SL_RETURN_IF_ERROR(
        SetDatum(out, *frame_->evidence_slot, std::move(evidence), context_->evaluation));
    return given_.Add(*out, *frame_->evidence_slot, out->row_count - 1);
  }

  Status Reserve(uint64_t bytes, uint64_t* held) {
    SL_RETURN_IF_ERROR(context_->Reserve(bytes));
    *held += bytes;
    return OkStatus();
  }

  const LogicalCall& call_;
  const FramePtr inner_frame_;
  PhysicalOperatorPtr inner_;  // Null once its rows are in rows_.
  RowStore rows_;
  // Of an edge.
  std::vector<std::pair<std::string, std::string>> ends_;  // Of each row.
  Arcs leaving_, arriving_;
  std::unordered_set<std::string> pairs_;
  std::vector<std::string> all_starts_;
  uint64_t bytes_ = 0, reached_bytes_ = 0;
  // Of the input row.
  std::optional<std::string> from_, to_;
  std::vector<std::string> starts_;
  size_t next_start_ = 0;
  std::vector<Chain> chains_;
  size_t next_ = 0;
};

}  // namespace

PhysicalOperatorPtr MakeCall(const LogicalCall& call, FramePtr inner_frame, FramePtr frame,
                             ExecutionContext* context, PhysicalOperatorPtr inner,
                             PhysicalOperatorPtr input) {
  return std::make_unique<CallOperator>(call, std::move(inner_frame), std::move(frame), context,
                                        std::move(inner), std::move(input));
}

}  // namespace sightline::query
