#include "server/ingest/rdf_importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "server/ingest/rdf_lexer.h"
#include "tests/unit/server/ingest/compress.h"
#include "tests/unit/server/ingest/recording_sink.h"

namespace sightline::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

ImportOptions Options(const char* file_name) {
  ImportOptions options;
  options.file_name = file_name;
  return options;
}

std::vector<std::string> FactsOf(const char* file_name, const std::string& text, size_t seam = 0) {
  RecordingSink sink;
  const Imported imported = ImportBytes(text, Options(file_name), sink, 1000, seam);
  EXPECT_TRUE(imported.status.ok()) << imported.status;
  EXPECT_THAT(imported.rejects, IsEmpty()) << text;
  return sink.Facts();
}

std::vector<std::string> RejectsOf(const char* file_name, const std::string& text) {
  RecordingSink sink;
  const Imported imported = ImportBytes(text, Options(file_name), sink);
  EXPECT_TRUE(imported.status.ok()) << imported.status;
  return imported.rejects;
}

// --- N-Triples and N-Quads

TEST(NTriples, ReadsEveryKindOfTerm) {
  EXPECT_THAT(FactsOf("a.nt",
                      "<ex:s> <ex:p> <ex:o> .\n"
                      "_:b <ex:p> _:c.d .\n"
                      "<ex:s> <ex:p> \"plain\" .\n"
                      "<ex:s> <ex:p> \"\" .\n"
                      "<ex:s> <ex:p> \"chat\"@FR-ca .\n"
                      "<ex:s><ex:p>\"tight\"@en.\n"),
              UnorderedElementsAre("<ex:s> ex:p <ex:o>", "<_:a/b> ex:p <_:a/c.d>",
                                   "<ex:s> ex:p \"plain\"", "<ex:s> ex:p \"\"",
                                   "<ex:s> ex:p \"chat\"@fr-ca", "<ex:s> ex:p \"tight\"@en"));
}

TEST(NTriples, DecodesEscapes) {
  EXPECT_THAT(
      FactsOf("a.nt", R"(<ex:\u0053\U0001F600> <ex:p> "\t\b\n\r\f\"\'\\\u00E9\U0001F600" .)"),
      ElementsAre("<ex:S\xF0\x9F\x98\x80> ex:p \"\t\b\n\r\f\"'\\\xC3\xA9\xF0\x9F\x98\x80\""));
}

TEST(NTriples, PassesOverCommentsBlankLinesAndCarriageReturns) {
  EXPECT_THAT(FactsOf("a.nt",
                      "# a comment\r\n\r\n \t\r\n"
                      "  <ex:s>\t<ex:p> \"a # b\" .  # and one behind\r\n"
                      "<ex:s> <ex:p> <ex:o#frag> ."),
              UnorderedElementsAre("<ex:s> ex:p \"a # b\"", "<ex:s> ex:p <ex:o#frag>"));
}

TEST(NTriples, RejectsWhatTheGrammarForbidsAndSaysWhere) {
  EXPECT_THAT(
      RejectsOf("a.nt",
                "<ex:s> <ex:p> <ex:o>\n"           // 1: no dot
                "<ex:s> \"p\" <ex:o> .\n"          // 2: a literal as predicate
                "\"s\" <ex:p> <ex:o> .\n"          // 3: a literal as subject
                "<ex:s> <ex:p> \"open .\n"         // 4: string without end
                "<ex:s> <ex:p> \"x\\y\" .\n"       // 5: unknown escape
                "<ex:s> <ex:p> \"\\uD800\" .\n"    // 6: half a surrogate pair
                "<rel> <ex:p> <ex:o> .\n"          // 7: relative IRI
                "<ex:s> <ex:p> <ex:o o> .\n"       // 8: space in an IRI
                "<ex:s> <ex:p> \"x\"@1 .\n"        // 9: bad language
                "<ex:s> <ex:p> \"x\"^<ex:t> .\n"   // 10
                "<ex:s> <ex:p> <ex:o> <ex:g> .\n"  // 11: a graph in N-Triples
                "<ex:s> <ex:p> <ex:o> . <ex:s>\n"  // 12: more behind the dot
                "<ex:s> <ex:p> \"\xff\" .\n"       // 13: not UTF-8
                "<ex:s> _:p <ex:o> .\n"            // 14
                "@prefix ex: <ex:> .\n"),          // 15: Turtle
      ElementsAre("1:21 syntax", "2:8 syntax", "3:1 syntax", "4:15 syntax", "5:17 syntax",
                  "6:16 syntax", "7:1 syntax", "8:20 syntax", "9:19 syntax", "10:18 syntax",
                  "11:22 syntax", "12:24 syntax", "13:16 encoding", "14:8 syntax", "15:1 syntax"));
}

TEST(NTriples, GoesOnAfterABadLine) {
  RecordingSink sink;
  const Imported imported =
      ImportBytes("<ex:s> <ex:p> <ex:a> .\nbad\n<ex:s> <ex:p> <ex:b> .\n", Options("a.nt"), sink);
  EXPECT_THAT(sink.Facts(), ElementsAre("<ex:s> ex:p <ex:a>", "<ex:s> ex:p <ex:b>"));
  EXPECT_THAT(imported.reject_texts, ElementsAre("bad"));
  EXPECT_EQ(imported.report.records, 3u);
  EXPECT_EQ(imported.report.facts, 2u);
  EXPECT_EQ(imported.report.rejects, 1u);
}

TEST(NTriples, RefusesIdsAndTextsThatTheStoreCannotHold) {
  const std::string long_iri = "<ex:" + std::string(1100, 'x') + ">";
  const std::string long_text(70'000, 'x');
  EXPECT_THAT(RejectsOf("a.nt", long_iri + " <ex:p> <ex:o> .\n<ex:s> <ex:p> \"" + long_text +
                                    "\" .\n<ex:\xC2\x85> <ex:p> <ex:o> .\n"),
              ElementsAre("1:1 bad-id", "2:1 text-too-long", "3:1 bad-id"));
}

TEST(NTriples, BoundsHugeLines) {
  const std::string huge = "<ex:s> <ex:p> \"" + std::string(17 << 20, 'x') + "\" .\n";
  RecordingSink sink;
  const Imported imported = ImportBytes(
      "<ex:s> <ex:p> <ex:a> .\n" + huge + "<ex:s> <ex:p> <ex:b> .\n", Options("a.nt"), sink);
  EXPECT_THAT(imported.rejects, ElementsAre("2:1 record-too-long"));
  EXPECT_EQ(imported.reject_texts.at(0).size(), kRejectTextBytesMax);
  EXPECT_THAT(sink.Facts(), ElementsAre("<ex:s> ex:p <ex:a>", "<ex:s> ex:p <ex:b>"));
}

TEST(NTriples, EndsWithAnErrorBeyondTheLimitOfRejects) {
  std::string text;
  for (int line = 0; line < 5; ++line) text += "bad\n";
  RecordingSink sink;
  EXPECT_TRUE(ImportBytes(text, Options("a.nt"), sink, 5).status.ok());
  RecordingSink other;
  EXPECT_EQ(ImportBytes(text, Options("a.nt"), other, 4).status.code(),
            StatusCode::kFailedPrecondition);
}

TEST(NTriples, ReadsCompressedFiles) {
  const std::string text = "<ex:s> <ex:p> <ex:o> .\n";
  EXPECT_THAT(FactsOf("a.nt.gz", test::Gzip(text)), ElementsAre("<ex:s> ex:p <ex:o>"));
  EXPECT_THAT(FactsOf("a.nt.zst", test::Zstd(text)), ElementsAre("<ex:s> ex:p <ex:o>"));
  RecordingSink sink;
  EXPECT_EQ(ImportBytes(test::Gzip(text).substr(0, 20), Options("a.nt.gz"), sink).status.code(),
            StatusCode::kDataLoss);
}

TEST(NTriples, SeveralThreadsReadTheSame) {
  std::string text;
  std::vector<std::string> expected;
  for (int line = 0; line < 200'000; ++line) {
    const std::string number = std::to_string(line);
    text +=
        "<ex:s" + number + "> <ex:p" + std::to_string(line % 7) + "> \"value " + number + "\" .\n";
    if (line % 50'000 == 0) text += "bad\n";
    expected.push_back("<ex:s" + number + "> ex:p" + std::to_string(line % 7) + " \"value " +
                       number + "\"");
  }
  std::sort(expected.begin(), expected.end());
  RecordingSink sink;
  sink.has_lanes = true;
  ImportOptions options = Options("a.nt");
  options.thread_count = 3;
  const Imported imported = ImportBytes(text, options, sink);
  EXPECT_TRUE(imported.status.ok()) << imported.status;
  EXPECT_EQ(sink.Facts(), expected);
  EXPECT_THAT(imported.rejects, UnorderedElementsAre("2:1 syntax", "50003:1 syntax",
                                                     "100004:1 syntax", "150005:1 syntax"));
  EXPECT_EQ(sink.statements.size(), 1u);
  EXPECT_EQ(imported.report.facts, 200'000u);

  RecordingSink failing;
  failing.has_lanes = true;
  EXPECT_EQ(ImportBytes(text, options, failing, 2).status.code(), StatusCode::kFailedPrecondition);
}

TEST(NTriples, ProgressCanEndTheImport) {
  RecordingSink sink;
  ImportOptions options = Options("a.nt");
  options.on_progress = [](const ImportProgress& progress) {
    EXPECT_EQ(progress.facts, 1u);
    return MakeStatus(StatusCode::kCancelled, "enough");
  };
  EXPECT_EQ(ImportBytes("<ex:s> <ex:p> <ex:o> .\n", options, sink).status.code(),
            StatusCode::kCancelled);
}

TEST(NQuads, EachGraphIsAStatement) {
  RecordingSink sink;
  ImportOptions options = Options("a.nq");
  options.document = "doc/whole";
  options.marking.tlp = storage::TlpLabel::kAmber;
  const Imported imported = ImportBytes(
      "<ex:s> <ex:p> <ex:o> <ex:g1> .\n<ex:s> <ex:p> <ex:o2> .\n<ex:s> <ex:p> <ex:o3> <ex:g1> .\n"
      "<ex:s> <ex:p> <ex:o4> _:g .\n",
      options, sink);
  ASSERT_TRUE(imported.status.ok()) << imported.status;
  ASSERT_EQ(sink.statements.size(), 3u);
  EXPECT_EQ(sink.statements[0].document, "ex:g1");
  EXPECT_THAT(sink.statements[0].facts, ElementsAre("<ex:s> ex:p <ex:o3>", "<ex:s> ex:p <ex:o>"));
  EXPECT_EQ(sink.statements[1].document, "doc/whole");
  EXPECT_EQ(sink.statements[2].document, "_:a/g");
  for (const RecordedStatement& statement : sink.statements) {
    EXPECT_EQ(statement.dataset, "dataset/a");
    EXPECT_EQ(statement.claimant, "dataset/a");
    EXPECT_EQ(statement.header.marking.tlp, storage::TlpLabel::kAmber);
  }
}

TEST(Rdf, BlankNodesBelongToTheirFile) {
  RecordingSink sink;
  ImportOptions options = Options("b.nt");
  options.dataset = "dataset/other";
  ASSERT_TRUE(ImportBytes("_:x <ex:p> _:x .\n", options, sink).status.ok());
  EXPECT_THAT(sink.Facts(), ElementsAre("<_:dataset/other/b/x> ex:p <_:dataset/other/b/x>"));
}

TEST(Rdf, TypesBecomeClasses) {
  RecordingSink sink;
  ASSERT_TRUE(ImportBytes("@prefix ex: <ex:> . ex:s a ex:Company, [] .", Options("a.ttl"), sink)
                  .status.ok());
  EXPECT_THAT(sink.Facts(),
              ElementsAre("<ex:s> instanceOf <_:a/.1>", "<ex:s> instanceOf <ex:Company>"));
  EXPECT_THAT(sink.classes, ElementsAre(testing::Pair("ex:Company", IsEmpty())));
}

TEST(Rdf, LiteralsAreTypedWhereTheStoreHoldsTheirValue) {
  const auto object = [](const std::string& literal) {
    const std::vector<std::string> facts =
        FactsOf("a.ttl",
                "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . <e:s> <e:p> " + literal + " .");
    return facts.empty() ? std::string() : facts[0].substr(std::string("<e:s> e:p ").size());
  };
  EXPECT_EQ(object("42"), "INTEGER 42");
  EXPECT_EQ(object("\"+042\"^^xsd:integer"), "INTEGER 42");
  EXPECT_EQ(object("\"-7\"^^xsd:int"), "INTEGER -7");
  EXPECT_EQ(object("1.50"), "DECIMAL 1.5");
  EXPECT_EQ(object("\".5\"^^xsd:decimal"), "DECIMAL 0.5");
  EXPECT_EQ(object("1.5e3"), "FLOAT " + storage::Value(1500.0).ToString());
  EXPECT_EQ(object("true"), "BOOLEAN " + storage::Value(true).ToString());
  EXPECT_EQ(object("\"2024-02-29\"^^xsd:date"), "DATE 2024-02-29");
  EXPECT_EQ(object("\"2024-02\"^^xsd:gYearMonth"), "DATE 2024-02");
  EXPECT_EQ(object("\"2024\"^^xsd:gYear"), "DATE 2024");
  EXPECT_EQ(object("\"2024-03-14T11:31:42+01:00\"^^xsd:dateTime"), "DATETIME 2024-03-14T10:31:42Z");
  EXPECT_EQ(object("\"abc\"^^xsd:string"), "\"abc\"");
  // Anything else keeps its datatype.
  const std::string xsd = "http://www.w3.org/2001/XMLSchema#";
  EXPECT_EQ(object("\"12:30:00\"^^xsd:time"), "\"\"12:30:00\"^^<" + xsd + "time>\"");
  EXPECT_EQ(object("\"2023-02-29\"^^xsd:date"), "\"\"2023-02-29\"^^<" + xsd + "date>\"");
  EXPECT_EQ(object("\"2024-01-01Z\"^^xsd:date"), "\"\"2024-01-01Z\"^^<" + xsd + "date>\"");
  EXPECT_EQ(object("\"99999999999999999999\"^^xsd:integer"),
            "\"\"99999999999999999999\"^^<" + xsd + "integer>\"");
  EXPECT_EQ(object("\"NaN\"^^xsd:double"), "\"\"NaN\"^^<" + xsd + "double>\"");
  EXPECT_EQ(object("\"-INF\"^^xsd:double"), "\"\"-INF\"^^<" + xsd + "double>\"");
  EXPECT_EQ(object("\"x\"^^<ex:unit>"), "\"\"x\"^^<ex:unit>\"");
  // Text that only looks so says that it is text.
  EXPECT_EQ(object("'''\"x\"^^<ex:unit>'''"), "\"\"\"x\"^^<ex:unit>\"^^<" + xsd + "string>\"");
}

TEST(Rdf, WhatTheSinkRefusesIsRejected) {
  RecordingSink sink;
  sink.refused_predicate = "ex:no";
  const Imported imported =
      ImportBytes("<ex:s> <ex:yes> <ex:o> .\n<ex:s> <ex:no> <ex:o> .\n", Options("a.nt"), sink);
  EXPECT_TRUE(imported.status.ok());
  EXPECT_THAT(imported.rejects, ElementsAre("2:1 refused"));
  EXPECT_THAT(sink.Facts(), ElementsAre("<ex:s> ex:yes <ex:o>"));
}

// --- Turtle and TriG

constexpr char kTurtle[] = R"(@prefix ex: <http://ex.org/> .
PREFIX : <http://ex.org/default#>
@base <http://base.org/a/b?q> .
# A comment with . and " and <
ex:s ex:p ex:o.b , <c> ; # another
     ex:q :x , "a.b \"c\" #", 'single', """long
with "quotes" and . dots""", '''it's''' ;; .
[] ex:p [ ex:q 1 , 2.5 , 3e0 , -4 , .5 ] .
[ ex:r true ] .
ex:list ex:p ( 1 ex:o ( ) ) .
ex:e\.s\~c ex:%41b ex:a:b .
<#frag> <../up> <//other.org/x> .
ex:end ex:p "x"@en-GB.)";

TEST(TurtlePrefixes, AreThoseAtTheEndOfTheFile) {
  RecordingSink sink;
  ImportBytes(
      "@prefix a: <http://a/> . @prefix b: <http://b/> . @prefix : <http://none/> .\n"
      "a:s b:p :o .\n"
      "PREFIX a: <http://a2/>\n",
      Options("a.ttl"), sink);
  EXPECT_THAT(sink.prefixes, ElementsAre(Pair("a", "http://a2/"), Pair("b", "http://b/")));
}

TEST(Turtle, ReadsTheWholeGrammar) {
  const std::string first = "http://www.w3.org/1999/02/22-rdf-syntax-ns#first";
  const std::string rest = "http://www.w3.org/1999/02/22-rdf-syntax-ns#rest";
  const std::string nil = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#nil>";
  for (const size_t seam : {0, 1, 5}) {
    EXPECT_THAT(
        FactsOf("t.ttl", kTurtle, seam),
        UnorderedElementsAre(
            "<http://ex.org/s> http://ex.org/p <http://ex.org/o.b>",
            "<http://ex.org/s> http://ex.org/p <http://base.org/a/c>",
            "<http://ex.org/s> http://ex.org/q <http://ex.org/default#x>",
            "<http://ex.org/s> http://ex.org/q \"a.b \"c\" #\"",
            "<http://ex.org/s> http://ex.org/q \"single\"",
            "<http://ex.org/s> http://ex.org/q \"long\nwith \"quotes\" and . dots\"",
            "<http://ex.org/s> http://ex.org/q \"it's\"", "<_:t/.1> http://ex.org/p <_:t/.2>",
            "<_:t/.2> http://ex.org/q INTEGER 1", "<_:t/.2> http://ex.org/q DECIMAL 2.5",
            "<_:t/.2> http://ex.org/q FLOAT " + storage::Value(3.0).ToString(),
            "<_:t/.2> http://ex.org/q INTEGER -4", "<_:t/.2> http://ex.org/q DECIMAL 0.5",
            "<_:t/.3> http://ex.org/r BOOLEAN " + storage::Value(true).ToString(),
            "<http://ex.org/list> http://ex.org/p <_:t/.4>", "<_:t/.4> " + first + " INTEGER 1",
            "<_:t/.4> " + rest + " <_:t/.5>", "<_:t/.5> " + first + " <http://ex.org/o>",
            "<_:t/.5> " + rest + " <_:t/.6>", "<_:t/.6> " + first + " " + nil,
            "<_:t/.6> " + rest + " " + nil,
            "<http://ex.org/e.s~c> http://ex.org/%41b <http://ex.org/a:b>",
            "<http://base.org/a/b?q#frag> http://base.org/up <http://other.org/x>",
            "<http://ex.org/end> http://ex.org/p \"x\"@en-gb"));
  }
}

TEST(Turtle, ABadStatementSpoilsNoOther) {
  RecordingSink sink;
  const Imported imported = ImportBytes(
      "@prefix ex: <ex:> .\n"
      "ex:a ex:p ex:b .\n"
      "ex:a ex:p [ ex:q ex:b .\n"     // 3: bracket without end
      "ex:c ex:p 1, 2, nonsense .\n"  // 4: all of it, not a part
      "ex:d ex:p \"open .\n"          // 5
      "ex:e ex:p ex:f .\n"            //    goes with the line before: no dot in between
      "ex:g no:p ex:f .\n"            // 7
      "ex:h ex:p <rel> .\n"           // 8
      "ex:i ex:p ex:j .\n"
      "ex:k ex:p",  // 10
      Options("a.ttl"), sink);
  ASSERT_TRUE(imported.status.ok());
  EXPECT_THAT(sink.Facts(), testing::IsSupersetOf({"<ex:a> ex:p <ex:b>", "<ex:i> ex:p <ex:j>"}));
  EXPECT_THAT(imported.rejects, ElementsAre("3:23 syntax", "4:17 syntax", "5:11 syntax",
                                            "7:6 unknown-prefix", "8:11 syntax", "10:10 syntax"));
  for (const std::string& fact : sink.Facts()) EXPECT_FALSE(fact.starts_with("<ex:c>")) << fact;
}

TEST(Turtle, BoundsNesting) {
  for (const char* open : {"(", "[ <ex:p> "}) {
    std::string text = "<ex:s> <ex:p> ";
    for (int depth = 0; depth < 100'000; ++depth) text += open;
    text += " .\n<ex:s> <ex:p> <ex:o> .";
    RecordingSink sink;
    const Imported imported = ImportBytes(text, Options("a.ttl"), sink);
    ASSERT_EQ(imported.rejects.size(), 1u);
    EXPECT_TRUE(imported.rejects[0].ends_with(" nesting")) << imported.rejects[0];
    EXPECT_THAT(sink.Facts(), ElementsAre("<ex:s> ex:p <ex:o>"));
  }
}

TEST(Turtle, BoundsHugeStatements) {
  RecordingSink sink;
  const Imported imported =
      ImportBytes("<ex:s> <ex:p> <ex:a> .\n<ex:s> <ex:p> \"" + std::string(17 << 20, 'x') +
                      "\" .\n<ex:s> <ex:p> <ex:b> .\n",
                  Options("a.ttl"), sink);
  EXPECT_THAT(imported.rejects, ElementsAre("1:23 record-too-long"));
  EXPECT_THAT(sink.Facts(), ElementsAre("<ex:s> ex:p <ex:a>", "<ex:s> ex:p <ex:b>"));
}

TEST(TriG, ReadsGraphs) {
  RecordingSink sink;
  const Imported imported = ImportBytes(
      "@prefix ex: <ex:> .\n"
      "ex:s ex:p ex:default .\n"
      "ex:g1 { ex:s ex:p ex:a . ex:s ex:p ex:b }\n"
      "GRAPH _:g { ex:s ex:p [ ex:q \"}\" ] . }\n"
      "{ ex:s ex:p ex:c }\n"
      "[] { }\n",
      Options("a.trig"), sink);
  ASSERT_TRUE(imported.status.ok()) << imported.status;
  EXPECT_THAT(imported.rejects, IsEmpty());
  ASSERT_EQ(sink.statements.size(), 3u);
  EXPECT_THAT(sink.statements[0].facts,
              ElementsAre("<ex:s> ex:p <ex:c>", "<ex:s> ex:p <ex:default>"));
  EXPECT_EQ(sink.statements[1].document, "ex:g1");
  EXPECT_THAT(sink.statements[1].facts, ElementsAre("<ex:s> ex:p <ex:a>", "<ex:s> ex:p <ex:b>"));
  EXPECT_EQ(sink.statements[2].document, "_:a/g");
}

TEST(TriG, AGraphWithABadLabelGoesNowhere) {
  RecordingSink sink;
  const Imported imported = ImportBytes(
      "no:g { <ex:s> <ex:p> <ex:lost> . <ex:s> <ex:p> <ex:lost2> }\n<ex:g> { <ex:s> <ex:p> <ex:o> "
      "}\n<ex:h> { <ex:s> <ex:p> <ex:x>",
      Options("a.trig"), sink);
  EXPECT_THAT(sink.Facts(), ElementsAre("<ex:s> ex:p <ex:o>"));
  // The label, the two statements in its graph, and the graph without end.
  EXPECT_THAT(imported.rejects, ElementsAre("1:1 unknown-prefix", "1:8 syntax", "1:34 syntax",
                                            "3:30 syntax", "3:30 syntax"));
}

// --- The parts

TEST(RdfLexer, ResolvesReferencesAsRfc3986Has) {
  // RFC 3986, 5.4.
  const std::string base = "http://a/b/c/d;p?q";
  const std::pair<const char*, const char*> cases[] = {{"g:h", "g:h"},
                                                       {"g", "http://a/b/c/g"},
                                                       {"./g", "http://a/b/c/g"},
                                                       {"g/", "http://a/b/c/g/"},
                                                       {"/g", "http://a/g"},
                                                       {"//g", "http://g"},
                                                       {"?y", "http://a/b/c/d;p?y"},
                                                       {"g?y", "http://a/b/c/g?y"},
                                                       {"#s", "http://a/b/c/d;p?q#s"},
                                                       {"g#s", "http://a/b/c/g#s"},
                                                       {";x", "http://a/b/c/;x"},
                                                       {"", "http://a/b/c/d;p?q"},
                                                       {".", "http://a/b/c/"},
                                                       {"./", "http://a/b/c/"},
                                                       {"..", "http://a/b/"},
                                                       {"../", "http://a/b/"},
                                                       {"../g", "http://a/b/g"},
                                                       {"../..", "http://a/"},
                                                       {"../../g", "http://a/g"},
                                                       {"../../../g", "http://a/g"},
                                                       {"/./g", "http://a/g"},
                                                       {"/../g", "http://a/g"},
                                                       {"g.", "http://a/b/c/g."},
                                                       {"..g", "http://a/b/c/..g"},
                                                       {"./../g", "http://a/b/g"},
                                                       {"g/./h", "http://a/b/c/g/h"},
                                                       {"g/../h", "http://a/b/c/h"},
                                                       {"g?y/../x", "http://a/b/c/g?y/../x"}};
  for (const auto& [reference, expected] : cases) {
    EXPECT_EQ(ResolveIri(base, reference), expected) << reference;
  }
}

}  // namespace
}  // namespace sightline::server
