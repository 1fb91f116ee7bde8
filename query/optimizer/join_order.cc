#include "query/optimizer/join_order.h"

#include <algorithm>
#include <compare>
#include <limits>
#include <map>

namespace sightline::query {
namespace {

// What finding a place in an index costs, in rows that are read one after the other.
constexpr double kLookUp = 16;
// What reading a row into a hash table costs, and finding it there for another.
constexpr double kHash = 2;
constexpr double kNever = std::numeric_limits<double>::infinity();

// Rows that a step works on at least, however few are wanted.
constexpr double kFirstRows = 64;

// An order that costs no more than this many rows is run in the time that looking for a better one
// takes.
constexpr double kGoodEnough = 4096;

constexpr uint32_t kNobody = UINT32_MAX;

// What is known after some relations have been joined.
struct State {
  double cost = kNever;
  double rows = 1;
  std::vector<double> values;      // Of each variable; 0 while it is not known.
  std::vector<uint32_t> bound_by;  // Of each variable: the relation that it came from, or kNobody.
  std::optional<JoinStep> first;   // The variable that was begun with.
  JoinStep last;
};

class Search {
 public:
  Search(const std::vector<JoinVariable>& variables, const std::vector<JoinRelation>& relations,
         bool from_bound)
      : variables_(variables),
        relations_(relations),
        from_bound_(from_bound),
        domains_(variables.size(), 1) {
    for (const JoinRelation& relation : relations_) {
      double& left = domains_[relation.left];
      left = std::max(left, relation.left_values);
      double& right = domains_[relation.right];
      right = std::max(right, relation.right_values);
    }
  }

  // From now on orders are weighed by what it costs to find the first rows: `share` of all.
  void WantFirstRows(double share) { share_ = share; }

  // The cheapest next step, again and again.
  JoinOrder Greedy() const {
    State state;
    Begin([&](const State& begun) {
      if (begun.cost + begun.rows < state.cost + state.rows) state = begun;
    });
    JoinOrder order;
    if (state.first) order.steps.push_back(*state.first);
    order.steps.push_back(state.last);
    std::vector<bool> joined(relations_.size(), false);
    joined[state.last.index] = true;
    while (true) {
      std::optional<Next> best;
      for (uint32_t relation = 0; relation < relations_.size(); ++relation) {
        if (joined[relation]) continue;
        const std::optional<Next> next = Extend(state, relation);
        if (!next) continue;
        if (!best || next->cost + next->step.rows < best->cost + best->step.rows) best = next;
      }
      if (!best) break;
      joined[best->step.index] = true;
      order.steps.push_back(best->step);
      Take(*best, &state);
    }
    order.cost = state.cost;
    order.rows = state.rows;
    return order;
  }

  // The cheapest of all orders, if it costs less than `cost_max`.
  std::optional<JoinOrder> Exact(double cost_max) const {
    const size_t count = relations_.size();
    std::vector<State> best(size_t{1} << count);
    Begin([&](const State& begun) {
      State& known = best[size_t{1} << begun.last.index];
      if (begun.cost < std::min(known.cost, cost_max)) known = begun;
    });
    for (size_t set = 1; set + 1 < best.size(); ++set) {
      if (best[set].cost == kNever) continue;
      for (uint32_t relation = 0; relation < count; ++relation) {
        if ((set >> relation & 1) != 0) continue;
        const std::optional<Next> next = Extend(best[set], relation);
        if (!next) continue;
        State& known = best[set | size_t{1} << relation];
        if (next->cost >= std::min(known.cost, cost_max)) continue;
        known.values = best[set].values;
        known.bound_by = best[set].bound_by;
        known.first.reset();
        Take(*next, &known);
      }
    }
    if (best.back().cost == kNever) return std::nullopt;
    JoinOrder order{.steps = {}, .cost = best.back().cost, .rows = best.back().rows};
    for (size_t set = best.size() - 1; set != 0;) {
      order.steps.push_back(best[set].last);
      if (best[set].first) order.steps.push_back(*best[set].first);
      set &= ~(size_t{1} << best[set].last.index);
    }
    std::reverse(order.steps.begin(), order.steps.end());
    return order;
  }

 private:
  struct Next {
    JoinStep step;
    double cost = 0;
    double left_values = 0, right_values = 0;
  };

  State Empty() const {
    State state;
    state.cost = 0;
    for (const JoinVariable& variable : variables_) {
      state.values.push_back(variable.bound ? 1 : 0);
    }
    state.bound_by.assign(variables_.size(), kNobody);
    return state;
  }

  // Calls `begin` with the state after each way to join a first relation.
  template <typename Function>
  void Begin(const Function& begin) const {
    const State empty = Empty();
    for (uint32_t relation = 0; relation < relations_.size(); ++relation) {
      const JoinRelation& r = relations_[relation];
      if (from_bound_) {
        State state = empty;
        if (const auto next = Extend(state, relation)) {
          Take(*next, &state);
          begin(state);
        }
        continue;
      }
      for (const uint32_t variable : {r.left, r.right}) {
        if (!variables_[variable].candidates) continue;
        State state = empty;
        state.rows = *variables_[variable].candidates;
        state.values[variable] = std::max(state.rows, 1.0);
        state.cost = kLookUp + state.rows;
        state.first =
            JoinStep{.kind = JoinStep::Kind::kVariable, .index = variable, .rows = state.rows};
        if (const auto next = Extend(state, relation)) {
          Take(*next, &state);
          begin(state);
        }
      }
      State state = empty;
      Next next;
      next.step = {.kind = JoinStep::Kind::kRelation, .index = relation, .rows = r.rows};
      next.left_values = r.left_values;
      next.right_values = r.right_values;
      Restrict(r.left, &next.left_values, &next.step.rows);
      if (r.left != r.right) Restrict(r.right, &next.right_values, &next.step.rows);
      double read = std::max(r.rows_scanned, r.rows);
      if (share_) {
        // Each is tested, so that those that pass may be long in coming.
        read *= 1 + kLookUp * (Tests(r.left) + (r.left != r.right ? Tests(r.right) : 0));
      }
      next.cost = kLookUp + read * ShareOf(next.step.rows);
      Take(next, &state);
      begin(state);
    }
  }

  // The part of a step's work on so many rows that is done until the rows are found that are
  // wanted.
  double ShareOf(double rows) const {
    if (!share_ || rows <= kFirstRows) return 1;
    return std::max(*share_, kFirstRows / rows);
  }

  // How many tests a value of the variable has to pass.
  double Tests(uint32_t variable) const { return variables_[variable].candidates ? 1 : 0; }

  // Leaves the rows whose value of a variable is among its candidates.
  void Restrict(uint32_t variable, double* values, double* rows) const {
    const std::optional<double>& candidates = variables_[variable].candidates;
    if (!candidates || *candidates >= *values) return;
    *rows *= *candidates / std::max(*values, 1.0);
    *values = *candidates;
  }

  // What the estimate of joining `relation` at a variable has to be multiplied by, because its most
  // frequent values may be those of the relation that the variable comes from.
  double SkewAt(const State& state, uint32_t relation, uint32_t variable) const {
    const uint32_t other = state.bound_by[variable];
    if (other == kNobody || other == relation || variables_[variable].candidates) return 1;
    const EndHistogram* const here = EndsAt(relation, variable);
    const EndHistogram* const there = EndsAt(other, variable);
    if (here == nullptr || there == nullptr || here->facts == 0 || there->facts == 0) return 1;
    const auto [known, is_new] = skews_.try_emplace(Join{relation, other, variable}, 1);
    if (is_new) {
      known->second = PairsWithTheSameEnd(*here, *there) * domains_[variable] /
                      (static_cast<double>(here->facts) * static_cast<double>(there->facts));
    }
    return known->second;
  }

  // None when the relation has no variable that is known.
  std::optional<Next> Extend(const State& state, uint32_t relation) const {
    const JoinRelation& r = relations_[relation];
    const double left = state.values[r.left], right = state.values[r.right];
    if (left == 0 && right == 0) return std::nullopt;
    Next next;
    next.step.index = relation;
    next.left_values = left > 0 ? std::min(left, r.left_values) : r.left_values;
    next.right_values = right > 0 ? std::min(right, r.right_values) : r.right_values;
    double rows = state.rows * r.rows;
    double skew = 1;
    if (left > 0) {
      rows /= domains_[r.left];
      skew *= SkewAt(state, relation, r.left);
    }
    if (right > 0 && r.left != r.right) {
      rows /= domains_[r.right];
      skew *= SkewAt(state, relation, r.right);
    }
    // A row of which both ends are known finds one fact of a predicate.
    const bool is_check = left > 0 && right > 0;
    rows = is_check ? std::min(rows * skew, std::max(rows, state.rows)) : rows * skew;
    // Equal values are looked up once.
    double look_ups = state.rows;
    if (left > 0 && right > 0) {
      next.step.kind = JoinStep::Kind::kBoth;
    } else if (left > 0) {
      next.step.kind = JoinStep::Kind::kFromLeft;
      look_ups = std::min(look_ups, left);
    } else {
      next.step.kind = JoinStep::Kind::kFromRight;
      look_ups = std::min(look_ups, right);
    }
    // Facts are read before they are tested; those to one known end are not.
    const std::optional<double>& candidates =
        variables_[next.step.kind == JoinStep::Kind::kFromRight ? r.left : r.right].candidates;
    double read = rows;
    if (left == 0) Restrict(r.left, &next.left_values, &rows);
    if (right == 0) Restrict(r.right, &next.right_values, &rows);
    if (candidates && *candidates <= 1) read = rows;
    next.step.rows = rows;
    double cost = look_ups * kLookUp + read;
    // As the rule hash-join decides, which comes after the order.
    if (r.can_read_whole && state.rows >= r.rows && !share_) {
      cost = std::min(cost, kHash * (r.rows + state.rows));
    }
    next.cost = state.cost + (cost + rows) * ShareOf(state.rows);
    return next;
  }

  void Take(const Next& next, State* state) const {
    const JoinRelation& r = relations_[next.step.index];
    state->cost = next.cost;
    state->rows = next.step.rows;
    for (const uint32_t variable : {r.left, r.right}) {
      if (state->values[variable] == 0) state->bound_by[variable] = next.step.index;
    }
    state->values[r.left] = std::max(next.left_values, 1.0);
    state->values[r.right] = std::max(next.right_values, 1.0);
    state->last = next.step;
  }

  struct Join {
    uint32_t relation, other, variable;
    auto operator<=>(const Join&) const = default;
  };

  const EndHistogram* EndsAt(uint32_t relation, uint32_t variable) const {
    const JoinRelation& r = relations_[relation];
    return r.left == variable ? r.left_ends : r.right_ends;
  }

  const std::vector<JoinVariable>& variables_;
  const std::vector<JoinRelation>& relations_;
  const bool from_bound_;
  std::optional<double> share_;           // Set when the first rows are wanted.
  mutable std::map<Join, double> skews_;  // Those that were asked for.
  std::vector<double> domains_;           // How many values each variable can have.
};

}  // namespace

JoinOrder OrderJoins(const std::vector<JoinVariable>& variables,
                     const std::vector<JoinRelation>& relations, bool from_bound, size_t exact_max,
                     std::optional<double> rows_wanted) {
  Search search(variables, relations, from_bound);
  JoinOrder order = search.Greedy();
  if (rows_wanted && *rows_wanted < order.rows) {
    search.WantFirstRows(*rows_wanted / order.rows);
    order = search.Greedy();
  }
  if (relations.size() > exact_max || order.cost <= kGoodEnough) return order;
  if (std::optional<JoinOrder> cheapest = search.Exact(order.cost)) return *std::move(cheapest);
  return order;
}

}  // namespace sightline::query
