#include "server/ingest/dump_writer.h"

#include <charconv>
#include <map>
#include <utility>
#include <variant>
#include <vector>

#include "server/ingest/json_text.h"

namespace sightline::server {
namespace {

using storage::BoundKind;
using storage::Comparator;
using storage::Instant;
using storage::PartialDate;
using storage::TimeBound;
using storage::TimeInterval;
using storage::Value;

constexpr int64_t kMicrosPerDay = 86'400'000'000;

std::string JsonString(std::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

template <typename Names>
std::string JsonList(const Names& names) {
  std::string out = "[";
  for (const auto& name : names) {
    if (out.size() > 1) out += ',';
    AppendJsonString(name, &out);
  }
  return out + "]";
}

// The shortest text that reads back as the same number.
std::string DoubleText(double number) {
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof(buffer), number);
  return std::string(buffer, end);
}

bool IsInCalendar(int64_t micros) { return Instant::Parse(Instant{micros}.ToString()).ok(); }

// The point in time, as the importer reads it.
std::string InstantText(int64_t micros) {
  return IsInCalendar(micros) ? Instant{micros}.ToString() : fmt::format("@{}", micros);
}

std::string DayText(int64_t micros) {
  return PartialDate::FromDays(micros / kMicrosPerDay - (micros % kMicrosPerDay < 0 ? 1 : 0))
      .ToString();
}

bool IsMidnight(int64_t micros) { return micros % kMicrosPerDay == 0; }

std::string FromText(const TimeBound& from) {
  if (from.kind != BoundKind::kAt) return from.kind == BoundKind::kOpen ? ".." : "?";
  return IsMidnight(from.micros) && IsInCalendar(from.micros) ? DayText(from.micros)
                                                              : InstantText(from.micros);
}

// A part of a text says when it ends: the last day, or the last microsecond.
std::string ToText(const TimeBound& to) {
  if (to.kind != BoundKind::kAt) return to.kind == BoundKind::kOpen ? ".." : "?";
  // Unsigned, so that the start of the time line goes around, and back when it is read.
  const auto last = static_cast<int64_t>(static_cast<uint64_t>(to.micros) - 1);
  return IsMidnight(to.micros) && IsInCalendar(last) ? DayText(last) : InstantText(last);
}

std::string IntervalText(const TimeInterval& interval) {
  const std::string from = FromText(interval.from);
  const std::string to = ToText(interval.to);
  return from == to ? from : from + "/" + to;
}

// The value's type and content, without braces and comparator.
struct TypedText {
  std::string_view type;
  std::string content;
};
TypedText TypedTextOf(const Value& value) {
  const auto quoted = [](const std::string& text) { return JsonString(text); };
  if (const bool* boolean = value.get_if<bool>()) return {"boolean", *boolean ? "true" : "false"};
  if (const auto* integer = value.get_if<int64_t>()) {
    return {"integer", std::to_string(*integer)};
  }
  if (const auto* decimal = value.get_if<storage::Decimal>()) {
    return {"decimal", quoted(decimal->ToString())};
  }
  if (const double* number = value.get_if<double>()) return {"double", DoubleText(*number)};
  if (const auto* text = value.get_if<storage::Text>()) return {"text", JsonString(text->text)};
  if (const auto* date = value.get_if<PartialDate>()) return {"date", quoted(date->ToString())};
  if (const auto* instant = value.get_if<Instant>()) {
    return {"instant", IsInCalendar(instant->micros) ? quoted(instant->ToString())
                                                     : std::to_string(instant->micros)};
  }
  if (const auto* money = value.get_if<storage::Money>()) {
    return {"money", quoted(money->amount.ToString() + " " + money->currency)};
  }
  if (const auto* quantity = value.get_if<storage::Quantity>()) {
    return {"quantity", quoted(quantity->amount.ToString() + " " + quantity->unit)};
  }
  if (const auto* percentage = value.get_if<storage::Percentage>()) {
    return {"percentage", quoted(percentage->percent.ToString())};
  }
  const auto* point = value.get_if<storage::GeoPoint>();
  return {"point", "[" + DoubleText(point->latitude) + "," + DoubleText(point->longitude) + "]"};
}

std::string ValueText(const Value& value) {
  const TypedText typed = TypedTextOf(value);
  const storage::Text* text = value.get_if<storage::Text>();
  const bool is_plain = value.comparator() == Comparator::kExactly &&
                        (typed.type == "boolean" || typed.type == "integer" ||
                         (text != nullptr && text->language.empty()));
  if (is_plain) return typed.content;
  JsonObjectText object;
  object.Add(typed.type, typed.content);
  if (text != nullptr && !text->language.empty()) object.AddString("language", text->language);
  if (value.comparator() != Comparator::kExactly) {
    object.AddString("comparator", ComparatorSymbol(value.comparator()));
  }
  return object.Finish();
}

void AddRemarks(const std::string& label, const std::string& note, JsonObjectText* line) {
  if (!label.empty()) line->AddString("label", label);
  if (!note.empty()) line->AddString("note", note);
}

std::string LineOf(const storage::ClassDefinition& definition) {
  JsonObjectText line;
  line.AddString("class", definition.name);
  if (!definition.parents.empty()) line.Add("under", JsonList(definition.parents));
  AddRemarks(definition.label, definition.note, &line);
  return line.Finish();
}

std::string LineOf(const storage::PredicateDefinition& definition) {
  JsonObjectText line;
  line.AddString("predicate", definition.name);
  if (!definition.parents.empty()) line.Add("under", JsonList(definition.parents));
  if (!definition.domain.empty()) line.Add("domain", JsonList(definition.domain));
  if (!definition.range.empty()) line.Add("range", JsonList(definition.range));
  if (!definition.range_types.empty()) {
    std::vector<std::string_view> types;
    for (const storage::ValueType type : definition.range_types) {
      types.push_back(ValueTypeName(type));
    }
    line.Add("types", JsonList(types));
  }
  if (definition.cardinality == storage::Cardinality::kOne) line.Add("one", "true");
  if (definition.symmetric) line.Add("symmetric", "true");
  if (definition.transitive) line.Add("transitive", "true");
  if (definition.taxonomic) line.Add("taxonomic", "true");
  if (!definition.inverse.empty()) line.AddString("inverse", definition.inverse);
  AddRemarks(definition.label, definition.note, &line);
  return line.Finish();
}

void AddMarking(const storage::Marking& marking, JsonObjectText* line) {
  if (marking.tlp != storage::TlpLabel::kClear) {
    line->AddString("marking", TlpLabelName(marking.tlp));
  }
  if (!marking.access.empty()) line->AddString("access", marking.access);
}

std::string LineOf(const storage::StoredDefinition& definition) {
  JsonObjectText line;
  using Kind = storage::StoredDefinition::Kind;
  line.AddString(definition.kind == Kind::kQuery  ? "query"
                 : definition.kind == Kind::kEdge ? "edge"
                                                  : "prefix",
                 definition.name);
  line.Add("number", std::to_string(definition.number));
  if (!definition.parameters.empty()) line.Add("parameters", JsonList(definition.parameters));
  AddMarking(definition.marking, &line);
  AddRemarks("", definition.note, &line);
  line.AddString("text", definition.text);
  return line.Finish();
}

std::string LineOf(const storage::DroppedDefinition& definition) {
  JsonObjectText line;
  line.AddString("drop", definition.name);
  switch (definition.kind) {
    case storage::DroppedDefinition::Kind::kClass:
      line.AddString("kind", "class");
      break;
    case storage::DroppedDefinition::Kind::kPredicate:
      line.AddString("kind", "predicate");
      break;
    case storage::DroppedDefinition::Kind::kStored:
      line.AddString("kind", "stored");
      line.Add("number", std::to_string(definition.number));
      break;
  }
  return line.Finish();
}

std::string NameOf(storage::StatementId id) { return fmt::format("s/{}", id.value); }

}  // namespace

Status DumpWriter::OnBegin(const std::shared_ptr<const storage::ReadView>& view) {
  view_ = view;
  return sink_("{\"dump\":1}\n");
}

Status DumpWriter::OnCommit(const storage::HistoryCommit& commit) {
  JsonObjectText line;
  line.AddString("commit", InstantText(commit.micros));
  if (commit.is_load) line.Add("load", "true");
  return sink_(line.Finish() + "\n");
}

Status DumpWriter::OnDefinition(const storage::Definition& definition) {
  return sink_(std::visit([](const auto& any) { return LineOf(any); }, definition) + "\n");
}

Status DumpWriter::OnRetraction(storage::StatementId statement, std::string_view reason) {
  JsonObjectText line;
  line.AddString("retract", NameOf(statement));
  line.AddString("reason", reason);
  return sink_(line.Finish() + "\n");
}

StatusOr<std::string> DumpWriter::NodeText(storage::TermId node) const {
  SL_ASSIGN_OR_RETURN(const std::string id, view_->ExternalIdOf(node));
  return node.is_statement() ? "{\"statement\":" + JsonString(id) + "}" : JsonString(id);
}

StatusOr<std::string> DumpWriter::ObjectText(storage::TermId object) const {
  if (object.is_node()) {
    SL_ASSIGN_OR_RETURN(const std::string id, view_->ExternalIdOf(object));
    return fmt::format("{{\"{}\":{}}}", object.is_statement() ? "statement" : "node",
                       JsonString(id));
  }
  SL_ASSIGN_OR_RETURN(const Value value, view_->ValueOf(object));
  return ValueText(value);
}

// Each predicate once, where it comes first.
StatusOr<std::string> DumpWriter::QualifiersText(
    const std::vector<storage::Qualifier>& qualifiers) const {
  std::vector<storage::TermId> predicates;
  std::map<storage::TermId, std::vector<std::string>> values;
  for (const storage::Qualifier& qualifier : qualifiers) {
    std::vector<std::string>& of_predicate = values[qualifier.predicate];
    if (of_predicate.empty()) predicates.push_back(qualifier.predicate);
    SL_ASSIGN_OR_RETURN(of_predicate.emplace_back(), ObjectText(qualifier.value));
  }
  JsonObjectText object;
  for (const storage::TermId predicate : predicates) {
    const std::vector<std::string>& of_predicate = values[predicate];
    SL_ASSIGN_OR_RETURN(const std::string name, view_->ExternalIdOf(predicate));
    std::string text = of_predicate.front();
    for (size_t i = 1; i < of_predicate.size(); ++i) text += "," + of_predicate[i];
    object.Add(name, of_predicate.size() == 1 ? text : "[" + text + "]");
  }
  return object.Finish();
}

Status DumpWriter::OnStatement(const storage::Statement& statement) {
  statement_ = statement.id;
  const storage::StatementDraft& content = statement.content;
  const storage::StatementContext& context = content.context;
  JsonObjectText line;
  line.AddString("id", NameOf(statement.id));
  if (content.polarity == storage::Polarity::kDenies) line.AddString("polarity", "denies");
  const std::pair<std::string_view, storage::TermId> sources[] = {
      {"claimant", context.claimant}, {"document", context.document}, {"dataset", context.dataset}};
  for (const auto& [role, source] : sources) {
    if (source.is_none()) continue;
    SL_ASSIGN_OR_RETURN(const std::string id, view_->ExternalIdOf(source));
    line.AddString(role, id);
  }
  if (!context.via.empty()) {
    std::vector<std::string> via;
    for (const storage::TermId source : context.via) {
      SL_ASSIGN_OR_RETURN(via.emplace_back(), view_->ExternalIdOf(source));
    }
    line.Add("via", JsonList(via));
  }
  line.AddString(
      "mode", context.mode == storage::Mode::kUnspecified ? "unspecified" : ModeName(context.mode));
  if (context.reliability != storage::Reliability::kUnstated) {
    line.AddString("reliability", ReliabilityName(context.reliability));
  }
  if (content.credibility != 0) line.Add("credibility", std::to_string(content.credibility));
  if (!context.said.undated()) line.AddString("said", IntervalText(context.said));
  if (!content.valid.undated()) line.AddString("valid", IntervalText(content.valid));
  AddMarking(context.marking, &line);
  if (content.span) {
    line.Add("span", fmt::format("[{},{}]", content.span->begin, content.span->end));
  }
  if (!content.quote.empty()) line.AddString("quote", content.quote);
  if (!content.derived_from.empty()) {
    std::vector<std::string> origins;
    for (const storage::StatementId origin : content.derived_from) {
      origins.push_back(NameOf(origin));
    }
    line.Add("derivedFrom", JsonList(origins));
  }
  if (!content.qualifiers.empty()) {
    SL_ASSIGN_OR_RETURN(const std::string qualifiers, QualifiersText(content.qualifiers));
    line.Add("qualifiers", qualifiers);
  }
  header_ = line.Finish();
  header_.pop_back();
  return OkStatus();
}

Status DumpWriter::OnFacts(std::span<const storage::Fact> facts) {
  for (const storage::Fact& fact : facts) {
    SL_ASSIGN_OR_RETURN(const std::string subject, NodeText(fact.subject));
    SL_ASSIGN_OR_RETURN(const std::string predicate, view_->ExternalIdOf(fact.predicate));
    SL_ASSIGN_OR_RETURN(const std::string object, ObjectText(fact.object));
    SL_RETURN_IF_ERROR(
        facts_.Add(fmt::format("[{},{},{}]", subject, JsonString(predicate), object)));
  }
  fact_count_ += facts.size();
  if (options_.on_progress) options_.on_progress(statement_count_, fact_count_);
  return OkStatus();
}

Status DumpWriter::OnStatementEnd() {
  std::string line = header_;
  bool has_facts = false;
  const auto end_line = [&]() -> Status {
    line += "]}\n";
    return sink_(line);
  };
  SL_RETURN_IF_ERROR(facts_.Take([&](std::string_view fact) -> Status {
    if (has_facts && line.size() + fact.size() > options_.line_bytes_max) {
      SL_RETURN_IF_ERROR(end_line());
      line = fmt::format("{{\"continue\":\"{}\"", NameOf(statement_));
      has_facts = false;
    }
    line += has_facts ? "," : ",\"facts\":[";
    line += fact;
    has_facts = true;
    return OkStatus();
  }));
  if (!has_facts) return DataLoss("A statement has no facts: {}", NameOf(statement_));
  ++statement_count_;
  return end_line();
}

}  // namespace sightline::server
