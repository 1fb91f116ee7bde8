// TurtleParser: the quads of a Turtle or TriG text, statement by statement.
//
// Source: the W3C recommendations "RDF 1.1 Turtle" and "RDF 1.1 TriG" (2014). The text comes in the
// pieces of a TurtleChunker. A piece with a fault gives no quads at all, but keeps the prefixes
// that it declared before the fault. In TriG a fault does not leave the graph; one in a graph's
// label spoils all of the graph.
//
// Memory: a piece's quads. Nesting is limited. Thread-compatible.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/ingest/rdf_lexer.h"
#include "server/ingest/text_arena.h"

namespace sightline::server {

class TurtleParser {
 public:
  // `trig`: graphs in braces.
  explicit TurtleParser(bool trig) : trig_(trig) {}

  // Replaces `*quads` by the piece's; their views live until the next call, and go into `piece`.
  // False, and no quads, for a fault.
  bool Parse(std::string_view piece, std::vector<RdfQuad>* quads, ParseFault* fault);

  // Those that hold at this point, by name; the empty one is among them.
  const std::map<std::string, std::string, std::less<>>& prefixes() const { return prefixes_; }

  // Whether the end of the file is out of place here: a graph is open.
  bool InGraph() const { return in_graph_; }

  static constexpr int kNestingMax = 256;

 private:
  bool ParseStatements();
  bool ParseDirective(std::string_view keyword, bool sparql);
  bool ParseTriples();
  bool ParseSubject(RdfTerm* subject, bool* alone);
  bool OpenGraph(const RdfTerm& label);
  bool ParsePredicateObjectList(const RdfTerm& subject, bool required);
  bool ParseObjectList(const RdfTerm& subject, const RdfTerm& predicate);
  bool ParseObject(RdfTerm* object);
  bool ParseVerb(RdfTerm* verb);
  bool ParseIri(RdfTerm* term);
  bool ParsePrefixedName(RdfTerm* term);
  bool ParseBlankNodePropertyList(RdfTerm* node);
  bool ParseCollection(RdfTerm* node);
  bool ParseLiteral(RdfTerm* literal);
  bool ParseNumber(RdfTerm* literal);
  bool ParseIriRefResolved(std::string_view* iri);

  void SkipSpace();
  bool Word(std::string_view keyword, bool any_case) const;
  RdfTerm NewBlankNode();
  void Emit(const RdfTerm& subject, const RdfTerm& predicate, const RdfTerm& object);

  const bool trig_;
  std::map<std::string, std::string, std::less<>> prefixes_;
  std::string base_;  // Empty: none.
  bool in_graph_ = false;
  bool graph_lost_ = false;  // Its label had a fault: nobody knows which graph this is.
  std::string graph_text_;
  RdfTerm graph_;  // Its text is graph_text_.
  uint64_t blank_node_count_ = 0;

  TextArena arena_;
  RdfCursor cursor_{};
  std::vector<RdfQuad>* quads_ = nullptr;
  int nesting_ = 0;
};

}  // namespace sightline::server
