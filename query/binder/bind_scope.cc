// Scope items: which statements count.

#include <algorithm>
#include <set>
#include <utility>

#include "query/binder/source_set.h"
#include "query/binder/statement_binder.h"
#include "query/plan/expression_walk.h"
#include "storage/statements/scope_builder.h"

namespace sightline::query {
namespace {

// What an item says something about. An inner item replaces the outer ones of its dimension.
enum class Dimension {
  kTime,
  kUndated,
  kKnown,
  kSource,
  kNotSource,
  kReliability,
  kCredibility,
  kDispute,
  kBacking,
  kMarking,
  kReleasable
};

}  // namespace

StatusOr<uint32_t> StatementBinder::AddScope(const storage::ScopeConditions& conditions) {
  SL_ASSIGN_OR_RETURN(storage::ScopePtr scope, ResolveMerging(conditions));
  return AddResolved(std::move(scope));
}

uint32_t StatementBinder::AddResolved(storage::ScopePtr scope) {
  const auto found =
      std::find_if(scopes_.begin(), scopes_.end(), [&](const storage::ScopePtr& other) {
        return other->conditions() == scope->conditions() && other->identity() == scope->identity();
      });
  if (found != scopes_.end()) return static_cast<uint32_t>(found - scopes_.begin());
  scopes_.push_back(std::move(scope));
  return static_cast<uint32_t>(scopes_.size() - 1);
}

StatusOr<uint32_t> StatementBinder::AddBaseScope(const storage::ScopePtr& facts) {
  SL_ASSIGN_OR_RETURN(const storage::ScopePtr scope, view_.Resolve(BaseOf(facts->conditions())));
  return AddResolved(storage::WithIdentity(scope, facts->identity()));
}

StatusOr<storage::ScopePtr> StatementBinder::ResolveMerging(
    const storage::ScopeConditions& conditions) {
  const auto found = std::find_if(resolved_.begin(), resolved_.end(), [&](const auto& scope) {
    return scope->conditions() == conditions;
  });
  if (found != resolved_.end()) return *found;
  SL_ASSIGN_OR_RETURN(const storage::ScopePtr scope, view_.Resolve(conditions));
  SL_ASSIGN_OR_RETURN(resolved_.emplace_back(), view_.MergingEntities(scope));
  return resolved_.back();
}

void StatementBinder::UseCatalogAt(std::optional<storage::Revision> known_at) {
  auto catalog = view_.CatalogAt(known_at.value_or(view_.revision()));
  if (catalog.get() == catalog_) return;
  catalog_ = catalog.get();
  catalogs_.push_back(std::move(catalog));
}

StatusOr<storage::ScopeConditions> StatementBinder::BindScope(
    const std::vector<ast::ScopeItem>& items, const storage::ScopeConditions& outer, bool sources) {
  storage::ScopeConditions conditions = outer;
  std::set<Dimension> said;
  // Whether the dimension may be said: not twice in one place.
  const auto say = [&](Dimension dimension, const ast::ScopeItem& item) -> Status {
    if (said.insert(dimension).second) return OkStatus();
    return Error("SL4012", item.span, "this says again, or otherwise, what was said just before",
                 {"keep one of the two"});
  };
  const auto say_source = [&](Dimension dimension, const ast::ScopeItem& item) -> Status {
    if (!said.contains(Dimension::kSource) && !said.contains(Dimension::kNotSource)) {
      conditions.sources.reset();
      conditions.excluded_sources.clear();
    }
    return say(dimension, item);
  };
  const auto say_grade = [&](Dimension dimension, const ast::ScopeItem& item) -> Status {
    if (!said.contains(Dimension::kReliability) && !said.contains(Dimension::kCredibility)) {
      conditions.reliability.reset();
      conditions.credibility.reset();
    }
    return say(dimension, item);
  };
  const auto say_handling = [&](Dimension dimension, const ast::ScopeItem& item) -> Status {
    if (!said.contains(Dimension::kMarking) && !said.contains(Dimension::kReleasable)) {
      conditions.marked_at_most.reset();
      conditions.releasable_to.clear();
    }
    return say(dimension, item);
  };
  for (const ast::ScopeItem& item : items) {
    if (std::holds_alternative<ast::ValidAt>(item.item) ||
        std::holds_alternative<ast::ValidDuring>(item.item)) {
      SL_RETURN_IF_ERROR(say(Dimension::kTime, item));
      SL_ASSIGN_OR_RETURN(conditions.valid, BindValid(item));
    } else if (const auto* known = std::get_if<ast::KnownAt>(&item.item)) {
      SL_RETURN_IF_ERROR(say(Dimension::kKnown, item));
      SL_ASSIGN_OR_RETURN(conditions.known_at, BindKnownAt(*known));
    } else if (const auto* according = std::get_if<ast::AccordingTo>(&item.item)) {
      if (!sources) continue;
      SL_RETURN_IF_ERROR(
          say_source(according->negated ? Dimension::kNotSource : Dimension::kSource, item));
      std::vector<storage::TermId> roots;
      for (const ast::ExpressionPtr& source : according->sources) {
        SL_ASSIGN_OR_RETURN(const auto nodes, ResolveSource(*source));
        roots.insert(roots.end(), nodes.begin(), nodes.end());
      }
      SL_ASSIGN_OR_RETURN(auto all, SourcesAtOrBelow(view_, *catalog_, base_scope_, roots));
      if (according->negated) {
        conditions.excluded_sources = std::move(all);
      } else {
        conditions.sources = std::move(all);
      }
    } else if (const auto* reliability = std::get_if<ast::MinReliability>(&item.item)) {
      SL_RETURN_IF_ERROR(say_grade(Dimension::kReliability, item));
      const auto grade = storage::ParseReliability(reliability->grade.text);
      if (!grade.has_value() || *grade == storage::Reliability::kUnstated ||
          *grade == storage::Reliability::kF) {
        return Error("SL6004", reliability->grade.span,
                     fmt::format("'{}' is no grade to be better than", reliability->grade.text),
                     {"reliability goes from A (completely reliable) to E (unreliable)"});
      }
      conditions.reliability = *grade;
    } else if (const auto* credibility = std::get_if<ast::MinCredibility>(&item.item)) {
      SL_RETURN_IF_ERROR(say_grade(Dimension::kCredibility, item));
      if (credibility->grade < 1 || credibility->grade > 5) {
        return Error("SL6004", item.span,
                     fmt::format("{} is no grade to be better than", credibility->grade),
                     {"credibility goes from 1 (confirmed by other sources) to 5 (improbable)"});
      }
      conditions.credibility = static_cast<storage::Credibility>(credibility->grade);
    } else if (const auto* filter = std::get_if<ast::DisputeFilter>(&item.item)) {
      using Verb = ast::DisputeFilter::Verb;
      if (filter->what == ast::DisputeFilter::What::kUndated) {
        SL_RETURN_IF_ERROR(say(Dimension::kUndated, item));
        conditions.excluding_undated = filter->verb == Verb::kExcluding;
        conditions.only_undated = filter->verb == Verb::kOnly;
        continue;
      }
      SL_RETURN_IF_ERROR(say(Dimension::kDispute, item));
      using storage::DisputeRule;
      if (filter->what == ast::DisputeFilter::What::kDenied) {
        conditions.dispute_rule = filter->verb == Verb::kIncluding ? DisputeRule::kIncludingDenied
                                  : filter->verb == Verb::kOnly    ? DisputeRule::kOnlyDenied
                                                                   : DisputeRule::kDefault;
      } else {
        conditions.dispute_rule = filter->verb == Verb::kExcluding ? DisputeRule::kExcludingDisputed
                                  : filter->verb == Verb::kOnly    ? DisputeRule::kOnlyDisputed
                                                                   : DisputeRule::kDefault;
      }
    } else if (std::holds_alternative<ast::MinSources>(item.item)) {
      SL_RETURN_IF_ERROR(say(Dimension::kBacking, item));
      SL_RETURN_IF_ERROR(
          BindBackedBy(std::get<ast::MinSources>(item.item), item.span, &conditions));
    } else if (const auto* marking = std::get_if<ast::MaxMarking>(&item.item)) {
      SL_RETURN_IF_ERROR(say_handling(Dimension::kMarking, item));
      SL_ASSIGN_OR_RETURN(conditions.marked_at_most, BindMaxMarking(*marking));
    } else if (const auto* releasable = std::get_if<ast::ReleasableTo>(&item.item)) {
      SL_RETURN_IF_ERROR(say_handling(Dimension::kReleasable, item));
      SL_ASSIGN_OR_RETURN(conditions.releasable_to, BindReleasableTo(*releasable));
    }
  }
  return conditions;
}

storage::ScopeConditions StatementBinder::BaseOf(const storage::ScopeConditions& conditions) {
  storage::ScopeConditions base;
  base.known_at = conditions.known_at;
  base.marked_at_most = conditions.marked_at_most;
  base.releasable_to = conditions.releasable_to;
  return base;
}

StatusOr<storage::ScopeConditions> StatementBinder::BindBase(
    const std::vector<const ast::ScopeItem*>& items, storage::ScopeConditions base) {
  bool handles = false;
  for (const ast::ScopeItem* item : items) {
    if (const auto* known = std::get_if<ast::KnownAt>(&item->item)) {
      SL_ASSIGN_OR_RETURN(base.known_at, BindKnownAt(*known));
      continue;
    }
    if (!std::exchange(handles, true)) {
      base.marked_at_most.reset();
      base.releasable_to.clear();
    }
    if (const auto* marking = std::get_if<ast::MaxMarking>(&item->item)) {
      SL_ASSIGN_OR_RETURN(base.marked_at_most, BindMaxMarking(*marking));
    } else {
      SL_ASSIGN_OR_RETURN(base.releasable_to,
                          BindReleasableTo(std::get<ast::ReleasableTo>(item->item)));
    }
  }
  return base;
}

StatusOr<storage::TlpLabel> StatementBinder::BindMaxMarking(const ast::MaxMarking& item) {
  SL_ASSIGN_OR_RETURN(const Datum datum, EvaluateConstant(*item.marking, "MARKED AT MOST"));
  const auto* text = datum.value() != nullptr ? datum.value()->get_if<storage::Text>() : nullptr;
  const auto label = text != nullptr ? storage::ParseTlpLabel(text->text) : std::nullopt;
  if (label) return *label;
  return Error("SL3061", item.marking->span,
               fmt::format("{} is no TLP label", Text(item.marking->span)),
               {"the labels are TLP:CLEAR, TLP:GREEN, TLP:AMBER, TLP:AMBER+STRICT and TLP:RED; "
                "RELEASABLE TO asks about access expressions"});
}

StatusOr<std::vector<std::string>> StatementBinder::BindReleasableTo(
    const ast::ReleasableTo& item) {
  std::vector<std::string> parties;
  for (const ast::ExpressionPtr& party : item.parties) {
    SL_ASSIGN_OR_RETURN(const Datum datum, EvaluateConstant(*party, "RELEASABLE TO"));
    const auto* text = datum.value() != nullptr ? datum.value()->get_if<storage::Text>() : nullptr;
    if (text == nullptr || text->text.empty()) {
      return Error(
          "SL3061", party->span, fmt::format("{} names nobody to release to", Text(party->span)),
          {"write the authorisations of access expressions as text: RELEASABLE TO \"GBR\", "
           "\"AUS\""});
    }
    parties.push_back(text->text);
  }
  std::sort(parties.begin(), parties.end());
  parties.erase(std::unique(parties.begin(), parties.end()), parties.end());
  return parties;
}

StatusOr<storage::Revision> StatementBinder::BindKnownAt(const ast::KnownAt& known) {
  SL_ASSIGN_OR_RETURN(const storage::TimeInterval time, BindTime(known.at));
  // A day, month or year counts to its end: what was known when it was over.
  const int64_t at = time.to.kind == storage::BoundKind::kAt ? time.to.micros - 1 : INT64_MAX;
  return std::min(view_.RevisionAt(at), view_.revision());
}

StatusOr<storage::TimeInterval> StatementBinder::BindValid(const ast::ScopeItem& item) {
  if (const auto* at = std::get_if<ast::ValidAt>(&item.item)) return BindTime(at->at);
  const auto& during = std::get<ast::ValidDuring>(item.item);
  SL_ASSIGN_OR_RETURN(const storage::TimeInterval from, BindTime(during.from));
  if (!during.to.has_value()) return from;
  SL_ASSIGN_OR_RETURN(const storage::TimeInterval to, BindTime(*during.to));
  if (from.from.kind == storage::BoundKind::kAt && to.to.kind == storage::BoundKind::kAt &&
      from.from.micros >= to.to.micros) {
    return Error("SL3024", item.span, "this period ends before it begins",
                 {"write DURING earlier TO later"});
  }
  return storage::TimeInterval::Spanning(from, to);
}

StatusOr<storage::TimeInterval> StatementBinder::BindTime(const ast::TimePoint& time) {
  SL_ASSIGN_OR_RETURN(const Datum datum, EvaluateConstant(*time.expression, "a time"));
  const SourceSpan& span = time.expression->span;
  const auto not_a_time = [&] {
    return Error("SL3024", span, fmt::format("{} is no time", Text(span)),
                 {"write 2023, 2023-Q4, 2023-10, 2023-10-01 or 2023-10-01T08:30Z"});
  };
  const storage::Value* value = datum.value();
  if (value == nullptr) return not_a_time();
  if (const auto* date = value->get_if<storage::PartialDate>()) {
    return storage::TimeInterval::Of(*date);
  }
  if (const auto* instant = value->get_if<storage::Instant>()) {
    return storage::TimeInterval::Of(*instant);
  }
  std::string text;
  if (const auto* string = value->get_if<storage::Text>()) text = string->text;
  if (const auto* integer = value->get_if<int64_t>()) text = fmt::format("{:04}", *integer);
  if (auto date = storage::PartialDate::Parse(text); date.ok()) {
    return storage::TimeInterval::Of(*date);
  }
  if (auto instant = storage::Instant::Parse(text); instant.ok()) {
    return storage::TimeInterval::Of(*instant);
  }
  return not_a_time();
}

StatusOr<std::vector<storage::TermId>> StatementBinder::NodesNamedOrSuggest(std::string_view name,
                                                                            const SourceSpan& span,
                                                                            std::string_view code) {
  SL_ASSIGN_OR_RETURN(auto nodes, view_.NodesNamed(name, *base_scope_));
  if (!nodes.empty()) return nodes;
  if (IsNamedSince(name)) {
    return Error(code, span,
                 fmt::format("{} named nothing yet that was known then", QuoteText(name)),
                 {"AS KNOWN AT asks for what was recorded by that time; AS OF for what held then"});
  }
  Diagnostic diagnostic =
      MakeError(code, span, fmt::format("{} names nothing you can see", QuoteText(name)));
  SL_ASSIGN_OR_RETURN(auto close, view_.NamesLike(name, 2, kSuggestionsMax));
  for (std::string& candidate : close) candidate = QuoteText(candidate);
  const std::string text = Text(span);
  const bool is_literal = !text.empty() && (text.front() == '"' || text.front() == '\'');
  OfferNames(&diagnostic, is_literal ? span : SourceSpan{}, close);
  return ToStatus(std::move(diagnostic));
}

StatusOr<std::vector<storage::TermId>> StatementBinder::ResolveSource(
    const ast::Expression& source) {
  if (std::holds_alternative<ast::Variable>(source.node)) {
    return NotImplemented(source.span, "a source that differs from row to row",
                          {"name the source by id or name, or write WHERE st.source = …"});
  }
  if (const auto* id = std::get_if<ast::IdLiteral>(&source.node)) {
    SL_ASSIGN_OR_RETURN(const auto node, view_.FindNode(id->external_id));
    if (node.has_value()) return std::vector<storage::TermId>{*node};
    return Error("SL2016", source.span,
                 fmt::format("#{} names nothing you can see", id->external_id),
                 {"SHOW SOURCES lists who has spoken"});
  }
  SL_ASSIGN_OR_RETURN(const Datum datum, EvaluateConstant(source, "ACCORDING TO"));
  if (!datum.node().is_none()) return std::vector<storage::TermId>{datum.node()};
  if (const DatumList* list = datum.list()) {
    std::vector<storage::TermId> nodes;
    for (const Datum& item : *list) {
      if (!item.node().is_none()) {
        nodes.push_back(item.node());
        continue;
      }
      const auto* name = item.value() != nullptr ? item.value()->get_if<storage::Text>() : nullptr;
      if (name == nullptr) return Error("SL2016", source.span, "a source is an entity or a name");
      SL_ASSIGN_OR_RETURN(const auto named, NodesNamedOrSuggest(name->text, source.span, "SL2016"));
      nodes.insert(nodes.end(), named.begin(), named.end());
    }
    return nodes;
  }
  const auto* text = datum.value() != nullptr ? datum.value()->get_if<storage::Text>() : nullptr;
  if (text == nullptr) return Error("SL2016", source.span, "a source is an entity or a name");
  return NodesNamedOrSuggest(text->text, source.span, "SL2016");
}

}  // namespace sightline::query
