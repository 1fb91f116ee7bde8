#include "query/exec/reach_search.h"

#include <algorithm>

#include "query/exec/fact_walk.h"
#include "query/exec/term_index.h"

namespace sightline::query {

using storage::Fact;
using storage::TermId;

namespace {

// Trees that are kept, in steps: 64 Ki of them take some 8 MiB.
constexpr size_t kKeptStepsMax = 64 << 10;
// A step with its places in the tables.
constexpr uint64_t kStepBytes = sizeof(ReachTree::Step) + 96;

// Which nodes were come to at one place of a chain, and after how few facts of the group there.
struct Visits {
  TermIndex nodes;
  std::vector<uint64_t> hops;
};

}  // namespace

std::optional<uint32_t> ReachTree::StepOf(TermId end) const {
  const auto found = step_of_.find(end);
  return found == step_of_.end() ? std::nullopt : std::optional<uint32_t>(found->second);
}

std::vector<Fact> ReachTree::FactsTo(uint32_t step, std::vector<TermId>* nodes) const {
  std::vector<Fact> facts;
  if (nodes != nullptr) nodes->clear();
  while (true) {
    const Step& at = steps_[step];
    if (!at.fact.predicate.is_none()) {
      facts.push_back(at.fact);
      if (nodes != nullptr) nodes->push_back(at.node);
    }
    if (at.parent == step) {
      if (nodes != nullptr) nodes->push_back(at.node);
      break;
    }
    step = at.parent;
  }
  std::reverse(facts.begin(), facts.end());
  if (nodes != nullptr) std::reverse(nodes->begin(), nodes->end());
  return facts;
}

bool ReachTree::Passes(uint32_t step, const std::vector<Fact>& facts) const {
  while (true) {
    const Step& at = steps_[step];
    if (std::find(facts.begin(), facts.end(), at.fact) != facts.end()) return true;
    if (at.parent == step) return false;
    step = at.parent;
  }
}

ReachSearch::ReachSearch(const PatternEdge& edge, bool from_right, bool chains_wanted,
                         storage::ScopePtr scope, ExecutionContext* context)
    : context_(context),
      scope_(std::move(scope)),
      chains_wanted_(chains_wanted),
      order_(context),
      groups_(edge.groups) {
  if (from_right) {
    std::reverse(groups_.begin(), groups_.end());
    for (HopGroup& group : groups_) group.walk = group.walk.Reversed();
  }
}

StatusOr<ReachTreePtr> ReachSearch::From(TermId start, const std::vector<Fact>& avoided) {
  SL_ASSIGN_OR_RETURN(ReachTreePtr free, Answer({start, {}}, &last_free_));
  if (avoided.empty()) return free;
  // Facts that led to no node for the first time are not missed: the search finds the same without.
  const bool missed = std::any_of(
      free->steps_.begin(), free->steps_.end(), [&avoided](const ReachTree::Step& step) {
        return std::find(avoided.begin(), avoided.end(), step.fact) != avoided.end();
      });
  if (!missed) return free;
  Question around{start, avoided};
  std::sort(around.avoided.begin(), around.avoided.end());
  return Answer(around, &last_around_);
}

StatusOr<ReachTreePtr> ReachSearch::Answer(const Question& question,
                                           std::pair<Question, ReachTreePtr>* last) {
  if (last->second != nullptr && last->first == question) return last->second;
  const auto known = kept_.find(question);
  if (known != kept_.end()) {
    *last = *known;
    return known->second;
  }
  SL_ASSIGN_OR_RETURN(ReachTreePtr tree, Search(question, std::nullopt, nullptr));
  // A search that was cut short is no answer to a later question.
  if (context_->out_of_steps) return tree;
  *last = {question, tree};
  if (kept_steps_ + tree->steps_.size() <= kKeptStepsMax) {
    kept_steps_ += tree->steps_.size();
    kept_.emplace(question, tree);
  }
  return tree;
}

StatusOr<std::optional<bool>> ReachSearch::Reaches(TermId start, TermId end,
                                                   const std::vector<Fact>& avoided,
                                                   uint64_t facts_max) {
  if (facts_max == 0) return std::optional<bool>();
  uint64_t facts_left = facts_max;
  SL_ASSIGN_OR_RETURN(const ReachTreePtr tree, Search({start, avoided}, end, &facts_left));
  if (tree->StepOf(end)) return std::optional<bool>(true);
  if (facts_left == 0 || context_->out_of_steps) return std::optional<bool>();
  return std::optional<bool>(false);
}

StatusOr<ReachTreePtr> ReachSearch::Search(const Question& question, std::optional<TermId> stop_at,
                                           uint64_t* facts_left) {
  // The budget is given back when the last holder lets the tree go.
  ExecutionContext* const context = context_;
  std::shared_ptr<ReachTree> tree(new ReachTree, [context](ReachTree* gone) {
    context->Release(gone->bytes_);
    delete gone;
  });
  // Of each group by its facts so far, until they are enough.
  std::vector<std::map<uint64_t, Visits>> visited(groups_.size());
  // A level holds the steps at one distance from the start, in the order in which they were found.
  std::vector<uint32_t> level, next_level;

  const auto push = [&](uint32_t group, uint64_t hops, TermId node, const Fact& fact,
                        std::optional<uint32_t> parent, std::vector<uint32_t>* to) -> Status {
    const bool enough = hops >= groups_[group].hops_min;
    // Beyond the minimum only the fewest hops count: they leave the most to go.
    Visits& visits = visited[group][std::min(hops, groups_[group].hops_min)];
    const auto [seen, is_new] = visits.nodes.Add(node);
    if (is_new) {
      visits.hops.push_back(hops);
    } else if (visits.hops[seen] <= hops) {
      return OkStatus();
    }
    visits.hops[seen] = hops;
    SL_RETURN_IF_ERROR(context_->Reserve(kStepBytes));
    tree->bytes_ += kStepBytes;
    const auto index = static_cast<uint32_t>(tree->steps_.size());
    tree->steps_.push_back({node, fact, parent.value_or(index), group, hops});
    to->push_back(index);
    if (enough && group + 1 == groups_.size() && tree->step_of_.emplace(node, index).second) {
      tree->ends_.emplace_back(node, index);
    }
    return OkStatus();
  };

  SL_RETURN_IF_ERROR(push(0, 0, question.start, Fact{}, std::nullopt, &level));
  const std::vector<Fact>& avoided = question.avoided;
  FactWalk walk(context_, scope_);
  walk.KeepNeighbours();
  FactSlice slice;
  const bool in_order = chains_wanted_ && order_.is_of_names();
  std::vector<PathMove> moves;  // From one node, to be put in order.
  const bool whole_levels = order_.is_of_names();
  const auto may_stop = [&] {
    return (facts_left != nullptr && *facts_left == 0) || (stop_at && tree->StepOf(*stop_at));
  };
  while (!level.empty()) {
    // The level grows while it is gone through: where a group may end, the next begins at once.
    for (size_t i = 0; i < level.size(); ++i) {
      const uint32_t index = level[i];
      const ReachTree::Step step = tree->steps_[index];
      const HopGroup& group = groups_[step.group];
      if (step.hops >= group.hops_min && step.group + 1 < groups_.size()) {
        SL_RETURN_IF_ERROR(push(step.group + 1, 0, step.node, Fact{}, index, &level));
      }
      if (step.hops >= group.hops_max) continue;
      walk.Start(step.node, group.walk);
      uint64_t reserved = 0;
      while (true) {
        SL_ASSIGN_OR_RETURN(const bool more, walk.NextSlice(&slice));
        if (!more) break;
        if (facts_left != nullptr) *facts_left -= std::min<uint64_t>(*facts_left, slice.count);
        if (facts_left != nullptr && *facts_left == 0 && !whole_levels) return ReachTreePtr(tree);
        if (in_order) SL_RETURN_IF_ERROR(context_->Reserve(slice.count * sizeof(PathMove)));
        for (size_t row = 0; row < slice.count; ++row) {
          const WalkedFact walked = slice[row];
          if (!avoided.empty() &&
              std::find(avoided.begin(), avoided.end(), walked.fact) != avoided.end())
            continue;
          if (in_order) {
            moves.push_back(PathMove::Of(walked));
            continue;
          }
          SL_RETURN_IF_ERROR(
              push(step.group, step.hops + 1, walked.to, walked.fact, index, &next_level));
        }
        reserved += in_order ? slice.count : 0;
      }
      SL_RETURN_IF_ERROR(order_.Sort(&moves));
      for (const PathMove& move : moves) {
        SL_RETURN_IF_ERROR(push(step.group, step.hops + 1, move.to, move.fact, index, &next_level));
      }
      context_->Release(reserved * sizeof(PathMove));
      moves.clear();
      if (context_->out_of_steps || (may_stop() && !whole_levels)) return ReachTreePtr(tree);
    }
    if (may_stop()) return ReachTreePtr(tree);
    level.swap(next_level);
    next_level.clear();
  }
  return ReachTreePtr(tree);
}

}  // namespace sightline::query
