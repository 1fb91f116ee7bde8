// Scope: which statements count, and what a denial does to a fact.
//
// Every condition on provenance -- the reader's clearance, what was known when, who said it, how
// well it is graded, when it held -- is a condition on statement records. A view evaluates the
// conditions once into a bitmap of statements; scans test each quad's fourth column against it.
// Security, time travel and provenance filters are this one mechanism, below every operator.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/ids.h"
#include "storage/model/marking.h"
#include "storage/model/statement.h"
#include "storage/model/term_id.h"
#include "storage/model/time_interval.h"
#include "storage/statements/identity.h"

namespace sightline::storage {

// When a fact (s, p, o) holds. A: some statement in scope asserts it; D: some statement in scope
// denies it.
enum class DisputeRule : uint8_t {
  kDefault = 0,            // A
  kExcludingDisputed = 1,  // A and not D
  kOnlyDisputed = 2,       // A and D
  kIncludingDenied = 3,    // A or D
  kOnlyDenied = 4,         // D and not A
};

struct ScopeConditions {
  // AS KNOWN AT, as a revision not after the view's. Unset: the view's own revision.
  std::optional<Revision> known_at{};
  // AS OF and DURING: the valid interval overlaps this one. Undated statements pass, unless
  // excluded.
  std::optional<TimeInterval> valid{};
  bool excluding_undated = false;
  bool only_undated = false;
  // ACCORDING TO: the claimant, the document, the dataset or one of `via` is among these. Unset:
  // anyone. The caller has already added what lies below each source.
  std::optional<std::vector<TermId>> sources{};
  // NOT ACCORDING TO: none of them is among these.
  std::vector<TermId> excluded_sources{};
  // RELIABILITY x OR BETTER: the effective grade (storage/statements/ratings.h) is A up to and
  // including this. F and unstated never pass.
  std::optional<Reliability> reliability{};
  // CREDIBILITY n OR BETTER: the effective grade is 1 up to and including this. 6 and unstated
  // never pass.
  std::optional<Credibility> credibility{};
  // MARKED AT MOST: the TLP label is this one or a lower one. Unset: whatever the reader may see.
  std::optional<TlpLabel> marked_at_most{};
  // RELEASABLE TO: of each of these authorisations alone, a reader who holds it satisfies the
  // access expression. Ascending.
  std::vector<std::string> releasable_to{};
  DisputeRule dispute_rule = DisputeRule::kDefault;
  // BACKED BY n SOURCES: the statements in scope that assert a fact have n independent origins at
  // least (storage/txn/origin_finder.h). Like the dispute rule a condition on facts: scans test it.
  uint64_t origins_min = 0;

  friend bool operator==(const ScopeConditions&, const ScopeConditions&) = default;
};

// The statements that count, resolved against one view. Immutable; thread-safe; made by
// ReadView::Resolve only, so that whoever holds one has passed the clearance.
class Scope {
 public:
  virtual ~Scope() = default;

  const ScopeConditions& conditions() const { return conditions_; }
  DisputeRule dispute_rule() const { return conditions_.dispute_rule; }
  // Which ids count as one: scans give canonical ids only, and take any. Null: each is its own.
  const IdentityMapPtr& identity() const { return identity_; }
  TermId CanonicalOf(TermId term) const {
    return identity_ == nullptr ? term : identity_->CanonicalOf(term);
  }

  // Whether the statement is in scope, and if so what it does.
  virtual bool Contains(StatementId statement) const = 0;
  // REQUIRES: Contains(statement).
  virtual Polarity PolarityOf(StatementId statement) const = 0;

  // What a statement says of its facts, as Test writes it.
  static constexpr uint8_t kOutOfScope = 0;
  static constexpr uint8_t kAsserted = 1;
  static constexpr uint8_t kDenied = 2;
  // Writes one of these for each of `count` statement numbers. The same as asking Contains and
  // PolarityOf for each, and faster.
  virtual void Test(const uint64_t* statements, size_t count, uint8_t* verdicts) const;
  // Whether all statements `first`, ..., `last` are in scope and assert: then a block of them needs
  // no test. May say no where it is not sure.
  virtual bool Covers(StatementId first, StatementId last) const;
  // Whether any of the statements `first`, ..., `last` is in scope: else a block of them can be
  // passed over. May say yes where it is not sure.
  virtual bool Intersects(StatementId first, StatementId last) const;

  // How many statements are in scope.
  virtual uint64_t size() const = 0;
  // In scope, ascending.
  virtual std::vector<StatementId> Statements() const = 0;
  // Those of them that deny, ascending.
  virtual std::vector<StatementId> Denials() const;

 protected:
  explicit Scope(ScopeConditions conditions, IdentityMapPtr identity = nullptr)
      : conditions_(std::move(conditions)), identity_(std::move(identity)) {}

 private:
  const ScopeConditions conditions_;
  const IdentityMapPtr identity_;
};

using ScopePtr = std::shared_ptr<const Scope>;

}  // namespace sightline::storage
