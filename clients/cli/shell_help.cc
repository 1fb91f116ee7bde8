#include "clients/cli/shell_help.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace sightline::cli {
namespace {

struct Entry {
  std::string_view word, form, meaning;
};

constexpr Entry kEntries[] = {
    {"ACCORDING", "ACCORDING TO #source, ...  |  NOT ACCORDING TO ...",
     "counts only what these sources say, or all but that; after ASSERT it names the source"},
    {"AS", "AS OF 2023-10  |  AS KNOWN AT 2023-10-01",
     "what held at a time; what was on record at a time"},
    {"ASSERT", "ASSERT (#a)-[:predicate]->(#b) ACCORDING TO #source {quote: \"...\"}",
     "puts on record that a source says so"},
    {"AVOIDING", "AVOIDING HUBS OVER 100  |  AVOIDING (#node)", "keeps paths away from nodes"},
    {"BACKED", "BACKED BY 2 SOURCES", "counts only what independent sources say"},
    {"CALL", "CALL procedure(arguments) YIELD column AS name",
     "runs a procedure or a stored query for each row"},
    {"DEFINE",
     "DEFINE CLASS | PREDICATE | QUERY | PREFIX name ...  |  DEFINE (a)-[:edge]->(b) AS MATCH ...",
     "adds to the schema"},
    {"DENY", "DENY (#a)-[:predicate]->(#b) ACCORDING TO #source",
     "puts on record that a source says it is not so"},
    {"DESCRIBE", "DESCRIBE CLASS name | PREDICATE name | QUERY name | \"name\" | #id",
     "what a definition says, or all facts about an entity"},
    {"DURING", "DURING 2022 TO 2023", "what held at some time of a span"},
    {"EXPLAIN", "EXPLAIN query", "how it would run, without running it; \\plan draws it"},
    {"INCLUDING", "INCLUDING | EXCLUDING | ONLY  DENIED | DISPUTED | UNDATED",
     "whether facts that are denied, disputed or undated count"},
    {"LET", "LET name = expression", "names a value for what follows"},
    {"LIMIT", "LIMIT 50  |  LIMIT 50 AFTER $cursor", "so many rows; page by page"},
    {"MATCH", "MATCH (a:Class {property: value})-[:predicate]->(b)", "finds a pattern"},
    {"NAMED", "(x NAMED \"Hikvision\")  |  (x NAMED ~ \"Hikvison\")",
     "finds by name in any script; with ~ also what is alike"},
    {"OPTIONAL", "OPTIONAL MATCH pattern", "as MATCH; keeps the row where nothing is found"},
    {"ORDER", "ORDER BY expression DESC", "sorts the rows"},
    {"PROFILE", "PROFILE query", "runs it and tells what each step took; \\plan profile draws it"},
    {"RETRACT", "RETRACT #s/17 BECAUSE \"...\"", "takes a statement back"},
    {"RETURN", "RETURN expression AS name, ...", "what the rows hold"},
    {"SHOW", "SHOW CLASSES | PREDICATES | QUERIES | EDGES | PREFIXES | SOURCES [NAMED \"part\"]",
     "what there is"},
    {"UNION", "query UNION query", "the rows of both"},
    {"UNWIND", "UNWIND list AS item", "a row for each item"},
    {"WHERE", "WHERE condition", "keeps the rows for which it holds"},
    {"WHY", "WHY query", "the rows, and what each rests on: who says so, where, in which words"},
    {"WITH", "WITH expression AS name, ...", "hands on these and no other values"},
};

}  // namespace

std::string KeywordHelp(std::string_view word) {
  std::string upper(word);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  for (const Entry& entry : kEntries) {
    if (entry.word == upper) return fmt::format("{}\n    {}\n", entry.form, entry.meaning);
  }
  return "";
}

std::string HelpedKeywords() {
  std::string words;
  for (const Entry& entry : kEntries) {
    if (!words.empty()) words += ", ";
    words += entry.word;
  }
  return words;
}

}  // namespace sightline::cli
