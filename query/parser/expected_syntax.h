// ExpectedSyntax: what the grammar lets stand at a place of a text that is being written.
//
// Walks ANTLR's transition network over the tokens before the place, all readings at once, with a
// graph of return addresses in place of a stack (E. Scott, A. Johnstone, "GLL Parsing", LDTA 2009),
// and gathers what the readings that are still alive go on with. A token that fits no reading is
// got over: by a word that is missing before it, by starting anew where a clause begins, or by
// leaving it out.
//
// Thread safety: a free function; safe from any thread.

#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "query/diagnostics/diagnostic.h"
#include "storage/base/status.h"

namespace sightline::query {

// What a word, a text or an id is at its place.
enum class SyntaxRole : uint8_t {
  kNodeVariable,   // Names a node, or refers to one.
  kEdgeVariable,   // Names an edge ...
  kPathVariable,   // ... a path ...
  kValueVariable,  // ... a value: LET, UNWIND, AS ...
  kLocalVariable,  // ... or the item of a list, within brackets.
  kStatementVariable,
  kVariable,  // Refers to what has a name already.
  kClass,
  kPredicate,
  kMemberKey,  // Behind a dot.
  kNodeKey,    // In the braces of a node ...
  kEdgeKey,    // ... of an edge ...
  kDetailKey,  // ... of ASSERT ...
  kDefinitionKey,
  kDefinitionName,  // Of what is defined, dropped, or named by a definition beside classes.
  kFunction,
  kProcedure,
  kYieldColumn,
  kGrade,       // Of RELIABILITY.
  kEntityText,  // A text that names an entity,
  kClassText,   // a class by its name or label,
  kSourceText,  // a source,
  kAnyText,     // or anything.
  kEntityId,    // #org/hikvision
  kSourceId,
  kParameter,
};

enum class SyntaxKind : uint8_t {
  kKeyword,     // Of the reserved words.
  kWord,        // A name, or a keyword that may be one.
  kQuotedWord,  // `in back-quotes`, closed or not.
  kText,        // In quotes, closed or not.
  kId,          // #org/hikvision
  kParameter,   // $name
  kAtName,      // @name
  kNumber,
  kSign,
  kOther,
};

struct PlacedToken {
  SyntaxKind kind = SyntaxKind::kOther;
  // As written; what is in quotes without them.
  std::string text;
  SourceSpan span;
  // What the readings take it for.
  std::set<SyntaxRole> roles;

  // Whether it is this keyword (upper case) or sign.
  bool Is(std::string_view word) const;
};

struct ExpectedSyntax {
  // The word at the place, to which it belongs: the candidates take its place. Empty between words.
  PlacedToken word;
  // Of the word, what stands before the place, without quotes.
  std::string typed;
  // Upper case, with those that must follow: "ORDER BY". Ascending.
  std::vector<std::string> keywords;
  std::set<SyntaxRole> roles;
  // Of the statement, those before the word.
  std::vector<PlacedToken> before;
  // The place is in a comment or number, or the statement too long, so that nothing is expected.
  bool is_closed = false;
};

// `place`: a byte offset within `text`, between two code points. REQUIRES: `text` is UTF-8.
// `may_go_on` is asked now and then; its error is the result.
StatusOr<ExpectedSyntax> ExpectedAt(std::string_view text, size_t place,
                                    const std::function<Status()>& may_go_on);

}  // namespace sightline::query
