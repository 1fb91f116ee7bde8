#include "tests/reference/late_parameters.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "query/parser/syntax_tokens.h"

namespace sightline::reference {
namespace {

using query::Datum;
using query::SyntaxToken;
using query::TokenClass;

class Rewriter {
 public:
  Rewriter(const std::string& text, test::TestStore* store)
      : text_(text), tokens_(query::SyntaxTokensOf(text)), view_(store->View()) {}

  LateQuery Run() {
    LateQuery query;
    size_t copied = 0;
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (!IsOperand(i)) continue;
      const std::optional<Datum> value = ValueOf(i);
      if (!value) continue;
      const std::string name = "p" + std::to_string(query.values.size());
      query.text += text_.substr(copied, tokens_[i].begin - copied) + "$" + name;
      copied = tokens_[i].end;
      query.values.emplace(name, *value);
      query.others.emplace(name, OtherThan(*value));
    }
    query.text += text_.substr(copied);
    return query;
  }

 private:
  std::string_view Word(size_t token) const {
    return std::string_view(text_).substr(tokens_[token].begin,
                                          tokens_[token].end - tokens_[token].begin);
  }

  // Whether an expression stands there, which is nothing but the literal: x = 3, {staff: 3}.
  bool IsOperand(size_t token) const {
    static const std::set<std::string_view> kBefore = {"=", "<>", "<", ">", "<=", ">=", "NAMED"};
    if (token == 0) return false;
    if (kBefore.contains(Word(token - 1))) return true;
    return token >= 3 && Word(token - 1) == ":" && Word(token - 3) == "{";
  }

  std::optional<Datum> ValueOf(size_t token) const {
    const std::string_view word = Word(token);
    switch (tokens_[token].token_class) {
      case TokenClass::kText:
        if (word.find('\\') != std::string_view::npos || word.size() < 2) return std::nullopt;
        return Datum::OfText(std::string(word.substr(1, word.size() - 2)));
      case TokenClass::kNumber: {
        const bool is_whole = word.size() < 10 && std::all_of(word.begin(), word.end(), [](char c) {
                                return c >= '0' && c <= '9';
                              });
        // 3 USD, 3 %
        const bool has_unit =
            token + 1 < tokens_.size() && (Word(token + 1) == "%" || Word(token + 1) == "USD" ||
                                           tokens_[token + 1].token_class == TokenClass::kName);
        if (!is_whole || has_unit) return std::nullopt;
        return Datum::OfInteger(std::stoll(std::string(word)));
      }
      case TokenClass::kEntity: {
        const auto node = test::OrThrow(view_->FindNode(word.substr(1)));
        return node ? std::optional(Datum::OfNode(*node)) : std::nullopt;
      }
      default:
        return std::nullopt;
    }
  }

  // Another value that the text names, or one that nothing has.
  Datum OtherThan(const Datum& value) const {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      const std::optional<Datum> other = ValueOf(i);
      if (!other || other->node().is_none() != value.node().is_none()) continue;
      if (other->node().is_statement() != value.node().is_statement()) continue;
      if (!value.node().is_none() && other->node() != value.node()) return *other;
    }
    if (!value.node().is_none()) return value;
    if (const int64_t* number = value.value()->get_if<int64_t>()) {
      return Datum::OfInteger(*number + 1);
    }
    return Datum::OfText(value.value()->get_if<storage::Text>()->text == "name 1" ? "name 2"
                                                                                  : "name 1");
  }

  const std::string& text_;
  const std::vector<SyntaxToken> tokens_;
  const std::shared_ptr<const storage::ReadView> view_;
};

}  // namespace

LateQuery WithLateParameters(const std::string& text, test::TestStore* store) {
  return Rewriter(text, store).Run();
}

}  // namespace sightline::reference
