#include "query/parser/prefixes.h"

#include <gtest/gtest.h>

#include <string>

#include "query/ast/printer.h"
#include "query/parser/parser.h"

namespace sightline::query {
namespace {

Prefixes Foaf() {
  Prefixes prefixes;
  prefixes.Define("foaf", "http://xmlns.com/foaf/0.1/");
  return prefixes;
}

std::string Parsed(std::string_view text, Prefixes prefixes) {
  const StatusOr<ast::Script> script = Parse(text, {}, &prefixes);
  EXPECT_TRUE(script.ok()) << script.status();
  std::string printed;
  for (const ast::Statement& statement : script->statements) {
    printed += (printed.empty() ? "" : "; ") + ast::Print(statement);
  }
  return printed;
}

TEST(Prefixes, ExpandsWhatHasOneThatIsDefined) {
  const Prefixes prefixes = Foaf();
  EXPECT_EQ(prefixes.Expand("foaf:name"), "http://xmlns.com/foaf/0.1/name");
  EXPECT_EQ(prefixes.Expand("foaf:a:b"), "http://xmlns.com/foaf/0.1/a:b");
  EXPECT_EQ(prefixes.Expand("foaf:"), "http://xmlns.com/foaf/0.1/");
  for (const char* name :
       {"foaf", "name", "", ":", ":name", "ex:name", "Foaf:name", "foaf://name"}) {
    EXPECT_EQ(prefixes.Expand(name), name);
  }
}

TEST(Prefixes, LeavesANameThatSomethingHas) {
  Prefixes prefixes([](std::string_view name) { return name == "foaf:taken"; });
  prefixes.Define("foaf", "urn:f:");
  EXPECT_EQ(prefixes.Expand("foaf:taken"), "foaf:taken");
  EXPECT_EQ(prefixes.Expand("foaf:free"), "urn:f:free");
}

TEST(Prefixes, SaysWhetherATextMayNeedThem) {
  const Prefixes prefixes = Foaf();
  EXPECT_TRUE(prefixes.OccurIn("MATCH (x:`foaf:Person`) RETURN x"));
  EXPECT_TRUE(prefixes.OccurIn("MATCH (#`foaf:a`) RETURN `b`"));
  EXPECT_TRUE(prefixes.OccurIn("`a` `foaf:b"));
  for (const char* text : {"", "`", "`foaf`", "foaf:Person", "MATCH (x:`ex:Person`)", "'foaf:x'"}) {
    EXPECT_FALSE(prefixes.OccurIn(text)) << text;
  }
  EXPECT_FALSE(Prefixes().OccurIn("`foaf:x`"));
}

TEST(Prefixes, OfClassesPredicatesPropertiesAndIds) {
  const std::string printed = Parsed(
      "MATCH (x:`foaf:P`|(!`foaf:Q` & R) {`foaf:p`: 1})-[:`foaf:k`]->(#`foaf:i`) "
      "ACCORDING TO #`foaf:s` WHERE x:`foaf:P` AND x.`foaf:p` = #`foaf:j` RETURN x.`foaf:p`",
      Foaf());
  for (const char* name : {"P", "Q", "p", "k", "i", "j", "s"}) {
    EXPECT_NE(printed.find(std::string("http://xmlns.com/foaf/0.1/") + name), std::string::npos)
        << name << " in " << printed;
  }
  EXPECT_EQ(printed.find("foaf:"), std::string::npos) << printed;
}

TEST(Prefixes, NotOfVariablesTextsParametersAndQueries) {
  const std::string text =
      "MATCH (`foaf:x`) WHERE 'foaf:y' = $`foaf:z` CALL `foaf:q`() RETURN `foaf:x` AS `foaf:w`";
  EXPECT_EQ(Parsed(text, Foaf()), Parsed(text, Prefixes()));
}

TEST(Prefixes, OfDefinitions) {
  const Prefixes prefixes = Foaf();
  EXPECT_EQ(Parsed("DEFINE CLASS `foaf:a` UNDER `foaf:b`", prefixes),
            "DEFINE CLASS `http://xmlns.com/foaf/0.1/a` UNDER `http://xmlns.com/foaf/0.1/b`");
  EXPECT_EQ(Parsed("DROP PREDICATE `foaf:a`", prefixes),
            "DROP PREDICATE `http://xmlns.com/foaf/0.1/a`");
  EXPECT_EQ(Parsed("DROP QUERY `foaf:a`", prefixes), "DROP QUERY `foaf:a`");
  EXPECT_EQ(Parsed("DESCRIBE CLASS `foaf:a`", prefixes),
            "DESCRIBE CLASS `http://xmlns.com/foaf/0.1/a`");
}

TEST(Prefixes, CountFromWhereTheyAreDefined) {
  const std::string text =
      "SHOW CLASSES; DROP CLASS `e:a`; DEFINE PREFIX e AS \"urn:e:\"; DROP CLASS `e:a`; "
      "DROP PREFIX e; DROP CLASS `e:a`";
  std::string expected = text;
  expected.replace(expected.find("`e:a`", expected.find("urn:e:")), 5, "`urn:e:a`");
  EXPECT_EQ(Parsed(text, Prefixes()), expected);
}

TEST(Prefixes, AreWordsThatMayBeNames) {
  EXPECT_EQ(Parsed("MATCH (prefix {prefixes: 1}) RETURN prefix", Prefixes()),
            Parsed("MATCH (`prefix` {`prefixes`: 1}) RETURN `prefix`", Prefixes()));
}

}  // namespace
}  // namespace sightline::query
