// Texts that are meant to break the parser: each gets a clear error, fast, without a crash.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "query/ast/printer.h"
#include "query/parser/parser.h"

namespace sightline::query {
namespace {

// Many times what these texts take, for a debug build on a busy machine.
constexpr std::chrono::seconds kTimeMax(20);

// AddressSanitizer makes frames several times as large.
#if defined(__SANITIZE_ADDRESS__)
constexpr size_t kSmallStackBytes = 32 << 20;
#else
constexpr size_t kSmallStackBytes = 4 << 20;
#endif

// Runs `work` on a thread whose stack is 4 MiB, half of the usual one.
void OnSmallStack(std::function<void()> work) {
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, kSmallStackBytes), 0);
  pthread_t thread;
  const auto run = [](void* argument) -> void* {
    (*static_cast<std::function<void()>*>(argument))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, &work), 0);
  ASSERT_EQ(pthread_join(thread, nullptr), 0);
  pthread_attr_destroy(&attributes);
}

// The code of the error; "" when the text parses. Parses on a small stack, and prints what it gets.
std::string CodeOf(const std::string& text, const ParserLimits& limits = {}) {
  std::string code;
  const auto begin = std::chrono::steady_clock::now();
  OnSmallStack([&] {
    const StatusOr<ast::Script> script = Parse(text, limits);
    if (script.ok()) {
      EXPECT_FALSE(ast::Print(*script).empty() && !script->statements.empty());
      return;
    }
    const std::vector<Diagnostic> diagnostics = DiagnosticsOf(script.status());
    ASSERT_EQ(diagnostics.size(), 1u);
    code = diagnostics[0].code;
    EXPECT_LE(Render(diagnostics[0], text).size(), 2000u);
    EXPECT_LE(diagnostics[0].span.begin, text.size());
  });
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kTimeMax) << text.substr(0, 80);
  return code;
}

std::string Repeat(std::string_view part, size_t count) {
  std::string text;
  text.reserve(part.size() * count);
  for (size_t i = 0; i < count; ++i) text += part;
  return text;
}

constexpr size_t kMillion = 1'000'000;
// Lets the depth and not the length be the trouble.
ParserLimits Roomy() {
  ParserLimits limits;
  limits.text_bytes_max = 64 << 20;
  return limits;
}

TEST(HostileText, EmptyTextIsAnEmptyScript) {
  for (const char* text :
       {"", " \n\t ", "// nothing", "/* nothing */", ";", " ; ;; ", "\xEF\xBB\xBF"}) {
    const StatusOr<ast::Script> script = Parse(text);
    ASSERT_TRUE(script.ok()) << text;
    EXPECT_TRUE(script->statements.empty()) << text;
  }
}

TEST(HostileText, ByteOrderMarkIsSkippedAndCountedInPlaces) {
  const StatusOr<ast::Script> script = Parse("\xEF\xBB\xBFMATCH (c) RETURN c");
  ASSERT_TRUE(script.ok()) << script.status();
  EXPECT_EQ(script->statements[0].span, (SourceSpan{3, 21, 1, 1}));
}

TEST(HostileText, MalformedUtf8IsRefusedWithItsPlace) {
  const std::vector<std::string> sequences = {
      "\x80",              // A continuation without a lead.
      "\xC0\xAF",          // Overlong.
      "\xED\xA0\x80",      // A surrogate.
      "\xF4\x90\x80\x80",  // Beyond U+10FFFF.
      "\xE6\xB5",          // Cut off.
      "\xFF",
  };
  for (const std::string& sequence : sequences) {
    const StatusOr<ast::Script> script = Parse("MATCH (к)\nRETURN '" + sequence);
    ASSERT_FALSE(script.ok());
    const std::vector<Diagnostic> diagnostics = DiagnosticsOf(script.status());
    ASSERT_EQ(diagnostics.size(), 1u);
    EXPECT_EQ(diagnostics[0].code, "SL1004");
    EXPECT_EQ(diagnostics[0].span, (SourceSpan{19, 20, 2, 9}));
  }
}

TEST(HostileText, ControlCharactersAreNamedNotPrinted) {
  for (char control : {'\0', '\x01', '\x1B', '\x7F'}) {
    const std::string text = std::string("MATCH (c) ") + control + " RETURN c";
    const StatusOr<ast::Script> script = Parse(text);
    ASSERT_FALSE(script.ok());
    const std::vector<Diagnostic> diagnostics = DiagnosticsOf(script.status());
    ASSERT_EQ(diagnostics.size(), 1u);
    EXPECT_EQ(diagnostics[0].code, "SL1001");
    EXPECT_EQ(diagnostics[0].message.find(control), std::string::npos);
    EXPECT_EQ(Render(diagnostics[0], text).find(control), std::string::npos);
  }
}

TEST(HostileText, TheLengthLimitIsExact) {
  const ParserLimits limits;
  std::string text = "RETURN 1 //";
  text.resize(limits.text_bytes_max, 'x');
  EXPECT_EQ(CodeOf(text), "");
  text += 'x';
  EXPECT_EQ(CodeOf(text), "SL1000");
}

TEST(HostileText, AMillionBracketsOfEachSort) {
  EXPECT_EQ(CodeOf(Repeat("(", kMillion), Roomy()), "SL1000");
  EXPECT_EQ(CodeOf(Repeat("[", kMillion), Roomy()), "SL1000");
  EXPECT_EQ(CodeOf(Repeat("{", kMillion), Roomy()), "SL1000");
  for (const char* part :
       {"RETURN (", "RETURN [", "RETURN {a: ", "MATCH ((", "RETURN f(", "RETURN x[", "RETURN CASE ",
        "RETURN CASE WHEN ", "EXISTS { MATCH (a) WHERE EXISTS {", "MATCH (a:(", "RETURN [x IN [",
        "RETURN all(x IN "}) {
    const std::string_view word(part);
    const size_t repeated = word.find_last_of(' ') + 1;
    const std::string text =
        std::string(word) +
        Repeat(repeated < word.size() ? word.substr(repeated) : word, kMillion / 10);
    EXPECT_EQ(CodeOf(text, Roomy()), "SL1000") << part;
  }
  EXPECT_NE(CodeOf(Repeat(")", kMillion), Roomy()), "");
  EXPECT_NE(CodeOf(Repeat("]", kMillion), Roomy()), "");
  EXPECT_NE(CodeOf(Repeat("}", kMillion), Roomy()), "");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("CASE ", kMillion), Roomy()), "SL1000");
}

TEST(HostileText, AMillionPrefixes) {
  EXPECT_EQ(CodeOf("RETURN " + Repeat("NOT ", kMillion) + "TRUE", Roomy()), "SL1000");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("- ", kMillion) + "1", Roomy()), "SL1000");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("+", kMillion) + "1", Roomy()), "SL1000");
  EXPECT_EQ(CodeOf("MATCH (x:" + Repeat("!", kMillion) + "A)", Roomy()), "SL1000");
  // Never two NOTs in a row, and nested all the same.
  EXPECT_EQ(CodeOf("RETURN 1" + Repeat(" = NOT 1", kMillion), Roomy()), "SL1000");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("-(", kMillion), Roomy()), "SL1000");
}

TEST(HostileText, AMillionOperands) {
  EXPECT_EQ(CodeOf("RETURN TRUE" + Repeat(" AND TRUE", kMillion), Roomy()), "SL1000");
  EXPECT_EQ(CodeOf("RETURN 1" + Repeat(" + 1", kMillion), Roomy()), "SL1000");
  EXPECT_EQ(CodeOf("RETURN [1" + Repeat(", 1", kMillion) + "]", Roomy()), "SL1000");
}

TEST(HostileText, LongChainsBelowTheLimitsParseOnASmallStack) {
  const ParserLimits limits;
  EXPECT_EQ(CodeOf("RETURN TRUE" + Repeat(" AND NOT FALSE", 5'000)), "");
  EXPECT_EQ(CodeOf("RETURN TRUE" + Repeat(" OR TRUE AND TRUE", 3'000)), "");
  for (const char* link :
       {" + 1", " * 1", ".a", "[0]", " IS NULL", " ^ 1", " = 1", " IN 1", ":A.b"}) {
    const size_t links =
        std::string_view(link) == ":A.b" ? limits.operators_max / 2 : limits.operators_max;
    EXPECT_EQ(CodeOf("RETURN x" + Repeat(link, links)), "") << link;
    EXPECT_EQ(CodeOf("RETURN x" + Repeat(link, limits.operators_max + 1)), "SL1000") << link;
  }
  EXPECT_EQ(CodeOf("MATCH ()" + Repeat("-->()", 5'000) + " RETURN 1"), "");
  EXPECT_EQ(CodeOf("MATCH ()" + Repeat(", ()", 10'000) + " RETURN 1"), "");
  EXPECT_EQ(CodeOf("MATCH (x:A" + Repeat("|A", 900) + ") RETURN 1"), "");
  EXPECT_EQ(CodeOf("RETURN 1" + Repeat(" UNION RETURN 1", 5'000)), "");
  EXPECT_EQ(CodeOf(Repeat("MATCH (a) ", 5'000) + "RETURN a"), "");
  EXPECT_EQ(CodeOf(Repeat("RETURN 1;", 10'000)), "");
}

TEST(HostileText, TheDeepestNestingAllowedParsesOnASmallStack) {
  const ParserLimits limits;
  const size_t depth = limits.nesting_max;
  // The last level's content needs none of its own.
  EXPECT_EQ(CodeOf("RETURN " + Repeat("(", depth) + "1" + Repeat(")", depth)), "");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("(", depth + 1) + "1" + Repeat(")", depth + 1)), "SL1000");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("[", depth) + Repeat("]", depth)), "");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("{a: ", depth) + "1" + Repeat("}", depth)), "");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("NOT ", depth) + "TRUE"), "");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("- ", depth) + "x"), "");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("CASE WHEN ", depth) + "1" + Repeat(" THEN 1 END", depth)),
            "");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("f(", depth) + "1" + Repeat(")", depth)), "");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("[x IN ", depth) + "1" + Repeat("]", depth)), "");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("[x IN y WHERE ", depth) + "1" + Repeat("]", depth)), "");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("[y, x IN ", depth) + "1" + Repeat("]", depth)), "");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("EXISTS { MATCH (x) WHERE ", depth - 1) + "1" +
                   Repeat("}", depth - 1)),
            "");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("x[", depth) + "1" + Repeat("]", depth)), "");
  EXPECT_EQ(CodeOf("MATCH (x:" + Repeat("(", depth - 1) + "A" + Repeat(")", depth - 1) + ")"), "");
  EXPECT_EQ(CodeOf("MATCH " + Repeat("(", depth) + Repeat(")", depth)), "");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("(x {a: ", depth / 2) + "1" + Repeat("})-->()", depth / 2)),
            "");
  EXPECT_EQ(
      CodeOf("RETURN " + Repeat("[(a)-->() WHERE ", depth - 2) + "1" + Repeat(" | 1]", depth - 2)),
      "");
  // Every level of precedence between one bracket and the next.
  EXPECT_EQ(CodeOf("RETURN " + Repeat("1 OR 1 XOR 1 AND 1 = 1 + 1 * 1 ^ (", depth) + "1" +
                   Repeat(")", depth)),
            "");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("1 OR 1 XOR 1 AND NOT 1 = 1 + 1 * 1 ^ - (", depth / 3) + "1" +
                   Repeat(")", depth / 3)),
            "");
}

TEST(HostileText, DeepTextsWithLongInsidesAreReadOnce) {
  const size_t depth = 190;
  const std::string list = "[1" + Repeat(", 1", 3'000) + "]";
  for (const char* opener :
       {"[x IN ", "[y, x IN ", "all(x IN ", "(", "f(", "[", "{a: ", "x[", "CASE WHEN "}) {
    const std::string_view word(opener);
    const std::string closer = word.find('[') != word.npos ? "]"
                               : word.starts_with('{')     ? "}"
                               : word.starts_with("CASE")  ? " THEN 1 END"
                                                           : ")";
    EXPECT_EQ(CodeOf("RETURN " + Repeat(word, depth) + list + Repeat(closer, depth)), "") << opener;
    EXPECT_EQ(CodeOf("RETURN " + Repeat(word, depth) + list + Repeat(closer, depth - 1)), "SL1003")
        << opener;
  }
}

TEST(HostileText, ManyNegationsSideBySideAreNotDeep) {
  EXPECT_EQ(CodeOf("RETURN TRUE" + Repeat(" AND NOT x.a", 2'000)), "");
  EXPECT_EQ(CodeOf("MATCH (x)" + Repeat(" FILTER NOT x.a", 2'000) + " RETURN x"), "");
  EXPECT_EQ(CodeOf("MATCH (x) RETURN NOT x.a" + Repeat(", -x.a, NOT x.b", 1'000)), "");
  EXPECT_EQ(CodeOf("RETURN 1" + Repeat(" + -(1)", 500)), "");
}

TEST(HostileText, ErrorsInLongTextsAreFoundFast) {
  // The end is wrong, so that every candidate of a repair would read it all.
  EXPECT_EQ(CodeOf("RETURN [1" + Repeat(", 1", 30'000) + "] RETRUN"), "SL1003");
  EXPECT_EQ(CodeOf("MATCH (a)" + Repeat(" MATCH (a)", 1'000) + " RETRUN a b c"), "SL1003");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("(", 150) + Repeat("RETRUN ", 2'000)), "SL1003");
  EXPECT_EQ(CodeOf(Repeat("“", 100'000)), "SL1001");
  EXPECT_EQ(CodeOf("RETURN " + Repeat("x ", 100'000)), "SL1003");
  EXPECT_EQ(CodeOf(std::string(1 << 20, 'x')), "SL1003");
  EXPECT_EQ(CodeOf("RETURN " + std::string(500'000, '9')), "SL1005");
  EXPECT_EQ(CodeOf("RETURN 1e" + std::string(500'000, '9')), "SL1005");
}

TEST(HostileText, UnterminatedEverything) {
  const size_t half = 1 << 19;
  for (const char* opener : {"'", "\"", "`", "/*", "#`", "'\\", "$`"}) {
    const std::string code =
        CodeOf(std::string("MATCH (c) RETURN ") + opener + std::string(half, 'x'));
    EXPECT_TRUE(code == "SL1002" || code == "SL1001") << opener << " " << code;
  }
  EXPECT_EQ(CodeOf("MATCH (c) RETURN /*" + Repeat("*", half)), "SL1002");
  EXPECT_EQ(CodeOf("MATCH (c) RETURN '" + Repeat("\\'", half / 2)), "SL1002");
}

TEST(HostileText, EveryPrefixOfAQueryIsAnsweredWithoutACrash) {
  const std::string query =
      "AS KNOWN AT 2024-04-10 MATCH p = SHORTEST 3 (a:Company {name: 'x', share: <~ 70 "
      "'%'})-[r:owns*..6 @st]->"
      "(#`Q42:x`) WHERE a.name =~ \"y\" AND NOT EXISTS { (a)-->(b) } RETURN CASE WHEN a.x THEN [1, "
      "2][..1] END "
      "AS n ORDER BY n DESC LIMIT 5";
  ASSERT_EQ(CodeOf(query), "");
  for (size_t length = 0; length < query.size(); ++length) CodeOf(query.substr(0, length));
  for (size_t at = 0; at < query.size(); ++at) CodeOf(query.substr(0, at) + query.substr(at + 1));
}

TEST(HostileText, ThreadsShareTheParserSafely) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      for (int k = 0; k < 50; ++k) {
        const std::string name = "n" + std::to_string(i * 100 + k);
        const StatusOr<ast::Script> script = Parse("MATCH (" + name + ":A)-->(b) RETURN " + name);
        ASSERT_TRUE(script.ok());
        EXPECT_EQ(ast::Print(*script), "MATCH (" + name + ":A)-[]->(b) RETURN " + name + ";\n");
        EXPECT_FALSE(Parse("MATCH (" + name + " RETRUN x").ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace sightline::query
