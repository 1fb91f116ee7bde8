// Every statement of examples/article binds, in the order in which the files are loaded.

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/query/binder/binder_test.h"

namespace sightline::query {
namespace {

// What a constant assert says, written without the operators: enough for the files that follow.
void Write(const AssertPlan& plan, storage::Transaction* transaction) {
  storage::StatementDraft draft;
  draft.polarity = plan.polarity;
  const auto constant = [](const BoundExpressionPtr& expression) -> const Datum* {
    const auto* found = std::get_if<BoundConstant>(&expression->node);
    return found != nullptr ? &found->value : nullptr;
  };
  const auto intern = [&](const Datum& datum) {
    return datum.node().is_none() ? test::OrThrow(transaction->InternValue(*datum.value()))
                                  : datum.node();
  };
  for (const AssertFact& fact : plan.facts) {
    const auto& subject = plan.nodes[fact.subject].constant;
    if (!subject.has_value()) continue;
    if (fact.object_node.has_value()) {
      draft.facts.push_back({*subject, fact.predicate.id, *plan.nodes[*fact.object_node].constant});
    } else if (const Datum* value = constant(fact.object)) {
      draft.facts.push_back({*subject, fact.predicate.id, intern(*value)});
    }
  }
  draft.context.claimant = constant(plan.claimant)->node();
  for (const AssertDetail& detail : plan.details) {
    const Datum* value = constant(detail.value);
    if (detail.predicate.has_value() && value != nullptr) {
      draft.qualifiers.push_back({detail.predicate->id, intern(*value)});
    }
  }
  if (!draft.facts.empty()) test::ThrowIfError(transaction->Add(draft).status());
}

TEST(Article, EveryStatementBinds) {
  test::TestStore store;
  storage::Transaction& transaction = store.transaction();
  const std::map<std::string, Datum, std::less<>> parameters;
  size_t statements = 0;
  for (const char* name : {"schema", "entities", "claims", "analyst", "analyst-bridge",
                           "corroboration-ap", "corroboration-eu", "denials-officials", "us-dod"}) {
    const std::filesystem::path path =
        std::filesystem::path("examples/article") / (std::string(name) + ".slql");
    std::ifstream file(path);
    ASSERT_TRUE(file.is_open()) << path;
    std::ostringstream content;
    content << file.rdbuf();
    const std::string text = content.str();
    StatusOr<ast::Script> script = Parse(text);
    ASSERT_TRUE(script.ok()) << path << ": " << MessageOf(script.status());
    for (const ast::Statement& statement : script->statements) {
      const auto view = test::OrThrow(transaction.View());
      BindContext context;
      context.text = text;
      context.view = view.get();
      context.transaction = &transaction;
      context.parameters = &parameters;
      StatusOr<BoundStatement> bound = query::Bind(statement, context);
      ASSERT_TRUE(bound.ok()) << path << ": " << Render(DiagnosticsOf(bound.status()).at(0), text);
      for (const Diagnostic& notice : bound->notices) {
        ADD_FAILURE() << path << ": " << Render(notice, text);
      }
      ++statements;
      if (const auto* define = std::get_if<BoundDefineClass>(&bound->node)) {
        test::ThrowIfError(transaction.Define(define->definition));
      } else if (const auto* predicate = std::get_if<BoundDefinePredicate>(&bound->node)) {
        test::ThrowIfError(transaction.Define(predicate->definition));
      } else if (const auto* query = std::get_if<BoundQuery>(&bound->node)) {
        const auto* assertion = std::get_if<LogicalAssert>(&query->plan->node);
        ASSERT_NE(assertion, nullptr);
        Write(assertion->plan, &transaction);
      }
    }
  }
  EXPECT_GT(statements, 300u);
}

}  // namespace
}  // namespace sightline::query
