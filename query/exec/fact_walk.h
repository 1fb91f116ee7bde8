// FactWalk: the facts that an edge may be, from one node or all of them, in scope and in the same
// order each time. The only way operators read facts: it counts them against the budget, and asks
// whether the query is still wanted.
//
// To walk from many nodes, start one FactWalk again and again: it keeps its scans and moves them.
// Nodes that ascend are cheapest, because the facts of near ones lie side by side.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "query/exec/neighbour_cache.h"
#include "query/exec/operator.h"
#include "query/plan/pattern.h"
#include "storage/index/merged_scan.h"

namespace sightline::query {

struct WalkedFact {
  storage::Fact fact;
  storage::TermId from, to;        // The fact's ends as the edge goes.
  storage::StatementId statement;  // For ScanRows::kStatements.

  // `against`: whether it is walked from object to subject.
  static WalkedFact Of(storage::TermId from, storage::TermId predicate, storage::TermId to,
                       bool against, storage::StatementId statement = {}) {
    return {.fact = {.subject = against ? to : from,
                     .predicate = predicate,
                     .object = against ? from : to},
            .from = from,
            .to = to,
            .statement = statement};
  }
};

// Some facts as columns, which the walk keeps until it is moved on.
struct FactSlice {
  size_t count = 0;
  const storage::TermId* from = nullptr;
  const storage::TermId* to = nullptr;
  const storage::TermId* predicates = nullptr;
  const storage::StatementId* statements = nullptr;  // For ScanRows::kStatements, else null.
  bool against = false;  // Whether they are walked from object to subject.

  WalkedFact operator[](size_t row) const {
    return WalkedFact::Of(from[row], predicates[row], to[row], against,
                          statements != nullptr ? statements[row] : storage::StatementId{});
  }
};

// Thread safety: one thread at a time.
class FactWalk {
 public:
  FactWalk(ExecutionContext* context, storage::ScopePtr scope,
           storage::ScanRows rows = storage::ScanRows::kFacts)
      : context_(context), scope_(std::move(scope)), rows_(rows) {}

  // Whether from the next start on the query's NeighbourCache is asked, if there is one, for all
  // facts of one predicate from a node, and gets those that were read. For few nodes that lie far
  // from one another, as those of searches do. At first it is not, and never where statements
  // are walked.
  void KeepNeighbours(bool keep = true) {
    neighbours_ = keep && rows_ == storage::ScanRows::kFacts ? context_->neighbours : nullptr;
  }

  // The facts from `from`, all or those to `to`. `walk` is borrowed until the next start.
  void Start(storage::TermId from, const EdgeWalk& walk, std::optional<storage::TermId> to = {});
  // All facts that the edge may be.
  void StartAll(const EdgeWalk& walk);
  // The same, in the order of `from`. REQUIRES: they have one predicate and one direction.
  void StartInOrder(const EdgeWalk& walk);
  // After StartInOrder, between two slices: leaves out what is from a lower end. Never moves
  // backwards.
  Status SkipTo(storage::TermId from);

  // False at the end; also when the query has touched as many facts as it may
  // (ExecutionContext::out_of_steps). Errors: the store's, kCancelled, SL5002.
  StatusOr<bool> Next(WalkedFact* walked);
  // The same, many at once; never an empty slice. Not to be mixed with Next between two starts.
  StatusOr<bool> NextSlice(FactSlice* slice);

 private:
  // A scan that is kept: one a permutation and predicate, so that it stays where its facts are.
  struct Lane {
    storage::Permutation permutation;
    storage::TermId predicate;  // None: any.
    std::unique_ptr<storage::MergedScan> scan;
    NeighbourTablePtr table;  // Null until somebody has asked for it, and where there is none.
  };
  struct Segment {
    size_t lane = 0;
    storage::KeyPrefix prefix;
    bool against = false;
    storage::TermId from;  // Where these are all of its facts with the predicate, else none.
  };

  void Begin(const EdgeWalk& walk);
  void Add(storage::Permutation permutation, storage::TermId predicate,
           const storage::KeyPrefix& prefix, bool against, storage::TermId from = {});
  // Puts the lane of the segment at its first row.
  Status Open(const Segment& segment);
  // Its facts into known_, if they are; else they are to be kept.
  void FindKnown(const Segment& segment);
  // The next rows of an open segment, in batch_.
  StatusOr<size_t> NextRows(const Segment& segment);
  size_t TakeKnown(const Segment& segment);
  size_t batch_rows_max() const;
  // The next rows of the segments, in batch_ and slice_; false at the end.
  StatusOr<bool> Load();
  // Whether a row of batch_ is a fact of the edge.
  bool Belongs(const Segment& segment, const FactSlice& slice, size_t row) const;
  // Whether all rows of the segment are.
  bool AllBelong(const Segment& segment) const;
  FactSlice Slice(const Segment& segment) const;

  ExecutionContext* const context_;
  const storage::ScopePtr scope_;
  const storage::ScanRows rows_;
  NeighbourCache* neighbours_ = nullptr;
  const EdgeWalk* walk_ = nullptr;
  std::vector<Lane> lanes_;
  std::vector<Segment> segments_;
  size_t segment_ = 0;
  bool is_open_ = false;  // The lane of segments_[segment_] is at its rows.
  // Of the open segment: its facts that are still to be given, where they are known ...
  std::optional<std::span<const storage::TermId>> known_;
  // ... or those that have been read, where they are to be kept.
  bool keeps_ = false;
  std::vector<storage::TermId> read_;
  storage::ScanBatch batch_;
  FactSlice slice_;         // All of batch_.
  bool all_belong_ = true;  // Each row of it is a fact of the edge.
  size_t row_ = 0;          // The first that Next has not given.
};

}  // namespace sightline::query
