#include "server/ingest/turtle_parser.h"

#include <algorithm>

#include "server/ingest/rdf_vocabulary.h"
#include "server/ingest/term_check.h"
#include "storage/base/utf8.h"

namespace sightline::server {
namespace {

bool IsDigit(char byte) { return byte >= '0' && byte <= '9'; }
bool IsHexDigit(char byte) {
  return IsDigit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}
bool IsSpace(char byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }

RdfTerm Iri(std::string_view text) {
  RdfTerm term;
  term.kind = RdfTerm::Kind::kIri;
  term.text = text;
  return term;
}

}  // namespace

bool TurtleParser::Parse(std::string_view piece, std::vector<RdfQuad>* quads, ParseFault* fault) {
  arena_.Reset();
  quads->clear();
  quads_ = quads;
  nesting_ = 0;
  cursor_ = {piece.data(), piece.data(), piece.data() + piece.size(), &arena_, fault};
  bool ok = true;
  if (!IsUtf8(piece)) {
    ok = cursor_.FailAt(piece.data() + storage::ValidUtf8Prefix(piece), "not UTF-8",
                        RejectReason::kEncoding);
  }
  ok = ok && ParseStatements();
  if (ok) return true;
  quads->clear();
  // The chunker cuts behind every brace: what the piece ends with tells where the next one is.
  if (trig_ && piece.ends_with('{')) {
    in_graph_ = true;
    graph_lost_ = true;
  } else if (trig_ && piece.ends_with('}')) {
    in_graph_ = false;
    graph_lost_ = false;
  }
  return false;
}

void TurtleParser::SkipSpace() {
  while (!cursor_.AtEnd()) {
    if (IsSpace(*cursor_.at)) {
      ++cursor_.at;
    } else if (*cursor_.at == '#') {
      while (!cursor_.AtEnd() && *cursor_.at != '\n' && *cursor_.at != '\r') ++cursor_.at;
    } else {
      break;
    }
  }
}

// Whether the keyword stands at the cursor, and ends there.
bool TurtleParser::Word(std::string_view keyword, bool any_case) const {
  const size_t left = static_cast<size_t>(cursor_.end - cursor_.at);
  if (left < keyword.size()) return false;
  for (size_t index = 0; index < keyword.size(); ++index) {
    char byte = cursor_.at[index];
    if (any_case && byte >= 'a' && byte <= 'z') byte = static_cast<char>(byte - ('a' - 'A'));
    if (byte != keyword[index]) return false;
  }
  if (left == keyword.size()) return true;
  const char next = cursor_.at[keyword.size()];
  return !IsNameByte(next) && next != ':';
}

RdfTerm TurtleParser::NewBlankNode() {
  // No label of a file begins with a dot.
  RdfTerm node;
  node.kind = RdfTerm::Kind::kBlank;
  node.text = arena_.Copy(fmt::format(".{}", ++blank_node_count_));
  return node;
}

void TurtleParser::Emit(const RdfTerm& subject, const RdfTerm& predicate, const RdfTerm& object) {
  quads_->push_back({subject, predicate, object, in_graph_ ? graph_ : RdfTerm()});
}

bool TurtleParser::ParseStatements() {
  while (true) {
    SkipSpace();
    if (cursor_.AtEnd()) return true;
    const char byte = *cursor_.at;
    if (trig_ && byte == '}') {
      if (!in_graph_) return cursor_.Fail("'}' without '{'");
      in_graph_ = false;
      graph_lost_ = false;
      ++cursor_.at;
      continue;
    }
    if (graph_lost_) return cursor_.Fail("in a graph whose label is not known");
    if (!in_graph_) {
      if (byte == '@') {
        ++cursor_.at;
        if (Word("prefix", false)) {
          if (!ParseDirective("prefix", false)) return false;
        } else if (Word("base", false)) {
          if (!ParseDirective("base", false)) return false;
        } else {
          return cursor_.Fail("expected 'prefix' or 'base'");
        }
        continue;
      }
      if (Word("PREFIX", true) || Word("BASE", true)) {
        if (!ParseDirective(Word("BASE", true) ? "base" : "prefix", true)) return false;
        continue;
      }
      if (trig_ && byte == '{') {
        if (!OpenGraph(RdfTerm())) return false;
        continue;
      }
    }
    if (!ParseTriples()) return false;
  }
}

bool TurtleParser::ParseDirective(std::string_view keyword, bool sparql) {
  cursor_.at += keyword.size();
  SkipSpace();
  std::string prefix;
  if (keyword == "prefix") {
    const char* const start = cursor_.at;
    while (!cursor_.AtEnd() && (IsNameByte(*cursor_.at) || *cursor_.at == '.')) ++cursor_.at;
    prefix.assign(start, cursor_.at);
    if (cursor_.Peek() != ':') return cursor_.Fail("expected a prefix and ':'");
    if (!prefix.empty() && (IsDigit(prefix[0]) || prefix[0] == '-' || prefix[0] == '_' ||
                            prefix[0] == '.' || prefix.back() == '.')) {
      return cursor_.FailAt(start, "not the name of a prefix");
    }
    ++cursor_.at;
    SkipSpace();
  }
  if (cursor_.Peek() != '<') return cursor_.Fail("expected an IRI");
  std::string_view iri;
  if (!ParseIriRefResolved(&iri)) return false;
  SkipSpace();
  if (!sparql) {
    if (cursor_.Peek() != '.') return cursor_.Fail("expected '.'");
    ++cursor_.at;
  }
  if (keyword == "prefix") {
    prefixes_.insert_or_assign(std::move(prefix), std::string(iri));
  } else {
    base_ = std::string(iri);
  }
  return true;
}

bool TurtleParser::OpenGraph(const RdfTerm& label) {
  graph_ = label;
  graph_text_ = std::string(label.text);
  graph_.text = graph_text_;
  in_graph_ = true;
  ++cursor_.at;
  return true;
}

// `alone`: whether the subject may stand without predicates, as "[ ... ] ." may.
bool TurtleParser::ParseSubject(RdfTerm* subject, bool* alone) {
  *alone = false;
  switch (cursor_.Peek()) {
    case '[': {
      const size_t quads_before = quads_->size();
      if (!ParseBlankNodePropertyList(subject)) return false;
      *alone = quads_->size() > quads_before;  // "[]" has not said anything yet.
      return true;
    }
    case '(':
      return ParseCollection(subject);
    case '_':
      subject->kind = RdfTerm::Kind::kBlank;
      return ReadBlankNodeLabel(&cursor_, false, &subject->text);
    default:
      return ParseIri(subject);
  }
}

bool TurtleParser::ParseTriples() {
  RdfTerm subject;
  bool alone = false;
  const bool may_be_label = trig_ && !in_graph_;
  if (may_be_label && Word("GRAPH", true)) {
    cursor_.at += 5;
    SkipSpace();
    if (!ParseSubject(&subject, &alone)) return false;
    SkipSpace();
    if (cursor_.Peek() != '{') return cursor_.Fail("expected '{'");
    return OpenGraph(subject);
  }
  if (!ParseSubject(&subject, &alone)) return false;
  SkipSpace();
  if (may_be_label && !alone && cursor_.Peek() == '{') return OpenGraph(subject);
  if (!ParsePredicateObjectList(subject, !alone)) return false;
  SkipSpace();
  if (in_graph_ && cursor_.Peek() == '}') return true;
  if (cursor_.Peek() != '.') return cursor_.Fail("expected '.', ';' or ','");
  ++cursor_.at;
  return true;
}

bool TurtleParser::ParsePredicateObjectList(const RdfTerm& subject, bool required) {
  bool first = true;
  while (true) {
    SkipSpace();
    const char byte = cursor_.Peek();
    if (cursor_.AtEnd() || byte == '.' || byte == ']' || byte == '}') {
      if (first && required) return cursor_.Fail("expected a predicate");
      return true;
    }
    if (byte == ';' && !first) {
      ++cursor_.at;
      continue;
    }
    RdfTerm predicate;
    if (!ParseVerb(&predicate) || !ParseObjectList(subject, predicate)) return false;
    first = false;
    SkipSpace();
    if (cursor_.Peek() != ';') return true;
  }
}

bool TurtleParser::ParseVerb(RdfTerm* verb) {
  if (Word("a", false)) {
    ++cursor_.at;
    *verb = Iri(kRdfType);
    return true;
  }
  return ParseIri(verb);
}

bool TurtleParser::ParseObjectList(const RdfTerm& subject, const RdfTerm& predicate) {
  while (true) {
    SkipSpace();
    RdfTerm object;
    if (!ParseObject(&object)) return false;
    Emit(subject, predicate, object);
    SkipSpace();
    if (cursor_.Peek() != ',') return true;
    ++cursor_.at;
  }
}

bool TurtleParser::ParseObject(RdfTerm* object) {
  switch (const char byte = cursor_.Peek()) {
    case '[':
      return ParseBlankNodePropertyList(object);
    case '(':
      return ParseCollection(object);
    case '_':
      object->kind = RdfTerm::Kind::kBlank;
      return ReadBlankNodeLabel(&cursor_, false, &object->text);
    case '"':
    case '\'':
      return ParseLiteral(object);
    default:
      if (IsDigit(byte) || byte == '+' || byte == '-' || byte == '.') return ParseNumber(object);
      for (const std::string_view word : {"true", "false"}) {
        if (!Word(word, false)) continue;
        object->kind = RdfTerm::Kind::kLiteral;
        object->text = word;
        object->datatype = kXsdBoolean;
        cursor_.at += word.size();
        return true;
      }
      return ParseIri(object);
  }
}

bool TurtleParser::ParseIriRefResolved(std::string_view* iri) {
  const char* const start = cursor_.at;
  if (!ReadIriRef(&cursor_, iri)) return false;
  if (IsAbsoluteIri(*iri)) return true;
  if (base_.empty()) return cursor_.FailAt(start, "a relative IRI, and no base before it");
  *iri = arena_.Copy(ResolveIri(base_, *iri));
  return true;
}

bool TurtleParser::ParseIri(RdfTerm* term) {
  term->kind = RdfTerm::Kind::kIri;
  if (cursor_.Peek() == '<') {
    if (cursor_.PeekNext() == '<') {
      return cursor_.Fail("a quoted triple, which RDF 1.1 does not have");
    }
    return ParseIriRefResolved(&term->text);
  }
  return ParsePrefixedName(term);
}

bool TurtleParser::ParsePrefixedName(RdfTerm* term) {
  const char* const start = cursor_.at;
  while (!cursor_.AtEnd() && (IsNameByte(*cursor_.at) || *cursor_.at == '.')) ++cursor_.at;
  const std::string_view prefix(start, static_cast<size_t>(cursor_.at - start));
  if (cursor_.Peek() != ':') return cursor_.FailAt(start, "expected an IRI or a prefixed name");
  ++cursor_.at;

  const char* const local_start = cursor_.at;
  const char* local_end = local_start;  // Behind the last byte that is no dot.
  bool escapes = false;
  while (!cursor_.AtEnd()) {
    const char byte = *cursor_.at;
    if (byte == '\\') {
      if (cursor_.PeekNext() == '\0' ||
          std::string_view("_~.-!$&'()*+,;=/?#@%").find(cursor_.PeekNext()) ==
              std::string_view::npos) {
        return cursor_.Fail("unknown escape in a name");
      }
      escapes = true;
      cursor_.at += 2;
    } else if (byte == '%') {
      if (cursor_.end - cursor_.at < 3 || !IsHexDigit(cursor_.at[1]) ||
          !IsHexDigit(cursor_.at[2])) {
        return cursor_.Fail("'%' needs two hexadecimal digits behind it");
      }
      cursor_.at += 3;
    } else if (byte == '.' && cursor_.at != local_start) {
      ++cursor_.at;
      continue;
    } else if (byte == ':' || (IsNameByte(byte) && !(byte == '-' && cursor_.at == local_start))) {
      ++cursor_.at;
    } else {
      break;
    }
    local_end = cursor_.at;
  }
  cursor_.at = local_end;

  const auto found = prefixes_.find(prefix);
  if (found == prefixes_.end()) {
    return cursor_.FailAt(start, fmt::format("the prefix '{}:' is not declared", prefix),
                          RejectReason::kUnknownPrefix);
  }
  std::string_view local(local_start, static_cast<size_t>(local_end - local_start));
  if (escapes) {
    char* const decoded = arena_.Allocate(local.size());
    size_t size = 0;
    for (size_t index = 0; index < local.size(); ++index) {
      if (local[index] == '\\') ++index;
      decoded[size++] = local[index];
    }
    local = {decoded, size};
  }
  term->text = local.empty() ? std::string_view(arena_.Copy(found->second))
                             : arena_.Join(found->second, local);
  return true;
}

bool TurtleParser::ParseBlankNodePropertyList(RdfTerm* node) {
  if (++nesting_ > kNestingMax) {
    return cursor_.Fail("brackets nested too deeply", RejectReason::kNesting);
  }
  ++cursor_.at;
  *node = NewBlankNode();
  SkipSpace();
  if (!ParsePredicateObjectList(*node, false)) return false;
  SkipSpace();
  if (cursor_.Peek() != ']') return cursor_.Fail("expected ']', ';' or ','");
  ++cursor_.at;
  --nesting_;
  return true;
}

bool TurtleParser::ParseCollection(RdfTerm* node) {
  if (++nesting_ > kNestingMax) {
    return cursor_.Fail("brackets nested too deeply", RejectReason::kNesting);
  }
  ++cursor_.at;
  *node = Iri(kRdfNil);
  RdfTerm last;
  while (true) {
    SkipSpace();
    if (cursor_.AtEnd()) return cursor_.Fail("expected ')'");
    if (*cursor_.at == ')') break;
    RdfTerm item;
    if (!ParseObject(&item)) return false;
    const RdfTerm cell = NewBlankNode();
    if (last.kind == RdfTerm::Kind::kNone) {
      *node = cell;
    } else {
      Emit(last, Iri(kRdfRest), cell);
    }
    Emit(cell, Iri(kRdfFirst), item);
    last = cell;
  }
  if (last.kind != RdfTerm::Kind::kNone) Emit(last, Iri(kRdfRest), Iri(kRdfNil));
  ++cursor_.at;
  --nesting_;
  return true;
}

bool TurtleParser::ParseLiteral(RdfTerm* literal) {
  literal->kind = RdfTerm::Kind::kLiteral;
  if (!ReadString(&cursor_, true, &literal->text)) return false;
  if (cursor_.Peek() == '@') return ReadLanguageTag(&cursor_, &literal->language);
  if (cursor_.Peek() != '^') return true;
  if (cursor_.PeekNext() != '^') return cursor_.Fail("expected '^^'");
  cursor_.at += 2;
  RdfTerm datatype;
  if (!ParseIri(&datatype)) return false;
  literal->datatype = datatype.text;
  return true;
}

bool TurtleParser::ParseNumber(RdfTerm* literal) {
  const char* const start = cursor_.at;
  const auto skip_digits = [this] {
    const char* const from = cursor_.at;
    while (IsDigit(cursor_.Peek())) ++cursor_.at;
    return cursor_.at != from;
  };
  if (cursor_.Peek() == '+' || cursor_.Peek() == '-') ++cursor_.at;
  bool digits = skip_digits();
  literal->datatype = kXsdInteger;
  const char after_dot = cursor_.PeekNext();
  if (cursor_.Peek() == '.' &&
      (IsDigit(after_dot) || (digits && (after_dot == 'e' || after_dot == 'E')))) {
    ++cursor_.at;
    literal->datatype = kXsdDecimal;
    digits |= skip_digits();
  }
  if (!digits) return cursor_.FailAt(start, "expected a number");
  if (cursor_.Peek() == 'e' || cursor_.Peek() == 'E') {
    ++cursor_.at;
    if (cursor_.Peek() == '+' || cursor_.Peek() == '-') ++cursor_.at;
    if (!skip_digits()) return cursor_.FailAt(start, "the exponent has no digits");
    literal->datatype = kXsdDouble;
  }
  literal->kind = RdfTerm::Kind::kLiteral;
  literal->text = {start, static_cast<size_t>(cursor_.at - start)};
  return true;
}

}  // namespace sightline::server
