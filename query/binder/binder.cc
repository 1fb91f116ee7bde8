#include "query/binder/binder.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "query/binder/statement_binder.h"
#include "query/evidence/row_marking.h"
#include "query/plan/expression_walk.h"

namespace sightline::query {
namespace {

bool IsWrite(const ast::Clause& clause) {
  return std::holds_alternative<ast::AssertClause>(clause.node) ||
         std::holds_alternative<ast::RetractClause>(clause.node);
}

bool WritesIn(const ast::Query& query) {
  for (const ast::LinearQuery& part : query.parts) {
    if (std::any_of(part.clauses.begin(), part.clauses.end(), IsWrite)) return true;
  }
  return false;
}

// Whether a RETURN or WITH has marking() for an item.
bool AsksMarking(const ast::Query& query) {
  for (const ast::LinearQuery& part : query.parts) {
    for (const ast::Clause& clause : part.clauses) {
      const auto* with = std::get_if<ast::WithClause>(&clause.node);
      const auto* last = std::get_if<ast::ReturnClause>(&clause.node);
      if (with == nullptr && last == nullptr) continue;
      const ast::Projection& projection = with != nullptr ? with->projection : last->projection;
      for (const ast::ProjectionItem& item : projection.items) {
        if (IsMarkingCall(*item.expression)) return true;
      }
    }
  }
  return false;
}

bool MatchesIn(const ast::Query& query) {
  for (const ast::LinearQuery& part : query.parts) {
    for (const ast::Clause& clause : part.clauses) {
      if (std::holds_alternative<ast::MatchClause>(clause.node)) return true;
    }
  }
  return false;
}

// A long list of ids that name nothing would be as many notices.
constexpr size_t kNoticesOfAKindMax = 20;

// The first of each code; the last that is kept says how many are left out.
std::vector<Diagnostic> FewOfAKind(std::vector<Diagnostic> notices) {
  if (notices.size() <= kNoticesOfAKindMax) return notices;
  struct Kind {
    size_t count = 0, last_kept = 0;
  };
  std::map<std::string, Kind, std::less<>> kinds;
  std::vector<Diagnostic> kept;
  for (Diagnostic& notice : notices) {
    Kind& kind = kinds[notice.code];
    if (++kind.count > kNoticesOfAKindMax) continue;
    kind.last_kept = kept.size();
    kept.push_back(std::move(notice));
  }
  for (const auto& [code, kind] : kinds) {
    if (kind.count <= kNoticesOfAKindMax) continue;
    kept[kind.last_kept].help.push_back(
        fmt::format("{} more like this are not shown", kind.count - kNoticesOfAKindMax));
  }
  return kept;
}

// One line of text, for names of columns.
std::string OneLine(std::string text) {
  std::string line;
  for (char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!space) {
      line.push_back(c);
    } else if (!line.empty() && line.back() != ' ') {
      line.push_back(' ');
    }
  }
  return line;
}

}  // namespace

bool Writes(const ast::Statement& statement) {
  if (const auto* query = std::get_if<ast::QueryStatement>(&statement.node)) {
    return WritesIn(query->query);
  }
  return !std::holds_alternative<ast::ShowStatement>(statement.node) &&
         !std::holds_alternative<ast::DescribeStatement>(statement.node);
}

StatusOr<BoundStatement> Bind(const ast::Statement& statement, const BindContext& context) {
  return StatementBinder(context).Bind(statement);
}

StatusOr<BoundStatement> StatementBinder::Bind(const ast::Statement& statement) {
  BoundStatement bound;
  bound.span = statement.span;
  const ast::Statement& s = statement;
  if (const auto* query = std::get_if<ast::QueryStatement>(&s.node)) {
    SL_ASSIGN_OR_RETURN(bound.node, BindQuery(*query, s.span));
  } else if (const auto* define_class = std::get_if<ast::DefineClass>(&s.node)) {
    SL_ASSIGN_OR_RETURN(bound.node, BindDefineClass(*define_class, s.span));
  } else if (const auto* define_predicate = std::get_if<ast::DefinePredicate>(&s.node)) {
    SL_ASSIGN_OR_RETURN(bound.node, BindDefinePredicate(*define_predicate, s.span));
  } else if (const auto* show = std::get_if<ast::ShowStatement>(&s.node)) {
    SL_ASSIGN_OR_RETURN(bound.node, BindShow(*show));
  } else if (const auto* define_query = std::get_if<ast::DefineQuery>(&s.node)) {
    SL_ASSIGN_OR_RETURN(bound.node, BindDefineQuery(*define_query, s.span));
  } else if (const auto* prefix = std::get_if<ast::DefinePrefix>(&s.node)) {
    SL_ASSIGN_OR_RETURN(bound.node, BindDefinePrefix(*prefix, s.span));
  } else if (const auto* define_edge = std::get_if<ast::DefineEdge>(&s.node)) {
    SL_ASSIGN_OR_RETURN(bound.node, BindDefineEdge(*define_edge, s.span));
  } else if (const auto* drop = std::get_if<ast::DropDefinition>(&s.node)) {
    SL_ASSIGN_OR_RETURN(bound.node, BindDrop(*drop, s.span));
  } else {
    const auto& describe = std::get<ast::DescribeStatement>(s.node);
    if (describe.kind == ast::DescribeStatement::Kind::kNode) {
      SL_ASSIGN_OR_RETURN(bound.node, BindDossier(describe));
    } else {
      SL_ASSIGN_OR_RETURN(bound.node, BindDescribe(describe));
    }
  }
  std::stable_sort(notices_.begin(), notices_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return a.span.begin < b.span.begin;
  });
  notices_.erase(std::unique(notices_.begin(), notices_.end()), notices_.end());
  bound.notices = FewOfAKind(std::move(notices_));
  return bound;
}

bool StatementBinder::MentionsEvidence(std::string_view text) {
  constexpr std::string_view kWord = "evidence";
  return std::search(text.begin(), text.end(), kWord.begin(), kWord.end(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == b;
         }) != text.end();
}

FramePtr StatementBinder::NewFrame() const {
  auto frame = std::make_shared<Frame>();
  if (keeps_evidence_) {
    frame->evidence_slot =
        frame->Add({.name = "", .kind = Vector::Kind::kData, .type = StaticType::kList});
  }
  return frame;
}

void StatementBinder::StartStretch() {
  frame_ = NewFrame();
  bindings_ = Bindings();
  plan_ = MakeOperator(LogicalArgument{}, frame_);
  imports_ = nullptr;
  rows_distinct_ = true;
  argument_only_ = true;
  columns_.clear();
}

StatusOr<BoundQuery> StatementBinder::BindQuery(const ast::QueryStatement& statement,
                                                const SourceSpan& span) {
  const ast::Query& query = statement.query;
  cypher_ = statement.cypher;
  const std::vector<bool>& all = query.union_all;
  if (cypher_ && std::adjacent_find(all.begin(), all.end(), std::not_equal_to<>()) != all.end()) {
    return Error("SL4014", span, "under CYPHER all parts are joined by UNION, or all by UNION ALL");
  }
  why_ = statement.prefix == ast::QueryPrefix::kWhy;
  writes_ = WritesIn(query);
  keeps_evidence_ = why_ || AsksMarking(query) || (!writes_ && MentionsEvidence(context_.text));
  if (writes_) {
    for (const ast::LinearQuery& part : query.parts) {
      for (const ast::Clause& clause : part.clauses) {
        if (IsWrite(clause)) SL_RETURN_IF_ERROR(MayWrite("this statement", clause.span));
      }
    }
    if (why_ || statement.prefix == ast::QueryPrefix::kProfile) {
      return Error(
          "SL4015", span,
          fmt::format("{} cannot stand before a query that writes", why_ ? "WHY" : "PROFILE"),
          {why_ ? "ask WHY of a query that reads what was written"
                : "EXPLAIN shows the plan without running it"});
    }
    if (query.parts.size() > 1) {
      return Error("SL4015", span, "ASSERT, DENY and RETRACT cannot stand in a UNION",
                   {"write several statements, separated by ;"});
    }
  }

  may_page_ = query.parts.size() == 1 && !writes_;
  SL_RETURN_IF_ERROR(BindHead(query, context_.scope));
  SL_RETURN_IF_ERROR(BindParts(query));

  BoundQuery bound;
  bound.base_scope_index = base_scope_index_;
  bound.plan = std::move(parts_.front().first);
  bound.columns = std::move(parts_.front().second);
  for (BoundColumn& column : bound.columns) column.name = OneLine(std::move(column.name));
  if (why_) {
    bound.columns.push_back(
        {.name = "evidence", .slot = *bound.plan->frame->evidence_slot, .type = StaticType::kList});
  }
  if (MatchesIn(query)) SL_RETURN_IF_ERROR(NoticeConflicts(*scopes_.front()));
  bound.subqueries = std::move(subqueries_);
  bound.scopes = std::move(scopes_);
  bound.why = why_;
  bound.writes = writes_;
  bound.explain = statement.prefix == ast::QueryPrefix::kExplain;
  bound.profile = statement.prefix == ast::QueryPrefix::kProfile;
  bound.cypher = cypher_;
  bound.page = page_;
  bound.late = std::move(late_);
  if (!bound.late.values.empty()) {
    SL_ASSIGN_OR_RETURN(LateValues late, BindLate(bound.late, bound.scopes, context_));
    bound.parameters = std::move(late.parameters);
    bound.late_notices = std::move(late.notices);
  }
  return bound;
}

Status StatementBinder::BindHead(const ast::Query& query, const storage::ScopeConditions& outer) {
  // The scope of names first: the sources of the head are found in it.
  head_items_ = &query.scope;
  SL_ASSIGN_OR_RETURN(base_scope_, view_.Resolve({}));  // For the expressions of its own items.
  std::vector<const ast::ScopeItem*> of_names;
  for (const ast::ScopeItem& item : query.scope) {
    const bool is_of_names = std::holds_alternative<ast::KnownAt>(item.item) ||
                             std::holds_alternative<ast::MaxMarking>(item.item) ||
                             std::holds_alternative<ast::ReleasableTo>(item.item);
    if (is_of_names) of_names.push_back(&item);
  }
  SL_ASSIGN_OR_RETURN(const storage::ScopeConditions base, BindBase(of_names, BaseOf(outer)));
  SL_ASSIGN_OR_RETURN(base_scope_, ResolveMerging(base));
  identity_ = base_scope_->identity();
  UseCatalogAt(base.known_at);
  SL_ASSIGN_OR_RETURN(head_, BindScope(query.scope, outer, !writes_ || MatchesIn(query)));
  SL_ASSIGN_OR_RETURN(head_scope_index_, AddScope(head_));
  SL_ASSIGN_OR_RETURN(base_scope_index_, AddBaseScope(scopes_[head_scope_index_]));
  base_scope_ = scopes_[base_scope_index_];
  identity_ = base_scope_->identity();
  around_ = head_;
  return OkStatus();
}

Status StatementBinder::BindParts(const ast::Query& query) {
  for (size_t part = 0; part < query.parts.size(); ++part) {
    StartStretch();
    SL_RETURN_IF_ERROR(BindLinear(query.parts[part]));
    if (part > 0) {
      const auto& first = parts_.front().second;
      const bool same =
          std::equal(first.begin(), first.end(), columns_.begin(), columns_.end(),
                     [](const BoundColumn& a, const BoundColumn& b) { return a.name == b.name; });
      if (!same) {
        const auto list = [](const std::vector<BoundColumn>& columns) {
          std::string names;
          for (const BoundColumn& column : columns) {
            names += (names.empty() ? "" : ", ") + column.name;
          }
          return names;
        };
        return Error("SL4007", query.parts[part].span,
                     fmt::format("the parts of a UNION must return the same columns: the first "
                                 "returns {}; this one {}",
                                 list(first), list(columns_)),
                     {"name the columns alike with AS"});
      }
    }
    parts_.emplace_back(std::move(plan_), std::move(columns_));
    if (part + 1 < query.parts.size()) continue;
    for (size_t next = 1; next < query.parts.size(); ++next) UnitePart(query, next);
  }
  return OkStatus();
}

// Unions associate to the left: (A UNION ALL B) UNION C. Part 0 holds what is united so far.
void StatementBinder::UnitePart(const ast::Query& query, size_t part) {
  auto& [left, columns] = parts_.front();
  auto& [right, right_columns] = parts_[part];
  FramePtr frame = NewFrame();
  LogicalUnion node;
  std::vector<uint32_t> keys;
  std::vector<BoundColumn> united;
  // A run of the same kind of union is one operator, not a tower of them.
  auto* earlier = std::get_if<LogicalUnion>(&left->node);
  const bool all = query.union_all[part - 1];
  if (earlier != nullptr && all) {
    bool terms = true;
    for (size_t i = 0; i < columns.size(); ++i) {
      earlier->columns[i].push_back(right_columns[i].slot);
      terms = right->frame->slots[right_columns[i].slot].kind == Vector::Kind::kTerms;
      Slot& slot = left->frame->slots[columns[i].slot];
      if (!terms) slot.kind = Vector::Kind::kData;
      if (slot.type != right_columns[i].type) slot.type = columns[i].type = StaticType::kAny;
    }
    left->inputs.push_back(std::move(right));
    return;
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    const Slot& a = left->frame->slots[columns[i].slot];
    const Slot& b = right->frame->slots[right_columns[i].slot];
    const bool terms = a.kind == Vector::Kind::kTerms && b.kind == Vector::Kind::kTerms;
    const StaticType type =
        columns[i].type == right_columns[i].type ? columns[i].type : StaticType::kAny;
    const uint32_t slot = frame->Add({.name = columns[i].name,
                                      .kind = terms ? Vector::Kind::kTerms : Vector::Kind::kData,
                                      .type = type});
    node.columns.push_back({columns[i].slot, right_columns[i].slot});
    keys.push_back(slot);
    united.push_back({.name = columns[i].name, .slot = slot, .type = type});
  }
  LogicalPlan plan = MakeOperator(std::move(node), frame, std::move(left));
  plan->inputs.push_back(std::move(right));
  if (!all) plan = MakeOperator(LogicalDistinct{keys}, frame, std::move(plan));
  left = std::move(plan);
  columns = std::move(united);
}

Status StatementBinder::BindLinear(const ast::LinearQuery& query) {
  for (const ast::Clause& clause : query.clauses) {
    columns_.clear();
    SL_RETURN_IF_ERROR(BindClause(clause));
  }
  if (query.clauses.empty()) return Error("SL4013", query.span, "this query has no steps");
  const ast::Clause& last = query.clauses.back();
  if (IsWrite(last) || std::holds_alternative<ast::ReturnClause>(last.node)) return OkStatus();
  if (cypher_ && subquery_ == nullptr) {
    return Error(
        "SL4014", query.span, "under CYPHER a query ends in RETURN, or in what it writes",
        {"add RETURN *, or leave the word CYPHER out: then all that has a name is returned"});
  }
  return ReturnEveryVariable(query.span);
}

Status StatementBinder::ReturnEveryVariable(const SourceSpan& span) {
  for (const Binding& binding : bindings_.all()) {
    if (binding.captured) continue;
    columns_.push_back({.name = binding.name, .slot = binding.slot, .type = binding.type});
  }
  // Of a subquery the rows count, whatever is in them.
  if (!columns_.empty() || subquery_ != nullptr) return OkStatus();
  return Error("SL4013", span,
               "nothing in this query has a name, so that there is nothing to return",
               {"name what you look for: MATCH (x)…, or write RETURN count(*)"});
}

Status StatementBinder::BindClause(const ast::Clause& clause) {
  UseCatalogAt(around_.known_at);
  if (const auto* match = std::get_if<ast::MatchClause>(&clause.node)) {
    return BindMatch(*match, clause.span);
  }
  if (const auto* unwind = std::get_if<ast::UnwindClause>(&clause.node)) return BindUnwind(*unwind);
  if (const auto* let = std::get_if<ast::LetClause>(&clause.node)) return BindLet(*let);
  if (const auto* filter = std::get_if<ast::FilterClause>(&clause.node)) {
    return BindFilter(*filter->condition);
  }
  if (const auto* call = std::get_if<ast::CallClause>(&clause.node)) {
    return BindCallClause(*call, clause.span);
  }
  if (const auto* with = std::get_if<ast::WithClause>(&clause.node)) {
    return BindProjection(with->projection, true, with->where.get());
  }
  if (const auto* page = std::get_if<ast::PageClause>(&clause.node)) {
    SL_RETURN_IF_ERROR(BindSort(page->paging.order_by));
    return BindSkipLimit(page->paging);
  }
  if (const auto* ret = std::get_if<ast::ReturnClause>(&clause.node)) {
    return BindProjection(ret->projection, false, nullptr);
  }
  if (const auto* assertion = std::get_if<ast::AssertClause>(&clause.node)) {
    return BindAssert(*assertion, clause.span);
  }
  return BindRetract(std::get<ast::RetractClause>(clause.node), clause.span);
}

Status StatementBinder::BindUnwind(const ast::UnwindClause& clause) {
  if (IsTaken(clause.variable.text)) {
    return Error("SL2002", clause.variable.span,
                 fmt::format("'{}' is in use already", clause.variable.text),
                 {"choose another name"});
  }
  ExpressionScope scope{.bindings = &bindings_, .place = "UNWIND"};
  SL_ASSIGN_OR_RETURN(BoundExpressionPtr list, BindExpression(*clause.list, &scope));
  StaticType type = StaticType::kAny;
  if (const auto* items = std::get_if<BoundList>(&list->node);
      items != nullptr && !items->items.empty()) {
    type = items->items.front()->type;
    for (const auto& item : items->items) {
      if (item->type != type) type = StaticType::kAny;
    }
  }
  const uint32_t slot =
      frame_->Add({.name = clause.variable.text, .kind = Vector::Kind::kData, .type = type});
  bindings_.Add({.name = clause.variable.text, .slot = slot, .type = type});
  plan_ = MakeOperator(LogicalUnwind{slot, std::move(list)}, frame_, std::move(plan_));
  rows_distinct_ = false;
  argument_only_ = false;
  return OkStatus();
}

Status StatementBinder::BindLet(const ast::LetClause& clause) {
  LogicalExtend extend;
  for (const auto& [name, value] : clause.items) {
    if (IsTaken(name.text)) {
      return Error("SL2002", name.span, fmt::format("'{}' is in use already", name.text),
                   {"choose another name: LET adds columns and never changes one"});
    }
    // An item may use the ones before it: each is an operator of its own when it does.
    ExpressionScope scope{.bindings = &bindings_, .place = "LET"};
    SL_ASSIGN_OR_RETURN(BoundExpressionPtr bound, BindExpression(*value, &scope));
    const auto slots = SlotsOf(*bound);
    const bool uses_earlier =
        std::any_of(extend.items.begin(), extend.items.end(), [&](const auto& item) {
          return std::binary_search(slots.begin(), slots.end(), item.first);
        });
    if (uses_earlier) {
      plan_ = MakeOperator(std::exchange(extend, {}), frame_, std::move(plan_));
    }
    const StaticType type = bound->type;
    const uint32_t slot =
        frame_->Add({.name = name.text, .kind = Vector::Kind::kData, .type = type});
    bindings_.Add({.name = name.text, .slot = slot, .type = type});
    extend.items.emplace_back(slot, std::move(bound));
  }
  plan_ = MakeOperator(std::move(extend), frame_, std::move(plan_));
  argument_only_ = false;
  return OkStatus();
}

Status StatementBinder::BindFilter(const ast::Expression& condition) {
  ExpressionScope scope{.bindings = &bindings_, .place = "a condition"};
  SL_ASSIGN_OR_RETURN(BoundExpressionPtr bound, BindCondition(condition, &scope));
  SL_RETURN_IF_ERROR(CheckComparisons(*bound));
  plan_ = MakeOperator(LogicalFilter{std::move(bound), Text(condition.span), condition.span},
                       frame_, std::move(plan_));
  argument_only_ = false;
  return OkStatus();
}

// --- Diagnostics

std::string StatementBinder::Text(const SourceSpan& span) const {
  if (span.begin >= context_.text.size() || span.end < span.begin) return {};
  return std::string(context_.text.substr(span.begin, span.end - span.begin));
}

Diagnostic StatementBinder::MakeError(std::string_view code, const SourceSpan& span,
                                      std::string message) {
  Diagnostic diagnostic;
  diagnostic.code = code;
  diagnostic.message = std::move(message);
  diagnostic.span = span;
  return diagnostic;
}

Status StatementBinder::Error(std::string_view code, const SourceSpan& span, std::string message,
                              std::vector<std::string> help) {
  Diagnostic diagnostic = MakeError(code, span, std::move(message));
  diagnostic.help = std::move(help);
  return ToStatus(std::move(diagnostic));
}

Status StatementBinder::NotImplemented(const SourceSpan& span, std::string_view construct,
                                       std::vector<std::string> help) {
  return Error("SL9001", span, fmt::format("{} is not implemented yet", construct),
               std::move(help));
}

void StatementBinder::Notice(Severity severity, std::string_view code, const SourceSpan& span,
                             std::string message, std::vector<std::string> help,
                             std::vector<Edit> edits) {
  Diagnostic diagnostic = MakeError(code, span, std::move(message));
  diagnostic.severity = severity;
  diagnostic.help = std::move(help);
  diagnostic.edits = std::move(edits);
  notices_.push_back(std::move(diagnostic));
}

}  // namespace sightline::query
