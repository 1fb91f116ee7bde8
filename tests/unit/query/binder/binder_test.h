// BinderTest: binds SLQL text against a small store of companies and goods.

#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "query/binder/binder.h"
#include "query/parser/parser.h"
#include "tests/support/test_store.h"

namespace sightline::query {

struct PredicateOptions {
  storage::Cardinality cardinality = storage::Cardinality::kMany;
  std::string inverse{};
  std::vector<std::string> parents{};
  bool symmetric = false;
  bool transitive = false;
  std::vector<storage::ValueType> types{};
};

class BinderTest : public testing::Test {
 protected:
  BinderTest() {
    using storage::Cardinality;
    using storage::ValueType;
    store_.DefineClass("Thing");
    store_.DefineClass("Organization", {"Thing"});
    store_.DefineClass("Company", {"Organization"});
    store_.DefineClass("Person", {"Thing"});
    store_.DefineClass("Product", {"Thing"});
    store_.DefineClass("Optics", {"Product"});
    store_.Define(Predicate("supplies", {"Organization"}, {"Product"}, {.inverse = "suppliedBy"}));
    store_.Define(Predicate("usedIn", {"Product"}, {"Product"}));
    store_.Define(Predicate("usableOn", {"Product"}, {"Product"}, {.parents = {"usedIn"}}));
    store_.Define(Predicate("knows", {"Person"}, {"Person"}, {.symmetric = true}));
    store_.Define(Predicate("within", {}, {}, {.transitive = true}));
    store_.Define(Predicate("memberOf", {}, {}));
    store_.Define(Predicate("owns", {"Organization"}, {"Organization"}));
    store_.Define(Predicate("country", {}, {"Thing"}, {.cardinality = Cardinality::kOne}));
    store_.Define(Predicate("founded", {"Organization"}, {},
                            {.cardinality = Cardinality::kOne, .types = {ValueType::kDate}}));
    store_.Define(Predicate("turnover", {"Organization"}, {}, {.types = {ValueType::kMoney}}));
    store_.Define(Predicate("share", {}, {}, {.types = {ValueType::kDecimal}}));
    store_.Say("src/desk", "org/hik", "instanceOf", "Company");
    store_.Name("org/hik", "Hikvision");
    store_.Say("src/desk", "prod/optics", "instanceOf", "Product");
    store_.Name("prod/optics", "optics");
    store_.Name("prod/lenses", "lenses");
    store_.Say("src/desk", "prod/lenses", "broader", "prod/optics");
    store_.Say("src/ministry", "org/hik", "supplies", "prod/lenses");
    store_.Deny("src/spokesman", "org/hik", "supplies", "prod/lenses");
    store_.Name("src/ministry", "Ministry");
    store_.Name("src/spokesman", "Spokesman");
    store_.Say("src/desk", "src/spokesman", "memberOf", "src/ministry");
    store_.Name("dup/1", "Twin");
    store_.Name("dup/2", "Twin");
    view_ = store_.View();
  }

  static storage::PredicateDefinition Predicate(std::string name, std::vector<std::string> domain,
                                                std::vector<std::string> range,
                                                const PredicateOptions& options = {}) {
    storage::PredicateDefinition definition;
    definition.name = std::move(name);
    definition.domain = std::move(domain);
    definition.range = std::move(range);
    definition.range_types = options.types;
    definition.cardinality = options.cardinality;
    definition.inverse = options.inverse;
    definition.parents = options.parents;
    definition.symmetric = options.symmetric;
    definition.transitive = options.transitive;
    return definition;
  }

  StatusOr<BoundStatement> TryBind(std::string text, bool writing = false) {
    text_ = std::move(text);
    StatusOr<ast::Script> script = Parse(text_);
    if (!script.ok()) {
      ADD_FAILURE() << "does not parse: " << text_.substr(0, 500) << "\n"
                    << MessageOf(script.status());
      return script.status();
    }
    script_ = *std::move(script);
    BindContext context;
    context.text = text_;
    context.view = view_.get();
    if (writing) context.transaction = &store_.transaction();
    context.parameters = &parameters_;
    context.now_micros = 1'700'000'000'000'000;
    return query::Bind(script_.statements.at(0), context);
  }
  BoundStatement Bind(std::string text, bool writing = false) {
    StatusOr<BoundStatement> bound = TryBind(std::move(text), writing);
    if (!bound.ok())
      throw std::runtime_error(text_.substr(0, 500) + ": " + MessageOf(bound.status()));
    return *std::move(bound);
  }
  BoundQuery Query(std::string text, bool writing = false) {
    BoundStatement bound = Bind(std::move(text), writing);
    notices_ = bound.notices;
    return std::get<BoundQuery>(std::move(bound.node));
  }
  Diagnostic Failure(std::string text, bool writing = false) {
    StatusOr<BoundStatement> bound = TryBind(std::move(text), writing);
    if (bound.ok()) {
      ADD_FAILURE() << "binds: " << text_;
      return {};
    }
    const std::vector<Diagnostic> diagnostics = DiagnosticsOf(bound.status());
    if (diagnostics.empty()) {
      ADD_FAILURE() << "no diagnostic: " << MessageOf(bound.status());
      return {};
    }
    return diagnostics.front();
  }
  // What the diagnostic points at.
  std::string PlaceOf(const Diagnostic& diagnostic) const {
    return text_.substr(diagnostic.span.begin, diagnostic.span.end - diagnostic.span.begin);
  }
  // The text with the diagnostic's edit number `index` made.
  std::string Repaired(const Diagnostic& diagnostic, size_t index = 0) const {
    if (index >= diagnostic.edits.size()) return "(no such edit)";
    const Edit& edit = diagnostic.edits[index];
    return text_.substr(0, edit.span.begin) + edit.replacement + text_.substr(edit.span.end);
  }
  std::vector<std::string> Codes() const {
    std::vector<std::string> codes;
    for (const Diagnostic& notice : notices_) codes.push_back(notice.code);
    return codes;
  }
  storage::TermId Node(std::string_view id) {
    const auto found = test::OrThrow(view_->FindNode(id));
    return found.value_or(storage::TermId{});
  }
  storage::TermId PredicateId(std::string_view name) {
    return view_->catalog().FindPredicate(name)->id;
  }

  // The operator of this kind nearest to the result; null when there is none.
  template <typename Node>
  static const Node* Find(const LogicalPlan& plan) {
    if (plan == nullptr) return nullptr;
    if (const auto* found = std::get_if<Node>(&plan->node)) return found;
    if (const auto* optional = std::get_if<LogicalOptional>(&plan->node)) {
      if (const Node* inner = Find<Node>(optional->inner)) return inner;
    }
    for (const LogicalPlan& input : plan->inputs) {
      if (const Node* found = Find<Node>(input)) return found;
    }
    return nullptr;
  }
  static const PatternGraph& Graph(const BoundQuery& query) {
    const auto* match = Find<LogicalMatch>(query.plan);
    if (match == nullptr) throw std::runtime_error("no match in the plan");
    return match->graph;
  }
  // The operators from the result to the leaf, along the first inputs.
  static std::string Shape(const LogicalPlan& plan) {
    static constexpr const char* kNames[] = {
        "Argument",  "Match",     "NumberRows", "Distinct", "Filter",    "Optional",
        "Call",      "Procedure", "Extend",     "Project",  "Aggregate", "Sort",
        "SkipLimit", "Unwind",    "Union",      "Assert",   "Retract"};
    std::string shape;
    for (const LogicalOperator* at = plan.get(); at != nullptr;
         at = at->inputs.empty() ? nullptr : at->inputs.front().get()) {
      shape += (shape.empty() ? "" : " ") + std::string(kNames[at->node.index()]);
    }
    return shape;
  }
  static std::vector<std::string> Columns(const BoundQuery& query) {
    std::vector<std::string> names;
    for (const BoundColumn& column : query.columns) names.push_back(column.name);
    return names;
  }

  test::TestStore store_;
  std::shared_ptr<const storage::ReadView> view_;
  std::map<std::string, Datum, std::less<>> parameters_;
  std::string text_;
  ast::Script script_;
  std::vector<Diagnostic> notices_;
};

}  // namespace sightline::query
