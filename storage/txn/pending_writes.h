// PendingWrites: what a transaction has written and not committed.
//
// Thread-compatible. Grows only; a view over the transaction remembers how much of it there was
// when the view was made.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "storage/base/ids.h"
#include "storage/catalog/catalog.h"
#include "storage/catalog/encoding.h"
#include "storage/dictionary/dictionary.h"
#include "storage/index/quad_delta.h"
#include "storage/model/statement.h"
#include "storage/statements/scope_builder.h"
#include "storage/statements/statement_bitmap.h"
#include "storage/txn/name_index.h"
#include "storage/txn/scope_cache.h"

namespace sightline::storage {

// Bitmaps of a transaction's own statements. A script asks for the same scope before each of its
// statements, so that each bitmap is made from the one before: evaluating all anew would cost the
// square of the transaction's length. Belongs to the transaction's thread.
class PendingScopes {
 public:
  // Statements after `statements_before` up to `last` that meet the conditions. REQUIRES:
  // key.known_at is the transaction's own revision.
  StatementBitmapsPtr Bitmaps(const ScopeTables& tables, const ScopeKey& key,
                              uint64_t statements_before, uint64_t last);

 private:
  struct Entry {
    ScopeKey key;
    uint64_t last = 0;
    StatementBitmapsPtr bitmaps;
  };
  static constexpr size_t kEntryCountMax = 16;

  std::vector<Entry> entries_;
};

struct PendingWrites {
  PendingWrites(DictionaryDelta terms, uint64_t statements_before,
                std::shared_ptr<const Catalog> catalog);

  // The draft of a statement of this transaction. REQUIRES: statements_before < id.
  const StatementDraft& DraftOf(StatementId id) const {
    return drafts[id.value - statements_before - 1];
  }
  void AddQuads(const std::vector<Quad>& quads);
  uint64_t quad_count() const { return quads_.size(); }
  // The quads so far.
  const QuadDeltaPtr& Quads() const;
  // `before` and the quads.
  QuadDeltaPtr QuadsOnTopOf(const QuadDelta& before) const;
  void AddRetraction(StatementId id, std::string reason);
  bool IsRetracted(StatementId id) const { return retracted.Contains(id.value); }
  // Whether Commit has something to do. Terms alone are not worth a revision.
  bool empty() const {
    return drafts.empty() && retractions.empty() && definitions.empty() && requests.empty();
  }

  struct PendingRetraction {
    StatementId id;
    std::string reason;
  };

  DictionaryDelta terms;
  const uint64_t statements_before;            // Committed statements when the transaction began.
  std::deque<StatementDraft> drafts;           // Of statements_before + 1, + 2, ...
  std::vector<PendingRetraction> retractions;  // In the order of retracting.
  StatementBitmap retracted;                   // Those of `retractions`.
  std::set<NameEntry> names;
  // In the order of defining. Of each class, predicate and number the last definition, and the drop
  // when that came after it.
  std::vector<Definition> definitions;
  std::shared_ptr<const Catalog> catalog;
  std::map<std::string, std::string, std::less<>> requests;
  mutable PendingScopes scopes;  // A cache: views may fill it.

 private:
  std::vector<Quad> quads_;  // No two are equal: each statement has facts of its own.
  // The first `sorted_count_` of them, sorted when a view needs it: a transaction of one statement
  // never does.
  mutable QuadDeltaPtr sorted_ = QuadDelta::Empty();
  mutable size_t sorted_count_ = 0;
};

}  // namespace sightline::storage
