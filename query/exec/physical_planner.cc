#include "query/exec/physical_planner.h"

#include <algorithm>
#include <utility>

#include "query/evidence/evidence.h"
#include "query/exec/aggregate_columns.h"
#include "query/exec/count_rows.h"
#include "query/exec/gather.h"
#include "query/exec/match_planner.h"
#include "query/exec/operators.h"
#include "query/exec/parallel_aggregate.h"
#include "query/exec/parallel_section.h"
#include "query/plan/rows_wanted.h"

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

// Smaller batches cost more for each row than they save.
constexpr uint32_t kBatchRowsMin = 64;

PhysicalOperatorPtr PlanSubqueries(const BoundQuery& query, ExecutionContext* context,
                                   PhysicalOperatorPtr root);

class Planner {
 public:
  Planner(const BoundQuery& query, ExecutionContext* context) : query_(query), context_(context) {}

  PhysicalOperatorPtr Plan(const LogicalOperator& plan, bool below_limit = false) {
    return Profiled(&plan, context_, PlanOperator(plan, below_limit));
  }

  // The rows of a plan all of which are wanted: by several threads, where that pays. With the
  // columns that an aggregate above wants computed, if there is one.
  PhysicalOperatorPtr PlanAll(const LogicalOperator& plan,
                              const std::shared_ptr<const AggregateColumns>& columns = nullptr) {
    const bool computes = columns != nullptr && !columns->computed().empty();
    if (const auto section = FindParallelSection(plan, *context_, computes)) {
      return MakeGather(PlanThreads(plan, *section, columns), context_);
    }
    return computes ? MakeAggregateColumns(columns, context_, Plan(plan)) : Plan(plan);
  }

 private:
  // What is asked for again and again: by one thread.
  PhysicalOperatorPtr PlanInner(const LogicalOperator& plan) {
    const ParallelOptions parallel = std::exchange(context_->parallel, {});
    PhysicalOperatorPtr made = Plan(plan);
    context_->parallel = parallel;
    return made;
  }

  // Where the plan of a thread takes up the rows that are handed out.
  struct HandedOut {
    ParallelSection section;
    PhysicalOperatorPtr rows;
    std::shared_ptr<EdgeTables> tables;
  };

  ExchangePlan PlanThreads(const LogicalOperator& top, const ParallelSection& section,
                           const std::shared_ptr<const AggregateColumns>& columns = nullptr) const {
    const BoundQuery* const query = &query_;
    const LogicalOperator* const plan = &top;
    return {.make_source = [query, section](ExecutionContext* context) -> PhysicalOperatorPtr {
              Planner planner(*query, context);
              const LogicalOperator& match = *section.match;
              return PlanSubqueries(
                  *query, context,
                  PlanMatchUpTo(section.steps, std::get<LogicalMatch>(match.node), match.frame,
                                context, planner.Plan(*match.inputs.front())));
            },
            .make_chain = [query, plan, section, columns, tables = std::make_shared<EdgeTables>()](
                              ExecutionContext* context,
                              PhysicalOperatorPtr rows) -> PhysicalOperatorPtr {
              Planner planner(*query, context);
              planner.handed_out_ = {.section = section, .rows = std::move(rows), .tables = tables};
              PhysicalOperatorPtr chain = planner.Plan(*plan);
              if (columns != nullptr) {
                chain = MakeAggregateColumns(columns, context, std::move(chain));
              }
              return PlanSubqueries(*query, context, std::move(chain));
            }};
  }

  PhysicalOperatorPtr PlanOperator(const LogicalOperator& plan, bool below_limit) {
    if (&plan == handed_out_.section.match) {
      return PlanMatchFrom(handed_out_.section.steps, std::get<LogicalMatch>(plan.node), plan.frame,
                           context_, handed_out_.tables, std::move(handed_out_.rows));
    }
    if (const auto* node = std::get_if<LogicalAggregate>(&plan.node)) {
      const LogicalOperator& input = *plan.inputs.front();
      const auto columns = std::make_shared<const AggregateColumns>(*node, *input.frame);
      const bool only_counts = OnlyCountsRows(*node, *plan.frame);
      if (only_counts || GroupsInThreads(*node, *input.frame, *plan.frame, context_)) {
        const bool computes = !columns->computed().empty();
        if (const auto section = FindParallelSection(input, *context_, computes)) {
          if (only_counts) {
            return MakeCountRows(*node, PlanThreads(input, *section), plan.frame, context_);
          }
          return MakeParallelAggregate(*node, columns, PlanThreads(input, *section, columns),
                                       plan.frame, context_);
        }
      }
      return MakeAggregate(*node, columns, input.frame, plan.frame, context_,
                           PlanAll(input, columns));
    }
    if (const auto* node = std::get_if<LogicalSort>(&plan.node)) {
      const bool all_needed = below_limit || node->rows_max.has_value() || node->total;
      return MakeSort(*node, all_needed, plan.frame, context_, PlanAll(*plan.inputs.front()));
    }
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
      return PlanMatch(*node, frame, context_, handed_out_.tables, std::move(input));
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
      PhysicalOperatorPtr inner = PlanInner(*node->inner);
      ArgumentOperator* const argument = std::exchange(argument_, outer);
      return MakeOptional(*node, frame, context_, argument, std::move(inner), std::move(input));
    }
    if (const auto* node = std::get_if<LogicalCall>(&plan.node)) {
      ArgumentOperator* const outer = std::exchange(argument_, nullptr);
      PhysicalOperatorPtr inner = PlanInner(*node->inner);
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

  const BoundQuery& query_;
  ExecutionContext* const context_;
  ArgumentOperator* argument_ = nullptr;
  HandedOut handed_out_;
};

// Those that the expressions of `root` ask; it alone when there are none.
PhysicalOperatorPtr PlanSubqueries(const BoundQuery& query, ExecutionContext* context,
                                   PhysicalOperatorPtr root) {
  if (query.subqueries.empty()) return root;
  std::vector<PhysicalOperatorPtr> operators;
  for (const SubqueryPlan& subquery : query.subqueries) {
    operators.push_back(Planner(query, context).Plan(*subquery.plan));
  }
  return MakeWithSubqueries(query.subqueries, std::move(operators), context, std::move(root));
}

}  // namespace

StatusOr<PhysicalOperatorPtr> MakePhysicalPlan(const BoundQuery& query, ExecutionContext* context) {
  if (query.plan == nullptr) return Internal("A query without a plan");
  context->evaluation.may_go_on = [context] { return context->CheckEvaluation(); };
  context->evaluation.present_evidence = PresentEvidence;
  if (query.writes) context->parallel = {};
  // Operators fill their batches: no fuller than a LIMIT can use.
  if (const std::optional<uint64_t> wanted = RowsWanted(*query.plan); wanted && !query.writes) {
    context->batch_rows = static_cast<uint32_t>(std::clamp<uint64_t>(
        *wanted, std::min(kBatchRowsMin, context->batch_rows), context->batch_rows));
  }
  PhysicalOperatorPtr root = Planner(query, context).PlanAll(*query.plan);
  // Their rows are asked for again and again.
  context->parallel = {};
  return PlanSubqueries(query, context, std::move(root));
}

}  // namespace sightline::query
