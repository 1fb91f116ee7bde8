#include "query/ast/printer.h"

#include <gtest/gtest.h>

#include <string>

#include "query/parser/parser.h"

namespace sightline::query::ast {
namespace {

// Parses `text`, and prints it; the output parses to what prints the same.
std::string Printed(const std::string& text) {
  const StatusOr<Script> script = Parse(text);
  if (!script.ok()) return script.status().ToString();
  const std::string printed = Print(*script);
  const StatusOr<Script> again = Parse(printed);
  if (!again.ok()) return "does not parse: " + printed;
  EXPECT_EQ(Print(*again), printed);
  return printed;
}

// Of an expression.
std::string PrintedExpression(const std::string& text) {
  const std::string printed = Printed("RETURN " + text);
  EXPECT_TRUE(printed.starts_with("RETURN ")) << printed;
  return printed.size() < 9 ? printed : printed.substr(7, printed.size() - 9);
}

TEST(Printer, BracketsStandWhereTheTreeNeedsThem) {
  const std::pair<const char*, const char*> cases[] = {
      {"(1 + 2) * 3", "(1 + 2) * 3"},
      {"1 + (2 * 3)", "1 + 2 * 3"},
      {"1 - (2 - 3)", "1 - (2 - 3)"},
      {"(1 - 2) - 3", "1 - 2 - 3"},
      {"2 ^ (3 ^ 2)", "2 ^ (3 ^ 2)"},
      {"-(x) ^ 2", "-x ^ 2"},
      {"-(x ^ 2)", "-(x ^ 2)"},
      {"NOT (a AND b)", "NOT (a AND b)"},
      {"NOT a AND b", "NOT a AND b"},
      {"NOT (a = b)", "NOT a = b"},
      {"(NOT a) = b", "(NOT a) = b"},
      {"a < b = c", "a < b AND b = c"},
      {"(a < b) = c", "(a < b) = c"},
      {"a < b < c < d", "a < b AND b < c AND c < d"},
      {"a < (b < c)", "a < (b < c)"},
      {"a = NOT b", "a = (NOT b)"},
      {"a AND (b OR c)", "a AND (b OR c)"},
      {"(a AND b) OR c", "a AND b OR c"},
      {"a AND (b AND c)", "a AND b AND c"},
      {"a XOR (b OR c)", "a XOR (b OR c)"},
      {"(a + b).c", "(a + b).c"},
      {"(a.b)[0].c", "(a.b[0]).c"},
      {"(a IS NULL) IS NOT NULL", "a IS NULL IS NOT NULL"},
      {"a.b IS KNOWN", "a.b IS NOT NULL"},
      {"a.b IS NOT UNKNOWN", "a.b IS NOT NULL"},
      {"a.b IS NOT KNOWN", "a.b IS NULL"},
      {"(a IN b) IN c", "a IN b IN c"},
      {"a NOT IN (b NOT IN c)", "a NOT IN (b NOT IN c)"},
      {"x:A:B", "x:A&B"},
      {"x:(A|B)", "x:(A|B)"},
      {"x IS :A", "x:A"},
      {"[x IN xs]", "[x IN xs]"},
      {"[(x IN xs)]", "[(x IN xs)]"},
      {"[x IN xs, y]", "[x IN xs, y]"},
      {"a[1..2]", "a[1 .. 2]"},
      {"a[..-1]", "a[ .. -1]"},
      {"a[..]", "a[ .. ]"},
      {"- 5", "-5"},
      {"-(5)", "-(5)"},
      {"- -5", "--5"},
      {"(-5).x", "(-5).x"},
      {"+5", "+5"},
  };
  for (const auto& [text, printed] : cases) EXPECT_EQ(PrintedExpression(text), printed) << text;
}

TEST(Printer, LiteralsKeepTheirTypeAndValue) {
  const std::pair<const char*, const char*> cases[] = {
      {"0x2A", "42"},
      {"1_000", "1000"},
      {"40k", "40000"},
      {"1.2B", "1200000000"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"3.5", "3.5"},
      {"3.0", "3.0"},
      {"1e6", "1000000.0"},
      {"1e100", "1e+100"},
      {"1.2345k", "1234.5"},
      {"900M USD", "900000000 USD"},
      {"20.50 't'", "20.5 \"t\""},
      {"70 '%'", "70 \"%\""},
      {"'it''s'", "\"it's\""},
      {"\"say \\\"x\\\"\"", "\"say \\\"x\\\"\""},
      {"'a\\n\\u0001'", "\"a\\n\\u0001\""},
      {"'танк'@RU", "\"танк\"@ru"},
      {"2023-10-01", "2023-10-01"},
      {"2023-Q4", "2023-Q4"},
      {"2023-10-01T08:30Z", "2023-10-01T08:30:00Z"},
      {"2023-10-01T08:30+0200", "2023-10-01T06:30:00Z"},
      {"true", "TRUE"},
      {"null", "NULL"},
      {"#org/hikvision", "#org/hikvision"},
      {"#`Q42:x`", "#`Q42:x`"},
      {"#`org/a-b`", "#org/a-b"},
      {"$name", "$name"},
      {"$`a b`", "$`a b`"},
      {"{a: 1, `b c`: [2]}", "{a: 1, `b c`: [2]}"},
      {"{share: <~ 70 '%', a: > 5M USD, b: ~ -2, c: < 1, d: >~ 1.5}",
       "{share: <~ 70 \"%\", a: > 5000000 USD, b: ~ -2, c: < 1, d: >~ 1.5}"},
  };
  for (const auto& [text, printed] : cases) EXPECT_EQ(PrintedExpression(text), printed) << text;
}

TEST(Printer, NamesAreQuotedWhenTheyNeedIt) {
  EXPECT_EQ(Printed("MATCH (`a b`:`Some Class` {`x``y`: 1}) RETURN `a b`"),
            "MATCH (`a b`:`Some Class` {`x``y`: 1}) RETURN `a b`;\n");
  EXPECT_EQ(Printed("MATCH (a) RETURN a.`order`, a.order, a.from"),
            "MATCH (a) RETURN a.`order`, a.`order`, a.`from`;\n");
  EXPECT_EQ(Printed("MATCH (фирма) RETURN фирма"), "MATCH (`фирма`) RETURN `фирма`;\n");
  EXPECT_EQ(Printed("RETURN count(DISTINCT x), exists(x.y), `a b`.c(1), COUNT(*)"),
            "RETURN count(DISTINCT x), exists(x.y), `a b`.c(1), count(*);\n");
}

TEST(Printer, PatternsKeepTheirForm) {
  const std::pair<const char*, const char*> cases[] = {
      {"(a)-->(b)", "(a)-[]->(b)"},
      {"(a)<--(b)", "(a)<-[]-(b)"},
      {"(a)--(b)", "(a)-[]-(b)"},
      {"(a)<-->(b)", "(a)-[]-(b)"},
      {"(a)-[*]->(b)", "(a)-[*]->(b)"},
      {"(a)-[*2]->(b)", "(a)-[*2..2]->(b)"},
      {"(a)-[*2..]->(b)", "(a)-[*2..]->(b)"},
      {"(a)-[*..$n]->(b)", "(a)-[*..$n]->(b)"},
      {"(a)-[r:p|:q @st {x: 1}]->(b)", "(a)-[r:p|q @st {x: 1}]->(b)"},
      {"(a)-[:p]->+(b)", "(a)-[:p]->{1,}(b)"},
      {"(a)-[:p]->*(b)", "(a)-[:p]->{0,}(b)"},
      {"(a)-[:p]->{2}(b)", "(a)-[:p]->{2,2}(b)"},
      {"(a)-[:p]->{,3}(b)", "(a)-[:p]->{0,3}(b)"},
      {"((x)-[:p]->(y) WHERE x.a){1,3}(b)", "((x)-[:p]->(y) WHERE x.a){1,3}(b)"},
      {"p = ALL SHORTEST TRAIL PATHS (a)-->(b)", "p = ALL SHORTEST TRAIL (a)-[]->(b)"},
      {"p = SHORTEST 3 GROUPS (a)-->(b)", "p = SHORTEST 3 GROUPS (a)-[]->(b)"},
      {"CHEAPEST 2 (a)-[r]->(b) COST r.c", "CHEAPEST 2 (a)-[r]->(b) COST r.c"},
      {"TRAIL (a)-->(b)", "TRAIL (a)-[]->(b)"},
      {"(#a :B & !C {x: 1} WHERE y)", "(#a:B&!C {x: 1} WHERE y)"},
      {"(\"optics\":ONLY A NAMED ~ 'x')", "(\"optics\":ONLY A NAMED ~\"x\")"},
      {"(x:#prod/optics|\"optics\"|$c|%)", "(x:#prod/optics|\"optics\"|$c|%)"},
      {"(x:A|B:C)", "(x:(A|B)&C)"},
      {"(x NAMED ~\"y\")", "(x NAMED ~\"y\")"},
  };
  for (const auto& [text, printed] : cases) {
    const std::string expected = std::string("MATCH ") + printed + " RETURN 1;\n";
    EXPECT_EQ(Printed(std::string("MATCH ") + text + " RETURN 1"), expected) << text;
  }
}

TEST(Printer, TimesInScopesStayPartialDates) {
  EXPECT_EQ(
      Printed(
          "AS OF 2023 DURING 2023-10 TO 2023-Q4 AS KNOWN AT now() MATCH (a) AS OF a.b.c RETURN a"),
      "AS OF 2023 DURING 2023-10 TO 2023-Q4 AS KNOWN AT now() MATCH (a) AS OF a.b.c RETURN a;\n");
}

TEST(Printer, PagesStayApartWhereTheirOrderMatters) {
  EXPECT_EQ(Printed("MATCH (a) ORDER BY a.x DESC SKIP 1 LIMIT 2 AFTER $c LIMIT 1 RETURN a"),
            "MATCH (a) ORDER BY a.x DESC SKIP 1 LIMIT 2 AFTER $c LIMIT 1 RETURN a;\n");
}

TEST(Printer, LongChainsOfAndPrintFlat) {
  std::string text = "RETURN a0";
  for (int i = 1; i < 200; ++i) text += " AND a" + std::to_string(i);
  EXPECT_EQ(Printed(text), text + ";\n");
}

}  // namespace
}  // namespace sightline::query::ast
