// History: everything that a store has recorded, in the order of recording; what a dump is made of.
//
// Thread safety: safe from any thread; the visitor is called from the caller's.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "storage/base/cancellation.h"
#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/catalog/encoding.h"
#include "storage/model/statement.h"
#include "storage/txn/read_view.h"
#include "storage/txn/store_state.h"

namespace sightline::storage {

struct HistoryCommit {
  int64_t micros = 0;  // Since 1970. Never before the previous commit's.
  // A bulk load: only it records facts apart from their statements.
  bool is_load = false;
};

// Told in this order, once for each commit that has anything: OnCommit; what it defines, each after
// what it refers to, then what it drops; which earlier statements it retracts, ascending; then its
// statements in the
// order of their numbers, each OnStatement, OnFacts any number of times, OnStatementEnd, and a
// retraction of it by the same commit. An error ends the visit with it.
class HistoryVisitor {
 public:
  virtual ~HistoryVisitor() = default;

  // Before anything else: a view that says what the terms are. It outlives the visit.
  virtual Status OnBegin(const std::shared_ptr<const ReadView>& view) = 0;
  virtual Status OnCommit(const HistoryCommit& commit) = 0;
  virtual Status OnDefinition(const Definition& definition) = 0;
  virtual Status OnRetraction(StatementId statement, std::string_view reason) = 0;
  // `statement.content.facts` does not count.
  virtual Status OnStatement(const Statement& statement) = 0;
  // More of its facts, ascending, each once over all calls.
  virtual Status OnFacts(std::span<const Fact> facts) = 0;
  virtual Status OnStatementEnd() = 0;
};

struct HistoryOptions {
  // Facts of bulk loads that are held in memory at once, 32 bytes each. A statement may have more.
  size_t facts_held_max = size_t{4} << 20;
};

// Built-in predicates are no part of it. Memory: the options' facts, and a commit's retractions.
// Time: a pass over one order of the quads for each half of `facts_held_max` facts.
Status VisitHistory(const std::shared_ptr<StoreState>& store, const HistoryOptions& options,
                    HistoryVisitor* visitor, const CancellationToken& cancellation);

}  // namespace sightline::storage
