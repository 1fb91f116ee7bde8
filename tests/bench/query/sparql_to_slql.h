// SparqlToSlql: a SELECT over a basic graph pattern of SPARQL, word for word in SLQL.
//
// Every triple becomes an edge, a variable a node of the same name, an IRI a back-quoted name:
//
//   SELECT ?v0 WHERE { ?v0 <http://schema.org/actor> <http://example.org/u1> . }
//   MATCH (v0)-[:`http://schema.org/actor`]->(#`http://example.org/u1`) RETURN v0
//
// rdf:type is instanceOf, as the import makes it. All variables are named, so that rows are
// multiplied as SPARQL multiplies them.

#pragma once

#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace sightline::bench {

struct SlqlQuery {
  std::string rows;   // ... RETURN v0, v2
  std::string count;  // ... RETURN count(*) AS n
};

// Errors: kInvalidArgument for anything but SELECT ?v ... WHERE { triple . ... }.
StatusOr<SlqlQuery> SparqlToSlql(std::string_view sparql);

}  // namespace sightline::bench
