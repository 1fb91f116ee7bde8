#include "tests/bench/query/sparql_to_slql.h"

#include <vector>

namespace sightline::bench {
namespace {

constexpr std::string_view kRdfType = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>";

std::vector<std::string_view> WordsOf(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  std::vector<std::string_view> words;
  for (size_t begin = text.find_first_not_of(kSpace); begin != std::string_view::npos;
       begin = text.find_first_not_of(kSpace, begin)) {
    const size_t end = std::min(text.find_first_of(kSpace, begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end;
    if (begin == text.size()) break;
  }
  return words;
}

bool IsVariable(std::string_view term) { return term.size() > 1 && term.front() == '?'; }
bool IsIri(std::string_view term) {
  return term.size() > 2 && term.front() == '<' && term.back() == '>' &&
         term.find('`') == std::string_view::npos;
}

std::string NameOf(std::string_view iri) {
  return "`" + std::string(iri.substr(1, iri.size() - 2)) + "`";
}

StatusOr<std::string> NodeOf(std::string_view term) {
  if (IsVariable(term)) return "(" + std::string(term.substr(1)) + ")";
  if (IsIri(term)) return "(#" + NameOf(term) + ")";
  return InvalidArgument("Neither a variable nor an IRI: {}", term);
}

}  // namespace

StatusOr<SlqlQuery> SparqlToSlql(std::string_view sparql) {
  const std::vector<std::string_view> words = WordsOf(sparql);
  size_t next = 0;
  const auto word = [&] { return next < words.size() ? words[next] : std::string_view(); };
  if (word() != "SELECT") return InvalidArgument("Not a SELECT: {}", sparql);
  ++next;
  std::string columns;
  for (; IsVariable(word()); ++next) {
    if (!columns.empty()) columns += ", ";
    columns += word().substr(1);
  }
  if (columns.empty() || word() != "WHERE" || next + 1 >= words.size() || words[next + 1] != "{") {
    return InvalidArgument("Not SELECT ?v WHERE {{ ... }}: {}", sparql);
  }
  next += 2;
  std::string pattern;
  while (word() != "}") {
    if (next + 3 >= words.size() || words[next + 3] != ".") {
      return InvalidArgument("Not a triple with a full stop behind it: {}", sparql);
    }
    const std::string_view predicate = words[next + 1];
    if (!IsIri(predicate)) return InvalidArgument("Not an IRI: {}", predicate);
    SL_ASSIGN_OR_RETURN(const std::string subject, NodeOf(words[next]));
    SL_ASSIGN_OR_RETURN(const std::string object, NodeOf(words[next + 2]));
    if (!pattern.empty()) pattern += ", ";
    pattern += subject + "-[:" + (predicate == kRdfType ? "instanceOf" : NameOf(predicate)) +
               "]->" + object;
    next += 4;
  }
  const std::string match = "MATCH " + pattern + " RETURN ";
  return SlqlQuery{match + columns, match + "count(*) AS n"};
}

}  // namespace sightline::bench
