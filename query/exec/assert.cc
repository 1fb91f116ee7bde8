#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "query/exec/draft_checks.h"
#include "query/exec/operators.h"
#include "query/exec/statement_details.h"
#include "query/functions/datum_order.h"

namespace sightline::query {
namespace {

using storage::TermId;

class AssertOperator : public CollectingOperator {
 public:
  AssertOperator(const AssertPlan& plan, FramePtr frame, ExecutionContext* context,
                 PhysicalOperatorPtr input)
      : CollectingOperator(std::move(input), std::move(frame), context), plan_(plan) {}

  Status Reset() override { return Internal("A write is not repeated"); }

 protected:
  Status InputEnded() override {
    if (context_->transaction == nullptr) return Internal("A write without a transaction");
    if (context_->out_of_steps) return context_->OutOfSteps("it had all rows to write for");
    for (size_t row = 0; row < rows_.size(); ++row) {
      SL_RETURN_IF_ERROR(context_->CheckRunning());
      SL_ASSIGN_OR_RETURN(Result result, WriteRow(row));
      SL_RETURN_IF_ERROR(Reserve(sizeof(Result) + result.nodes.size() * sizeof(TermId)));
      results_.push_back(std::move(result));
    }
    return OkStatus();
  }

  Status Give(size_t index, Batch* out) override {
    SL_RETURN_IF_ERROR(CollectingOperator::Give(index, out));
    const EvaluationContext& evaluation = context_->evaluation;
    const Result& result = results_[index];
    for (size_t node = 0; node < plan_.nodes.size(); ++node) {
      if (!plan_.nodes[node].new_slot) continue;
      SL_RETURN_IF_ERROR(SetTerm(out, *plan_.nodes[node].new_slot, result.nodes[node], evaluation));
    }
    const TermId statement =
        result.facts == 0 ? TermId{}
                          : TermId::Make(storage::TermTag::kStatement, result.statement.value);
    SL_RETURN_IF_ERROR(SetTerm(out, plan_.statement_slot, statement, evaluation));
    SL_RETURN_IF_ERROR(SetDatum(out, plan_.facts_slot, Datum::OfInteger(result.facts), evaluation));
    return SetDatum(out, plan_.duplicate_slot, Datum::OfBoolean(result.duplicate), evaluation);
  }

 private:
  struct Result {
    std::vector<TermId> nodes;
    storage::StatementId statement;
    int64_t facts = 0;
    bool duplicate = false;
  };

  StatusOr<Result> WriteRow(size_t row) {
    Result result;
    storage::StatementDraft draft;
    draft.polarity = plan_.polarity;
    draft.valid = plan_.valid;
    for (const AssertNode& node : plan_.nodes) {
      SL_ASSIGN_OR_RETURN(const TermId term, ResolveNode(node, row));
      result.nodes.push_back(term);
    }
    for (const AssertFact& fact : plan_.facts) {
      SL_RETURN_IF_ERROR(AddFact(fact, result.nodes, row, &draft));
    }
    SL_ASSIGN_OR_RETURN(const Datum claimant,
                        Evaluate(*plan_.claimant, rows_.rows(), row, &context_->evaluation));
    if (claimant.node().is_none()) {
      Diagnostic nobody;
      nobody.code = "SL6001";
      nobody.message = "the source of this statement is not a node";
      nobody.span = plan_.claimant_span;
      nobody.help = {"name who says it: ACCORDING TO #org/agency"};
      return ToStatus(std::move(nobody));
    }
    draft.context.claimant = claimant.node();
    for (const AssertDetail& detail : plan_.details) {
      SL_ASSIGN_OR_RETURN(const Datum value,
                          Evaluate(*detail.value, rows_.rows(), row, &context_->evaluation));
      SL_RETURN_IF_ERROR(ApplyDetail(detail, value, context_->transaction, &draft));
    }
    // Properties that are all unknown say nothing: no statement.
    if (draft.facts.empty()) return result;
    std::sort(draft.facts.begin(), draft.facts.end());
    draft.facts.erase(std::unique(draft.facts.begin(), draft.facts.end()), draft.facts.end());
    SL_RETURN_IF_ERROR(CheckStatementDraft(draft, plan_.span, context_));
    StatusOr<storage::AddedStatement> added = context_->transaction->Add(draft);
    if (!added.ok()) {
      return WithPlace(added.status(),
                       added.status().code() == StatusCode::kPermissionDenied ? "SL7002" : "SL6004",
                       plan_.span);
    }
    result.statement = added->id;
    result.facts = static_cast<int64_t>(draft.facts.size());
    result.duplicate = added->duplicate;
    ++(added->duplicate ? context_->statements_existing : context_->statements_added);
    return result;
  }

  StatusOr<TermId> ResolveNode(const AssertNode& node, size_t row) {
    if (node.constant) return *node.constant;
    if (node.source == nullptr) return context_->transaction->NewEntity();
    SL_ASSIGN_OR_RETURN(const Datum datum,
                        Evaluate(*node.source, rows_.rows(), row, &context_->evaluation));
    if (!datum.node().is_none()) return datum.node();
    Diagnostic missing;
    missing.code = "SL6004";
    missing.message =
        datum.is_null()
            ? fmt::format("{} is unknown in one of the rows, so nothing can be said of it",
                          node.text)
            : fmt::format("{} holds a value, and facts are about nodes", node.text);
    missing.span = node.span;
    if (datum.is_null()) missing.help = {"leave such rows out: FILTER x IS KNOWN"};
    return ToStatus(std::move(missing));
  }

  Status AddFact(const AssertFact& fact, const std::vector<TermId>& nodes, size_t row,
                 storage::StatementDraft* draft) {
    const TermId subject = nodes[fact.subject];
    if (fact.object_node) {
      SL_RETURN_IF_ERROR(
          CheckObject(fact.predicate, Datum::OfNode(nodes[*fact.object_node]), fact.span));
      draft->facts.push_back({subject, fact.predicate.id, nodes[*fact.object_node]});
      return OkStatus();
    }
    SL_ASSIGN_OR_RETURN(const Datum value,
                        Evaluate(*fact.object, rows_.rows(), row, &context_->evaluation));
    const DatumList one = {value};
    for (const Datum& item : value.list() != nullptr ? *value.list() : one) {
      if (item.is_null()) continue;
      if (!fact.reversed) SL_RETURN_IF_ERROR(CheckObject(fact.predicate, item, fact.span));
      SL_ASSIGN_OR_RETURN(const Datum written, AsDeclared(fact, item));
      SL_ASSIGN_OR_RETURN(const TermId object,
                          InternDatum(written, fact.span, context_->transaction));
      if (!fact.reversed) {
        draft->facts.push_back({subject, fact.predicate.id, object});
        continue;
      }
      if (!object.is_node()) {
        Diagnostic value_subject;
        value_subject.code = "SL3022";
        value_subject.message =
            fmt::format("a value cannot be the subject of '{}'", fact.predicate.name);
        value_subject.span = fact.span;
        return ToStatus(std::move(value_subject));
      }
      draft->facts.push_back({object, fact.predicate.id, subject});
    }
    return OkStatus();
  }

  // A number in the type that the predicate declares, when it does not take the number's own.
  StatusOr<Datum> AsDeclared(const AssertFact& fact, const Datum& item) const {
    using storage::ValueType;
    const storage::Value* value = item.value();
    if (fact.reversed || value == nullptr) return item;
    const auto takes = [&](ValueType wanted) {
      const std::vector<ValueType>& types = fact.predicate.range_types;
      return std::find(types.begin(), types.end(), wanted) != types.end();
    };
    const auto* integer = value->get_if<int64_t>();
    const auto* decimal = value->get_if<storage::Decimal>();
    const auto* number = value->get_if<double>();
    if ((integer == nullptr && decimal == nullptr && number == nullptr) || takes(value->type())) {
      return item;
    }
    const storage::Comparator comparator = value->comparator();
    if (takes(ValueType::kDecimal)) {
      std::optional<storage::Decimal> exact;
      if (integer != nullptr) exact = storage::Decimal{*integer, 0};
      if (number != nullptr) exact = PrintedDecimal(*number);
      if (exact) return Datum(storage::Value(exact->Normalized(), comparator));
      Diagnostic unfit;
      unfit.code = "SL3022";
      unfit.message = fmt::format("'{}' takes DECIMAL, and this FLOAT does not fit into one",
                                  fact.predicate.name);
      unfit.span = fact.span;
      return ToStatus(std::move(unfit));
    }
    if (!takes(ValueType::kDouble)) return item;
    const double nearest = integer != nullptr ? static_cast<double>(*integer) : decimal->ToDouble();
    return Datum(storage::Value(nearest, comparator));
  }

  const AssertPlan& plan_;
  std::vector<Result> results_;  // Of each row.
};

}  // namespace

PhysicalOperatorPtr MakeAssert(const AssertPlan& plan, FramePtr frame, ExecutionContext* context,
                               PhysicalOperatorPtr input) {
  return std::make_unique<AssertOperator>(plan, std::move(frame), context, std::move(input));
}

}  // namespace sightline::query
