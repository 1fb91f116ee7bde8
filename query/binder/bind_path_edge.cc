// Defined edges within a searched path: SHORTEST (a)-[:arms|owns*..4]->(b),
// ((x)-[:arms]->(y)){1,3}.
//
// A path is made of facts, so an edge that stands for a pattern is walked as the chain of facts
// that its pattern is: each definition, and each plain predicate beside it, is a branch of steps of
// the path's part. The number of times a part is walked counts edges; the length of the path counts
// facts. A pattern that is no chain between its ends cannot be walked.

#include <algorithm>
#include <map>
#include <utility>

#include "query/binder/pattern_state.h"
#include "query/binder/statement_binder.h"
#include "query/plan/expression_walk.h"

namespace sightline::query {

using storage::StoredDefinition;

namespace {

Status Refuse(const SourceSpan& span, std::string_view what) {
  Diagnostic diagnostic;
  diagnostic.code = "SL4017";
  diagnostic.message =
      fmt::format("a defined edge is walked as the facts of its pattern, and {}", what);
  diagnostic.span = span;
  diagnostic.help = {"write its pattern out where the path is to pass it"};
  return ToStatus(std::move(diagnostic));
}

// The pattern of a definition as a chain from its first end to its second.
struct Chain {
  std::vector<std::vector<const ast::NodePattern*>>
      nodes;  // One more than edges; all that is asked.
  struct Edge {
    const ast::EdgePattern* pattern = nullptr;
    bool against = false;  // The chain passes it from its right node to its left one.
  };
  std::vector<Edge> edges;
};

StatusOr<Chain> ChainOf(const ast::DefineEdge& define) {
  const SourceSpan& place = define.edge.span;
  const auto no_chain = [&place] { return Refuse(place, "this one's is no chain of facts"); };
  if (define.body.size() != 1) return no_chain();
  const ast::MatchClause& body = define.body.front();
  if (body.optional || !body.scope.empty() || !body.avoiding.empty()) return no_chain();
  struct Link {
    size_t left, right;
    const ast::EdgePattern* pattern;
    bool used = false;
  };
  std::map<std::string, size_t> known;
  std::vector<std::vector<const ast::NodePattern*>> nodes;
  std::vector<Link> links;
  const auto node_of = [&](const ast::NodePattern& node) {
    size_t index = nodes.size();
    if (node.variable) index = known.emplace(node.variable->text, index).first->second;
    if (index == nodes.size()) nodes.emplace_back();
    nodes[index].push_back(&node);
    return index;
  };
  for (const ast::Pattern& pattern : body.patterns) {
    if (pattern.variable || pattern.selector || pattern.cost != nullptr) return no_chain();
    std::optional<size_t> before;
    const ast::EdgePattern* between = nullptr;
    for (const ast::PatternTerm& term : pattern.terms) {
      if (const auto* edge = std::get_if<ast::EdgePattern>(&term)) {
        if (edge->hops || edge->statement_variable) return no_chain();
        between = edge;
        continue;
      }
      const auto* node = std::get_if<ast::NodePattern>(&term);
      if (node == nullptr) return no_chain();
      const size_t index = node_of(*node);
      if (between != nullptr && before) links.push_back({*before, index, between});
      before = index;
    }
  }
  const auto from = known.find(define.from.variable->text);
  const auto to = known.find(define.to.variable->text);
  if (from == known.end() || to == known.end() || from == to) return no_chain();
  Chain chain;
  std::vector<bool> passed(nodes.size(), false);
  size_t at = from->second;
  while (true) {
    passed[at] = true;
    chain.nodes.push_back(nodes[at]);
    Link* next = nullptr;
    for (Link& link : links) {
      if (link.used || (link.left != at && link.right != at)) continue;
      if (next != nullptr) return no_chain();  // It branches.
      next = &link;
    }
    if (next == nullptr) break;
    next->used = true;
    const bool against = next->right == at;
    chain.edges.push_back({next->pattern, against});
    at = against ? next->left : next->right;
    if (passed[at]) return no_chain();
  }
  const bool all = std::find(passed.begin(), passed.end(), false) == passed.end();
  if (at != to->second || !all || chain.edges.empty()) return no_chain();
  chain.nodes.front().push_back(&define.from);
  chain.nodes.back().push_back(&define.to);
  return chain;
}

bool AsksNothing(const ast::NodePattern& node) {
  return !node.id && !node.quoted && !node.classes && node.named == nullptr &&
         node.properties.empty() && node.where == nullptr;
}

}  // namespace

Status StatementBinder::AddDefinedSteps(const ast::EdgePattern& edge, const PathEnds& ends,
                                        bool one_branch, PathPart* part, Bindings* part_bindings,
                                        PathPattern* search, PatternState* state) {
  if (edge.statement_variable) {
    return Refuse(edge.statement_variable->span, "has no statements of its own");
  }
  if (!edge.properties.empty() || edge.where != nullptr) {
    return Refuse(edge.span, "takes no condition inside the brackets");
  }
  std::optional<uint32_t> own_slot, slot;
  if (edge.variable) {
    if (one_branch || !part->repeated) {
      return Refuse(edge.variable->span, "only a chain of them, -[r:edge*1..3]->, has a name");
    }
    SL_ASSIGN_OR_RETURN(slot,
                        Introduce(*edge.variable, Vector::Kind::kData, StaticType::kList, state));
    own_slot = frame_->Add({.name = "", .kind = Vector::Kind::kData, .type = StaticType::kFact});
    state->own_slots.push_back(*own_slot);
  }
  const size_t first = part->steps.size();
  const auto end_branch = [&] { part->branch_ends.push_back(uint32_t(part->steps.size())); };
  for (const ast::Name& name : DefinedEdgeNames(edge)) {
    bool inverse = false;
    if (const auto* definition = FindProperty(name.text, &inverse)) {
      if (definition->transitive && !edge.hops) {
        return Error("SL4017", name.span,
                     fmt::format("the TRANSITIVE predicate '{}' next to others, or both ways, "
                                 "stands for chains of any length, and is no step of a path",
                                 definition->name),
                     {"say how many facts it may be: -[:a|b*1..3]->"});
      }
      ast::EdgePattern plain;
      plain.direction = edge.direction;
      plain.span = edge.span;
      plain.predicates.emplace();
      plain.predicates->kind = ast::ClassTest::Kind::kName;
      plain.predicates->text = name.text;
      plain.predicates->span = name.span;
      plain.hops.emplace();  // Its facts, also of a TRANSITIVE predicate.
      PatternEdgeInfo info;
      SL_ASSIGN_OR_RETURN(EdgeShape shape, ShapeOf(plain, &info, true));
      PathStep step;
      step.walk = std::move(shape.hops.walk);
      step.before = ends.before;
      step.after = ends.after;
      step.own_slot = own_slot;
      step.slot = slot;
      part->steps.push_back(std::move(step));
      end_branch();
      continue;
    }
    // Copies: binding may move on to another catalog.
    std::vector<StoredDefinition> definitions;
    for (const StoredDefinition* stored : catalog_->FindEdge(name.text, view_.clearance())) {
      definitions.push_back(*stored);
    }
    if (definitions.empty()) return NoSuchPredicate(name.text, name.span, "SL2012");
    for (const StoredDefinition& definition : definitions) {
      for (const bool backwards : {false, true}) {
        if (edge.direction == ast::Direction::kRight && backwards) continue;
        if (edge.direction == ast::Direction::kLeft && !backwards) continue;
        const size_t begin = part->steps.size();
        SL_RETURN_IF_ERROR(AddBranch(definition, CalledAt(definition, name.span), backwards, ends,
                                     own_slot, part, search, state));
        for (size_t i = begin; i < part->steps.size(); ++i) part->steps[i].slot = slot;
        end_branch();
      }
    }
  }
  if (own_slot) {
    part_bindings->Add({.name = edge.variable->text,
                        .slot = *own_slot,
                        .type = StaticType::kFact,
                        .from_pattern = true});
  }
  const bool several = part->branch_ends.size() > 1;
  if (several && (one_branch || first > 0)) {
    return Refuse(edge.span, "has several of them, which a group of steps cannot choose from");
  }
  if (!several) part->branch_ends.clear();
  return OkStatus();
}

Status StatementBinder::AddBranch(const StoredDefinition& definition, const Origin& origin,
                                  bool backwards, const PathEnds& ends,
                                  std::optional<uint32_t> own_slot, PathPart* part,
                                  PathPattern* search, PatternState* state) {
  SL_ASSIGN_OR_RETURN(ast::Script script, ExpandDefinition(definition, origin));
  const auto* define = std::get_if<ast::DefineEdge>(&script.statements.front().node);
  if (define == nullptr) return Internal("A defined edge whose text is no edge");
  const Parameters parameters;
  const BindContext context = ContextOf(definition, parameters);
  StatementBinder inner(context);
  inner.StandInFor(this, definition);
  inner.frame_ = frame_;
  inner.head_ = head_;
  inner.around_ = around_;
  inner.base_scope_ = base_scope_;
  inner.identity_ = identity_;
  inner.keeps_evidence_ = keeps_evidence_;
  inner.UseCatalogAt(around_.known_at);
  const Status bound = inner.BindBranch(*define, backwards, ends, own_slot, part, search, state);
  TakeTablesOf(&inner);
  return bound.ok() ? bound : PlacedAt(origin, bound);
}

Status StatementBinder::BindBranch(const ast::DefineEdge& define, bool backwards,
                                   const PathEnds& ends, std::optional<uint32_t> own_slot,
                                   PathPart* part, PathPattern* search, PatternState* state) {
  SL_ASSIGN_OR_RETURN(Chain chain, ChainOf(define));
  if (backwards) {
    std::reverse(chain.nodes.begin(), chain.nodes.end());
    std::reverse(chain.edges.begin(), chain.edges.end());
    for (Chain::Edge& edge : chain.edges) edge.against = !edge.against;
  }
  Bindings names;
  const size_t first = part->steps.size();
  std::optional<uint32_t> before;
  for (size_t i = 0; i < chain.nodes.size(); ++i) {
    const std::optional<uint32_t> outside = i == 0                        ? ends.before
                                            : i + 1 == chain.nodes.size() ? ends.after
                                                                          : std::nullopt;
    SL_ASSIGN_OR_RETURN(const std::optional<uint32_t> node,
                        AddChainNode(chain.nodes[i], outside, &names, search, state));
    if (i > 0) {
      const ast::EdgePattern& edge = *chain.edges[i - 1].pattern;
      if (!DefinedEdgeNames(edge).empty()) {
        return Refuse(edge.span, "this one's has a defined edge in it");
      }
      PatternEdgeInfo info;
      SL_ASSIGN_OR_RETURN(EdgeShape shape, ShapeOf(edge, &info, true));
      if (shape.hops.hops_max != 1) return Refuse(edge.span, "this one's has a chain in it");
      PathStep step;
      step.walk = chain.edges[i - 1].against ? shape.hops.walk.Reversed() : shape.hops.walk;
      step.before = before;
      step.after = node;
      step.own_slot = own_slot;
      if (edge.variable && !own_slot) {
        step.own_slot =
            frame_->Add({.name = "", .kind = Vector::Kind::kData, .type = StaticType::kFact});
        state->own_slots.push_back(*step.own_slot);
      }
      if (edge.variable) {
        names.Add({.name = edge.variable->text,
                   .slot = *step.own_slot,
                   .type = StaticType::kFact,
                   .from_pattern = true});
      }
      ExpressionScope scope{.bindings = &names, .place = "a pattern"};
      for (const ast::MapEntry& entry : edge.properties) {
        SL_ASSIGN_OR_RETURN(QualifierTest test, BindQualifier(entry, &scope));
        step.qualifiers.push_back(std::move(test));
      }
      if (edge.where != nullptr) {
        SL_ASSIGN_OR_RETURN(BoundExpressionPtr condition,
                            BindInPath(*edge.where, names, search, state));
        step.conditions.push_back(std::move(condition));
      }
      part->steps.push_back(std::move(step));
    }
    before = node;
  }
  const ast::MatchClause& body = define.body.front();
  if (body.where == nullptr) return OkStatus();
  // A condition is asked with the step whose elements it reads.
  SL_ASSIGN_OR_RETURN(BoundExpressionPtr condition, BindInPath(*body.where, names, search, state));
  const std::vector<uint32_t> slots = SlotsOf(*condition);
  for (size_t i = first; i < part->steps.size(); ++i) {
    PathStep& step = part->steps[i];
    const auto reads_only_this = [&](uint32_t slot) {
      return (step.before && search->nodes[*step.before].node.slot == slot) ||
             (step.after && search->nodes[*step.after].node.slot == slot) ||
             (step.own_slot == slot && part->steps.size() - first == 1);
    };
    if (!std::all_of(slots.begin(), slots.end(), reads_only_this)) continue;
    step.conditions.push_back(std::move(condition));
    return OkStatus();
  }
  return Refuse(body.where->span, "this one's has a condition on several of them");
}

StatusOr<std::optional<uint32_t>> StatementBinder::AddChainNode(
    const std::vector<const ast::NodePattern*>& sources, std::optional<uint32_t> outside,
    Bindings* names, PathPattern* search, PatternState* state) {
  const bool asked = std::any_of(sources.begin(), sources.end(), [](const auto* source) {
    return source->variable || !AsksNothing(*source);
  });
  if (!asked) return outside;
  std::optional<uint32_t> index = outside;
  if (!index) {
    PathNode made;
    made.node.text = Text(sources.front()->span);
    made.node.span = sources.front()->span;
    made.node.slot =
        frame_->Add({.name = "", .kind = Vector::Kind::kTerms, .type = StaticType::kEntity});
    state->own_slots.push_back(made.node.slot);
    search->nodes.push_back(std::move(made));
    index = static_cast<uint32_t>(search->nodes.size() - 1);
  }
  std::vector<std::string> classes;
  for (const ast::NodePattern* source : sources) {
    if (source->variable && names->Find(source->variable->text) == nullptr) {
      names->Add({.name = source->variable->text,
                  .slot = search->nodes[*index].node.slot,
                  .type = StaticType::kEntity,
                  .kind = Vector::Kind::kTerms,
                  .from_pattern = true});
    }
    PatternNode tested = std::move(search->nodes[*index].node);
    const Status status = BindTests(*source, *state, &tested, &classes);
    search->nodes[*index].node = std::move(tested);
    SL_RETURN_IF_ERROR(status);
    if (source->where == nullptr) continue;
    SL_ASSIGN_OR_RETURN(BoundExpressionPtr condition,
                        BindInPath(*source->where, *names, search, state));
    search->nodes[*index].conditions.push_back(std::move(condition));
  }
  return index;
}

}  // namespace sightline::query
