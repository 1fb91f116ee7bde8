// The terminals that N-Triples, N-Quads, Turtle and TriG have in common, each read at a cursor.
//
// Sources: the W3C recommendations "RDF 1.1 N-Triples", "N-Quads", "Turtle" and "TriG" (2014),
// whose names of productions the functions bear. In names every character outside ASCII is taken,
// which is wider than PN_CHARS: the text was checked to be UTF-8 before.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/ingest/reject_file.h"
#include "server/ingest/text_arena.h"

namespace sightline::server {

struct RdfTerm {
  enum class Kind : uint8_t { kNone, kIri, kBlank, kLiteral };
  Kind kind = Kind::kNone;
  std::string_view text;      // The IRI; the label without "_:"; the lexical form.
  std::string_view datatype;  // Of a literal: an IRI, or empty.
  std::string_view language;  // Of a literal: lower-case, or empty.
};

// The views go into the record's text or into the parser's arena.
struct RdfQuad {
  RdfTerm subject;
  RdfTerm predicate;
  RdfTerm object;
  RdfTerm graph;  // kNone: the default graph.
};

// What is wrong with a record, and where: a byte offset into it.
struct ParseFault {
  size_t offset = 0;
  RejectReason reason = RejectReason::kSyntax;
  std::string message;
};

// A place in a record. A read that fails sets the fault and leaves `at` where it may be.
struct RdfCursor {
  const char* begin;
  const char* at;
  const char* end;
  TextArena* arena;
  ParseFault* fault;

  bool AtEnd() const { return at == end; }
  char Peek() const { return at == end ? '\0' : *at; }
  char PeekNext() const { return end - at < 2 ? '\0' : at[1]; }
  // Sets the fault, here; false.
  bool Fail(std::string_view message, RejectReason reason = RejectReason::kSyntax) {
    return FailAt(at, message, reason);
  }
  bool FailAt(const char* place, std::string_view message,
              RejectReason reason = RejectReason::kSyntax) {
    fault->offset = static_cast<size_t>(place - begin);
    fault->reason = reason;
    fault->message = std::string(message);
    return false;
  }
};

// '<' ... '>'. The content as it stands, escapes decoded; relative IRIs stay relative.
// REQUIRES: at '<'.
bool ReadIriRef(RdfCursor* cursor, std::string_view* iri);
// A string in the quote at the cursor: "...", and where `turtle`, '...', """...""", '''...'''.
// REQUIRES: at a quote.
bool ReadString(RdfCursor* cursor, bool turtle, std::string_view* text);
// "_:" and a label. `colons`: the label may have colons, as in N-Triples. REQUIRES: at '_'.
bool ReadBlankNodeLabel(RdfCursor* cursor, bool colons, std::string_view* label);
// '@' and a tag, which comes out lower-case. REQUIRES: at '@'.
bool ReadLanguageTag(RdfCursor* cursor, std::string_view* language);

// Whether the IRI begins with a scheme.
bool IsAbsoluteIri(std::string_view iri);
// RFC 3986, 5.2: `reference` seen from `base`, which is absolute.
std::string ResolveIri(std::string_view base, std::string_view reference);

// Whether a byte can be in a name: letters, digits, '_', '-', and everything outside ASCII.
bool IsNameByte(char byte);

}  // namespace sightline::server
