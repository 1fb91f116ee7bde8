#include "query/parser/statement_parser.h"

#include <exception>
#include <string>
#include <utility>

namespace sightline::query {
namespace {

// Gives the tokens that it was given.
class TokenList : public antlr4::TokenSource {
 public:
  explicit TokenList(std::vector<std::unique_ptr<antlr4::Token>> tokens)
      : tokens_(std::move(tokens)), input_(tokens_.back()->getInputStream()) {}

  std::unique_ptr<antlr4::Token> nextToken() override { return std::move(tokens_[next_++]); }
  // The stream asks for none of these.
  size_t getLine() const override { return 0; }
  size_t getCharPositionInLine() override { return 0; }
  antlr4::CharStream* getInputStream() override { return input_; }
  std::string getSourceName() override { return "query"; }
  antlr4::TokenFactory<antlr4::CommonToken>* getTokenFactory() override {
    return antlr4::CommonTokenFactory::DEFAULT.get();
  }

 private:
  std::vector<std::unique_ptr<antlr4::Token>> tokens_;
  antlr4::CharStream* input_;
  size_t next_ = 0;
};

// Stops at the first bad token and remembers it.
class FirstError : public antlr4::DefaultErrorStrategy {
 public:
  void reportError(antlr4::Parser*, const antlr4::RecognitionException&) override {}
  void sync(antlr4::Parser*) override {}
  antlr4::Token* recoverInline(antlr4::Parser* parser) override {
    bad_token_ = parser->getCurrentToken()->getTokenIndex();
    throw antlr4::ParseCancellationException();
  }
  void recover(antlr4::Parser*, std::exception_ptr error) override {
    try {
      std::rethrow_exception(error);
    } catch (const antlr4::RecognitionException& recognition) {
      bad_token_ = recognition.getOffendingToken()->getTokenIndex();
    }
    throw antlr4::ParseCancellationException();
  }

  size_t bad_token() const { return bad_token_; }

 private:
  size_t bad_token_ = 0;
};

}  // namespace

TokenReader::TokenReader(std::string_view text) : input_(std::string(text)), lexer_(&input_) {
  lexer_.removeErrorListeners();
}

std::unique_ptr<antlr4::Token> TokenReader::Next() {
  while (true) {
    std::unique_ptr<antlr4::Token> token = lexer_.nextToken();
    if (token->getChannel() == antlr4::Token::DEFAULT_CHANNEL) return token;
  }
}

struct StatementParser::State {
  explicit State(std::vector<std::unique_ptr<antlr4::Token>> tokens)
      : source(std::move(tokens)), stream(&source), parser(&stream) {
    parser.removeErrorListeners();
    parser.setErrorHandler(errors);
    stream.fill();
  }

  TokenList source;
  antlr4::CommonTokenStream stream;
  grammar::SLQLParser parser;
  std::shared_ptr<FirstError> errors = std::make_shared<FirstError>();
};

StatementParser::StatementParser(std::vector<std::unique_ptr<antlr4::Token>> tokens)
    : state_(std::make_unique<State>(std::move(tokens))) {}
StatementParser::~StatementParser() = default;

grammar::SLQLParser::StatementContext* StatementParser::Parse(Mode mode) {
  state_->parser.reset();
  state_->parser.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(
      mode == Mode::kSll ? antlr4::atn::PredictionMode::SLL : antlr4::atn::PredictionMode::LL);
  try {
    return state_->parser.singleStatement()->statement();
  } catch (const antlr4::ParseCancellationException&) {
    return nullptr;
  }
}

size_t StatementParser::bad_token() const { return state_->errors->bad_token(); }
size_t StatementParser::token_count() const { return state_->stream.size(); }
const antlr4::Token& StatementParser::token(size_t index) const {
  return *state_->stream.get(index);
}

}  // namespace sightline::query
