// Random worlds, and random queries that make sense in them: names come from the schema, so that
// nearly all of them bind. The same seed gives the same world and the same queries.

#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/reference/world.h"

namespace sightline::reference {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  size_t Below(size_t n) { return static_cast<size_t>(engine_() % n); }
  bool Chance(int percent) { return Below(100) < static_cast<size_t>(percent); }
  std::string OneOf(const std::vector<std::string>& choices) {
    return choices[Below(choices.size())];
  }

 private:
  std::mt19937_64 engine_;
};

struct QueryOptions {
  bool scopes = true;      // ACCORDING TO, AS OF, ONLY DISPUTED ...
  bool statements = true;  // @st and fields that count statements.
  bool aggregates = true;
  bool negation = true;  // Whatever can lose a row because there is more data.
  bool paging = true;
  bool unions = true;
  bool subqueries = true;  // EXISTS, patterns as conditions; with negation what counts matches.
  bool dots = true;  // x.staff, lengths of chains: what a scope changes without taking it away.
};

World RandomWorld(Random* random);
// With statements that entities, kinds and sources are one, or are not.
World RandomWorldWithJudgements(Random* random);
WorldStatement RandomStatement(const std::string& label, int commit_count, Random* random);
// Of a source's reliability, or of the credibility of a statement of the world.
WorldStatement RandomRating(const std::string& label, const World& world, Random* random);
std::string RandomQuery(const QueryOptions& options, Random* random);
// A reader who sees part of a world.
storage::Clearance RandomReader(Random* random);

}  // namespace sightline::reference
