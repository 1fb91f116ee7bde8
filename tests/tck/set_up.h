// SetUp: what a scenario's "having executed" says in openCypher's CREATE, said in SLQL.
//
// CREATE becomes ASSERT under ACCORDING TO #tck. An ASSERT of several facts is one statement, and a
// relationship is to be a statement of its own with its own properties, so each relationship gets
// an ASSERT of its own, and a document of its own: two equal ones stay two. A node without labels,
// properties and relationships would be no fact at all; each new node is therefore also asserted to
// be there, by another source (#tck/nodes), whom the queries under test do not listen to.
// A list is several facts; each of its items gets a statement, so that they keep their order.
//
// Thread-safe.

#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace sightline::tck {

inline constexpr std::string_view kSource = "tck";
inline constexpr std::string_view kNodeSource = "tck/nodes";
// The predicate that says that a node is there.
inline constexpr std::string_view kNodePredicate = "tckNode";

struct SetUp {
  std::string slql;
  std::set<std::string> labels;
  std::set<std::string> relationship_types;
  std::map<std::string, bool> properties;  // Whether a list is written for it.
};

// `documents` counts those of the graph so far. Errors: SL1xxx when the text does not parse;
// kUnimplemented when it does something else than reading and creating.
StatusOr<SetUp> TranslateSetUp(std::string_view cypher, int* documents);

// Whether the text has the keyword outside of strings, names in back-ticks and comments, and not as
// a label, property or parameter. The keyword is given in upper case.
bool HasKeyword(std::string_view cypher, std::string_view keyword);

}  // namespace sightline::tck
