#include "server/ingest/nquads_parser.h"

#include "server/ingest/term_check.h"
#include "storage/base/utf8.h"

namespace sightline::server {
namespace {

void SkipBlanks(RdfCursor* cursor) {
  while (cursor->at != cursor->end && (*cursor->at == ' ' || *cursor->at == '\t')) ++cursor->at;
}

bool ReadIri(RdfCursor* cursor, std::string_view* iri) {
  const char* const start = cursor->at;
  if (!ReadIriRef(cursor, iri)) return false;
  if (!IsAbsoluteIri(*iri)) {
    return cursor->FailAt(start, "a relative IRI, which this format does not have");
  }
  return true;
}

bool ReadIriTerm(RdfCursor* cursor, RdfTerm* term) {
  term->kind = RdfTerm::Kind::kIri;
  return ReadIri(cursor, &term->text);
}

bool ReadNode(RdfCursor* cursor, RdfTerm* term, std::string_view expected) {
  if (cursor->Peek() == '<') return ReadIriTerm(cursor, term);
  if (cursor->Peek() != '_') return cursor->Fail(expected);
  term->kind = RdfTerm::Kind::kBlank;
  return ReadBlankNodeLabel(cursor, true, &term->text);
}

bool ReadObject(RdfCursor* cursor, RdfTerm* term) {
  if (cursor->Peek() != '"') return ReadNode(cursor, term, "expected an IRI, '_:' or '\"'");
  term->kind = RdfTerm::Kind::kLiteral;
  term->datatype = {};
  term->language = {};
  if (!ReadString(cursor, false, &term->text)) return false;
  if (cursor->Peek() == '@') return ReadLanguageTag(cursor, &term->language);
  if (cursor->Peek() != '^') return true;
  if (cursor->PeekNext() != '^') return cursor->Fail("expected '^^'");
  cursor->at += 2;
  if (cursor->Peek() != '<') return cursor->Fail("expected the IRI of a datatype");
  return ReadIri(cursor, &term->datatype);
}

bool ReadQuad(RdfCursor* cursor, bool graphs, RdfQuad* quad) {
  if (!ReadNode(cursor, &quad->subject, "expected an IRI or '_:'")) return false;
  SkipBlanks(cursor);
  if (cursor->Peek() != '<') return cursor->Fail("expected the predicate's IRI");
  if (!ReadIriTerm(cursor, &quad->predicate)) return false;
  SkipBlanks(cursor);
  if (!ReadObject(cursor, &quad->object)) return false;
  SkipBlanks(cursor);
  quad->graph.kind = RdfTerm::Kind::kNone;
  if (graphs && cursor->Peek() != '.') {
    if (!ReadNode(cursor, &quad->graph, "expected '.' or a graph")) return false;
    SkipBlanks(cursor);
  }
  if (cursor->Peek() != '.') return cursor->Fail("expected '.'");
  ++cursor->at;
  SkipBlanks(cursor);
  if (!cursor->AtEnd() && *cursor->at != '#') return cursor->Fail("expected the end of the line");
  return true;
}

}  // namespace

ParsedLine ParseNQuadsLine(std::string_view line, bool graphs, TextArena* arena, RdfQuad* quad,
                           ParseFault* fault) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  RdfCursor cursor{line.data(), line.data(), line.data() + line.size(), arena, fault};
  SkipBlanks(&cursor);
  if (cursor.AtEnd() || *cursor.at == '#') return ParsedLine::kNothing;
  if (!IsUtf8(line)) {
    fault->offset = storage::ValidUtf8Prefix(line);
    fault->reason = RejectReason::kEncoding;
    fault->message = "not UTF-8";
    return ParsedLine::kFault;
  }
  return ReadQuad(&cursor, graphs, quad) ? ParsedLine::kQuad : ParsedLine::kFault;
}

}  // namespace sightline::server
