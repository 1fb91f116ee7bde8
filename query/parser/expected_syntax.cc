#include "query/parser/expected_syntax.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>

#include "SLQLLexer.h"
#include "SLQLParser.h"
#include "query/parser/source_text.h"

namespace sightline::query {
namespace {

using antlr4::atn::ATN;
using antlr4::atn::ATNState;
using antlr4::atn::PrecedencePredicateTransition;
using antlr4::atn::RuleTransition;
using antlr4::atn::Transition;
using grammar::SLQLLexer;
using grammar::SLQLParser;

// A statement of more tokens is not completed: whoever writes it does so with a program.
constexpr size_t kTokensMax = 4'000;

std::string Upper(std::string_view word) {
  std::string upper(word);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

// --- Tokens

bool IsKeyword(size_t type) { return type >= SLQLLexer::K_AND && type <= SLQLLexer::K_YIELD; }
bool IsReserved(size_t type) { return type >= SLQLLexer::K_AND && type <= SLQLLexer::K_XOR; }
bool IsSign(size_t type) { return type >= SLQLLexer::LPAREN && type <= SLQLLexer::CARET; }

SyntaxKind KindOf(size_t type, std::string_view text) {
  if (IsReserved(type)) return SyntaxKind::kKeyword;
  if (IsKeyword(type)) return SyntaxKind::kWord;
  if (IsSign(type)) return SyntaxKind::kSign;
  switch (type) {
    case SLQLLexer::NAME:
    case SLQLLexer::CURRENCY:
      return SyntaxKind::kWord;
    case SLQLLexer::QUOTED:
      return SyntaxKind::kQuotedWord;
    case SLQLLexer::UNTERMINATED_NAME:
      return text.starts_with('#') ? SyntaxKind::kId : SyntaxKind::kQuotedWord;
    case SLQLLexer::STRING:
    case SLQLLexer::UNTERMINATED_STRING:
      return SyntaxKind::kText;
    case SLQLLexer::ID:
      return SyntaxKind::kId;
    case SLQLLexer::PARAM:
      return SyntaxKind::kParameter;
    case SLQLLexer::ATNAME:
      return SyntaxKind::kAtName;
    case SLQLLexer::INTEGER:
    case SLQLLexer::FLOAT:
    case SLQLLexer::SCALED:
    case SLQLLexer::TEMPORAL:
      return SyntaxKind::kNumber;
    case SLQLLexer::UNKNOWN_CHAR:
      // Their beginnings.
      if (text == "#") return SyntaxKind::kId;
      if (text == "$") return SyntaxKind::kParameter;
      if (text == "@") return SyntaxKind::kAtName;
      return SyntaxKind::kOther;
    default:
      return SyntaxKind::kOther;
  }
}

// Without quotes and the sign in front. Escapes stay: the text is only compared and shown again.
std::string ContentOf(SyntaxKind kind, std::string_view text) {
  if (kind == SyntaxKind::kId || kind == SyntaxKind::kParameter || kind == SyntaxKind::kAtName) {
    if (!text.empty()) text.remove_prefix(1);
    if (text.starts_with('`')) {
      text.remove_prefix(1);
      if (text.ends_with('`')) text.remove_suffix(1);
    }
    return std::string(text);
  }
  if (kind == SyntaxKind::kText || kind == SyntaxKind::kQuotedWord) {
    const char quote = text.empty() ? '"' : text.front();
    if (!text.empty()) text.remove_prefix(1);
    if (text.ends_with(quote)) text.remove_suffix(1);
  }
  return std::string(text);
}

struct LexedToken {
  size_t type = 0;
  PlacedToken placed;
};

// --- The walk over the network

class GrammarWalk {
 public:
  GrammarWalk() : input_(""), lexer_(&input_), stream_(&lexer_), parser_(&stream_) { Restart(); }

  // Takes the token; whether some reading lives on. When none does, nothing has changed.
  bool Feed(size_t type, std::set<SyntaxRole>* roles);
  // Takes what could stand between here and there as read, then the token.
  bool FeedBehindMissing(size_t type, std::set<SyntaxRole>* roles);
  // As at the beginning of a statement.
  void Restart();

  void Expected(ExpectedSyntax* expected) const;

 private:
  // An activation of a rule that began at some token; `callers` are where it returns to.
  struct Node {
    size_t rule = 0;
    int precedence = 0;
    size_t begin = 0;
    bool is_empty = false;  // A reading of it that takes no token is complete.
    std::vector<std::pair<const ATNState*, uint32_t>> callers{};
  };
  struct Item {
    const ATNState* state = nullptr;
    uint32_t node = 0;
  };
  // All readings at one place.
  struct Front {
    std::vector<Item> items;  // Those that take a token.
    std::unordered_set<uint64_t> seen;
    std::vector<uint32_t> nodes;  // That begin here.
  };

  void Add(Front* front, const ATNState* state, uint32_t node);
  void Call(Front* front, const RuleTransition& call, uint32_t node);
  void AddRoles(size_t type, const Item& item, std::set<SyntaxRole>* roles) const;
  void AddNameRoles(const Item& item, std::set<SyntaxRole>* roles) const;
  // The activations above `node`, behind those of `passed` rules: with where they go on.
  using Above = std::vector<std::pair<const ATNState*, uint32_t>>;
  Above AboveOf(const Item& item, const std::set<size_t>& passed) const;
  void AddRolesOfVariable(const Above& above, std::set<SyntaxRole>* roles) const;
  void AddRolesOfClass(const Above& above, std::set<SyntaxRole>* roles) const;
  void AddRolesOfKey(const Above& above, std::set<SyntaxRole>* roles) const;
  static bool Takes(const ATNState& state, size_t type);
  std::string PhraseOf(size_t type, const ATNState* behind) const;
  std::string WordOf(size_t type) const;
  const ATN& atn() const { return parser_.getATN(); }
  size_t RuleOf(uint32_t node) const { return nodes_[node].rule; }

  antlr4::ANTLRInputStream input_;
  SLQLLexer lexer_;
  antlr4::CommonTokenStream stream_;
  SLQLParser parser_;
  std::vector<Node> nodes_;
  Front front_;
  size_t place_ = 0;
};

void GrammarWalk::Restart() {
  ++place_;
  front_ = {};
  nodes_.push_back({.rule = SLQLParser::RuleStatement, .begin = place_});
  const auto root = static_cast<uint32_t>(nodes_.size() - 1);
  Add(&front_, atn().ruleToStartState[SLQLParser::RuleStatement], root);
}

void GrammarWalk::Add(Front* front, const ATNState* first, uint32_t first_node) {
  std::vector<Item> waiting = {{first, first_node}};
  while (!waiting.empty()) {
    const Item item = waiting.back();
    waiting.pop_back();
    const uint64_t key = uint64_t{item.node} << 32 | item.state->stateNumber;
    if (!front->seen.insert(key).second) continue;
    if (const_cast<ATNState*>(item.state)->getStateType() == ATNState::RULE_STOP) {
      Node& node = nodes_[item.node];
      if (node.begin == place_) node.is_empty = true;
      for (const auto& [behind, caller] : node.callers) waiting.push_back({behind, caller});
      continue;
    }
    bool takes_token = false;
    for (const Transition* transition : item.state->transitions) {
      switch (transition->getSerializationType()) {
        case Transition::RULE: {
          const auto& call = static_cast<const RuleTransition&>(*transition);
          const auto same =
              std::find_if(front->nodes.begin(), front->nodes.end(), [&](uint32_t node) {
                return nodes_[node].rule == call.ruleIndex &&
                       nodes_[node].precedence == call.precedence;
              });
          uint32_t callee = 0;
          if (same != front->nodes.end()) {
            callee = *same;
          } else {
            callee = static_cast<uint32_t>(nodes_.size());
            nodes_.push_back(
                {.rule = call.ruleIndex, .precedence = call.precedence, .begin = place_});
            front->nodes.push_back(callee);
            waiting.push_back({call.target, callee});
          }
          nodes_[callee].callers.emplace_back(call.followState, item.node);
          if (nodes_[callee].is_empty) waiting.push_back({call.followState, item.node});
          break;
        }
        case Transition::PRECEDENCE: {
          const auto& condition = static_cast<const PrecedencePredicateTransition&>(*transition);
          if (condition.precedence >= nodes_[item.node].precedence) {
            waiting.push_back({transition->target, item.node});
          }
          break;
        }
        case Transition::EPSILON:
        case Transition::PREDICATE:
        case Transition::ACTION:
          waiting.push_back({transition->target, item.node});
          break;
        default:
          takes_token = true;
      }
    }
    if (takes_token) front->items.push_back(item);
  }
}

bool GrammarWalk::Feed(size_t type, std::set<SyntaxRole>* roles) {
  std::vector<Item> taken;
  for (const Item& item : front_.items) {
    bool takes = false;
    for (const Transition* transition : item.state->transitions) {
      if (transition->isEpsilon() || !transition->matches(type, 1, atn().maxTokenType)) continue;
      taken.push_back({transition->target, item.node});
      takes = true;
    }
    if (takes) AddRoles(type, item, roles);
  }
  if (taken.empty()) return false;
  ++place_;
  front_ = {};
  for (const Item& item : taken) Add(&front_, item.state, item.node);
  return true;
}

bool GrammarWalk::FeedBehindMissing(size_t type, std::set<SyntaxRole>* roles) {
  const Front before = front_;
  const size_t place = place_, node_count = nodes_.size();
  ++place_;
  front_ = {};
  for (const Item& item : before.items) {
    for (const Transition* transition : item.state->transitions) {
      if (!transition->isEpsilon()) Add(&front_, transition->target, item.node);
    }
  }
  if (Feed(type, roles)) return true;
  // Activations that began behind the missing token have no part in what goes on from here.
  nodes_.resize(node_count);
  front_ = before;
  place_ = place;
  return false;
}

bool GrammarWalk::Takes(const ATNState& state, size_t type) {
  return std::any_of(
      state.transitions.begin(), state.transitions.end(), [type](const Transition* t) {
        return !t->isEpsilon() && t->matches(type, 1, static_cast<size_t>(SLQLLexer::UNKNOWN_CHAR));
      });
}

GrammarWalk::Above GrammarWalk::AboveOf(const Item& item, const std::set<size_t>& passed) const {
  Above above;
  std::set<std::pair<const ATNState*, uint32_t>> seen;
  std::vector<Item> waiting = {item};
  while (!waiting.empty()) {
    const Item next = waiting.back();
    waiting.pop_back();
    if (!seen.emplace(next.state, next.node).second) continue;
    if (!passed.contains(RuleOf(next.node))) {
      above.emplace_back(next.state, next.node);
      continue;
    }
    for (const auto& [behind, caller] : nodes_[next.node].callers) {
      waiting.push_back({behind, caller});
    }
  }
  return above;
}

void GrammarWalk::AddRolesOfVariable(const Above& above, std::set<SyntaxRole>* roles) const {
  for (const auto& [behind, node] : above) {
    switch (RuleOf(node)) {
      case SLQLParser::RuleNodeHead:
        roles->insert(SyntaxRole::kNodeVariable);
        break;
      case SLQLParser::RuleEdgeFiller:
        roles->insert(SyntaxRole::kEdgeVariable);
        break;
      case SLQLParser::RulePattern:
      case SLQLParser::RulePathTerm:
        roles->insert(SyntaxRole::kPathVariable);
        break;
      case SLQLParser::RuleLetItem:
      case SLQLParser::RuleUnwindClause:
      case SLQLParser::RuleYieldItem:
      case SLQLParser::RuleProjItem:
        roles->insert(SyntaxRole::kValueVariable);
        break;
      default:
        roles->insert(Takes(*behind, SLQLLexer::K_IN) ? SyntaxRole::kLocalVariable
                                                      : SyntaxRole::kVariable);
    }
  }
}

void GrammarWalk::AddRolesOfClass(const Above& above, std::set<SyntaxRole>* roles) const {
  for (const auto& [behind, node] : above) {
    roles->insert(RuleOf(node) == SLQLParser::RuleEdgeFiller ? SyntaxRole::kPredicate
                                                             : SyntaxRole::kClass);
  }
}

void GrammarWalk::AddRolesOfKey(const Above& above, std::set<SyntaxRole>* roles) const {
  const std::set<size_t> passed = {SLQLParser::RuleMapEntry, SLQLParser::RuleMap,
                                   SLQLParser::RuleProperties};
  for (const auto& [behind, node] : above) {
    if (RuleOf(node) != SLQLParser::RuleMapEntry) {
      roles->insert(SyntaxRole::kMemberKey);
      continue;
    }
    for (const auto& [above_map, owner] : AboveOf({behind, node}, passed)) {
      switch (RuleOf(owner)) {
        case SLQLParser::RuleNodePattern:
          roles->insert(SyntaxRole::kNodeKey);
          break;
        case SLQLParser::RuleEdgeFiller:
          roles->insert(SyntaxRole::kEdgeKey);
          break;
        case SLQLParser::RuleAssertClause:
          roles->insert(SyntaxRole::kDetailKey);
          break;
        case SLQLParser::RuleDefinition:
          roles->insert(SyntaxRole::kDefinitionKey);
          break;
        default:
          break;  // A map as a value may have any key.
      }
    }
  }
}

void GrammarWalk::AddNameRoles(const Item& item, std::set<SyntaxRole>* roles) const {
  const std::set<size_t> passed = {SLQLParser::RuleName, SLQLParser::RuleSoftKeyword,
                                   SLQLParser::RuleCallableKeyword, SLQLParser::RuleReservedWord};
  const std::set<size_t> class_rules = {SLQLParser::RuleClassName, SLQLParser::RuleClassAtom,
                                        SLQLParser::RuleClassNot,  SLQLParser::RuleClassAnd,
                                        SLQLParser::RuleClassExpr, SLQLParser::RuleClassTest};
  for (const auto& [behind, node] : AboveOf(item, passed)) {
    const size_t rule = RuleOf(node);
    if (rule == SLQLParser::RuleVariable) {
      AddRolesOfVariable(AboveOf({behind, node}, {SLQLParser::RuleVariable}), roles);
    } else if (rule == SLQLParser::RuleFunctionName) {
      roles->insert(SyntaxRole::kFunction);
    } else if (rule == SLQLParser::RuleQualifiedName) {
      for (const auto& [above, owner] : AboveOf({behind, node}, {SLQLParser::RuleQualifiedName})) {
        roles->insert(RuleOf(owner) == SLQLParser::RuleCallClause ? SyntaxRole::kProcedure
                                                                  : SyntaxRole::kFunction);
      }
    } else if (rule == SLQLParser::RuleClassName) {
      for (const auto& [above, owner] : AboveOf({behind, node}, {SLQLParser::RuleClassName})) {
        if (RuleOf(owner) == SLQLParser::RuleDefinition) {
          roles->insert(SyntaxRole::kDefinitionName);
        } else {
          AddRolesOfClass(AboveOf({above, owner}, class_rules), roles);
        }
      }
    } else if (rule == SLQLParser::RulePropertyName) {
      AddRolesOfKey(AboveOf({behind, node}, {SLQLParser::RulePropertyName}), roles);
    } else if (rule == SLQLParser::RuleYieldItem) {
      roles->insert(SyntaxRole::kYieldColumn);
    } else if (rule == SLQLParser::RuleScopeItem) {
      roles->insert(SyntaxRole::kGrade);
    }
  }
}

void GrammarWalk::AddRoles(size_t type, const Item& item, std::set<SyntaxRole>* roles) const {
  const size_t rule = RuleOf(item.node);
  switch (type) {
    case SLQLLexer::STRING:
      switch (rule) {
        case SLQLParser::RuleNodeHead:
          roles->insert(SyntaxRole::kEntityText);
          break;
        case SLQLParser::RuleSourceRef:
          roles->insert(SyntaxRole::kSourceText);
          break;
        case SLQLParser::RuleClassAtom: {
          std::set<SyntaxRole> of_class;
          AddRolesOfClass(AboveOf(item, {SLQLParser::RuleClassAtom, SLQLParser::RuleClassNot,
                                         SLQLParser::RuleClassAnd, SLQLParser::RuleClassExpr,
                                         SLQLParser::RuleClassTest}),
                          &of_class);
          if (of_class.contains(SyntaxRole::kClass)) roles->insert(SyntaxRole::kClassText);
          break;
        }
        case SLQLParser::RuleLiteral:
          roles->insert(SyntaxRole::kAnyText);
          break;
        default:
          break;  // A unit, a time, an IRI.
      }
      return;
    case SLQLLexer::ID:
      roles->insert(rule == SLQLParser::RuleSourceRef ? SyntaxRole::kSourceId
                                                      : SyntaxRole::kEntityId);
      return;
    case SLQLLexer::PARAM:
      roles->insert(SyntaxRole::kParameter);
      return;
    case SLQLLexer::ATNAME:
      if (rule == SLQLParser::RuleStatementVar) roles->insert(SyntaxRole::kStatementVariable);
      return;
    default:
      if (type == SLQLLexer::NAME || type == SLQLLexer::QUOTED || type == SLQLLexer::CURRENCY ||
          IsKeyword(type)) {
        AddNameRoles(item, roles);
      }
  }
}

std::string GrammarWalk::WordOf(size_t type) const {
  const std::string name = parser_.getVocabulary().getSymbolicName(type);
  return name.starts_with("K_") ? name.substr(2) : name;
}

// The keyword and those that nothing else than can follow.
std::string GrammarWalk::PhraseOf(size_t type, const ATNState* behind) const {
  std::string phrase = WordOf(type);
  while (true) {
    std::optional<size_t> only;
    const ATNState* next = nullptr;
    std::vector<const ATNState*> waiting = {behind};
    std::set<const ATNState*> seen;
    while (!waiting.empty()) {
      const ATNState* state = waiting.back();
      waiting.pop_back();
      if (!seen.insert(state).second) continue;
      if (const_cast<ATNState*>(state)->getStateType() == ATNState::RULE_STOP) return phrase;
      for (const Transition* transition : state->transitions) {
        const auto kind = transition->getSerializationType();
        if (kind == Transition::EPSILON || kind == Transition::ACTION) {
          waiting.push_back(transition->target);
          continue;
        }
        if (kind != Transition::ATOM) return phrase;
        const antlr4::misc::IntervalSet label = transition->label();
        const auto follower = static_cast<size_t>(label.toList().front());
        if (!IsKeyword(follower) || (only && *only != follower)) return phrase;
        only = follower;
        next = transition->target;
      }
    }
    if (!only) return phrase;
    phrase += " " + WordOf(*only);
    behind = next;
  }
}

void GrammarWalk::Expected(ExpectedSyntax* expected) const {
  std::set<std::string> keywords;
  for (const Item& item : front_.items) {
    const size_t rule = RuleOf(item.node);
    // Keywords as names: everybody may choose his own.
    const bool is_name = rule == SLQLParser::RuleSoftKeyword ||
                         rule == SLQLParser::RuleCallableKeyword ||
                         rule == SLQLParser::RuleReservedWord;
    if (is_name) continue;
    for (const Transition* transition : item.state->transitions) {
      if (transition->isEpsilon()) continue;
      for (const ssize_t element : transition->label().toList()) {
        const auto type = static_cast<size_t>(element);
        if (element > 0 && IsKeyword(type)) {
          keywords.insert(PhraseOf(type, transition->target));
        } else if (element > 0) {
          AddRoles(type, item, &expected->roles);
        }
      }
    }
  }
  expected->keywords.assign(keywords.begin(), keywords.end());
}

bool BeginsClause(size_t type) {
  switch (type) {
    case SLQLLexer::K_MATCH:
    case SLQLLexer::K_OPTIONAL:
    case SLQLLexer::K_UNWIND:
    case SLQLLexer::K_LET:
    case SLQLLexer::K_FILTER:
    case SLQLLexer::K_CALL:
    case SLQLLexer::K_WITH:
    case SLQLLexer::K_RETURN:
    case SLQLLexer::K_ASSERT:
    case SLQLLexer::K_DENY:
    case SLQLLexer::K_RETRACT:
    case SLQLLexer::K_DEFINE:
      return true;
    default:
      return false;
  }
}

bool IsWordByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Where the word at the place ends, which may be behind the place.
size_t EndOfWord(SyntaxKind kind, std::string_view text, std::string_view word, size_t place) {
  const auto closing = [&](char quote, std::string_view stops) {
    for (size_t at = place; at < text.size(); ++at) {
      if (text[at] == quote) return at + 1;
      if (stops.find(text[at]) != std::string_view::npos) break;
    }
    return place;
  };
  switch (kind) {
    case SyntaxKind::kText:
      // Brackets and line ends speak for a quote that was forgotten.
      return closing(word.front(), "\r\n()[]{};");
    case SyntaxKind::kQuotedWord:
      return closing('`', "\r\n()[]{};");
    case SyntaxKind::kId:
      if (word.starts_with("#`")) return closing('`', "\r\n()[]{};");
      while (place < text.size() &&
             (IsWordByte(text[place]) || text[place] == '/' || text[place] == '-')) {
        // -[ and -> begin an edge.
        if (text[place] == '-' && (place + 1 == text.size() || !IsWordByte(text[place + 1]))) break;
        ++place;
      }
      return place;
    default:
      while (place < text.size() && IsWordByte(text[place])) ++place;
      return place;
  }
}

}  // namespace

bool PlacedToken::Is(std::string_view word) const {
  if (kind == SyntaxKind::kSign) return text == word;
  return (kind == SyntaxKind::kKeyword || kind == SyntaxKind::kWord) && Upper(text) == word;
}

StatusOr<ExpectedSyntax> ExpectedAt(std::string_view text, size_t place,
                                    const std::function<Status()>& may_go_on) {
  ExpectedSyntax expected;
  const SourceText source(text);
  const SourceText before(text.substr(0, place));
  expected.word.span = source.SpanOfBytes(place, place);
  antlr4::ANTLRInputStream input{std::string(before.body())};
  SLQLLexer lexer(&input);
  lexer.removeErrorListeners();

  std::vector<LexedToken> tokens;  // Of the statement.
  size_t read = 0;
  while (true) {
    const std::unique_ptr<antlr4::Token> token = lexer.nextToken();
    const size_t type = token->getType();
    if (type == antlr4::Token::EOF) break;
    if (++read % 1024 == 0) SL_RETURN_IF_ERROR(may_go_on());
    const SourceSpan span = before.SpanOf(token->getStartIndex(), token->getStopIndex() + 1);
    const bool at_place = span.end == place;
    if (type == SLQLLexer::UNTERMINATED_COMMENT || (type == SLQLLexer::LINE_COMMENT && at_place)) {
      expected.is_closed = true;
      return expected;
    }
    if (token->getChannel() != antlr4::Token::DEFAULT_CHANNEL) continue;
    if (type == SLQLLexer::SEMI) {
      tokens.clear();
      continue;
    }
    const std::string_view written = before.TextOf(span);
    const SyntaxKind kind = KindOf(type, written);
    tokens.push_back({type, {kind, ContentOf(kind, written), span, {}}});
  }

  // The last token is the word at the place when it touches it and could go on.
  if (!tokens.empty() && tokens.back().placed.span.end == place) {
    const LexedToken& last = tokens.back();
    const bool is_closed_quote = last.type == SLQLLexer::STRING || last.type == SLQLLexer::QUOTED;
    const SyntaxKind kind = last.placed.kind;
    if (kind == SyntaxKind::kNumber) expected.is_closed = true;
    if (kind != SyntaxKind::kSign && kind != SyntaxKind::kOther && kind != SyntaxKind::kNumber &&
        !is_closed_quote) {
      expected.word = last.placed;
      expected.typed = last.placed.text;
      const std::string_view written = before.TextOf(last.placed.span);
      expected.word.span.end = static_cast<uint32_t>(EndOfWord(kind, text, written, place));
      tokens.pop_back();
    }
  }
  if (tokens.size() > kTokensMax) expected.is_closed = true;
  if (expected.is_closed) return expected;

  GrammarWalk walk;
  for (LexedToken& token : tokens) {
    SL_RETURN_IF_ERROR(may_go_on());
    std::set<SyntaxRole>* roles = &token.placed.roles;
    if (walk.Feed(token.type, roles) || walk.FeedBehindMissing(token.type, roles)) continue;
    if (!BeginsClause(token.type)) continue;  // Left out.
    walk.Restart();
    walk.Feed(token.type, roles);
  }
  walk.Expected(&expected);
  for (LexedToken& token : tokens) expected.before.push_back(std::move(token.placed));
  return expected;
}

}  // namespace sightline::query
