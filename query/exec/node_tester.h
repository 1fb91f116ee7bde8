// NodeTester: whether a term passes the tests of a pattern's node, which facts say so, and which
// terms may pass at all.
//
// What does not depend on the row is tested once for each term. Thread safety: one thread at a
// time.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "query/exec/fact_walk.h"
#include "query/exec/move_order.h"
#include "query/exec/operator.h"
#include "query/plan/pattern.h"

namespace sightline::query {

class NodeTester {
 public:
  // Borrows all of them.
  NodeTester(const PatternGraph& graph, const PatternNode& node, ExecutionContext* context);

  const PatternNode& node() const { return *node_; }
  // The one term that the node may be, where an id says so. A none term: no term is.
  const std::optional<storage::TermId>& id() const { return id_; }

  // Whether every term passes Test.
  bool passes_all() const {
    return !id_ && node_->names.empty() && node_->kinds.empty() && constant_tests_.empty();
  }
  // Id, kinds, names, and properties whose value reads no column.
  StatusOr<bool> Test(storage::TermId term);
  // Whether there are property tests that read columns, and what they say.
  bool has_row_tests() const { return !row_tests_.empty(); }
  std::vector<uint32_t> RowTestSlots() const;
  StatusOr<bool> TestRow(storage::TermId term, const Batch& batch, size_t row);

  // The terms that may pass, ascending, when the tests tell (an id, a name, a kind, a property);
  // otherwise nullopt. All of them still have to be tested.
  StatusOr<std::optional<std::vector<storage::TermId>>> Candidates();

  // Takes those out of the candidates that no fact speaks of: an id, or a kind that is one of its
  // own, that only sources or denials know. For a node without an edge, which would be found by
  // one.
  Status LeaveOutUnspoken(std::vector<storage::TermId>* candidates);

  // The facts by which `term` passes: those of its kinds, of the names that it or its kind was
  // found by, and of its properties. REQUIRES: it passes.
  StatusOr<std::vector<FactDatum>> Evidence(storage::TermId term, const Batch& batch, size_t row);

 private:
  struct ConstantTest {
    const PropertyTest* test;
    std::unique_ptr<FactWalk> walk;
    std::optional<Datum> value{};  // Evaluated when first needed.
  };

  StatusOr<const Datum*> ValueOf(ConstantTest* test);
  struct RowTest {
    const PropertyTest* test;
    std::unique_ptr<FactWalk> walk;
  };

  // `facts`, which may be null, gets the fact that says so, of several the first in order.
  StatusOr<bool> HasProperty(storage::TermId term, const PropertyTest& test, const Datum& value,
                             FactWalk* walk, std::vector<FactDatum>* facts);
  StatusOr<bool> TestConstants(storage::TermId term, std::vector<FactDatum>* facts);
  // The facts by which `term` is of the kind; of a choice, of the first that it is.
  Status AddKindEvidence(storage::TermId term, const BoundClassTest& kind,
                         std::vector<FactDatum>* facts);
  // A shortest chain up to what the text names, of several the first in order, with the name.
  Status AddStepsToKind(storage::TermId term, const BoundClassTest& kind,
                        std::vector<FactDatum>* facts);
  Status AddAllKinds(storage::TermId term, std::vector<FactDatum>* facts);
  // The fact that gives it this name; the most alike one when it is fuzzy, of several the first in
  // order.
  Status AddNameEvidence(storage::TermId term, const std::string& name, bool fuzzy,
                         std::vector<FactDatum>* facts);
  StatusOr<std::vector<storage::TermId>> InstancesOf(const BoundClassTest& test);

  const PatternGraph* const graph_;
  const PatternNode* const node_;
  ExecutionContext* const context_;
  MoveOrder order_;
  const ParameterValues* const parameters_;  // Of this run; may be null.
  const storage::ScopePtr scope_, base_scope_;
  std::optional<storage::TermId> id_;
  storage::TermId instance_of_, broader_;
  std::vector<ConstantTest> constant_tests_;
  std::vector<RowTest> row_tests_;
  std::unordered_map<storage::TermId, bool> tested_;
  std::unordered_map<storage::TermId, std::vector<FactDatum>> evidence_;
};

// The terms that are an end of some fact the edge may be: its left or its right end. Ascending.
StatusOr<std::vector<storage::TermId>> EndsOf(const EdgeWalk& walk, bool right,
                                              const storage::ScopePtr& scope,
                                              ExecutionContext* context);
// Every node that some fact in scope is about; a class only when it is spoken of
// (query/binder/kind_set.h). Ascending.
StatusOr<std::vector<storage::TermId>> AllNodes(const storage::ScopePtr& scope,
                                                ExecutionContext* context);

}  // namespace sightline::query
