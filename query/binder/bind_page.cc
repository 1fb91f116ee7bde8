// LIMIT n AFTER cursor: one page of a result.

#include <algorithm>
#include <utility>

#include "query/binder/statement_binder.h"

namespace sightline::query {

// The rows get a total order: what ORDER BY leaves open is decided by all columns. Rows that are
// equal even so are as good as one another.
Status StatementBinder::BindPage(const ast::Paging& paging) {
  const SourceSpan& span = paging.after->span;
  if (!may_page_ || !expanding_.empty()) {
    return Error("SL4015", span, "AFTER pages through the rows of one query that reads",
                 {"leave AFTER out of a UNION, a stored query and a query that writes"});
  }
  LogicalSkipLimit skip_limit;
  BoundQuery::Page page;
  SL_ASSIGN_OR_RETURN(page.rows_max, BindRowCount(*paging.limit, "LIMIT"));
  skip_limit.limit = page.rows_max;
  if (paging.skip != nullptr) {
    SL_ASSIGN_OR_RETURN(skip_limit.skip, BindRowCount(*paging.skip, "SKIP"));
  }

  const auto* parameter = std::get_if<ast::ParameterExpression>(&paging.after->node);
  std::string text(context_.text);
  text.erase(span.begin, span.end - span.begin);
  static const Parameters kNone;
  page.next.revision = view_.revision();
  page.next.rows_before = skip_limit.skip;
  page.next.query =
      FingerprintOf(text, context_.parameters != nullptr ? *context_.parameters : kNone,
                    parameter != nullptr ? parameter->name : std::string_view(), view_.clearance());

  // The cursor of the next page is made of all of them.
  if (context_.parameters != nullptr) {
    for (const auto& [name, value] : *context_.parameters) late_.by_value.insert(name);
  }

  SL_ASSIGN_OR_RETURN(const Datum given, EvaluateConstant(*paging.after, "AFTER"));
  if (!given.is_null()) {
    const auto* written =
        given.value() != nullptr ? given.value()->get_if<storage::Text>() : nullptr;
    const auto cursor =
        written != nullptr ? DecodePageCursor(written->text, view_.ids()) : std::nullopt;
    if (!cursor.has_value()) {
      return Error("SL4016", span, "this is no cursor of a page",
                   {"give AFTER null for the first page, and then what came with the page before"});
    }
    if (cursor->query != page.next.query) {
      return Error("SL4016", span,
                   "this cursor is of another query, of other parameters or of another reader",
                   {"ask again for the first page: AFTER null"});
    }
    if (cursor->revision != view_.revision()) {
      return Error("SL4016", span,
                   "this cursor is of another revision than the one that is asked for",
                   {"ask for all pages at one revision, or leave the revision out"});
    }
    page.next.rows_before = skip_limit.skip = cursor->rows_before;
  }

  if (!std::holds_alternative<LogicalSort>(plan_->node)) {
    plan_ = MakeOperator(LogicalSort{}, frame_, std::move(plan_));
  }
  std::vector<SortKey>& keys = std::get<LogicalSort>(plan_->node).keys;
  for (const Binding& binding : bindings_.all()) keys.push_back({.slot = binding.slot});
  plan_ = MakeOperator(skip_limit, frame_, std::move(plan_));
  page_ = page;
  return OkStatus();
}

}  // namespace sightline::query
