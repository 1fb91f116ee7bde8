#include "query/parser/parser.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "query/parser/ast_builder.h"
#include "query/parser/nesting_guard.h"
#include "query/parser/repair.h"
#include "query/parser/source_text.h"
#include "query/parser/statement_parser.h"
#include "storage/base/utf8.h"

namespace sightline::query {
namespace {

Diagnostic MakeError(std::string code, std::string message, const SourceSpan& span,
                     std::string help) {
  Diagnostic diagnostic;
  diagnostic.code = std::move(code);
  diagnostic.message = std::move(message);
  diagnostic.span = span;
  diagnostic.help.push_back(std::move(help));
  return diagnostic;
}

// A span for a text that is not valid beyond `offset`.
SourceSpan SpanInValidPrefix(std::string_view text, size_t offset, size_t length) {
  SourceSpan span = SourceText(text.substr(0, offset)).SpanOfBytes(offset, offset);
  span.end += static_cast<uint32_t>(length);
  return span;
}

// Statements of one script. Each is bound and planned, however short it is.
constexpr size_t kStatementsMax = 10'000;

StatusOr<ast::Statement> ParseStatement(std::vector<std::unique_ptr<antlr4::Token>> tokens,
                                        const SourceText& source, const ParserLimits& limits,
                                        const Prefixes* prefixes) {
  StatementParser parser(std::move(tokens));
  grammar::SLQLParser::StatementContext* tree = parser.Parse(StatementParser::Mode::kSll);
  // SLL is the faster mode and in theory refuses some texts that LL takes.
  if (tree == nullptr) tree = parser.Parse(StatementParser::Mode::kLl);
  if (tree == nullptr) return ToStatus(ExplainSyntaxError(parser, source, limits));
  return BuildStatement(tree, source, limits.operators_max, prefixes);
}

void NoteDefinition(const ast::Statement& statement, Prefixes* prefixes) {
  if (const auto* define = std::get_if<ast::DefinePrefix>(&statement.node)) {
    prefixes->Define(define->name.text, define->iri);
  }
  const auto* drop = std::get_if<ast::DropDefinition>(&statement.node);
  if (drop != nullptr && drop->kind == ast::DropDefinition::Kind::kPrefix) {
    prefixes->Drop(drop->name.text);
  }
}

// Adds the statements to `*script`. Asks `broken` what to do of one that does not parse: its error
// ends the text.
template <typename Broken>
Status ParseInto(std::string_view text, const ParserLimits& limits, Prefixes* prefixes,
                 ast::Script* script, const Broken& broken) {
  if (text.size() > limits.text_bytes_max) {
    return ToStatus(MakeError("SL1000",
                              fmt::format("the text is too long: {} bytes, at most {} are allowed",
                                          text.size(), limits.text_bytes_max),
                              SourceSpan(),
                              "send it in several parts, and long lists as parameters"));
  }
  if (const size_t valid = storage::ValidUtf8Prefix(text); valid < text.size()) {
    return ToStatus(MakeError("SL1004",
                              fmt::format("the text is not valid UTF-8: byte 0x{:02X}",
                                          static_cast<unsigned char>(text[valid])),
                              SpanInValidPrefix(text, valid, 1), "save or send the text as UTF-8"));
  }

  const SourceText source(text);
  TokenReader reader(source.body());
  for (bool at_end = false; !at_end;) {
    NestingGuard guard;
    std::vector<std::unique_ptr<antlr4::Token>> tokens;
    while (true) {
      std::unique_ptr<antlr4::Token> token = reader.Next();
      const SourceSpan span = source.SpanOf(token->getStartIndex(), token->getStopIndex() + 1);
      if (token->getType() == grammar::SLQLLexer::SEMI || token->getType() == antlr4::Token::EOF) {
        at_end = token->getType() == antlr4::Token::EOF;
        break;
      }
      if (guard.Feed(token->getType()) > limits.nesting_max) {
        return ToStatus(MakeError(
            "SL1000",
            fmt::format("the query nests too deep: more than {} levels", limits.nesting_max), span,
            "split it with LET or WITH"));
      }
      if (tokens.size() >= limits.statement_tokens_max) {
        return ToStatus(
            MakeError("SL1000",
                      fmt::format("the statement is too long: more than {} words and signs",
                                  limits.statement_tokens_max),
                      span, "split it, and pass long lists as parameters"));
      }
      tokens.push_back(std::move(token));
    }
    if (tokens.empty()) continue;
    if (script->statements.size() >= kStatementsMax) {
      return ToStatus(MakeError(
          "SL1000", fmt::format("the script is too long: more than {} statements", kStatementsMax),
          source.SpanOf(tokens.front()->getStartIndex(), tokens.back()->getStopIndex() + 1),
          "send it in several parts"));
    }
    // The end stands directly behind the last word, wherever the semicolon is.
    auto end = std::make_unique<antlr4::CommonToken>(tokens.back().get());
    end->setType(antlr4::Token::EOF);
    end->setStartIndex(tokens.back()->getStopIndex() + 1);
    end->setStopIndex(tokens.back()->getStopIndex());
    end->setText("<EOF>");
    tokens.push_back(std::move(end));
    StatusOr<ast::Statement> statement =
        ParseStatement(std::move(tokens), source, limits, prefixes);
    if (!statement.ok()) {
      SL_RETURN_IF_ERROR(broken(statement.status()));
      continue;
    }
    if (prefixes != nullptr) NoteDefinition(*statement, prefixes);
    script->statements.push_back(*std::move(statement));
  }
  return OkStatus();
}

}  // namespace

StatusOr<ast::Script> Parse(std::string_view text, const ParserLimits& limits, Prefixes* prefixes) {
  ast::Script script;
  SL_RETURN_IF_ERROR(
      ParseInto(text, limits, prefixes, &script, [](const Status& status) { return status; }));
  return script;
}

ast::Script ParseWhatParses(std::string_view text, const ParserLimits& limits, Prefixes* prefixes,
                            std::vector<Diagnostic>* errors) {
  ast::Script script;
  size_t broken_count = 0;
  const auto note = [errors](const Status& status) {
    for (Diagnostic& diagnostic : DiagnosticsOf(status)) errors->push_back(std::move(diagnostic));
  };
  const Status end =
      ParseInto(text, limits, prefixes, &script, [&](const Status& status) -> Status {
        if (++broken_count == kBrokenStatementsMax) return status;
        note(status);
        return OkStatus();
      });
  if (!end.ok()) note(end);
  return script;
}

}  // namespace sightline::query
