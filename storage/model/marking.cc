#include "storage/model/marking.h"

#include <algorithm>
#include <array>
#include <utility>

#include "storage/base/utf8.h"

namespace sightline::storage {
namespace {

constexpr std::array<std::string_view, 5> kTlpNames = {"TLP:CLEAR", "TLP:GREEN", "TLP:AMBER",
                                                       "TLP:AMBER+STRICT", "TLP:RED"};

constexpr int kDepthMax = 64;

char AsciiUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool IsPlainTokenChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == ':' || c == '/';
}

}  // namespace

std::string_view TlpLabelName(TlpLabel label) {
  const size_t index = static_cast<size_t>(label);
  return index < kTlpNames.size() ? kTlpNames[index] : "";
}

std::optional<TlpLabel> ParseTlpLabel(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(), AsciiUpper);
  constexpr std::string_view kPrefix = "TLP:";
  if (!upper.starts_with(kPrefix)) upper.insert(0, kPrefix);
  if (upper == "TLP:WHITE") return TlpLabel::kClear;  // Its name in TLP 1.0.
  for (size_t i = 0; i < kTlpNames.size(); ++i) {
    if (kTlpNames[i] == upper) return static_cast<TlpLabel>(i);
  }
  return std::nullopt;
}

// A token, or the children joined by one operator.
struct AccessExpression::Node {
  enum class Kind : uint8_t { kToken, kAnd, kOr };
  Kind kind = Kind::kToken;
  std::string token;
  std::vector<Node> children;

  // Recursion is bounded: the parser lets no tree grow deeper than kDepthMax.
  bool IsSatisfiedBy(const std::set<std::string, std::less<>>& authorizations) const {
    const auto satisfied = [&](const Node& child) { return child.IsSatisfiedBy(authorizations); };
    switch (kind) {
      case Kind::kAnd:
        return std::all_of(children.begin(), children.end(), satisfied);
      case Kind::kOr:
        return std::any_of(children.begin(), children.end(), satisfied);
      case Kind::kToken:
        break;
    }
    return authorizations.contains(token);
  }
};

namespace {

// Recursive descent over
//   expression = term *( "&" term ) / term *( "|" term )
//   term       = token / "(" expression ")"
template <typename Node>
class AccessParser {
 public:
  explicit AccessParser(std::string_view text) : text_(text) {}

  StatusOr<Node> ParseAll() {
    SL_ASSIGN_OR_RETURN(Node node, ParseExpression(0));
    if (offset_ < text_.size()) return Refuse("an operator is missing here");
    return node;
  }

 private:
  using Kind = typename Node::Kind;

  Status Refuse(std::string_view reason) const {
    return InvalidArgument("The access expression does not parse at byte {}: {}", offset_, reason);
  }

  bool At(char c) const { return offset_ < text_.size() && text_[offset_] == c; }

  StatusOr<Node> ParseExpression(int depth) {
    SL_ASSIGN_OR_RETURN(Node first, ParseTerm(depth));
    if (!At('&') && !At('|')) return first;
    const char symbol = text_[offset_];
    Node joined;
    joined.kind = symbol == '&' ? Kind::kAnd : Kind::kOr;
    joined.children.push_back(std::move(first));
    while (At(symbol)) {
      ++offset_;
      SL_ASSIGN_OR_RETURN(Node next, ParseTerm(depth));
      joined.children.push_back(std::move(next));
    }
    if (At('&') || At('|')) return Refuse("& and | need parentheses where they mix");
    return joined;
  }

  StatusOr<Node> ParseTerm(int depth) {
    if (At('(')) {
      if (depth == kDepthMax) return Refuse("nested deeper than 64");
      ++offset_;
      SL_ASSIGN_OR_RETURN(Node inner, ParseExpression(depth + 1));
      if (!At(')')) return Refuse("a closing parenthesis is missing here");
      ++offset_;
      return inner;
    }
    if (At('"')) return ParseQuotedToken();
    const size_t begin = offset_;
    while (offset_ < text_.size() && IsPlainTokenChar(text_[offset_])) ++offset_;
    if (offset_ == begin) return Refuse("a token is missing here");
    Node node;
    node.token = std::string(text_.substr(begin, offset_ - begin));
    return node;
  }

  StatusOr<Node> ParseQuotedToken() {
    ++offset_;  // The opening quote.
    Node node;
    while (!At('"')) {
      if (offset_ == text_.size()) return Refuse("the closing quote is missing");
      if (At('\\')) {
        ++offset_;
        if (!At('"') && !At('\\')) return Refuse("only \\\" and \\\\ are escapes");
      }
      const size_t begin = offset_;
      size_t end = offset_;
      const char32_t code_point = NextCodePoint(text_, &end);
      if (code_point < 0x20 || code_point == 0x7F) return Refuse("a control character");
      if (code_point == kReplacementCharacter && !IsValidUtf8(text_.substr(begin, end - begin))) {
        return Refuse("not UTF-8");
      }
      node.token.append(text_.substr(begin, end - begin));
      offset_ = end;
    }
    if (node.token.empty()) return Refuse("an empty token");
    ++offset_;  // The closing quote.
    return node;
  }

  const std::string_view text_;
  size_t offset_ = 0;
};

}  // namespace

StatusOr<AccessExpression> AccessExpression::Parse(std::string_view text) {
  AccessExpression expression;
  if (text.empty()) return expression;
  SL_ASSIGN_OR_RETURN(Node root, AccessParser<Node>(text).ParseAll());
  expression.root_ = std::make_shared<const Node>(std::move(root));
  return expression;
}

bool AccessExpression::IsSatisfiedBy(
    const std::set<std::string, std::less<>>& authorizations) const {
  return root_ == nullptr || root_->IsSatisfiedBy(authorizations);
}

bool IsReleasableToEach(const Marking& marking, const std::vector<std::string>& parties) {
  if (parties.empty()) return true;
  const StatusOr<AccessExpression> access = AccessExpression::Parse(marking.access);
  return access.ok() && std::all_of(parties.begin(), parties.end(), [&](const std::string& party) {
           return access->IsSatisfiedBy({party});
         });
}

Marking JoinOf(const Marking& a, const Marking& b) {
  Marking joined{std::max(a.tlp, b.tlp), a.access};
  if (a.access.empty() || a.access == b.access) {
    joined.access = b.access;
  } else if (!b.access.empty()) {
    joined.access = "(" + a.access + ")&(" + b.access + ")";
  }
  return joined;
}

Clearance Clearance::Unrestricted() {
  Clearance clearance;
  clearance.tlp_max = TlpLabel::kRed;
  clearance.unrestricted = true;
  return clearance;
}

bool Clearance::Permits(const Marking& marking) const {
  if (unrestricted) return true;
  if (marking.tlp > tlp_max) return false;
  const StatusOr<AccessExpression> access = AccessExpression::Parse(marking.access);
  // Refused on write; found in the store all the same, it is visible to nobody.
  return access.ok() && access->IsSatisfiedBy(authorizations);
}

}  // namespace sightline::storage
