// World: a small graph of statements as plain data, and who may see which. What the reference
// evaluator reads and what a store is filled with, so that both answer about the same thing.
//
// Nodes are external ids, values are values; there is no id of the store in it. Thread-compatible.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "storage/catalog/catalog.h"
#include "storage/model/marking.h"
#include "storage/model/statement.h"
#include "storage/model/value.h"

namespace sightline::reference {

// The external id of a node, or a value.
using Object = std::variant<std::string, storage::Value>;

struct WorldFact {
  std::string subject, predicate;  // The subject: an external id, or what StatementNode() gives.
  Object object;
};
// A statement as a subject, by its label.
std::string StatementNode(const std::string& label);

struct WorldStatement {
  std::string label;  // Its quote, unique in its world: what a query calls it by.
  storage::Polarity polarity = storage::Polarity::kAsserts;
  std::vector<WorldFact> facts;
  std::string claimant, document, dataset;  // The last two may be empty.
  std::vector<std::string> via;
  storage::Marking marking;
  storage::Reliability reliability = storage::Reliability::kUnstated;
  storage::Credibility credibility = 0;
  storage::TimeInterval valid, said;
  std::vector<std::pair<std::string, storage::Value>> qualifiers;
  int commit = 0;                       // The commit that records it ...
  std::optional<int> retracted_commit;  // ... and the later one that takes it back.
};

struct World {
  std::vector<storage::ClassDefinition> classes;  // Parents first.
  std::vector<storage::PredicateDefinition> predicates;
  std::vector<storage::StoredDefinition>
      stored;  // Queries, and edges that are defined by patterns.
  std::vector<WorldStatement> statements;
  int commit_count = 1;

  // The statement that another one is about. None when it is about none, or there is none with its
  // label: then the other one is left out.
  static std::optional<std::string> LabelRatedBy(const WorldStatement& statement);
  bool Has(const std::string& label) const;
  bool IsLeftOut(const WorldStatement& statement) const {
    const auto rated = LabelRatedBy(statement);
    return rated && !Has(*rated);
  }

  // Every commit is a day after the one before; definitions are part of the first.
  static int64_t CommitMicros(int commit);
};

// Whether a reader may see what is marked so: TLP ceiling, and an access expression of tokens
// joined by & or by |, not both.
bool MaySee(const storage::Clearance& clearance, const storage::Marking& marking);
// What is left of the world for a reader.
World Restricted(const World& world, const storage::Clearance& clearance);
// The world as SLQL, for people who look into a failure: a comment before each commit's scripts
// says when it is made.
std::string ToScript(const World& world);

}  // namespace sightline::reference
