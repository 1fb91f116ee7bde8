#include "query/exec/physical_planner.h"

#include <algorithm>
#include <utility>

#include "query/evidence/evidence.h"
#include "query/exec/match_planner.h"
#include "query/exec/operators.h"

namespace sightline::query {
namespace {

bool Writes(const LogicalOperator& plan) {
  if (std::holds_alternative<LogicalAssert>(plan.node) ||
      std::holds_alternative<LogicalRetract>(plan.node)) {
    return true;
  }
  return std::any_of(plan.inputs.begin(), plan.inputs.end(),
                     [](const LogicalPlan& input) { return Writes(*input); });
}

class Planner {
 public:
  explicit Planner(ExecutionContext* context) : context_(context) {}

  PhysicalOperatorPtr Plan(const LogicalOperator& plan, bool below_limit = false) {
    return Profiled(&plan, context_, PlanOperator(plan, below_limit));
  }

 private:
  PhysicalOperatorPtr PlanOperator(const LogicalOperator& plan, bool below_limit) {
    // The first input is the row's past; what hangs on it comes after, so that the argument that an
    // optional match finds is that of its own inner plan.
    std::vector<PhysicalOperatorPtr> inputs;
    std::vector<FramePtr> frames;
    const bool limits = std::holds_alternative<LogicalSkipLimit>(plan.node);
    for (const LogicalPlan& input : plan.inputs) {
      // Rows are taken from the front of a sort: it must have seen them all.
      inputs.push_back(Plan(*input, limits && std::holds_alternative<LogicalSort>(input->node)));
      frames.push_back(input->frame);
    }
    PhysicalOperatorPtr input;
    if (!inputs.empty()) input = std::move(inputs.front());
    const FramePtr& frame = plan.frame;
    if (std::holds_alternative<LogicalArgument>(plan.node)) {
      auto argument = std::make_unique<ArgumentOperator>(frame);
      argument_ = argument.get();
      return argument;
    }
    if (const auto* node = std::get_if<LogicalMatch>(&plan.node)) {
      return PlanMatch(*node, frame, context_, std::move(input));
    }
    if (const auto* node = std::get_if<LogicalNumberRows>(&plan.node)) {
      return MakeNumberRows(node->slot, std::move(input));
    }
    if (const auto* node = std::get_if<LogicalDistinct>(&plan.node)) {
      return MakeDistinct(*node, frame, context_, std::move(input));
    }
    if (const auto* node = std::get_if<LogicalFilter>(&plan.node)) {
      return MakeFilter(*node, frame, context_, std::move(input));
    }
    if (const auto* node = std::get_if<LogicalOptional>(&plan.node)) {
      ArgumentOperator* const outer = std::exchange(argument_, nullptr);
      PhysicalOperatorPtr inner = Plan(*node->inner);
      ArgumentOperator* const argument = std::exchange(argument_, outer);
      return MakeOptional(*node, frame, context_, argument, std::move(inner), std::move(input));
    }
    if (const auto* node = std::get_if<LogicalCall>(&plan.node)) {
      ArgumentOperator* const outer = std::exchange(argument_, nullptr);
      PhysicalOperatorPtr inner = Plan(*node->inner);
      argument_ = outer;
      return MakeCall(*node, node->inner->frame, frame, context_, std::move(inner),
                      std::move(input));
    }
    if (const auto* node = std::get_if<LogicalProcedure>(&plan.node)) {
      return MakeProcedure(*node, frame, context_, std::move(input));
    }
    if (const auto* node = std::get_if<LogicalExtend>(&plan.node)) {
      return MakeExtend(node->items, frame, context_, std::move(input));
    }
    if (const auto* node = std::get_if<LogicalProject>(&plan.node)) {
      return MakeProject(node->items, frames.front(), frame, context_, std::move(input));
    }
    if (const auto* node = std::get_if<LogicalAggregate>(&plan.node)) {
      return MakeAggregate(*node, frames.front(), frame, context_, std::move(input));
    }
    if (const auto* node = std::get_if<LogicalSort>(&plan.node)) {
      const bool all_needed = below_limit || node->rows_max.has_value() || node->total;
      return MakeSort(*node, all_needed, frame, context_, std::move(input));
    }
    if (const auto* node = std::get_if<LogicalSkipLimit>(&plan.node)) {
      return MakeSkipLimit(*node, Writes(plan), context_, std::move(input));
    }
    if (const auto* node = std::get_if<LogicalUnwind>(&plan.node)) {
      return MakeUnwind(*node, frame, context_, std::move(input));
    }
    if (const auto* node = std::get_if<LogicalUnion>(&plan.node)) {
      inputs.front() = std::move(input);
      return MakeUnion(*node, std::move(frames), frame, context_, std::move(inputs));
    }
    if (const auto* node = std::get_if<LogicalAssert>(&plan.node)) {
      return MakeAssert(node->plan, frame, context_, std::move(input));
    }
    return MakeRetract(std::get<LogicalRetract>(plan.node).plan, frame, context_, std::move(input));
  }

  ExecutionContext* const context_;
  ArgumentOperator* argument_ = nullptr;
};

}  // namespace

StatusOr<PhysicalOperatorPtr> MakePhysicalPlan(const BoundQuery& query, ExecutionContext* context) {
  if (query.plan == nullptr) return Internal("A query without a plan");
  context->evaluation.may_go_on = [context] { return context->CheckEvaluation(); };
  context->evaluation.present_evidence = PresentEvidence;
  PhysicalOperatorPtr root = Planner(context).Plan(*query.plan);
  if (query.subqueries.empty()) return root;
  std::vector<PhysicalOperatorPtr> operators;
  for (const SubqueryPlan& subquery : query.subqueries) {
    operators.push_back(Planner(context).Plan(*subquery.plan));
  }
  return MakeWithSubqueries(query.subqueries, std::move(operators), context, std::move(root));
}

}  // namespace sightline::query
