#include "query/exec/path_walker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "query/exec/qualifier_test.h"
#include "query/exec/rows.h"
#include "query/functions/runtime_error.h"
#include "query/plan/expression_walk.h"

namespace sightline::query {

using storage::Fact;
using storage::TermId;

namespace {

// Moves that are kept from one visit of a node to the next.
constexpr uint64_t kKeptBytesMax = uint64_t{16} << 20;

void Unite(const PredicateSet& from, PredicateSet* to) {
  if (to->all_but || from.all_but) {
    // What one of two open sets leaves out and the other does not is in their union.
    std::vector<TermId> left_out;
    const PredicateSet& open = from.all_but ? from : *to;
    const PredicateSet& other = from.all_but ? *to : from;
    for (const TermId predicate : open.predicates) {
      if (!other.Contains(predicate)) left_out.push_back(predicate);
    }
    const bool nodes_only = from.nodes_only || to->nodes_only;
    *to = {.all_but = true, .nodes_only = nodes_only, .predicates = std::move(left_out)};
    return;
  }
  auto& all = to->predicates;
  all.insert(all.end(), from.predicates.begin(), from.predicates.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
}

// The number of a cost; nullopt when it is unknown.
StatusOr<std::optional<double>> CostOf(const Datum& datum, const SourceSpan& span) {
  if (datum.is_null()) return std::optional<double>();
  std::optional<double> cost;
  if (const storage::Value* value = datum.value()) {
    if (const auto* integer = value->get_if<int64_t>()) cost = static_cast<double>(*integer);
    if (const auto* number = value->get_if<double>()) cost = *number;
    if (const auto* decimal = value->get_if<storage::Decimal>()) cost = decimal->ToDouble();
  }
  if (!cost) {
    Diagnostic wrong;
    wrong.code = "SL5004";
    wrong.message = fmt::format("a COST is a number, and this one is a {}", DatumTypeName(datum));
    wrong.span = span;
    return ToStatus(std::move(wrong));
  }
  if (*cost < 0 || std::isnan(*cost)) {
    Diagnostic wrong;
    wrong.code = "SL5004";
    wrong.message = "a COST below 0 makes no path the cheapest";
    wrong.span = span;
    wrong.help = {"let COST be 0 or more, as in COST 10 - r.weight or COST abs(r.change)"};
    return ToStatus(std::move(wrong));
  }
  return cost;
}

}  // namespace

PathWalker::PathWalker(const PatternGraph& graph, const PatternEdge& edge, FramePtr frame,
                       storage::ScopePtr scope, ExecutionContext* context)
    : graph_(graph),
      pattern_(*edge.search),
      frame_(std::move(frame)),
      scope_(std::move(scope)),
      context_(context),
      order_(context),
      length_max_(pattern_.LengthMax()) {
  for (const PathNode& node : pattern_.nodes) {
    testers_.push_back(std::make_unique<NodeTester>(graph, node.node, context));
  }
  for (const PatternNode& node : graph.avoided) {
    avoided_nodes_.push_back(std::make_unique<NodeTester>(graph, node, context));
  }
  for (const PathPart& part : pattern_.parts) {
    walks_back_.emplace_back();
    for (const PathStep& step : part.steps) {
      for (const PredicateSet* set : {&step.walk.along, &step.walk.against}) {
        if (set->empty()) continue;
        Unite(*set, &all_walks_.along);
      }
      walks_back_.back().push_back(step.walk.Reversed());
    }
  }
  all_walks_.against = all_walks_.along;
}

void PathWalker::Forget() {
  kept_.clear();
  context_->Release(kept_bytes_);
  kept_bytes_ = 0;
}

PathWalker::WalkLease::WalkLease(PathWalker* walker) : walker_(walker) {
  std::vector<std::unique_ptr<FactWalk>>& walks = walker->walks_;
  if (walker->walks_in_use_ == walks.size()) {
    walks.push_back(std::make_unique<FactWalk>(walker->context_, walker->scope_));
    walks.back()->KeepNeighbours();
  }
  walk_ = walks[walker->walks_in_use_++].get();
}

Status PathWalker::BeginRow(const Batch& in, size_t row, std::vector<Fact> avoided) {
  if (pattern_.reads_row || avoided != avoided_facts_) Forget();
  avoided_facts_ = std::move(avoided);
  row_ = frame_->NewBatch();
  if (pattern_.reads_row) {
    AppendRow(in, row, &row_);
  } else {
    row_.row_count = 1;
  }
  return OkStatus();
}

StatusOr<bool> PathWalker::Touch() {
  SL_RETURN_IF_ERROR(context_->Tick());
  if (context_->StepsFor(1) == 0) {
    context_->out_of_steps = true;
    return false;
  }
  ++context_->evaluation.facts_touched;
  return true;
}

Status PathWalker::SetNode(uint32_t node, TermId term) {
  row_.columns[pattern_.nodes[node].node.slot].terms().assign(1, term);
  return OkStatus();
}

Status PathWalker::SetFact(uint32_t slot, const Fact& fact) {
  row_.columns[slot].data().assign(1, Datum(FactDatum{fact, graph_.scope_index}));
  return OkStatus();
}

StatusOr<bool> PathWalker::Holds(const std::vector<BoundExpressionPtr>& conditions) {
  for (const BoundExpressionPtr& condition : conditions) {
    SL_ASSIGN_OR_RETURN(const Truth truth,
                        EvaluateCondition(*condition, row_, 0, &context_->evaluation));
    if (truth != Truth::kTrue) return false;
  }
  return true;
}

StatusOr<bool> PathWalker::PassesNode(uint32_t node, TermId term) {
  NodeTester& tester = *testers_[node];
  SL_ASSIGN_OR_RETURN(const bool passes, tester.Test(term));
  if (!passes) return false;
  if (tester.has_row_tests()) {
    SL_ASSIGN_OR_RETURN(const bool passes_row, tester.TestRow(term, row_, 0));
    if (!passes_row) return false;
  }
  SL_RETURN_IF_ERROR(SetNode(node, term));
  return Holds(pattern_.nodes[node].conditions);
}

bool PathWalker::AsksOfStep(const PathPart& part, const PathStep& step) const {
  return step.before || step.after || step.own_slot || !step.qualifiers.empty() ||
         !step.conditions.empty() || !part.conditions.empty() || pattern_.cost != nullptr;
}

StatusOr<bool> PathWalker::PassesStep(const PathPart& part, const PathStep& step,
                                      const WalkedFact& walked, bool backwards, double* cost) {
  const TermId left = backwards ? walked.to : walked.from;
  const TermId right = backwards ? walked.from : walked.to;
  if (step.before) {
    SL_ASSIGN_OR_RETURN(const bool passes, PassesNode(*step.before, left));
    if (!passes) return false;
  }
  if (step.after) {
    SL_ASSIGN_OR_RETURN(const bool passes, PassesNode(*step.after, right));
    if (!passes) return false;
  }
  if (step.own_slot) SL_RETURN_IF_ERROR(SetFact(*step.own_slot, walked.fact));
  for (const QualifierTest& test : step.qualifiers) {
    SL_ASSIGN_OR_RETURN(const bool has, HasQualifier(walked.fact, test));
    if (!has) return false;
  }
  SL_ASSIGN_OR_RETURN(const bool holds, Holds(step.conditions));
  if (!holds) return false;
  if (part.steps.size() == 1) {
    SL_ASSIGN_OR_RETURN(const bool part_holds, Holds(part.conditions));
    if (!part_holds) return false;
  }
  *cost = 1;
  if (pattern_.cost == nullptr) return true;
  *cost = 0;
  if (!step.counts) return true;
  SL_RETURN_IF_ERROR(SetFact(pattern_.cost_slot, walked.fact));
  SL_ASSIGN_OR_RETURN(const Datum datum, Evaluate(*pattern_.cost, row_, 0, &context_->evaluation));
  SL_ASSIGN_OR_RETURN(const std::optional<double> known, CostOf(datum, pattern_.cost->span));
  if (!known) {
    const size_t first = context_->evaluation.notices.size();
    AddNotice(&context_->evaluation, "N3007",
              "facts whose COST is not known were passed by, as if they were not there");
    PlaceNotices(&context_->evaluation, first, pattern_.cost->span);
    return false;
  }
  *cost = *known;
  return true;
}

StatusOr<bool> PathWalker::HasQualifier(const Fact& fact, const QualifierTest& test) {
  SL_ASSIGN_OR_RETURN(const Datum value, Evaluate(*test.value, row_, 0, &context_->evaluation));
  return FactHasQualifier(fact, test, value, scope_, context_);
}

Status PathWalker::ForEachMove(TermId from, uint32_t part_index, uint32_t step_index,
                               bool backwards,
                               const std::function<StatusOr<bool>(const PathMove&)>& visit) {
  const uint32_t p = backwards ? part_count() - 1 - part_index : part_index;
  const PathPart& part = pattern_.parts[p];
  bool go_on = true;
  if (step_index > 0 || part.branch_ends.empty()) {
    const uint32_t s = backwards ? FromOtherEnd(part, step_index) : step_index;
    return ForEachMoveBy(p, s, from, backwards, &go_on, visit);
  }
  uint32_t begin = 0;
  for (const uint32_t end : part.branch_ends) {
    SL_RETURN_IF_ERROR(
        ForEachMoveBy(p, backwards ? end - 1 : begin, from, backwards, &go_on, visit));
    if (!go_on || context_->out_of_steps) break;
    begin = end;
  }
  return OkStatus();
}

Status PathWalker::ForEachMoveBy(uint32_t p, uint32_t s, TermId from, bool backwards, bool* go_on,
                                 const std::function<StatusOr<bool>(const PathMove&)>& visit) {
  const PathPart& part = pattern_.parts[p];
  const PathStep& step = part.steps[s];
  const bool is_asked = AsksOfStep(part, step);
  const WalkLease walk(this);
  walk->Start(from, backwards ? walks_back_[p][s] : step.walk);
  FactSlice slice;
  while (true) {
    SL_ASSIGN_OR_RETURN(const bool more, walk->NextSlice(&slice));
    if (!more) return OkStatus();
    PathMove move;
    move.step = backwards ? FromOtherEnd(part, s) : s;
    for (size_t row = 0; row < slice.count; ++row) {
      const TermId at = slice.from[row];
      move.to = slice.to[row];
      move.fact.subject = slice.against ? move.to : at;
      move.fact.predicate = slice.predicates[row];
      move.fact.object = slice.against ? at : move.to;
      if (!avoided_facts_.empty() && std::find(avoided_facts_.begin(), avoided_facts_.end(),
                                               move.fact) != avoided_facts_.end()) {
        continue;
      }
      // As the path goes from its left end.
      move.against = slice.against != backwards && at != move.to;
      if (is_asked) {
        SL_ASSIGN_OR_RETURN(const bool passes,
                            PassesStep(part, step, slice[row], backwards, &move.cost));
        if (!passes) continue;
      }
      SL_ASSIGN_OR_RETURN(*go_on, visit(move));
      if (*go_on) continue;
      // The rest has not been looked at.
      context_->evaluation.facts_touched -= slice.count - row - 1;
      return OkStatus();
    }
  }
}

StatusOr<PathMoves> PathWalker::MovesOf(TermId from, uint32_t part, uint32_t step, bool backwards) {
  const MovesKey key{from, part, step, backwards};
  if (const auto known = kept_.find(key); known != kept_.end()) return known->second;
  auto moves = std::make_shared<std::vector<PathMove>>();
  SL_RETURN_IF_ERROR(
      ForEachMove(from, part, step, backwards, [&](const PathMove& move) -> StatusOr<bool> {
        moves->push_back(move);
        return true;
      }));
  if (pattern_.choice != PathChoice::kAll) SL_RETURN_IF_ERROR(order_.Sort(moves.get()));
  if (context_->out_of_steps) return PathMoves(moves);  // Not all, so not to be kept.
  const uint64_t bytes = 128 + moves->size() * sizeof(PathMove);
  if (kept_bytes_ + bytes > kKeptBytesMax) Forget();
  SL_RETURN_IF_ERROR(context_->Reserve(bytes));
  kept_bytes_ += bytes;
  kept_.emplace(key, moves);
  return PathMoves(moves);
}

StatusOr<bool> PathWalker::MayCross(TermId node) {
  if (avoided_nodes_.empty() && !graph_.hubs_over) return true;
  if (const auto known = may_cross_.find(node); known != may_cross_.end()) return known->second;
  bool may = true;
  for (const auto& avoided : avoided_nodes_) {
    SL_ASSIGN_OR_RETURN(const bool is_one, avoided->Test(node));
    if (is_one) may = false;
  }
  if (may && graph_.hubs_over) {
    const WalkLease walk(this);
    walk->Start(node, all_walks_);
    WalkedFact walked;
    for (uint64_t facts = 0; may; ++facts) {
      SL_ASSIGN_OR_RETURN(const bool more, walk->Next(&walked));
      if (!more) break;
      may = facts < *graph_.hubs_over;
    }
  }
  if (context_->out_of_steps) return false;
  may_cross_.emplace(node, may);
  return may;
}

StatusOr<bool> PathWalker::MayJoin(TermId node, uint32_t left_part) {
  const std::optional<uint32_t>& junction = pattern_.junctions[left_part];
  if (!junction) return true;
  return PassesNode(*junction, node);
}

StatusOr<bool> PathWalker::PassesPart(uint32_t part_index, const std::vector<TermId>& nodes,
                                      const std::vector<Fact>& facts) {
  const PathPart& part = pattern_.parts[part_index];
  for (size_t i = 0; i < part.steps.size(); ++i) {
    const PathStep& step = part.steps[i];
    if (step.before) SL_RETURN_IF_ERROR(SetNode(*step.before, nodes[i]));
    if (step.after) SL_RETURN_IF_ERROR(SetNode(*step.after, nodes[i + 1]));
    if (step.own_slot) SL_RETURN_IF_ERROR(SetFact(*step.own_slot, facts[i]));
  }
  return Holds(part.conditions);
}

Status PathWalker::Closure(const PathState& state, TermId node, bool backwards,
                           std::vector<PathState>* states) {
  states->assign(1, state);
  PathState next = state;
  while (next.part < part_count() && next.step == 0 &&
         next.times >= PartAt(next.part, backwards).times_min) {
    if (next.part + 1 < part_count()) {
      SL_ASSIGN_OR_RETURN(const bool joins,
                          MayJoin(node, backwards ? part_count() - 2 - next.part : next.part));
      if (!joins) break;
    }
    next = {next.part + 1, 0, 0};
    states->push_back(next);
  }
  return OkStatus();
}

PathState PathWalker::Behind(const PathState& state, uint32_t step, bool backwards) const {
  const PathPart& part = PartAt(state.part, backwards);
  PathState behind = state;
  const uint32_t from_left = backwards ? FromOtherEnd(part, step) : step;
  const bool last = backwards ? from_left == part.BranchBegin(from_left)
                              : from_left + 1 == part.BranchEnd(from_left);
  behind.step = last ? 0 : step + 1;
  if (!last) return behind;
  // Once it is enough and there is no most, it does not matter how often.
  if (part.times_max != kUnboundedHops || behind.times < part.times_min) ++behind.times;
  return behind;
}

Status PathWalker::AddEvidence(const FoundPath& path, std::vector<FactDatum>* facts) {
  const auto add = [&](const std::optional<uint32_t>& node, TermId term) -> Status {
    if (!node) return OkStatus();
    SL_ASSIGN_OR_RETURN(const std::vector<FactDatum> found,
                        testers_[*node]->Evidence(term, row_, 0));
    facts->insert(facts->end(), found.begin(), found.end());
    return OkStatus();
  };
  uint32_t part = 0;
  for (size_t i = 0; i <= path.facts.size(); ++i) {
    const uint32_t next = i < path.facts.size() ? path.walked_by[i].first : part_count() - 1;
    for (; part < next; ++part) {
      SL_RETURN_IF_ERROR(add(pattern_.junctions[part], path.nodes[i]));
    }
    if (i == path.facts.size()) break;
    const uint32_t walked_by = path.walked_by[i].second;
    const PathStep& step = pattern_.parts[part].steps[walked_by];
    if (walked_by == pattern_.parts[part].BranchBegin(walked_by)) {
      SL_RETURN_IF_ERROR(add(step.before, path.nodes[i]));
    }
    SL_RETURN_IF_ERROR(add(step.after, path.nodes[i + 1]));
  }
  return OkStatus();
}

}  // namespace sightline::query
