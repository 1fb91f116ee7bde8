// TckGraph: the graph that a scenario starts from, in a store of its own, and the queries under
// test over it.
//
// One thread. What the store itself fails at throws (tests/support/test_store.h).

#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "query/engine.h"
#include "storage/base/status.h"
#include "tests/support/test_store.h"
#include "tests/tck/tck_value.h"

namespace sightline::tck {

struct TckResult {
  std::vector<std::string> columns;
  std::vector<std::vector<TckValue>> rows;
  bool wrote = false;
};

class TckGraph {
 public:
  TckGraph();

  // Runs a set-up. Errors: as TranslateSetUp, and the engine's.
  Status Create(std::string_view cypher);
  bool empty() const { return empty_; }

  // Runs a query under the prefix CYPHER. Errors carry diagnostics.
  StatusOr<TckResult> Run(std::string_view query,
                          const std::map<std::string, TckValue>& parameters);

 private:
  void Define(const std::string& name, storage::Cardinality cardinality);
  StatusOr<TckResult> Collect(const query::QueryRequest& request);
  StatusOr<TckValue> ValueOf(const query::Datum& datum, const query::ResultCursor& cursor,
                             const storage::ReadView& view) const;
  StatusOr<TckValue> NodeOf(storage::TermId node, const storage::ReadView& view) const;
  StatusOr<TckValue> RelationshipOf(const query::FactDatum& fact,
                                    const storage::ReadView& view) const;
  Status AddProperty(storage::TermId predicate, storage::TermId value,
                     const storage::ReadView& view, TckValue* element) const;

  test::TestStore store_;
  std::unique_ptr<query::QueryEngine> engine_;
  bool empty_ = true;
  int documents_ = 0;
  std::set<std::string> predicates_;
  std::set<std::string> labels_;
  std::set<std::string> lists_;  // Properties that hold lists.
};

}  // namespace sightline::tck
