// The grammar is unambiguous on the corpus, and the fast mode gives the same trees as the full one.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "SLQLLexer.h"
#include "SLQLParser.h"
#include "tests/unit/query/parser/corpus.h"

namespace sightline::query {
namespace {

// Collects what ANTLR's ambiguity detection reports, and syntax errors.
class Reports : public antlr4::BaseErrorListener {
 public:
  void reportAmbiguity(antlr4::Parser* parser, const antlr4::dfa::DFA& dfa, size_t start,
                       size_t stop, bool, const antlrcpp::BitSet&,
                       antlr4::atn::ATNConfigSet*) override {
    auto* tokens = parser->getTokenStream();
    texts.push_back("ambiguous in " + parser->getRuleNames()[dfa.atnStartState->ruleIndex] + ": " +
                    tokens->getText(antlr4::misc::Interval(start, stop)));
  }
  void syntaxError(antlr4::Recognizer*, antlr4::Token*, size_t line, size_t column,
                   const std::string& message, std::exception_ptr) override {
    texts.push_back("error at " + std::to_string(line) + ":" + std::to_string(column) + " " +
                    message);
  }
  std::vector<std::string> texts;
};

std::string Tree(const std::string& text, antlr4::atn::PredictionMode mode, Reports* reports) {
  antlr4::ANTLRInputStream input(text);
  grammar::SLQLLexer lexer(&input);
  antlr4::CommonTokenStream tokens(&lexer);
  grammar::SLQLParser parser(&tokens);
  parser.removeErrorListeners();
  parser.addErrorListener(reports);
  parser.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(mode);
  return parser.script()->toStringTree(&parser);
}

TEST(Grammar, IsUnambiguousOnTheCorpus) {
  for (const CorpusText& text : Corpus()) {
    Reports reports;
    Tree(text.text, antlr4::atn::PredictionMode::LL_EXACT_AMBIG_DETECTION, &reports);
    EXPECT_TRUE(reports.texts.empty()) << text.name << ": " << reports.texts.front();
  }
}

TEST(Grammar, DetectionWouldReportAnAmbiguity) {
  Reports reports;
  // A pattern, or (a) less than minus minus (b). The pattern wins.
  Tree("RETURN (a)<--(b)", antlr4::atn::PredictionMode::LL_EXACT_AMBIG_DETECTION, &reports);
  EXPECT_FALSE(reports.texts.empty());
}

TEST(Grammar, SllGivesTheTreesOfLl) {
  for (const CorpusText& text : Corpus()) {
    Reports reports;
    EXPECT_EQ(Tree(text.text, antlr4::atn::PredictionMode::SLL, &reports),
              Tree(text.text, antlr4::atn::PredictionMode::LL, &reports))
        << text.name;
    EXPECT_TRUE(reports.texts.empty()) << text.name << ": " << reports.texts.front();
  }
}

}  // namespace
}  // namespace sightline::query
