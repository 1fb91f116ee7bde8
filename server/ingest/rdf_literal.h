// How an RDF literal becomes a value of ours. docs/import.md has the table.

#pragma once

#include <string_view>

#include "server/ingest/import_sink.h"
#include "server/ingest/rdf_lexer.h"
#include "server/ingest/text_arena.h"
#include "storage/model/value.h"

namespace sightline::server {

// The literal as an object. Numbers, booleans, dates and instants are typed where the store holds
// exactly the same value. Any other datatype is kept in the text, in N-Triples' own spelling:
// "12:30:00"^^<http://www.w3.org/2001/XMLSchema#time>. `*value` and `arena` hold what the object
// borrows.
ImportedObject ObjectOfLiteral(const RdfTerm& literal, storage::Value* value, TextArena* arena);

}  // namespace sightline::server
