// Runs the procedures: once for each value that the argument takes, one after the other.

#include <utility>

#include "query/evidence/evidence.h"
#include "query/exec/operators.h"
#include "query/functions/contradictions.h"
#include "query/functions/runtime_error.h"

namespace sightline::query {
namespace {

using storage::StatementId;
using storage::TermId;
using storage::TermTag;

Datum StatementDatum(StatementId id) {
  return Datum::OfNode(TermId::Make(TermTag::kStatement, id.value));
}

// A row: the columns in the order of the procedure, and the facts it rests on.
struct ProcedureRow {
  std::vector<Datum> columns;
  std::vector<EvidenceItem> evidence;
  uint64_t bytes() const {
    uint64_t bytes = sizeof(ProcedureRow) + evidence.size() * sizeof(EvidenceItem);
    for (const Datum& datum : columns) bytes += DatumBytes(datum);
    return bytes;
  }
};

class ProcedureOperator : public RowByRowOperator {
 public:
  ProcedureOperator(const LogicalProcedure& call, FramePtr frame, ExecutionContext* context,
                    PhysicalOperatorPtr input)
      : RowByRowOperator(std::move(input), std::move(frame), context), call_(call) {}
  ~ProcedureOperator() override { context_->Release(bytes_); }

 protected:
  Status Begin(const Batch& in, size_t row) override {
    next_ = 0;
    std::optional<TermId> about;
    if (call_.about != nullptr) {
      SL_ASSIGN_OR_RETURN(const Datum datum,
                          Evaluate(*call_.about, in, row, &context_->evaluation));
      // Of what is unknown there is nothing to tell.
      if (!datum.is_null() && datum.node().is_none()) {
        return PlaceError(TypeMismatch("CALL", "ENTITY and STATEMENT", datum), call_.about->span);
      }
      about = datum.node();
    }
    if (has_rows_ && about == about_) return OkStatus();
    about_ = about;
    has_rows_ = true;
    rows_.clear();
    context_->Release(std::exchange(bytes_, 0));
    if (about && about->is_none()) return OkStatus();
    const Status status = Load();
    return status.ok() ? status : PlaceError(status, call_.span);
  }

  StatusOr<bool> Produce(const Batch& in, size_t row, Batch* out) override {
    for (; next_ < rows_.size(); ++next_) {
      if (Full(*out)) return false;
      SL_RETURN_IF_ERROR(context_->Tick());
      const ProcedureRow& given = rows_[next_];
      AppendRow(in, row, out);
      for (const auto& [column, slot] : call_.columns) {
        SL_RETURN_IF_ERROR(SetDatum(out, slot, given.columns[column], context_->evaluation));
      }
      if (!frame_->evidence_slot) continue;
      Datum evidence = ExtendEvidence(DataAt(in, *frame_->evidence_slot, row), given.evidence);
      SL_RETURN_IF_ERROR(
          SetDatum(out, *frame_->evidence_slot, std::move(evidence), context_->evaluation));
      SL_RETURN_IF_ERROR(given_.Add(*out, *frame_->evidence_slot, out->row_count - 1));
    }
    return true;
  }

 private:
  Status Load() {
    ContradictionFinder finder(&context_->evaluation, call_.scope_index);
    return call_.kind == ProcedureKind::kContradictions ? LoadContradictions(&finder)
                                                        : LoadFigures(&finder);
  }

  Status LoadContradictions(ContradictionFinder* finder) {
    SL_ASSIGN_OR_RETURN(const std::vector<Contradiction> all, finder->Contradictions(about_));
    for (const Contradiction& found : all) {
      ProcedureRow row;
      DatumList how;
      Claim(found.denied, found.denial, &row);
      Claim(found.asserted, found.assertion, &row);
      for (const ContradictionStep& step : found.steps) {
        how.push_back(Datum::OfText(step.text));
        if (!step.fact) continue;
        row.evidence.push_back(
            {call_.text, {*step.fact, context_->evaluation.base_scope_index}, StatementId{}});
      }
      row.columns = {StatementDatum(found.denial),
                     StatementDatum(found.assertion),
                     Datum(FactDatum{found.denied, call_.scope_index}),
                     Datum(FactDatum{found.asserted, call_.scope_index}),
                     Datum::OfText(found.extended ? "extended" : "strict"),
                     Datum::OfText(std::string(OverlapName(found.overlap))),
                     Datum(std::move(how))};
      SL_RETURN_IF_ERROR(Keep(std::move(row)));
    }
    return OkStatus();
  }

  Status LoadFigures(ContradictionFinder* finder) {
    const storage::ReadView& view = *context_->evaluation.view;
    SL_ASSIGN_OR_RETURN(const std::vector<FigureDispute> all, finder->Figures(about_));
    for (const FigureDispute& found : all) {
      ProcedureRow row;
      Claim(found.first_fact, found.first, &row);
      Claim(found.second_fact, found.second, &row);
      SL_ASSIGN_OR_RETURN(std::string property, view.ExternalIdOf(found.first_fact.predicate));
      SL_ASSIGN_OR_RETURN(storage::Value figure, view.ValueOf(found.first_fact.object));
      SL_ASSIGN_OR_RETURN(storage::Value other, view.ValueOf(found.second_fact.object));
      row.columns = {StatementDatum(found.first),
                     StatementDatum(found.second),
                     Datum::OfNode(found.first_fact.subject),
                     Datum::OfText(std::move(property)),
                     Datum(std::move(figure)),
                     Datum(std::move(other)),
                     Datum::OfText(std::string(OverlapName(found.overlap)))};
      SL_RETURN_IF_ERROR(Keep(std::move(row)));
    }
    return OkStatus();
  }

  void Claim(const storage::Fact& fact, StatementId statement, ProcedureRow* row) const {
    row->evidence.push_back({call_.text, {fact, call_.scope_index}, statement});
  }

  Status Keep(ProcedureRow row) {
    const uint64_t bytes = row.bytes();
    SL_RETURN_IF_ERROR(context_->Reserve(bytes));
    bytes_ += bytes;
    rows_.push_back(std::move(row));
    return OkStatus();
  }

  const LogicalProcedure& call_;
  bool has_rows_ = false;
  std::optional<TermId> about_;  // That rows_ are of.
  std::vector<ProcedureRow> rows_;
  uint64_t bytes_ = 0;
  size_t next_ = 0;
};

}  // namespace

PhysicalOperatorPtr MakeProcedure(const LogicalProcedure& call, FramePtr frame,
                                  ExecutionContext* context, PhysicalOperatorPtr input) {
  return std::make_unique<ProcedureOperator>(call, std::move(frame), context, std::move(input));
}

}  // namespace sightline::query
