// Paths that are searched for: selectors, groups of steps, chains with conditions; and AVOIDING.

#include <algorithm>
#include <utility>

#include "query/binder/pattern_state.h"
#include "query/binder/statement_binder.h"
#include "query/plan/expression_walk.h"

namespace sightline::query {

namespace {

using Kind = ast::PathSelector::Kind;
using Mode = ast::PathSelector::Mode;

PathChoice ChoiceOf(const ast::PathSelector& selector) {
  switch (selector.kind_given ? selector.kind : Kind::kAll) {
    case Kind::kAll:
      return PathChoice::kAll;
    case Kind::kAllShortest:
      return PathChoice::kAllShortest;
    case Kind::kShortestGroups:
      return PathChoice::kShortestGroups;
    case Kind::kCheapest:
      return PathChoice::kCheapest;
    case Kind::kAny:  // Any will do: a short one.
    case Kind::kAnyShortest:
    case Kind::kShortest:
      break;
  }
  return PathChoice::kShortest;
}

// Shortest and cheapest paths are simple paths. The others pass each fact once, as do the edges of
// a MATCH.
PathMode ModeOf(const ast::PathSelector& selector) {
  switch (selector.mode) {
    case Mode::kWalk:
      return PathMode::kWalk;
    case Mode::kTrail:
      return PathMode::kTrail;
    case Mode::kSimple:
      return PathMode::kSimple;
    case Mode::kAcyclic:
      return PathMode::kAcyclic;
    case Mode::kUnspecified:
      break;
  }
  const bool every =
      !selector.kind_given || selector.kind == Kind::kAll || selector.kind == Kind::kAny;
  return every ? PathMode::kTrail : PathMode::kSimple;
}

bool IsAsked(const ast::NodePattern& node) {
  return node.variable.has_value() || node.id.has_value() || node.quoted.has_value() ||
         node.classes.has_value() || node.named != nullptr || !node.properties.empty() ||
         node.where != nullptr;
}

void Unite(const PredicateSet& from, PredicateSet* to) {
  to->predicates.insert(to->predicates.end(), from.predicates.begin(), from.predicates.end());
  std::sort(to->predicates.begin(), to->predicates.end());
  to->predicates.erase(std::unique(to->predicates.begin(), to->predicates.end()),
                       to->predicates.end());
}

// Of branches the first groups and the last ones are what any of them may begin and end with.
void AddBranchGroups(const PathPart& part, std::vector<HopGroup>* groups) {
  const uint64_t least = std::min<uint64_t>(part.times_min, 1);
  HopGroup first{.walk = {}, .hops_min = least, .hops_max = part.times_max}, last = first;
  for (uint32_t step = 0; step < part.steps.size(); step = part.BranchEnd(step)) {
    const EdgeWalk& begin = part.steps[step].walk;
    const EdgeWalk& end = part.steps[part.BranchEnd(step) - 1].walk;
    Unite(begin.along, &first.walk.along);
    Unite(begin.against, &first.walk.against);
    Unite(end.along, &last.walk.along);
    Unite(end.against, &last.walk.against);
  }
  groups->push_back(std::move(first));
  for (const PathStep& step : part.steps) {
    groups->push_back({.walk = step.walk, .hops_min = 0, .hops_max = part.times_max});
  }
  groups->push_back(std::move(last));
}

bool MakesColumns(const PathPattern& search) {
  PatternEdge edge;
  edge.search = std::shared_ptr<const PathPattern>(std::shared_ptr<void>(), &search);
  return !ColumnsOf(edge).empty();
}

}  // namespace

StatusOr<StatementBinder::PathTerms> StatementBinder::TermsOf(const ast::Pattern& pattern,
                                                              PatternState* state) {
  // ((a)-[:p]->(b)), all of it in brackets.
  if (pattern.terms.size() == 1) {
    const auto* group = std::get_if<std::unique_ptr<ast::GroupPattern>>(&pattern.terms.front());
    if (group != nullptr && !(*group)->repeat.has_value() && (*group)->where == nullptr &&
        !(*group)->variable.has_value()) {
      return Alternate((*group)->terms, (*group)->span, false, state);
    }
  }
  return Alternate(pattern.terms, pattern.span, false, state);
}

StatusOr<StatementBinder::PathTerms> StatementBinder::Alternate(
    const std::vector<ast::PatternTerm>& terms, const SourceSpan& span, bool in_group,
    PatternState* state) {
  PathTerms found;
  const auto leave_out = [&](const SourceSpan& place) {
    ast::NodePattern& node = state->nodes_left_out.emplace_back();
    node.span = place;
    found.nodes.push_back(&node);
  };
  const auto behind_group = [&] {
    return !found.links.empty() && found.links.back().group != nullptr;
  };
  for (const ast::PatternTerm& term : terms) {
    const bool expect_node = found.nodes.size() == found.links.size();
    if (const auto* node = std::get_if<ast::NodePattern>(&term)) {
      if (!expect_node) {
        return Error("SL4003", node->span, "two nodes stand next to one another",
                     {"put an edge between them, (a)-[:p]->(b), or a comma"});
      }
      found.nodes.push_back(node);
    } else if (const auto* edge = std::get_if<ast::EdgePattern>(&term)) {
      if (expect_node && !behind_group()) {
        return Error("SL4003", edge->span, "an edge must stand between two nodes",
                     {"write () for a node you need no name for"});
      }
      if (expect_node) leave_out(found.links.back().group->span);
      found.links.push_back({.edge = edge});
    } else {
      const ast::GroupPattern& group = *std::get<std::unique_ptr<ast::GroupPattern>>(term);
      if (in_group) {
        return Error("SL4021", group.span, "a group of steps within a group",
                     {"write the steps of the inner group out in the outer one"});
      }
      if (expect_node) leave_out(group.span);
      found.links.push_back({.group = &group});
    }
  }
  if (found.nodes.size() == found.links.size()) {
    if (!behind_group()) {
      return Error("SL4003", found.links.empty() ? span : found.links.back().edge->span,
                   "an edge must stand between two nodes",
                   {"write () for a node you need no name for"});
    }
    leave_out(found.links.back().group->span);
  }
  return found;
}

Status StatementBinder::CostWithoutCheapest(const ast::Pattern& pattern) const {
  return Error("SL4020", pattern.cost->span, "COST says what CHEAPEST is to keep low",
               {"write p = CHEAPEST (a)-[r:owns*..6]->(b) COST r.credibility"});
}

BoundExpressionPtr StatementBinder::SameNode(uint32_t slot, uint32_t other, StaticType type,
                                             const SourceSpan& span) {
  auto same = std::make_unique<BoundExpression>();
  same->node = BoundBinary{ast::BinaryOperator::kEqual, MakeSlot(slot, StaticType::kEntity, span),
                           MakeSlot(other, type, span)};
  same->type = StaticType::kBoolean;
  same->span = span;
  return same;
}

void StatementBinder::JoinNodes(uint32_t slot, uint32_t other, const ast::Name& name,
                                PatternState* state) {
  state->filters.push_back(
      {SameNode(slot, other, StaticType::kEntity, name.span), name.text, name.span});
}

const Binding* StatementBinder::FindIntroduced(std::string_view name, const PatternState& state) {
  for (const Binding& binding : state.introduced) {
    if (binding.name == name) return &binding;
  }
  return nullptr;
}

Status StatementBinder::AddSearchedPattern(const ast::Pattern& pattern, const PathTerms& terms,
                                           PatternState* state, PatternPath* path) {
  const ast::PathSelector& selector = *pattern.selector;
  PathPattern search;
  search.choice = ChoiceOf(selector);
  search.mode = ModeOf(selector);
  if (selector.count != nullptr) {
    SL_ASSIGN_OR_RETURN(search.count, BindHopBound(*selector.count));
    if (search.count == 0) {
      return Error("SL4008", selector.count->span, "a number of paths is a whole number from 1",
                   {"write SHORTEST 3"});
    }
  }
  if (search.choice != PathChoice::kCheapest && pattern.cost != nullptr) {
    return CostWithoutCheapest(pattern);
  }
  if (search.choice == PathChoice::kCheapest && pattern.cost == nullptr) {
    return Error("SL4020", selector.span, "CHEAPEST needs a COST, what a step costs",
                 {"write COST behind the pattern: (a)-[r:owns*..6]->(b) COST r.credibility"});
  }
  const bool in_path = pattern.variable.has_value();
  SL_ASSIGN_OR_RETURN(const uint32_t left, AddNode(*terms.nodes.front(), state));
  SL_ASSIGN_OR_RETURN(const uint32_t right, AddNode(*terms.nodes.back(), state));
  state->nodes[left].in_path |= in_path;
  state->nodes[right].in_path |= in_path;
  PatternEdgeInfo info;
  for (size_t i = 0; i < terms.links.size(); ++i) {
    if (i > 0) {
      Bindings part_bindings = bindings_;
      SL_ASSIGN_OR_RETURN(const std::optional<uint32_t> junction,
                          AddPathNode(*terms.nodes[i], false, &part_bindings, &search, state));
      search.junctions.push_back(junction);
    }
    PatternEdgeInfo part_info;
    SL_ASSIGN_OR_RETURN(PathPart part, PartOf(terms.links[i], &search, state, &part_info));
    search.parts.push_back(std::move(part));
    if (terms.links.size() == 1) info = std::move(part_info);
  }
  info.in_path = in_path;
  if (search.choice == PathChoice::kAll && search.LengthMax() == kUnboundedHops) {
    return Error(
        "SL4005", selector.span, "all paths of any length are too many to list",
        {"give the steps an upper bound: -[:owns*1..4]->", "or ask for some only: SHORTEST 10"});
  }
  SL_RETURN_IF_ERROR(BindCost(pattern, terms, &search, state));
  if (!in_path && !MakesColumns(search)) {
    // Nothing tells paths between the same ends apart: that there is one is all that is asked.
    search.choice = PathChoice::kShortest;
    search.count = 1;
  }
  SL_ASSIGN_OR_RETURN(const uint32_t edge, AddSearchedEdge(std::move(search), std::move(info), left,
                                                           right, pattern.span, state));
  path->nodes = {left, right};
  path->edges = {edge};
  return OkStatus();
}

StatusOr<uint32_t> StatementBinder::AddLink(const PathLink& link, uint32_t left, uint32_t right,
                                            bool in_path, PatternState* state) {
  if (link.edge != nullptr) return AddEdge(*link.edge, left, right, in_path, state);
  // Reachability, as of a chain: one of the shortest ways stands for all.
  PathPattern search;
  search.choice = PathChoice::kShortest;
  search.mode = PathMode::kWalk;
  PatternEdgeInfo info;
  SL_ASSIGN_OR_RETURN(PathPart part, PartOf(link, &search, state, &info));
  search.parts.push_back(std::move(part));
  info.in_path = in_path;
  return AddSearchedEdge(std::move(search), std::move(info), left, right, link.group->span, state);
}

StatusOr<uint32_t> StatementBinder::AddSearchedChain(const ast::EdgePattern& edge, EdgeShape shape,
                                                     PatternEdgeInfo info, uint32_t left,
                                                     uint32_t right, PatternState* state) {
  PathPattern search;
  search.choice = PathChoice::kShortest;
  search.mode = PathMode::kWalk;
  PathPart part;
  part.times_min = shape.hops.hops_min;
  part.times_max = shape.hops.hops_max;
  part.repeated = true;
  Bindings part_bindings = bindings_;
  SL_ASSIGN_OR_RETURN(PathStep step,
                      StepOf(edge, std::move(shape), true, &part_bindings, &search, state));
  part.steps.push_back(std::move(step));
  search.parts.push_back(std::move(part));
  return AddSearchedEdge(std::move(search), std::move(info), left, right, edge.span, state);
}

StatusOr<PathPart> StatementBinder::PartOf(const PathLink& link, PathPattern* search,
                                           PatternState* state, PatternEdgeInfo* info) {
  PathPart part;
  Bindings part_bindings = bindings_;
  if (link.edge != nullptr && !DefinedEdgeNames(*link.edge).empty()) {
    if (link.edge->hops.has_value()) {
      SL_ASSIGN_OR_RETURN(std::tie(part.times_min, part.times_max), BindHops(*link.edge->hops));
      part.repeated = true;
    }
    SL_RETURN_IF_ERROR(
        AddDefinedSteps(*link.edge, {}, false, &part, &part_bindings, search, state));
    return part;
  }
  if (link.edge != nullptr) {
    SL_ASSIGN_OR_RETURN(EdgeShape shape, ShapeOf(*link.edge, info, true));
    part.times_min = shape.hops.hops_min;
    part.times_max = shape.hops.hops_max;
    part.repeated = shape.chain;
    SL_ASSIGN_OR_RETURN(PathStep step, StepOf(*link.edge, std::move(shape), part.repeated,
                                              &part_bindings, search, state));
    part.steps.push_back(std::move(step));
    return part;
  }
  const ast::GroupPattern& group = *link.group;
  if (group.repeat.has_value()) {
    SL_ASSIGN_OR_RETURN(std::tie(part.times_min, part.times_max), BindHops(*group.repeat));
    part.repeated = true;
  }
  if (group.variable.has_value()) {
    SL_ASSIGN_OR_RETURN(part.path_slot,
                        Introduce(*group.variable, Vector::Kind::kData,
                                  part.repeated ? StaticType::kList : StaticType::kPath, state));
  }
  SL_ASSIGN_OR_RETURN(const PathTerms terms, Alternate(group.terms, group.span, true, state));
  if (terms.links.empty()) {
    return Error("SL4021", group.span, "a group of steps without a step",
                 {"write ((a)-[:p]->(b)){1,3}"});
  }
  std::optional<uint32_t> before;
  for (size_t i = 0; i < terms.nodes.size(); ++i) {
    SL_ASSIGN_OR_RETURN(const std::optional<uint32_t> node,
                        AddPathNode(*terms.nodes[i], part.repeated, &part_bindings, search, state));
    if (i > 0) {
      const ast::EdgePattern& edge = *terms.links[i - 1].edge;
      if (!DefinedEdgeNames(edge).empty()) {
        if (edge.hops.has_value()) {
          return Error("SL4021", edge.span, "a chain of any length within a group of steps",
                       {"repeat either the step or the group"});
        }
        const bool alone = terms.links.size() == 1 && group.where == nullptr;
        SL_RETURN_IF_ERROR(
            AddDefinedSteps(edge, {before, node}, !alone, &part, &part_bindings, search, state));
        before = node;
        continue;
      }
      PatternEdgeInfo edge_info;
      SL_ASSIGN_OR_RETURN(EdgeShape shape, ShapeOf(edge, &edge_info, true));
      if (shape.hops.hops_min != 1 || shape.hops.hops_max != 1) {
        return Error("SL4021", edge.span, "a chain of any length within a group of steps",
                     {"repeat either the step or the group; {1} behind an edge means one fact"});
      }
      SL_ASSIGN_OR_RETURN(PathStep step, StepOf(edge, std::move(shape), part.repeated,
                                                &part_bindings, search, state));
      step.before = before;
      step.after = node;
      part.steps.push_back(std::move(step));
    }
    before = node;
  }
  if (group.where != nullptr) {
    SL_ASSIGN_OR_RETURN(BoundExpressionPtr condition,
                        BindInPath(*group.where, part_bindings, search, state));
    part.conditions.push_back(std::move(condition));
  }
  return part;
}

StatusOr<PathStep> StatementBinder::StepOf(const ast::EdgePattern& edge, EdgeShape shape,
                                           bool repeated, Bindings* part_bindings,
                                           PathPattern* search, PatternState* state) {
  PathStep step;
  step.walk = std::move(shape.hops.walk);
  if (edge.statement_variable.has_value()) {
    return NotImplemented(edge.statement_variable->span,
                          "a statement variable (@) inside a searched path",
                          {"statements(f) lists those of a fact of facts(p)"});
  }
  if (edge.variable.has_value()) {
    SL_ASSIGN_OR_RETURN(step.slot,
                        Introduce(*edge.variable, Vector::Kind::kData,
                                  repeated ? StaticType::kList : StaticType::kFact, state));
    step.own_slot =
        frame_->Add({.name = "", .kind = Vector::Kind::kData, .type = StaticType::kFact});
    state->own_slots.push_back(*step.own_slot);
    part_bindings->Add({.name = edge.variable->text,
                        .slot = *step.own_slot,
                        .type = StaticType::kFact,
                        .from_pattern = true});
  }
  ExpressionScope scope{.bindings = &bindings_, .place = "a pattern"};
  for (const ast::MapEntry& entry : edge.properties) {
    SL_ASSIGN_OR_RETURN(QualifierTest test, BindQualifier(entry, &scope));
    search->reads_row |= !test.slots.empty();
    step.qualifiers.push_back(std::move(test));
  }
  if (edge.where != nullptr) {
    SL_ASSIGN_OR_RETURN(BoundExpressionPtr condition,
                        BindInPath(*edge.where, *part_bindings, search, state));
    step.conditions.push_back(std::move(condition));
  }
  return step;
}

StatusOr<std::optional<uint32_t>> StatementBinder::AddPathNode(const ast::NodePattern& node,
                                                               bool repeated,
                                                               Bindings* part_bindings,
                                                               PathPattern* search,
                                                               PatternState* state) {
  if (!IsAsked(node)) return std::optional<uint32_t>();
  PathNode made;
  made.node.text = Text(node.span);
  made.node.span = node.span;
  made.node.slot =
      frame_->Add({.name = "", .kind = Vector::Kind::kTerms, .type = StaticType::kEntity});
  state->own_slots.push_back(made.node.slot);
  if (node.variable.has_value()) {
    const std::string& name = node.variable->text;
    const auto elsewhere = state->nodes_by_variable.find(name);
    if (!repeated && elsewhere != state->nodes_by_variable.end()) {
      // The path is chosen by what it is asked itself; it is kept when it passes that node.
      made.slot =
          frame_->Add({.name = "", .kind = Vector::Kind::kTerms, .type = StaticType::kEntity});
      JoinNodes(*made.slot, state->graph.nodes[elsewhere->second].slot, *node.variable, state);
    } else if (!repeated && IsTaken(name)) {
      SL_ASSIGN_OR_RETURN(const Binding* const bound, FindForPattern(*node.variable));
      if (bound == nullptr ||
          (bound->type != StaticType::kEntity && bound->type != StaticType::kAny &&
           bound->type != StaticType::kStatement)) {
        return Error("SL2002", node.variable->span,
                     fmt::format("'{}' is no node elsewhere, and is one here", name),
                     {"choose another name"});
      }
      made.conditions.push_back(
          SameNode(made.node.slot, bound->slot, bound->type, node.variable->span));
      search->reads_row = true;
    } else {
      SL_ASSIGN_OR_RETURN(
          made.slot,
          Introduce(*node.variable, repeated ? Vector::Kind::kData : Vector::Kind::kTerms,
                    repeated ? StaticType::kList : StaticType::kEntity, state));
    }
    part_bindings->Add({.name = name,
                        .slot = made.node.slot,
                        .type = StaticType::kEntity,
                        .kind = Vector::Kind::kTerms,
                        .from_pattern = true});
  }
  std::vector<std::string> classes;
  SL_RETURN_IF_ERROR(BindTests(node, *state, &made.node, &classes));
  for (const PropertyTest& test : made.node.properties) search->reads_row |= !test.slots.empty();
  if (Binding* binding = node.variable ? part_bindings->Find(node.variable->text) : nullptr) {
    binding->classes = std::move(classes);
  }
  if (node.where != nullptr) {
    SL_ASSIGN_OR_RETURN(BoundExpressionPtr condition,
                        BindInPath(*node.where, *part_bindings, search, state));
    made.conditions.push_back(std::move(condition));
  }
  search->nodes.push_back(std::move(made));
  return std::optional<uint32_t>(static_cast<uint32_t>(search->nodes.size() - 1));
}

StatusOr<BoundExpressionPtr> StatementBinder::BindInPath(const ast::Expression& condition,
                                                         const Bindings& part_bindings,
                                                         PathPattern* search, PatternState* state) {
  Bindings elsewhere;
  for (const Binding& binding : state->introduced) {
    if (part_bindings.Find(binding.name) == nullptr) elsewhere.Add(binding);
  }
  ExpressionScope scope{.bindings = &part_bindings,
                        .place = "WHERE",
                        .forbidden = &elsewhere,
                        .forbidden_why = "is found outside of the steps that this condition is on",
                        .forbidden_code = "SL4022"};
  SL_ASSIGN_OR_RETURN(BoundExpressionPtr bound, BindCondition(condition, &scope));
  SL_RETURN_IF_ERROR(CheckComparisons(*bound));
  for (const uint32_t slot : SlotsOf(*bound)) {
    search->reads_row |=
        std::find(state->own_slots.begin(), state->own_slots.end(), slot) == state->own_slots.end();
  }
  return bound;
}

Status StatementBinder::BindCost(const ast::Pattern& pattern, const PathTerms& terms,
                                 PathPattern* search, PatternState* state) {
  if (pattern.cost == nullptr) return OkStatus();
  Bindings facts = bindings_;
  search->cost_slot =
      frame_->Add({.name = "", .kind = Vector::Kind::kData, .type = StaticType::kFact});
  state->own_slots.push_back(search->cost_slot);
  // A variable for each, to see which one the cost reads.
  std::vector<uint32_t> slots;
  const auto add = [&](const ast::EdgePattern& edge, const PathPart& part) {
    if (!edge.variable.has_value()) return;
    const Binding* binding = FindIntroduced(edge.variable->text, *state);
    for (const PathStep& step : part.steps) {
      if (binding == nullptr || step.slot != binding->slot) continue;
      slots.push_back(*step.own_slot);
      facts.Add({.name = edge.variable->text,
                 .slot = *step.own_slot,
                 .type = StaticType::kFact,
                 .from_pattern = true});
      return;
    }
  };
  for (size_t i = 0; i < terms.links.size(); ++i) {
    const PathPart& part = search->parts[i];
    if (terms.links[i].edge != nullptr) {
      add(*terms.links[i].edge, part);
      continue;
    }
    for (const ast::PatternTerm& term : terms.links[i].group->terms) {
      if (const auto* edge = std::get_if<ast::EdgePattern>(&term)) add(*edge, part);
    }
  }
  Bindings elsewhere;
  for (const Binding& binding : state->introduced) {
    if (facts.Find(binding.name) == nullptr) elsewhere.Add(binding);
  }
  ExpressionScope scope{.bindings = &facts,
                        .place = "COST",
                        .forbidden = &elsewhere,
                        .forbidden_why = "is no edge of the path: COST is what one fact costs",
                        .forbidden_code = "SL4020"};
  SL_ASSIGN_OR_RETURN(search->cost, BindExpression(*pattern.cost, &scope));
  switch (search->cost->type) {
    case StaticType::kAny:
    case StaticType::kNull:
    case StaticType::kInteger:
    case StaticType::kDouble:
    case StaticType::kDecimal:
      break;
    default:
      return Error(
          "SL4020", pattern.cost->span,
          fmt::format("COST needs a number, and this is a {}", StaticTypeName(search->cost->type)));
  }
  std::optional<size_t> read;
  for (const uint32_t slot : SlotsOf(*search->cost)) {
    const auto found = std::find(slots.begin(), slots.end(), slot);
    if (found == slots.end()) {
      search->reads_row = true;
      continue;
    }
    const auto index = static_cast<size_t>(found - slots.begin());
    if (read.has_value()) {
      return Error("SL4020", pattern.cost->span, "COST reads the facts of one edge, not of two",
                   {"name one of the edges only"});
    }
    read = index;
  }
  if (read.has_value()) {
    for (PathPart& part : search->parts) {
      for (PathStep& step : part.steps) step.counts = step.own_slot == slots[*read];
    }
    search->cost_slot = slots[*read];
  }
  return OkStatus();
}

StatusOr<uint32_t> StatementBinder::AddSearchedEdge(PathPattern search, PatternEdgeInfo info,
                                                    uint32_t left, uint32_t right,
                                                    const SourceSpan& span, PatternState* state) {
  PatternEdge made;
  made.left = left;
  made.right = right;
  made.text = Text(span);
  made.span = span;
  made.variable_length = true;
  made.named = MakesColumns(search);
  // What planning knows of a chain: where it may begin and end, and how long it is.
  for (const PathPart& part : search.parts) {
    if (!part.branch_ends.empty()) {
      AddBranchGroups(part, &made.groups);
      continue;
    }
    for (const PathStep& step : part.steps) {
      const bool alone = part.steps.size() == 1;
      made.groups.push_back(
          {.walk = step.walk,
           .hops_min = alone ? part.times_min : std::min<uint64_t>(part.times_min, 1),
           .hops_max = part.times_max});
    }
  }
  if (search.parts.size() > 1 || search.parts.front().steps.size() > 1) {
    info.names_predicates = false;
    info.source = nullptr;
  }
  made.search = std::make_shared<const PathPattern>(std::move(search));
  state->graph.edges.push_back(std::move(made));
  state->edges.push_back(std::move(info));
  return static_cast<uint32_t>(state->graph.edges.size() - 1);
}

Status StatementBinder::BindAvoiding(const ast::MatchClause& clause, PatternState* state) {
  if (clause.avoiding.empty()) return OkStatus();
  const auto& edges = state->graph.edges;
  const ast::AvoidItem& first = clause.avoiding.front();
  if (std::none_of(edges.begin(), edges.end(),
                   [](const PatternEdge& edge) { return edge.variable_length; })) {
    return Error("SL4023", first.node.has_value() ? first.node->span : first.hubs_over->span,
                 "AVOIDING is about the nodes that a chain crosses, and there is no chain here",
                 {"write a chain, -[:owns*1..4]->, or test the node in WHERE"});
  }
  for (const ast::AvoidItem& item : clause.avoiding) {
    if (item.hubs_over != nullptr) {
      SL_ASSIGN_OR_RETURN(const Datum datum,
                          EvaluateConstant(*item.hubs_over, "AVOIDING HUBS OVER"));
      const int64_t* number = datum.value() != nullptr ? datum.value()->get_if<int64_t>() : nullptr;
      if (number == nullptr || *number < 0) {
        return Error("SL4023", item.hubs_over->span,
                     "HUBS OVER takes a number of facts, a whole number from 0",
                     {"write AVOIDING HUBS OVER 500"});
      }
      const auto most = static_cast<uint64_t>(*number);
      state->graph.hubs_over = std::min(state->graph.hubs_over.value_or(most), most);
      continue;
    }
    const ast::NodePattern& node = *item.node;
    if (node.variable.has_value() || node.where != nullptr) {
      return Error("SL4023", node.variable.has_value() ? node.variable->span : node.where->span,
                   "what is avoided has no name: no path goes there",
                   {"say what it is: (:Country), (#id), (\"name\"), {property: value}"});
    }
    PatternNode avoided;
    avoided.text = Text(node.span);
    avoided.span = node.span;
    std::vector<std::string> classes;
    SL_RETURN_IF_ERROR(BindTests(node, *state, &avoided, &classes));
    if (std::any_of(avoided.properties.begin(), avoided.properties.end(),
                    [](const PropertyTest& test) { return !test.slots.empty(); })) {
      return Error("SL4023", node.span, "what is avoided must be the same for every row",
                   {"compare with a constant or a parameter"});
    }
    state->graph.avoided.push_back(std::move(avoided));
  }
  return OkStatus();
}

}  // namespace sightline::query
