// Broken queries and what we say about them, in broken.txt. After a change that means to change the
// answers, rewrite them and read the difference:
//   SIGHTLINE_REWRITE=1 build/debug/bin/query_parser_test --gtest_filter='BrokenQueries.*'

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "query/diagnostics/diagnostic.h"
#include "query/parser/parser.h"
#include "tests/unit/query/parser/corpus.h"

namespace sightline::query {
namespace {

constexpr char kGoldenFile[] = "tests/unit/query/parser/broken.txt";
constexpr std::string_view kQueryMark = "=== query\n";
constexpr std::string_view kSaysMark = "\n=== says\n";

struct BrokenQuery {
  std::string query, says;
};

std::vector<BrokenQuery> ReadGolden() {
  std::vector<BrokenQuery> queries;
  const std::string file = ReadFile(kGoldenFile);
  size_t at = file.find(kQueryMark);
  while (at != std::string::npos) {
    const size_t begin = at + kQueryMark.size();
    const size_t says = file.find(kSaysMark, begin);
    const size_t next = file.find(kQueryMark, says);
    const size_t end =
        next == std::string::npos ? file.size() : next - 1;  // An empty line between.
    queries.push_back({file.substr(begin, says - begin),
                       file.substr(says + kSaysMark.size(), end - says - kSaysMark.size())});
    at = next;
  }
  return queries;
}

std::string Apply(std::string text, std::vector<Edit> edits) {
  std::sort(edits.begin(), edits.end(),
            [](const Edit& a, const Edit& b) { return a.span.begin > b.span.begin; });
  for (const Edit& edit : edits) {
    text.replace(edit.span.begin, edit.span.end - edit.span.begin, edit.replacement);
  }
  return text;
}

std::string WhatWeSay(const std::string& query) {
  const StatusOr<ast::Script> script = Parse(query);
  if (script.ok()) return "parses\n";
  const std::vector<Diagnostic> diagnostics = DiagnosticsOf(script.status());
  EXPECT_EQ(diagnostics.size(), 1u) << query;
  if (diagnostics.empty()) return "no diagnostic\n";
  std::string says = Render(diagnostics[0], query);
  if (!diagnostics[0].edits.empty()) {
    says += fmt::format("repaired: {}\n", Apply(query, diagnostics[0].edits));
  }
  return says;
}

TEST(BrokenQueries, AreAnsweredAsTheGoldenFileHasIt) {
  const bool rewrite = std::getenv("SIGHTLINE_REWRITE") != nullptr;
  std::vector<BrokenQuery> queries = ReadGolden();
  ASSERT_GE(queries.size(), 60u);
  for (BrokenQuery& query : queries) {
    const std::string says = WhatWeSay(query.query);
    if (rewrite) {
      query.says = says;
    } else {
      EXPECT_EQ(says, query.says) << query.query;
    }
  }
  if (!rewrite) return;
  std::ofstream file(kGoldenFile, std::ios::binary);
  bool first = true;
  for (const BrokenQuery& query : queries) {
    file << (first ? "" : "\n") << kQueryMark << query.query << kSaysMark << query.says;
    first = false;
  }
}

TEST(BrokenQueries, EveryEditOfferedMakesTheStatementParse) {
  int edits_offered = 0;
  for (const BrokenQuery& query : ReadGolden()) {
    const StatusOr<ast::Script> script = Parse(query.query);
    if (script.ok()) continue;
    for (const Diagnostic& diagnostic : DiagnosticsOf(script.status())) {
      if (diagnostic.edits.empty()) continue;
      ++edits_offered;
      const std::string repaired = Apply(query.query, diagnostic.edits);
      const StatusOr<ast::Script> again = Parse(repaired);
      EXPECT_TRUE(again.ok()) << repaired << "\n" << again.status();
    }
  }
  EXPECT_GE(edits_offered, 50);
}

TEST(BrokenQueries, NoneParses) {
  for (const BrokenQuery& query : ReadGolden())
    EXPECT_FALSE(Parse(query.query).ok()) << query.query;
}

}  // namespace
}  // namespace sightline::query
