#include "query/exec/node_tester.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <memory>
#include <unordered_set>

#include "query/binder/kind_set.h"
#include "query/functions/datum_order.h"
#include "storage/catalog/catalog.h"
#include "storage/text/name_form.h"
#include "storage/text/name_match.h"
#include "storage/txn/name_index.h"

namespace sightline::query {

using storage::TermId;

namespace {

TermId PredicateId(const storage::Catalog& catalog, std::string_view name) {
  const storage::PredicateDefinition* found = catalog.FindPredicate(name);
  return found != nullptr ? found->id : TermId{};
}

EdgeWalk Along(TermId predicate) {
  EdgeWalk walk;
  walk.along.predicates = {predicate};
  return walk;
}

void SortUnique(std::vector<TermId>* terms) {
  std::sort(terms->begin(), terms->end());
  terms->erase(std::unique(terms->begin(), terms->end()), terms->end());
}

const Batch kNoRow;

// Takes the classes out that visible facts only name as that of an instance or of a narrower kind:
// they are no nodes of their own, as for (x:Class).
Status LeaveOutSilentClasses(const storage::ReadView& view, const storage::ScopePtr& scope,
                             std::vector<TermId>* nodes) {
  const std::shared_ptr<const storage::Catalog> catalog =
      view.CatalogAt(scope->conditions().known_at.value_or(view.revision()));
  std::vector<TermId> classes;
  for (const auto& [name, definition] : catalog->classes()) {
    if (std::binary_search(nodes->begin(), nodes->end(), definition.id)) {
      classes.push_back(definition.id);
    }
  }
  SortUnique(&classes);
  SL_ASSIGN_OR_RETURN(const std::vector<TermId> spoken_of,
                      KindsSpokenOf(view, *catalog, scope, classes));
  std::vector<TermId> silent;
  std::set_difference(classes.begin(), classes.end(), spoken_of.begin(), spoken_of.end(),
                      std::back_inserter(silent));
  if (silent.empty()) return OkStatus();
  std::erase_if(*nodes, [&silent](TermId node) {
    return std::binary_search(silent.begin(), silent.end(), node);
  });
  return OkStatus();
}

// About what a hash table spends on an entry.
constexpr uint64_t kEntryBytes = 48;

}  // namespace

NodeTester::NodeTester(const PatternGraph& graph, const PatternNode& node,
                       ExecutionContext* context)
    : graph_(&graph),
      node_(&node),
      context_(context),
      order_(context),
      parameters_(context->evaluation.parameters.get()),
      scope_(context->evaluation.scopes[graph.scope_index]),
      base_scope_(context->evaluation.scopes[graph.base_scope_index]) {
  if (node.id) id_ = node.id->In(parameters_);
  const storage::Catalog& catalog = context->evaluation.view->catalog();
  instance_of_ = PredicateId(catalog, storage::kInstanceOf);
  broader_ = PredicateId(catalog, storage::kBroader);
  for (const PropertyTest& test : node.properties) {
    auto walk = std::make_unique<FactWalk>(context_, scope_);
    if (test.slots.empty()) {
      constant_tests_.push_back({&test, std::move(walk)});
    } else {
      row_tests_.push_back({&test, std::move(walk)});
    }
  }
}

StatusOr<const Datum*> NodeTester::ValueOf(ConstantTest* test) {
  if (!test->value) {
    SL_ASSIGN_OR_RETURN(test->value,
                        Evaluate(*test->test->value, kNoRow, 0, &context_->evaluation));
  }
  return &*test->value;
}

std::vector<uint32_t> NodeTester::RowTestSlots() const {
  std::vector<uint32_t> slots;
  for (const RowTest& test : row_tests_) {
    slots.insert(slots.end(), test.test->slots.begin(), test.test->slots.end());
  }
  return slots;
}

StatusOr<bool> NodeTester::HasProperty(TermId term, const PropertyTest& test, const Datum& value,
                                       FactWalk* walk, std::vector<FactDatum>* facts) {
  if (value.is_null()) return false;
  // A node is found by itself; values are equal by meaning (1 and 1.0), so they are compared.
  const TermId node = scope_->CanonicalOf(value.node());
  walk->Start(term, test.walk, node.is_none() ? std::nullopt : std::optional<TermId>(node));
  WalkedFact walked;
  std::optional<PathMove> first;
  // Where names decide all are read: how many that takes would tell in which order they are stored.
  while (!first || order_.is_of_names()) {
    SL_ASSIGN_OR_RETURN(const bool more, walk->Next(&walked));
    if (!more) break;
    bool equal = walked.to == node;
    if (!equal && node.is_none() && !walked.to.is_node()) {
      SL_ASSIGN_OR_RETURN(storage::Value held, context_->evaluation.view->ValueOf(walked.to));
      equal = Equal(Datum(std::move(held)), value) == std::optional<bool>(true);
    }
    if (!equal) continue;
    const PathMove move = PathMove::Of(walked);
    if (!first || order_(move, *first)) first = move;
  }
  SL_RETURN_IF_ERROR(order_.Settle());
  if (first && facts != nullptr) facts->push_back({first->fact, graph_->scope_index});
  return first.has_value();
}

StatusOr<bool> NodeTester::TestConstants(TermId term, std::vector<FactDatum>* facts) {
  for (ConstantTest& test : constant_tests_) {
    SL_ASSIGN_OR_RETURN(const Datum* value, ValueOf(&test));
    SL_ASSIGN_OR_RETURN(const bool has,
                        HasProperty(term, *test.test, *value, test.walk.get(), facts));
    if (!has) return false;
  }
  return true;
}

StatusOr<bool> NodeTester::Test(TermId term) {
  if (term.is_none()) return false;
  term = scope_->CanonicalOf(term);  // An earlier MATCH of another scope may have found it.
  if (id_ && *id_ != term) return false;
  for (const NameTest& name : node_->names) {
    const std::vector<TermId>& named = name.nodes.In(parameters_);
    if (!std::binary_search(named.begin(), named.end(), term)) return false;
  }
  if (node_->kinds.empty() && constant_tests_.empty()) return true;
  const auto known = tested_.find(term);
  if (known != tested_.end()) return known->second;
  bool passes = true;
  for (const BoundClassTest& kind : node_->kinds) {
    SL_ASSIGN_OR_RETURN(passes, IsA(term, kind, graph_->base_scope_index, &context_->evaluation));
    if (!passes) break;
  }
  if (passes) {
    SL_ASSIGN_OR_RETURN(passes, TestConstants(term, nullptr));
  }
  if (context_->out_of_steps) return false;  // Cut short: not to be remembered.
  SL_RETURN_IF_ERROR(context_->Reserve(kEntryBytes));
  tested_.emplace(term, passes);
  return passes;
}

StatusOr<bool> NodeTester::TestRow(TermId term, const Batch& batch, size_t row) {
  for (const RowTest& test : row_tests_) {
    SL_ASSIGN_OR_RETURN(const Datum value,
                        Evaluate(*test.test->value, batch, row, &context_->evaluation));
    SL_ASSIGN_OR_RETURN(const bool has,
                        HasProperty(term, *test.test, value, test.walk.get(), nullptr));
    if (!has) return false;
  }
  return true;
}

StatusOr<std::vector<TermId>> NodeTester::InstancesOf(const BoundClassTest& test) {
  std::vector<TermId> found = test.themselves;
  FactWalk walk(context_, base_scope_);
  const EdgeWalk instances = Along(instance_of_).Reversed();
  FactSlice slice;
  for (const TermId kind : test.kinds) {
    walk.Start(kind, instances);
    while (true) {
      SL_ASSIGN_OR_RETURN(const bool more, walk.NextSlice(&slice));
      if (!more) break;
      found.insert(found.end(), slice.to, slice.to + slice.count);
    }
  }
  SortUnique(&found);
  return found;
}

StatusOr<std::optional<std::vector<TermId>>> NodeTester::Candidates() {
  using Result = std::optional<std::vector<TermId>>;
  if (id_) return Result(id_->is_none() ? std::vector<TermId>{} : std::vector<TermId>{*id_});
  const std::vector<TermId>* fewest = nullptr;
  for (const NameTest& name : node_->names) {
    const std::vector<TermId>& named = name.nodes.In(parameters_);
    if (fewest == nullptr || named.size() < fewest->size()) fewest = &named;
  }
  for (ConstantTest& test : constant_tests_) {
    if (!test.test->candidates) continue;
    const std::vector<TermId>& named = test.test->candidates->In(parameters_);
    if (fewest == nullptr || named.size() < fewest->size()) fewest = &named;
  }
  if (fewest != nullptr) return Result(*fewest);
  // A property with a node for its value: who has it is one look-up.
  for (ConstantTest& test : constant_tests_) {
    SL_ASSIGN_OR_RETURN(const Datum* value, ValueOf(&test));
    if (value->node().is_none()) continue;
    std::vector<TermId> found;
    FactWalk walk(context_, scope_);
    const EdgeWalk reversed = test.test->walk.Reversed();
    walk.Start(value->node(), reversed);
    FactSlice slice;
    while (true) {
      SL_ASSIGN_OR_RETURN(const bool more, walk.NextSlice(&slice));
      if (!more) break;
      found.insert(found.end(), slice.to, slice.to + slice.count);
    }
    SortUnique(&found);
    return Result(std::move(found));
  }
  for (const BoundClassTest& kind : node_->kinds) {
    // Without a root of its own: a kind that names nothing has no instances.
    std::vector<const BoundClassTest*> pending = {&kind};
    std::vector<TermId> found;
    bool listed = true;
    while (!pending.empty() && listed) {
      const BoundClassTest* test = pending.back();
      pending.pop_back();
      switch (test->kind) {
        case BoundClassTest::Kind::kClass: {
          SL_ASSIGN_OR_RETURN(std::vector<TermId> instances, InstancesOf(*test));
          found.insert(found.end(), instances.begin(), instances.end());
          break;
        }
        case BoundClassTest::Kind::kOr:
          for (const BoundClassTest& child : test->children) pending.push_back(&child);
          break;
        case BoundClassTest::Kind::kAnd:
          if (test->children.empty()) {
            listed = false;
          } else {
            pending.push_back(&test->children.front());
          }
          break;
        case BoundClassTest::Kind::kAny:
        case BoundClassTest::Kind::kNot:
          listed = false;
          break;
      }
    }
    if (!listed) continue;
    SortUnique(&found);
    return Result(std::move(found));
  }
  for (ConstantTest& test : constant_tests_) {
    SL_ASSIGN_OR_RETURN(std::vector<TermId> found,
                        EndsOf(test.test->walk, false, scope_, context_));
    return Result(std::move(found));
  }
  return Result();
}

Status NodeTester::LeaveOutUnspoken(std::vector<TermId>* candidates) {
  if (!node_->properties.empty()) return OkStatus();  // Which are facts about it.
  std::vector<TermId> doubtful;
  if (id_) doubtful.push_back(*id_);
  std::vector<const BoundClassTest*> pending;
  for (const BoundClassTest& kind : node_->kinds) pending.push_back(&kind);
  while (!pending.empty()) {
    const BoundClassTest& test = *pending.back();
    pending.pop_back();
    doubtful.insert(doubtful.end(), test.themselves.begin(), test.themselves.end());
    for (const BoundClassTest& child : test.children) pending.push_back(&child);
  }
  std::vector<TermId> unspoken;
  storage::ScanBatch batch;
  for (const TermId node : doubtful) {
    if (!std::binary_search(candidates->begin(), candidates->end(), node)) continue;
    bool spoken_of = false;
    for (const auto permutation : {storage::Permutation::kSpo, storage::Permutation::kOps}) {
      if (spoken_of) break;
      SL_ASSIGN_OR_RETURN(auto scan,
                          context_->evaluation.view->Scan(permutation, storage::KeyPrefix::Of(node),
                                                          base_scope_, {.batch_rows_max = 1}));
      SL_ASSIGN_OR_RETURN(const size_t rows, scan->Next(&batch));
      spoken_of = rows > 0;
    }
    if (!spoken_of) unspoken.push_back(node);
  }
  SortUnique(&unspoken);
  std::erase_if(*candidates, [&unspoken](TermId node) {
    return std::binary_search(unspoken.begin(), unspoken.end(), node);
  });
  return LeaveOutSilentClasses(*context_->evaluation.view, base_scope_, candidates);
}

Status NodeTester::AddKindEvidence(TermId term, const BoundClassTest& kind,
                                   std::vector<FactDatum>* facts) {
  switch (kind.kind) {
    case BoundClassTest::Kind::kClass:
      return AddStepsToKind(term, kind, facts);
    case BoundClassTest::Kind::kAnd:
      for (const BoundClassTest& child : kind.children) {
        SL_RETURN_IF_ERROR(AddKindEvidence(term, child, facts));
      }
      return OkStatus();
    case BoundClassTest::Kind::kOr:
      for (const BoundClassTest& child : kind.children) {
        SL_ASSIGN_OR_RETURN(const bool passes,
                            IsA(term, child, graph_->base_scope_index, &context_->evaluation));
        if (passes) return AddKindEvidence(term, child, facts);
      }
      return OkStatus();
    case BoundClassTest::Kind::kAny:
    case BoundClassTest::Kind::kNot:
      return AddAllKinds(term, facts);
  }
  return OkStatus();
}

// What NOT was asked of: the term's own classes and what lies above them.
Status NodeTester::AddAllKinds(TermId term, std::vector<FactDatum>* facts) {
  FactWalk walk(context_, base_scope_);
  const EdgeWalk up = Along(instance_of_), wider = Along(broader_);
  walk.Start(term, up);
  SL_ASSIGN_OR_RETURN(std::vector<PathMove> moves, order_.MovesOf(&walk));
  std::vector<TermId> pending = {term};
  for (const PathMove& move : moves) {
    facts->push_back({move.fact, graph_->base_scope_index});
    pending.push_back(move.to);
  }
  std::unordered_set<TermId> seen(pending.begin(), pending.end());
  while (!pending.empty()) {
    walk.Start(pending.back(), wider);
    pending.pop_back();
    SL_ASSIGN_OR_RETURN(moves, order_.MovesOf(&walk));
    for (const PathMove& move : moves) {
      facts->push_back({move.fact, graph_->base_scope_index});
      if (seen.insert(move.to).second) pending.push_back(move.to);
    }
  }
  return OkStatus();
}

Status NodeTester::AddStepsToKind(TermId term, const BoundClassTest& kind,
                                  std::vector<FactDatum>* facts) {
  const std::vector<TermId>& kinds = kind.kinds;
  const auto is_kind = [&](TermId t) { return std::binary_search(kinds.begin(), kinds.end(), t); };
  std::unordered_set<TermId> roots;
  for (const BoundClassTest::Root& root : kind.roots) roots.insert(root.node);
  // Breadth first upwards, so that the chain is a shortest one: one step to a kind, then wider
  // ones.
  struct Step {
    TermId node;
    std::optional<storage::Fact> fact;
    size_t parent;
  };
  std::vector<Step> steps;
  std::unordered_set<TermId> seen;
  FactWalk walk(context_, base_scope_);
  std::vector<PathMove> moves;
  const storage::Catalog& catalog = context_->evaluation.view->catalog();
  const std::vector<TermId>& themselves = kind.themselves;
  if (std::binary_search(themselves.begin(), themselves.end(), term)) {
    steps.push_back({term, std::nullopt, 0});
    seen.insert(term);
  } else {
    const EdgeWalk up = Along(instance_of_);
    walk.Start(term, up);
    SL_ASSIGN_OR_RETURN(moves, order_.MovesOf(&walk));
    for (const PathMove& move : moves) {
      if (is_kind(move.to) && seen.insert(move.to).second) {
        steps.push_back({move.to, move.fact, steps.size()});
      }
    }
  }
  const EdgeWalk wider = Along(broader_);
  for (size_t i = 0; i < steps.size(); ++i) {
    const TermId at = steps[i].node;
    // Without named roots (ONLY) being one of the kinds is all there is to say.
    if (kind.only || roots.empty() || roots.contains(at)) {
      for (size_t step = i;; step = steps[step].parent) {
        if (steps[step].fact) facts->push_back({*steps[step].fact, graph_->base_scope_index});
        if (steps[step].parent == step) break;
      }
      for (const BoundClassTest::Root& root : kind.roots) {
        if (root.node == at && !root.name.empty()) {
          SL_RETURN_IF_ERROR(AddNameEvidence(at, root.name, false, facts));
        }
      }
      return OkStatus();
    }
    walk.Start(at, wider);
    SL_ASSIGN_OR_RETURN(moves, order_.MovesOf(&walk));
    for (const PathMove& move : moves) {
      if (is_kind(move.to) && seen.insert(move.to).second) {
        steps.push_back({move.to, move.fact, i});
      }
    }
    // Definitions are everyone's and need no statement.
    if (const storage::ClassDefinition* definition = catalog.FindClass(at)) {
      for (const std::string& parent : definition->parents) {
        const storage::ClassDefinition* above = catalog.FindClass(parent);
        if (above != nullptr && is_kind(above->id) && seen.insert(above->id).second) {
          steps.push_back({above->id, std::nullopt, i});
        }
      }
    }
  }
  return OkStatus();
}

Status NodeTester::AddNameEvidence(TermId term, const std::string& name, bool fuzzy,
                                   std::vector<FactDatum>* facts) {
  const storage::NameQuery query(name);
  EdgeWalk names;
  names.along.predicates = storage::NamePredicates(context_->evaluation.view->catalog(),
                                                   {storage::kName, storage::kAlias});
  FactWalk walk(context_, base_scope_);
  walk.Start(term, names);
  SL_ASSIGN_OR_RETURN(const std::vector<PathMove> moves, order_.MovesOf(&walk));
  std::optional<storage::Fact> best;
  double best_score = 0;
  for (const PathMove& move : moves) {
    SL_ASSIGN_OR_RETURN(const storage::Value value, context_->evaluation.view->ValueOf(move.to));
    const auto* text = value.get_if<storage::Text>();
    if (text == nullptr) continue;
    const storage::NameForm form = storage::FormOfName(text->text);
    if (fuzzy ? !query.MayMatch(form) : form.words != query.form().words) continue;
    const double score = query.Score(form);
    if (best.has_value() && score <= best_score) continue;
    best = move.fact;
    best_score = score;
  }
  if (best.has_value()) facts->push_back({*best, graph_->base_scope_index});
  return OkStatus();
}

StatusOr<std::vector<FactDatum>> NodeTester::Evidence(TermId term, const Batch& batch, size_t row) {
  term = scope_->CanonicalOf(term);
  auto known = evidence_.find(term);
  if (known == evidence_.end()) {
    std::vector<FactDatum> facts;
    for (const NameTest& name : node_->names) {
      const storage::Value* late =
          name.late_name ? parameters_->values[*name.late_name].value() : nullptr;
      SL_RETURN_IF_ERROR(
          AddNameEvidence(term, late != nullptr ? late->get_if<storage::Text>()->text : name.name,
                          name.fuzzy, &facts));
    }
    for (const BoundClassTest& kind : node_->kinds) {
      SL_RETURN_IF_ERROR(AddKindEvidence(term, kind, &facts));
    }
    SL_ASSIGN_OR_RETURN([[maybe_unused]] const bool passes, TestConstants(term, &facts));
    SL_RETURN_IF_ERROR(context_->Reserve(kEntryBytes + facts.size() * sizeof(FactDatum)));
    known = evidence_.emplace(term, std::move(facts)).first;
  }
  std::vector<FactDatum> facts = known->second;
  for (const RowTest& test : row_tests_) {
    SL_ASSIGN_OR_RETURN(const Datum value,
                        Evaluate(*test.test->value, batch, row, &context_->evaluation));
    SL_ASSIGN_OR_RETURN([[maybe_unused]] const bool has,
                        HasProperty(term, *test.test, value, test.walk.get(), &facts));
  }
  return facts;
}

StatusOr<std::vector<TermId>> EndsOf(const EdgeWalk& walk, bool right,
                                     const storage::ScopePtr& scope, ExecutionContext* context) {
  std::vector<TermId> ends;
  FactWalk facts(context, scope);
  facts.StartAll(walk);
  FactSlice slice;
  while (true) {
    SL_ASSIGN_OR_RETURN(const bool more, facts.NextSlice(&slice));
    if (!more) break;
    const size_t before = ends.size();
    for (size_t row = 0; row < slice.count; ++row) {
      const TermId end = (right ? slice.to : slice.from)[row];
      if (ends.empty() || ends.back() != end) ends.push_back(end);
    }
    SL_RETURN_IF_ERROR(context->Reserve((ends.size() - before) * sizeof(TermId)));
  }
  SortUnique(&ends);
  return ends;
}

StatusOr<std::vector<TermId>> AllNodes(const storage::ScopePtr& scope, ExecutionContext* context) {
  std::vector<TermId> nodes;
  for (const storage::Permutation permutation :
       {storage::Permutation::kSpo, storage::Permutation::kOsp}) {
    // One row of each node is enough: small batches, then a jump past the node.
    storage::MergedScanOptions options;
    options.batch_rows_max = 16;
    SL_ASSIGN_OR_RETURN(auto scan, context->evaluation.view->Scan(
                                       permutation, storage::KeyPrefix::Of(), scope, options));
    storage::ScanBatch batch;
    while (!context->out_of_steps) {
      SL_ASSIGN_OR_RETURN(const size_t rows, scan->Next(&batch));
      if (rows == 0) break;
      TermId last;
      for (size_t row = 0; row < rows; ++row) {
        const TermId node = batch.columns[0][row];
        if (node == last) continue;
        last = node;
        // Where a batch ends depends on what is stored between its rows, hidden or not: nothing is
        // counted of the values that it happens to hold.
        if (!node.is_node()) break;
        if (context->StepsFor(1) == 0) {
          context->out_of_steps = true;
          break;
        }
        ++context->evaluation.facts_touched;
        SL_RETURN_IF_ERROR(context->Tick());
        if (!nodes.empty() && nodes.back() == node) continue;
        SL_RETURN_IF_ERROR(context->Reserve(sizeof(TermId)));
        nodes.push_back(node);
      }
      // Values sort behind the nodes (storage/model/term_id.h).
      if (!last.is_node()) break;
      SL_RETURN_IF_ERROR(scan->SeekForward(storage::KeyPrefix::Of(TermId{last.bits + 1})));
    }
  }
  SortUnique(&nodes);
  SL_RETURN_IF_ERROR(LeaveOutSilentClasses(*context->evaluation.view, scope, &nodes));
  return nodes;
}

}  // namespace sightline::query
