#include "tests/tck/set_up.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "query/ast/ast.h"
#include "query/ast/printer.h"
#include "query/parser/parser.h"

namespace sightline::tck {
namespace {

namespace ast = query::ast;

bool IsWordByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Calls `visit(begin, end)` for each word that may be a keyword.
template <typename Visit>
void ForEachWord(std::string_view text, const Visit& visit) {
  char before = ' ';  // The last byte that is no space.
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '\'' || c == '"' || c == '`') {
      for (++at; at < text.size() && text[at] != c; ++at) {
        if (text[at] == '\\' && c != '`') ++at;
      }
      ++at;
    } else if (text.substr(at).starts_with("//")) {
      at = std::min(text.find('\n', at), text.size());
      continue;
    } else if (text.substr(at).starts_with("/*")) {
      at = std::min(text.find("*/", at), text.size() - 2) + 2;
      continue;
    } else if (IsWordByte(c)) {
      const size_t begin = at;
      while (at < text.size() && IsWordByte(text[at])) ++at;
      if (before != ':' && before != '.' && before != '$') visit(begin, at);
    } else {
      ++at;
    }
    if (std::isspace(static_cast<unsigned char>(c)) == 0) before = c;
  }
}

bool EqualsIgnoringCase(std::string_view word, std::string_view upper) {
  if (word.size() != upper.size()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    if (std::toupper(static_cast<unsigned char>(word[i])) != upper[i]) return false;
  }
  return true;
}

std::string AssertForCreate(std::string_view cypher) {
  std::string text;
  size_t copied = 0;
  ForEachWord(cypher, [&](size_t begin, size_t end) {
    if (!EqualsIgnoringCase(cypher.substr(begin, end - begin), "CREATE")) return;
    text += cypher.substr(copied, begin - copied);
    text += "ASSERT";
    copied = end;
  });
  return text + std::string(cypher.substr(copied));
}

ast::ExpressionPtr Make(decltype(ast::Expression::node) node) {
  auto made = std::make_unique<ast::Expression>();
  made->node = std::move(node);
  return made;
}

class Translator {
 public:
  explicit Translator(int* documents) : documents_(documents) {}

  StatusOr<SetUp> Translate(ast::Script script) {
    for (ast::Statement& statement : script.statements) {
      auto* query = std::get_if<ast::QueryStatement>(&statement.node);
      if (query == nullptr) return Unimplemented("a set-up that is no query");
      query->cypher = true;
      for (ast::LinearQuery& part : query->query.parts) {
        known_.clear();
        std::vector<ast::Clause> clauses;
        for (ast::Clause& clause : part.clauses) {
          if (auto* create = std::get_if<ast::AssertClause>(&clause.node)) {
            Split(std::move(*create), &clauses);
          } else {
            Learn(clause);
            clauses.push_back(std::move(clause));
          }
        }
        part.clauses = std::move(clauses);
      }
      made_.slql += ast::Print(statement) + ";\n";
    }
    return std::move(made_);
  }

 private:
  // The names that a clause that reads brings in.
  void Learn(const ast::Clause& clause) {
    if (const auto* match = std::get_if<ast::MatchClause>(&clause.node)) {
      for (const ast::Pattern& pattern : match->patterns) {
        for (const ast::PatternTerm& term : pattern.terms) {
          const auto* node = std::get_if<ast::NodePattern>(&term);
          if (node != nullptr && node->variable) known_.insert(node->variable->text);
        }
      }
    } else if (const auto* unwind = std::get_if<ast::UnwindClause>(&clause.node)) {
      known_.insert(unwind->variable.text);
    } else if (const auto* with = std::get_if<ast::WithClause>(&clause.node)) {
      for (const ast::ProjectionItem& item : with->projection.items) {
        if (item.alias) known_.insert(item.alias->text);
      }
    }
  }

  void LearnLabels(const ast::ClassTest& test, std::set<std::string>* names) {
    if (test.kind == ast::ClassTest::Kind::kName) names->insert(test.text);
    for (const ast::ClassTest& child : test.children) LearnLabels(child, names);
  }
  void LearnProperties(const std::vector<ast::MapEntry>& entries) {
    for (const ast::MapEntry& entry : entries) {
      made_.properties[entry.key.text] |=
          std::holds_alternative<ast::ListLiteral>(entry.value->node);
    }
  }

  static ast::NodePattern Named(const std::string& name) {
    ast::NodePattern node;
    node.variable = ast::Name{name, {}};
    return node;
  }

  static ast::AssertClause SaidBy(std::string_view source) {
    ast::AccordingTo according;
    according.sources.push_back(Make(ast::IdLiteral{std::string(source)}));
    ast::AssertClause clause;
    clause.scope.push_back({std::move(according), {}});
    return clause;
  }

  void Split(ast::AssertClause create, std::vector<ast::Clause>* clauses) {
    ast::AssertClause there = SaidBy(kNodeSource);
    ast::AssertClause nodes = SaidBy(kSource);
    std::vector<ast::AssertClause> singles;  // Of one fact each: items of lists, relationships.
    for (ast::Pattern& pattern : create.patterns) {
      std::string left;
      std::optional<ast::EdgePattern> pending;
      for (ast::PatternTerm& term : pattern.terms) {
        if (auto* edge = std::get_if<ast::EdgePattern>(&term)) {
          pending = std::move(*edge);
          continue;
        }
        auto* node = std::get_if<ast::NodePattern>(&term);
        if (node == nullptr) continue;  // The engine refuses it.
        if (!node->variable) node->variable = ast::Name{"tck" + std::to_string(++unnamed_), {}};
        const std::string name = node->variable->text;
        if (known_.insert(name).second) {
          ast::NodePattern marked = Named(name);
          marked.properties.push_back({ast::Name{std::string(kNodePredicate), {}},
                                       Make(ast::Literal{storage::Value(true)})});
          AddPattern(std::move(marked), &there);
        }
        if (node->classes) LearnLabels(*node->classes, &made_.labels);
        LearnProperties(node->properties);
        SplitLists(node, &singles);
        if (node->classes || !node->properties.empty()) AddPattern(std::move(*node), &nodes);
        if (pending) singles.push_back(Relationship(left, *std::move(pending), name));
        pending.reset();
        left = name;
      }
    }
    if (!there.patterns.empty()) clauses->push_back({std::move(there), {}});
    if (!nodes.patterns.empty()) clauses->push_back({std::move(nodes), {}});
    for (ast::AssertClause& single : singles) clauses->push_back({std::move(single), {}});
  }

  // So that it is not taken for a statement that is there already.
  void AddDocument(ast::AssertClause* clause) {
    const std::string document = "tck/documents/" + std::to_string(++*documents_);
    clause->details.push_back({ast::Name{"document", {}}, Make(ast::IdLiteral{document})});
  }

  // Takes the lists out of the node's properties: a clause for each of their items.
  void SplitLists(ast::NodePattern* node, std::vector<ast::AssertClause>* clauses) {
    std::vector<ast::MapEntry> rest;
    for (ast::MapEntry& entry : node->properties) {
      auto* list = std::get_if<ast::ListLiteral>(&entry.value->node);
      if (list == nullptr) {
        rest.push_back(std::move(entry));
        continue;
      }
      for (ast::ExpressionPtr& item : list->items) {
        ast::NodePattern made = Named(node->variable->text);
        made.properties.push_back({entry.key, std::move(item)});
        ast::AssertClause clause = SaidBy(kSource);
        AddPattern(std::move(made), &clause);
        AddDocument(&clause);
        clauses->push_back(std::move(clause));
      }
    }
    node->properties = std::move(rest);
  }

  static void AddPattern(ast::NodePattern node, ast::AssertClause* clause) {
    ast::Pattern pattern;
    pattern.terms.emplace_back(std::move(node));
    clause->patterns.push_back(std::move(pattern));
  }

  ast::AssertClause Relationship(const std::string& left, ast::EdgePattern edge,
                                 const std::string& right) {
    if (edge.predicates) LearnLabels(*edge.predicates, &made_.relationship_types);
    LearnProperties(edge.properties);
    edge.variable.reset();
    ast::Pattern pattern;
    pattern.terms.emplace_back(Named(left));
    pattern.terms.emplace_back(std::move(edge));
    pattern.terms.emplace_back(Named(right));
    ast::AssertClause clause = SaidBy(kSource);
    clause.patterns.push_back(std::move(pattern));
    AddDocument(&clause);
    return clause;
  }

  int* const documents_;
  SetUp made_;
  std::set<std::string> known_;  // Names of nodes that are there already.
  int unnamed_ = 0;
};

}  // namespace

bool HasKeyword(std::string_view cypher, std::string_view keyword) {
  bool found = false;
  ForEachWord(cypher, [&](size_t begin, size_t end) {
    found |= EqualsIgnoringCase(cypher.substr(begin, end - begin), keyword);
  });
  return found;
}

StatusOr<SetUp> TranslateSetUp(std::string_view cypher, int* documents) {
  for (const std::string_view keyword : {"MERGE", "SET", "DELETE", "REMOVE", "FOREACH", "CALL"}) {
    if (HasKeyword(cypher, keyword)) return Unimplemented("the set-up uses {}", keyword);
  }
  SL_ASSIGN_OR_RETURN(ast::Script script, query::Parse(AssertForCreate(cypher)));
  return Translator(documents).Translate(std::move(script));
}

}  // namespace sightline::tck
