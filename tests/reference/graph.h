// Graph: a world as one reader knows it. Terms in a table of its own, the statements he may see,
// and for any scope the facts that hold, found by looking at every statement.
//
// Thread-compatible.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "query/ast/ast.h"
#include "query/functions/datum.h"
#include "storage/statements/scope.h"
#include "tests/reference/world.h"

namespace sightline::reference {

using storage::Fact;
using storage::TermId;

// A statement in terms of the graph.
struct Said {
  const WorldStatement* statement = nullptr;
  TermId term;  // The statement as a node.
  std::vector<Fact> facts;
  std::set<TermId> sources;  // Everything that ACCORDING TO may mean.
};

struct RefScope {
  std::optional<int> known_commit;  // -1: before the first.
  std::optional<storage::TimeInterval> valid;
  bool excluding_undated = false, only_undated = false;
  std::optional<std::set<TermId>> sources;
  std::set<TermId> excluded_sources;
  std::optional<storage::Reliability> reliability;
  std::optional<int> credibility;
  std::optional<storage::TlpLabel> marked_at_most;
  std::set<std::string> releasable_to;
  storage::DisputeRule rule = storage::DisputeRule::kDefault;
  size_t origins_min = 0;  // Nothing here derives from anything: a claimant is an origin.

  // What names and classes go by.
  RefScope Base() const {
    RefScope base;
    base.known_commit = known_commit;
    base.marked_at_most = marked_at_most;
    base.releasable_to = releasable_to;
    return base;
  }
};

// A fact that holds, and the statements in scope that speak of it.
struct Held {
  Fact fact;
  std::vector<const Said*> asserting, denying;
};

// Of each id that is not canonical, the one that is.
using Identity = std::map<TermId, TermId>;

// The facts that hold, about canonical ids.
struct HeldFacts : std::vector<Held> {
  Identity identity;

  TermId CanonicalOf(TermId term) const {
    const auto found = identity.find(term);
    return found == identity.end() ? term : found->second;
  }
};

// The facts that a step may be: from subject to object along, from object to subject against.
struct Walk {
  std::set<TermId> along, against;
  bool nodes_only = false;  // Not the facts that end in a value.

  Walk Reversed() const { return {against, along, nodes_only}; }
};

struct Step {
  const Held* held;
  TermId from, to;
};

class Graph {
 public:
  Graph(const World& world, const storage::Clearance& clearance);

  // --- Terms
  TermId Node(const std::string& id);
  TermId OfObject(const Object& object);
  // The term of a datum; none when it is no term's.
  TermId TermOf(const query::Datum& datum) const;
  query::Datum DatumOf(TermId term) const;
  std::string TextOf(TermId term) const;
  // Whether the reader can see anything of it.
  bool Sees(const std::string& id) const { return seen_.contains(id) || IsClass(id); }
  const Said& SaidBy(TermId statement) const { return said_[statement.payload()]; }

  // --- Definitions
  bool IsClass(const std::string& name) const { return classes_.contains(name); }
  const storage::PredicateDefinition* FindPredicate(const std::string& name) const;
  // The predicate with this name or inverse.
  const storage::PredicateDefinition* FindProperty(const std::string& name, bool* inverse) const;
  std::set<TermId> PredicatesAtOrBelow(const std::string& name);
  // Read from subject to object; an inverse name turns it round, symmetric ones go both ways.
  Walk WalkOf(const std::string& name);
  Walk AnyWalk();

  // --- Statements and facts
  bool InScope(const Said& said, const RefScope& scope) const;
  // The effective grades, as the ratings of the scope's time have them.
  storage::Reliability ReliabilityOf(const Said& said, const RefScope& scope) const;
  storage::Credibility CredibilityOf(const Said& said, const RefScope& scope) const;
  // Which ids count as one: by the judgements in scope, whatever its rule of dispute.
  Identity IdentityUnder(const RefScope& scope) const;
  HeldFacts FactsUnder(const RefScope& scope) const {
    return FactsUnder(scope, IdentityUnder(scope));
  }
  HeldFacts FactsUnder(const RefScope& scope, const Identity& identity) const;
  // Who speaks of a fact, whatever the rule of dispute.
  Held SupportOf(const Fact& fact, const RefScope& scope) const;
  static std::vector<Step> StepsOf(const std::vector<Held>& facts, const Walk& walk);

  // --- Classes and names, in facts under a scope of clearance and recorded time only
  std::set<TermId> KindsAtOrBelow(const std::set<TermId>& roots, const HeldFacts& base);
  bool IsA(TermId node, const query::ast::ClassTest& test, const HeldFacts& base);
  bool IsOfKinds(TermId node, const std::set<TermId>& roots, bool only, bool only_named,
                 const HeldFacts& base);
  std::set<TermId> NodesNamed(const std::string& name, const HeldFacts& base);
  std::set<TermId> KindsNamed(const std::string& name, const HeldFacts& base);
  std::set<TermId> SourcesAtOrBelow(const std::set<TermId>& roots, const HeldFacts& base);
  // What a node without an edge can be.
  std::set<TermId> Universe(const HeldFacts& base);

 private:
  bool SpokenOf(TermId kind, const HeldFacts& base);
  // The newest judgement of it, the worst of those of one time; 0 when there is none.
  uint8_t RatingOf(TermId rated, const std::string& predicate, const RefScope& scope) const;

  std::map<std::string, storage::ClassDefinition> classes_;
  std::map<std::string, storage::PredicateDefinition> predicates_;
  std::map<std::string, TermId> nodes_;
  std::vector<std::string> ids_;
  std::vector<storage::Value> values_;
  std::vector<Said> said_;  // What the reader may see.
  std::set<std::string> seen_;
  storage::TimeInterval today_;  // When the last commit was made.
};

}  // namespace sightline::reference
