#include "query/analysis.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "query/ast/printer.h"
#include "query/binder/binder.h"
#include "query/clause_limit.h"
#include "query/definitions.h"
#include "query/exec/operator.h"
#include "query/optimizer/optimizer.h"
#include "query/parser/parser.h"
#include "query/plan/plan_text.h"
#include "query/result_cursor.h"
#include "query/running_query.h"
#include "storage/base/clock.h"

namespace sightline::query {
namespace {

StatementKind KindOf(const ast::Statement& statement) {
  if (const auto* query = std::get_if<ast::QueryStatement>(&statement.node)) {
    switch (query->prefix) {
      case ast::QueryPrefix::kNone:
        return StatementKind::kQuery;
      case ast::QueryPrefix::kExplain:
        return StatementKind::kExplain;
      case ast::QueryPrefix::kProfile:
        return StatementKind::kProfile;
      case ast::QueryPrefix::kWhy:
        return StatementKind::kWhy;
    }
  }
  if (std::holds_alternative<ast::ShowStatement>(statement.node)) return StatementKind::kShow;
  if (std::holds_alternative<ast::DescribeStatement>(statement.node)) {
    return StatementKind::kDescribe;
  }
  return std::holds_alternative<ast::DropDefinition>(statement.node) ? StatementKind::kDrop
                                                                     : StatementKind::kDefine;
}

// Whether the script is wrong, rather than that there was no answer to that.
bool IsMistake(const Status& status) {
  switch (status.code()) {
    case StatusCode::kInvalidArgument:
    case StatusCode::kFailedPrecondition:
    case StatusCode::kPermissionDenied:
    case StatusCode::kUnimplemented:
    case StatusCode::kOutOfRange:
      return !DiagnosticsOf(status).empty();
    default:
      return false;
  }
}

// `$x`, "$`x y`"
std::string ParameterName(std::string_view written) {
  written.remove_prefix(1);
  if (!written.starts_with('`')) return std::string(written);
  written = written.substr(1, written.size() - 2);
  std::string name;
  for (size_t i = 0; i < written.size(); ++i) {
    name += written[i];
    if (written[i] == '`') ++i;  // Written twice.
  }
  return name;
}

class ScriptAnalysis {
 public:
  ScriptAnalysis(storage::Store* store, const EngineOptions& options, StatisticsCache* statistics,
                 const QueryRequest& request)
      : store_(store),
        request_(request),
        parser_limits_(options.parser),
        statistics_(statistics),
        parameters_(request.parameters) {
    optimizer_.rules_off = options.optimizer_rules_off;
    optimizer_.rules_forced = options.optimizer_rules_forced;
    optimizer_.canonical_order = options.canonical_order;
  }

  StatusOr<Analysis> Run() {
    if (request_.text.size() <= parser_limits_.text_bytes_max) ReadTokens();
    SL_ASSIGN_OR_RETURN(std::shared_ptr<const storage::ReadView> view,
                        store_->OpenReadView(request_.read_at, request_.clearance));
    Prefixes prefixes = PrefixesOf(*view);
    const ast::Script script =
        ParseWhatParses(request_.text, parser_limits_, &prefixes, &analysis_.diagnostics);
    const bool parses = analysis_.diagnostics.empty();
    bool writes = false;
    for (const ast::Statement& statement : script.statements) {
      analysis_.statements.push_back({statement.span, KindOf(statement), Writes(statement)});
      writes = writes || analysis_.statements.back().writes;
    }
    if (parses && !has_comments_) {
      // As typed, where prefixes stand for what they are short for.
      const StatusOr<ast::Script> as_typed = Parse(request_.text, parser_limits_);
      if (as_typed.ok()) analysis_.formatted_text = ast::Print(*as_typed);
    }
    std::unique_ptr<storage::Transaction> transaction;
    if (writes && !request_.read_only) {
      SL_ASSIGN_OR_RETURN(transaction,
                          store_->BeginTransaction(request_.clearance, request_.cancellation));
    }
    for (const ast::Statement& statement : script.statements) {
      const bool is_last = parses && &statement == &script.statements.back();
      if (transaction != nullptr) {
        SL_ASSIGN_OR_RETURN(view, transaction->View());
      }
      const size_t before = analysis_.diagnostics.size();
      const Status status = Look(statement, view, transaction.get(), is_last);
      if (!status.ok() && !IsMistake(status)) return status;
      for (Diagnostic& diagnostic : DiagnosticsOf(status)) {
        analysis_.diagnostics.push_back(std::move(diagnostic));
      }
      std::stable_sort(analysis_.diagnostics.begin() + static_cast<std::ptrdiff_t>(before),
                       analysis_.diagnostics.end(), [](const Diagnostic& a, const Diagnostic& b) {
                         return a.span.begin < b.span.begin;
                       });
    }
    analysis_.valid = std::none_of(
        analysis_.diagnostics.begin(), analysis_.diagnostics.end(),
        [](const Diagnostic& diagnostic) { return diagnostic.severity == Severity::kError; });
    if (!analysis_.valid) {
      analysis_.columns.clear();
      analysis_.plan.clear();
    }
    return std::move(analysis_);
  }

 private:
  void ReadTokens() {
    analysis_.tokens = SyntaxTokensOf(request_.text);
    for (const SyntaxToken& token : analysis_.tokens) {
      has_comments_ = has_comments_ || token.token_class == TokenClass::kComment;
      if (token.token_class != TokenClass::kParameter) continue;
      std::string name = ParameterName(request_.text.substr(token.begin, token.end - token.begin));
      auto& names = analysis_.parameter_names;
      // Of any type: unknown, until somebody gives a value.
      parameters_.emplace(name, Datum());
      if (!request_.parameters.contains(name)) missing_.push_back({name, token});
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(std::move(name));
      }
    }
  }

  Status CheckRunning() const {
    ExecutionContext context;
    context.cancellation = request_.cancellation;
    return context.CheckRunning();
  }

  // What there is to say of the statement. An error is what is wrong with it.
  Status Look(const ast::Statement& statement, const std::shared_ptr<const storage::ReadView>& view,
              storage::Transaction* transaction, bool is_last) {
    SL_RETURN_IF_ERROR(CheckRunning());
    SL_RETURN_IF_ERROR(CheckClauseCount(statement));
    if (Writes(statement) && transaction == nullptr) {
      Diagnostic refused;
      refused.code = "SL7001";
      refused.message = "this statement writes, and only reading is allowed here";
      refused.span = statement.span;
      return ToStatus(std::move(refused));
    }
    BindContext context;
    context.text = request_.text;
    context.view = view.get();
    context.transaction = transaction;
    context.parameters = &parameters_;
    context.now_micros = storage::Clock::System()->NowMicros();
    context.parse = [this, &view](std::string_view text) {
      Prefixes prefixes = PrefixesOf(*view);
      return Parse(text, parser_limits_, &prefixes);
    };
    context.may_go_on = [this] { return CheckRunning(); };
    StatusOr<BoundStatement> bound = Bind(statement, context);
    if (!bound.ok()) return WithoutValue(bound.status());
    analysis_.diagnostics.insert(analysis_.diagnostics.end(), bound->notices.begin(),
                                 bound->notices.end());
    auto* query = std::get_if<BoundQuery>(&bound->node);
    if (query == nullptr) {
      const bool defines = Writes(statement);
      return defines ? ApplyDefinition(&*bound, transaction).status() : OkStatus();
    }
    if (!is_last) return OkStatus();
    // What only a transaction sees is not to be kept for others.
    optimizer_.statistics = transaction == nullptr ? statistics_ : nullptr;
    SL_RETURN_IF_ERROR(Optimize(query, *view, optimizer_));
    for (const BoundColumn& column : query->columns) {
      analysis_.columns.push_back({column.name, ColumnTypeOf(column.type)});
    }
    for (PlanRow& row : PlanRows(*query->plan, query->subqueries, request_.text)) {
      analysis_.plan.push_back({std::move(row.name), std::move(row.details), row.estimated_rows,
                                row.depth, std::move(row.inputs)});
    }
    return OkStatus();
  }

  // Where binding fails at a parameter without a value, that is what there is to say.
  Status WithoutValue(const Status& status) const {
    if (!IsMistake(status)) return status;
    const SourceSpan span = DiagnosticsOf(status).front().span;
    for (const auto& [name, token] : missing_) {
      if (token.begin != span.begin || token.end != span.end) continue;
      Diagnostic diagnostic;
      diagnostic.code = "SL2014";
      diagnostic.message = fmt::format("no value was given for ${}", name);
      diagnostic.span = span;
      return ToStatus(std::move(diagnostic));
    }
    return status;
  }

  storage::Store* const store_;
  const QueryRequest& request_;
  const ParserLimits parser_limits_;
  StatisticsCache* const statistics_;
  OptimizerOptions optimizer_;
  std::map<std::string, Datum, std::less<>> parameters_;
  std::vector<std::pair<std::string, SyntaxToken>> missing_;  // Where they are named.
  bool has_comments_ = false;
  Analysis analysis_;
};

}  // namespace

StatusOr<Analysis> AnalyzeScript(storage::Store* store, const EngineOptions& options,
                                 StatisticsCache* statistics, const QueryRequest& request) {
  return ScriptAnalysis(store, options, statistics, request).Run();
}

}  // namespace sightline::query
