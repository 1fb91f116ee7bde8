#include "query/exec/statement_details.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

#include "query/diagnostics/diagnostic.h"

namespace sightline::query {
namespace {

using storage::TermId;
using storage::TimeBound;
using storage::TimeInterval;

Status Bad(const AssertDetail& detail, std::string expected, std::string help = "") {
  Diagnostic bad;
  bad.code = "SL6004";
  bad.message = fmt::format("'{}' must be {}", detail.key, expected);
  bad.span = detail.span;
  if (!help.empty()) bad.help.push_back(std::move(help));
  return ToStatus(std::move(bad));
}

std::optional<int64_t> IntegerOf(const Datum& datum) {
  const storage::Value* value = datum.value();
  const int64_t* number = value != nullptr && value->comparator() == storage::Comparator::kExactly
                              ? value->get_if<int64_t>()
                              : nullptr;
  return number != nullptr ? std::optional<int64_t>(*number) : std::nullopt;
}

const std::string* TextOf(const Datum& datum) {
  const storage::Value* value = datum.value();
  const auto* text = value != nullptr ? value->get_if<storage::Text>() : nullptr;
  return text != nullptr ? &text->text : nullptr;
}

std::optional<TimeInterval> TimeOf(const Datum& datum) {
  const storage::Value* value = datum.value();
  if (value == nullptr) return std::nullopt;
  if (const auto* date = value->get_if<storage::PartialDate>()) return TimeInterval::Of(*date);
  if (const auto* instant = value->get_if<storage::Instant>()) return TimeInterval::Of(*instant);
  if (const std::string* text = TextOf(datum)) {
    if (auto date = storage::PartialDate::Parse(*text); date.ok()) return TimeInterval::Of(*date);
    if (auto instant = storage::Instant::Parse(*text); instant.ok()) {
      return TimeInterval::Of(*instant);
    }
  }
  return std::nullopt;
}

std::optional<TimeInterval> IntervalOf(const Datum& datum) {
  const DatumList* list = datum.list();
  if (list == nullptr) return TimeOf(datum);
  if (list->size() != 2) return std::nullopt;
  TimeInterval interval;
  interval.from.kind = interval.to.kind = storage::BoundKind::kOpen;
  if (!(*list)[0].is_null()) {
    const std::optional<TimeInterval> from = TimeOf((*list)[0]);
    if (!from) return std::nullopt;
    interval.from = from->from;
  }
  if (!(*list)[1].is_null()) {
    const std::optional<TimeInterval> to = TimeOf((*list)[1]);
    if (!to) return std::nullopt;
    interval.to = to->to;
  }
  if (interval.from.kind == storage::BoundKind::kAt &&
      interval.to.kind == storage::BoundKind::kAt && interval.from.micros >= interval.to.micros) {
    return std::nullopt;
  }
  return interval;
}

// The nodes of a node or a list of nodes.
std::optional<std::vector<TermId>> NodesOf(const Datum& datum) {
  std::vector<TermId> nodes;
  if (const DatumList* list = datum.list()) {
    for (const Datum& item : *list) {
      if (item.node().is_none()) return std::nullopt;
      nodes.push_back(item.node());
    }
    return nodes;
  }
  if (datum.node().is_none()) return std::nullopt;
  nodes.push_back(datum.node());
  return nodes;
}

Status ApplyQualifier(const AssertDetail& detail, const Datum& value,
                      storage::Transaction* transaction, storage::StatementDraft* draft) {
  const DatumList one = {value};
  for (const Datum& item : value.list() != nullptr ? *value.list() : one) {
    if (item.is_null()) continue;
    SL_RETURN_IF_ERROR(CheckObject(*detail.predicate, item, detail.span));
    SL_ASSIGN_OR_RETURN(const TermId term, InternDatum(item, detail.span, transaction));
    draft->qualifiers.push_back({detail.predicate->id, term});
  }
  return OkStatus();
}

// A judgement of a source or a statement has to be a grade.
Status CheckGrade(const AssertPredicate& predicate, const storage::Value& object,
                  const SourceSpan& span) {
  Diagnostic bad;
  bad.code = "SL6004";
  bad.span = span;
  if (predicate.name == storage::kReliability) {
    const auto* text = object.get_if<storage::Text>();
    if (text != nullptr && storage::ParseReliability(text->text) &&
        storage::ParseReliability(text->text) != storage::Reliability::kUnstated) {
      return OkStatus();
    }
    bad.message = "reliability is a grade from \"A\" to \"F\"";
    bad.help = {"A is completely reliable, E unreliable, F cannot be judged"};
    return ToStatus(std::move(bad));
  }
  if (predicate.name == storage::kCredibility) {
    const int64_t* number = object.get_if<int64_t>();
    if (number != nullptr && *number >= 1 && *number <= 6) return OkStatus();
    bad.message = "credibility is a grade from 1 to 6";
    bad.help = {"1 is confirmed, 5 improbable, 6 cannot be judged"};
    return ToStatus(std::move(bad));
  }
  return OkStatus();
}

}  // namespace

Status CheckObject(const AssertPredicate& predicate, const Datum& object, const SourceSpan& span) {
  if (object.value() == nullptr) return OkStatus();  // Composite: InternDatum refuses it.
  SL_RETURN_IF_ERROR(CheckGrade(predicate, *object.value(), span));
  using storage::ValueType;
  const ValueType type = object.value()->type();
  const std::vector<ValueType>& types = predicate.range_types;
  const auto takes = [&](ValueType wanted) {
    return std::find(types.begin(), types.end(), wanted) != types.end();
  };
  const bool anything = predicate.range.empty() && types.empty();
  if (anything || takes(type) || (type == ValueType::kNode && !predicate.range.empty())) {
    return OkStatus();
  }
  // An integer is a decimal and a double as well.
  if (type == ValueType::kInteger && (takes(ValueType::kDecimal) || takes(ValueType::kDouble))) {
    return OkStatus();
  }
  if ((type == ValueType::kDecimal && takes(ValueType::kDouble)) ||
      (type == ValueType::kDouble && takes(ValueType::kDecimal))) {
    return OkStatus();
  }
  std::string wanted;
  for (const std::string& name : predicate.range) wanted += (wanted.empty() ? "" : " or ") + name;
  for (const ValueType name : types) {
    wanted += (wanted.empty() ? "" : " or ") + std::string(ValueTypeName(name));
  }
  Diagnostic wrong;
  wrong.code = "SL3022";
  wrong.message =
      fmt::format("'{}' takes {}, and this is a {}", predicate.name, wanted, ValueTypeName(type));
  wrong.span = span;
  return ToStatus(std::move(wrong));
}

StatusOr<TermId> InternDatum(const Datum& datum, const SourceSpan& span,
                             storage::Transaction* transaction) {
  if (!datum.node().is_none()) return datum.node();
  if (datum.value() == nullptr || datum.is_null()) {
    Diagnostic bad;
    bad.code = "SL6004";
    bad.message = "a fact holds a node or a single value, and this is a composite one";
    bad.span = span;
    return ToStatus(std::move(bad));
  }
  StatusOr<TermId> term = transaction->InternValue(*datum.value());
  if (!term.ok()) return WithPlace(term.status(), "SL6004", span);
  return term;
}

Status ApplyDetail(const AssertDetail& detail, const Datum& value,
                   storage::Transaction* transaction, storage::StatementDraft* draft) {
  if (value.is_null()) return OkStatus();
  if (detail.predicate) return ApplyQualifier(detail, value, transaction, draft);
  storage::StatementContext& context = draft->context;
  const std::string& key = detail.key;
  if (key == "credibility") {
    const std::optional<int64_t> grade = IntegerOf(value);
    if (!grade || *grade < 1 || *grade > 6) {
      return Bad(detail, "a grade from 1 to 6", "1 is confirmed, 5 improbable, 6 cannot be judged");
    }
    draft->credibility = static_cast<storage::Credibility>(*grade);
    return OkStatus();
  }
  if (key == "reliability") {
    const std::string* text = TextOf(value);
    const auto grade = text != nullptr ? storage::ParseReliability(*text) : std::nullopt;
    if (!grade) {
      return Bad(detail, "a grade from \"A\" to \"F\"",
                 "A is completely reliable, E unreliable, F cannot be judged");
    }
    context.reliability = *grade;
    return OkStatus();
  }
  if (key == "mode") {
    const std::string* text = TextOf(value);
    const auto mode = text != nullptr ? storage::ParseMode(*text) : std::nullopt;
    if (!mode || *mode == storage::Mode::kUnspecified) {
      std::string modes;
      for (uint8_t i = 1; i <= static_cast<uint8_t>(storage::Mode::kRecord); ++i) {
        modes += (i > 1 ? ", " : "") + std::string(ModeName(static_cast<storage::Mode>(i)));
      }
      return Bad(detail, "one of the modes", modes);
    }
    context.mode = *mode;
    return OkStatus();
  }
  if (key == "document" || key == "dataset") {
    if (value.node().is_none()) return Bad(detail, "a node, such as #doc/report");
    (key == "document" ? context.document : context.dataset) = value.node();
    return OkStatus();
  }
  if (key == "via") {
    std::optional<std::vector<TermId>> nodes = NodesOf(value);
    if (!nodes) return Bad(detail, "a node or a list of nodes");
    context.via = std::move(*nodes);
    return OkStatus();
  }
  if (key == "derived_from") {
    const std::optional<std::vector<TermId>> nodes = NodesOf(value);
    if (!nodes) return Bad(detail, "a statement or a list of statements");
    for (const TermId node : *nodes) {
      if (!node.is_statement()) return Bad(detail, "a statement or a list of statements");
      draft->derived_from.push_back({node.payload()});
    }
    return OkStatus();
  }
  if (key == "span") {
    const DatumList* list = value.list();
    const auto begin = list != nullptr && list->size() == 2 ? IntegerOf((*list)[0]) : std::nullopt;
    const auto end = list != nullptr && list->size() == 2 ? IntegerOf((*list)[1]) : std::nullopt;
    if (!begin || !end || *begin < 0 || *end < *begin) {
      return Bad(detail, "[begin, end], places in bytes with 0 <= begin <= end");
    }
    draft->span = storage::TextSpan{static_cast<uint64_t>(*begin), static_cast<uint64_t>(*end)};
    return OkStatus();
  }
  if (key == "quote") {
    const std::string* text = TextOf(value);
    if (text == nullptr) return Bad(detail, "text");
    if (text->size() > 4096) return Bad(detail, "at most 4096 bytes of text");
    draft->quote = *text;
    return OkStatus();
  }
  if (key == "said" || key == "valid") {
    const std::optional<TimeInterval> interval = IntervalOf(value);
    if (!interval) {
      return Bad(detail, "a date or [from, to] with `from` not after `to`",
                 "the last day counts as included; null is an open end: [2021-06-03, null]");
    }
    (key == "said" ? context.said : draft->valid) = *interval;
    return OkStatus();
  }
  if (key == "marking") {
    const std::string* text = TextOf(value);
    const auto label = text != nullptr ? storage::ParseTlpLabel(*text) : std::nullopt;
    if (!label) {
      return Bad(detail, "a TLP label",
                 "TLP:CLEAR, TLP:GREEN, TLP:AMBER, TLP:AMBER+STRICT or TLP:RED; `access` takes an "
                 "access expression");
    }
    context.marking.tlp = *label;
    return OkStatus();
  }
  if (key == "access") {
    const std::string* text = TextOf(value);
    if (text == nullptr) return Bad(detail, "an access expression, such as \"A&B\"");
    if (const auto parsed = storage::AccessExpression::Parse(*text); !parsed.ok()) {
      return Bad(detail, "an access expression, such as \"A&B\"", MessageOf(parsed.status()));
    }
    context.marking.access = *text;
    return OkStatus();
  }
  return Bad(detail, "a detail of a statement or a predicate");
}

}  // namespace sightline::query
