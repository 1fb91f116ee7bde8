// ReachSearch: which nodes a chain of facts leads to, with one shortest chain to each.
//
// Breadth first, in the order of the facts (query/exec/move_order.h), so that the chain is the same
// each time: of the shortest ones the first in that order. The first `hops_min` facts of a group
// are counted one by one and may pass the same fact again; beyond them each node is visited once.
//
// Thread safety: one thread at a time.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "query/exec/move_order.h"
#include "query/exec/operator.h"
#include "query/plan/pattern.h"

namespace sightline::query {

// What a search from one node found.
class ReachTree {
 public:
  struct Step {
    storage::TermId node;
    storage::Fact
        fact;  // That led here; none at the start and where one group ends and the next begins.
    uint32_t parent = 0;
    uint32_t group = 0;
    uint64_t hops = 0;
  };

  // The nodes that were reached, nearest first, each once.
  const std::vector<std::pair<storage::TermId, uint32_t>>& ends() const { return ends_; }
  std::optional<uint32_t> StepOf(storage::TermId end) const;
  // The facts from the start to `step`, in the order walked; `nodes` (may be null) gets one more.
  std::vector<storage::Fact> FactsTo(uint32_t step, std::vector<storage::TermId>* nodes) const;
  // Whether the chain to `step` has one of `facts`.
  bool Passes(uint32_t step, const std::vector<storage::Fact>& facts) const;
  uint64_t size() const { return steps_.size(); }

 private:
  friend class ReachSearch;
  std::vector<Step> steps_;
  std::vector<std::pair<storage::TermId, uint32_t>> ends_;
  std::unordered_map<storage::TermId, uint32_t> step_of_;
  uint64_t bytes_ = 0;
};
using ReachTreePtr = std::shared_ptr<const ReachTree>;

class ReachSearch {
 public:
  // From the left end of the edge, or from its right end against the chain. Unless somebody wants
  // the chains they may be any shortest ones.
  ReachSearch(const PatternEdge& edge, bool from_right, bool chains_wanted, storage::ScopePtr scope,
              ExecutionContext* context);

  // Everything that can be reached without passing one of `avoided`. Kept, as long as the kept ones
  // are few, and the last ones always. What was found when the query ran out of steps is right, and
  // may not be all.
  StatusOr<ReachTreePtr> From(storage::TermId start,
                              const std::vector<storage::Fact>& avoided = {});

  // Whether `end` can be reached so; nullopt when that takes more than `facts_max` facts to find
  // out, or more than the query may touch. Where names decide, a level of the search is always
  // finished: how many facts it touches would tell in which order it has met them.
  StatusOr<std::optional<bool>> Reaches(storage::TermId start, storage::TermId end,
                                        const std::vector<storage::Fact>& avoided,
                                        uint64_t facts_max);

 private:
  struct Question {
    storage::TermId start;
    std::vector<storage::Fact> avoided;
    friend auto operator<=>(const Question&, const Question&) = default;
  };
  // Ends early at `stop_at`, or behind `*facts_left` facts, which then are 0; `facts_left` may be
  // null.
  StatusOr<ReachTreePtr> Search(const Question& question, std::optional<storage::TermId> stop_at,
                                uint64_t* facts_left);
  StatusOr<ReachTreePtr> Answer(const Question& question, std::pair<Question, ReachTreePtr>* last);

  ExecutionContext* const context_;
  const storage::ScopePtr scope_;
  const bool chains_wanted_;
  MoveOrder order_;
  std::vector<HopGroup> groups_;
  std::map<Question, ReachTreePtr> kept_;
  size_t kept_steps_ = 0;
  // Free to pass all facts, and around some: rows with the same start follow one another.
  std::pair<Question, ReachTreePtr> last_free_, last_around_;
};

}  // namespace sightline::query
