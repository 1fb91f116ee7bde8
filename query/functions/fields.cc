#include "query/functions/fields.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>
#include <set>
#include <utility>

#include "query/functions/datum_order.h"
#include "query/functions/runtime_error.h"
#include "query/functions/sort_in_steps.h"
#include "query/functions/support.h"

namespace sightline::query {
namespace {

using storage::Instant;
using storage::PartialDate;
using storage::Statement;
using storage::StatementId;
using storage::TermId;
using storage::TermTag;
using storage::TimeBound;
using storage::TimeInterval;
using storage::Value;

constexpr int64_t kSecondMicros = 1'000'000;
constexpr int64_t kDayMicros = 86'400 * kSecondMicros;
// 0001-01-01 and 9999-12-31, in days since 1970: outside, an instant is no date of ours.
constexpr int64_t kFirstDay = -719'162;
constexpr int64_t kLastDay = 2'932'896;

constexpr Field kStatementFields[] = {
    {"source", StaticType::kEntity, "who says it"},
    {"claimant", StaticType::kEntity, "the same as source"},
    {"document", StaticType::kEntity, "where it is said"},
    {"dataset", StaticType::kEntity, "the collection it came with"},
    {"via", StaticType::kList, "who passed it on, nearest to the claimant first"},
    {"quote", StaticType::kText, "the quoted words"},
    {"span", StaticType::kList, "the bytes of the document's text, [begin, end)"},
    {"polarity", StaticType::kText, "'asserts' or 'denies'"},
    {"mode", StaticType::kText, "how the words reached us: 'direct-quote', 'reported' ..."},
    {"credibility", StaticType::kInteger, "of the claim: 1 (confirmed) to 5; 6 cannot be judged"},
    {"reliability", StaticType::kText, "of the source: 'A' to 'E'; 'F' cannot be judged"},
    {"credibility_score", StaticType::kInteger, "the same in numbers: 1 is 100, 5 is 0; 6 is null"},
    {"reliability_score", StaticType::kInteger, "the same in numbers: A is 100, E is 0; F is null"},
    {"said", StaticType::kAny, "when it was said"},
    {"from", StaticType::kAny, "the first day on which it held"},
    {"to", StaticType::kAny, "the last day on which it held; 'open' when it has no end"},
    {"valid", StaticType::kAny, "when it held: a date, or a map of from and to"},
    {"recorded_at", StaticType::kInstant, "when it was recorded here"},
    {"published", StaticType::kAny, "when its document was published"},
    {"derived_from", StaticType::kList, "the statements it rests on"},
    {"marking", StaticType::kText, "its TLP label"},
    {"access", StaticType::kText, "its access expression"},
    {"retracted", StaticType::kBoolean, "whether it was taken back"},
    {"retracted_at", StaticType::kInstant, "when it was taken back"},
    {"reason", StaticType::kText, "why it was taken back"},
    {"revision", StaticType::kInteger,
     "the revision that recorded it; null to whoever may not see everything"},
    {"facts", StaticType::kList, "the facts it asserts or denies"},
    {"id", StaticType::kText, "its id, such as 's/17'"},
};

constexpr Field kFactFields[] = {
    {"subject", StaticType::kAny, "what the fact is about"},
    {"predicate", StaticType::kText, "the predicate's name"},
    {"object", StaticType::kAny, "the other end: a node or a value"},
    {"sources", StaticType::kList, "who asserts it"},
    {"asserted_by", StaticType::kList, "the same as sources"},
    {"denied_by", StaticType::kList, "who denies it"},
    {"disputed", StaticType::kBoolean, "whether it is both asserted and denied"},
    {"denied", StaticType::kBoolean, "whether anyone denies it"},
    {"statements", StaticType::kList, "the statements that assert it"},
    {"denials", StaticType::kList, "the statements that deny it"},
    {"count", StaticType::kInteger, "how many statements assert it"},
    {"origins", StaticType::kInteger, "how many independent origins assert it"},
    {"credibility", StaticType::kInteger, "the best of its statements'"},
    {"reliability", StaticType::kText, "the best of its statements'"},
    {"credibility_score", StaticType::kInteger, "the same in numbers: 1 is 100, 5 is 0; 6 is null"},
    {"reliability_score", StaticType::kInteger, "the same in numbers: A is 100, E is 0; F is null"},
    {"from", StaticType::kAny, "the first day on which it held, by any statement"},
    {"to", StaticType::kAny, "the last day on which it held, by any statement"},
};

constexpr Field kPathFields[] = {
    {"nodes", StaticType::kList, "its nodes, in order"},
    {"facts", StaticType::kList, "its facts, in order"},
    {"length", StaticType::kInteger, "the number of its facts"},
    {"start", StaticType::kAny, "its first node"},
    {"end", StaticType::kAny, "its last node"},
    {"cost", StaticType::kAny, "what it costs, of a CHEAPEST path; else unknown"},
};

constexpr Field kValueFields[] = {
    {"year", StaticType::kInteger, "of a DATE or DATETIME"},
    {"quarter", StaticType::kInteger, "of a DATE known to the quarter, or of a DATETIME"},
    {"month", StaticType::kInteger, "of a DATE known to the month, or of a DATETIME"},
    {"day", StaticType::kInteger, "of a DATE known to the day, or of a DATETIME"},
    {"hour", StaticType::kInteger, "of a DATETIME, in UTC"},
    {"minute", StaticType::kInteger, "of a DATETIME"},
    {"second", StaticType::kInteger, "of a DATETIME"},
    {"from", StaticType::kDate, "the first day of a DATE"},
    {"to", StaticType::kDate, "the last day of a DATE"},
    {"date", StaticType::kDate, "the day of a DATETIME"},
    {"amount", StaticType::kDecimal, "the figure of MONEY or a QUANTITY"},
    {"currency", StaticType::kText, "of MONEY"},
    {"unit", StaticType::kText, "of a QUANTITY"},
    {"percent", StaticType::kDecimal, "the figure of a PERCENTAGE: 70 of 70 %"},
    {"latitude", StaticType::kDouble, "of a point, in degrees"},
    {"longitude", StaticType::kDouble, "of a point, in degrees"},
};

// "recorded_at" and "recordedAt" alike.
std::string Folded(std::string_view name) {
  std::string folded;
  for (const char c : name) {
    if (c != '_') folded += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return folded;
}

Datum TextOrNull(std::string_view text) {
  return text.empty() ? Datum() : Datum::OfText(std::string(text));
}
Datum IntegerOrNull(std::optional<int64_t> number) {
  return number ? Datum::OfInteger(*number) : Datum();
}
Datum NodeOrNull(TermId node) { return node.is_none() ? Datum() : Datum::OfNode(node); }

TermId StatementTerm(StatementId id) { return TermId::Make(TermTag::kStatement, id.value); }
Datum StatementList(const std::vector<Statement>& statements) {
  DatumList list;
  for (const Statement& statement : statements) {
    list.push_back(Datum::OfNode(StatementTerm(statement.id)));
  }
  return Datum(std::move(list));
}

StatusOr<Datum> TermDatum(TermId term, const EvaluationContext& context) {
  if (term.is_none()) return Datum();
  if (term.is_node()) return Datum::OfNode(term);
  SL_ASSIGN_OR_RETURN(Value value, context.view->ValueOf(term));
  return Datum(std::move(value));
}

Datum InstantDatum(int64_t micros) { return Datum(Value(Instant{micros})); }

int64_t FloorDay(int64_t micros) {
  return micros >= 0 ? micros / kDayMicros : -((-micros + kDayMicros - 1) / kDayMicros);
}

// --- Statements ----------------------------------------------------------------------------------

// A document's own date of publication, if the schema has such predicates and somebody stated it.
StatusOr<Datum> PublishedOf(TermId document, EvaluationContext* context) {
  if (document.is_none()) return Datum();
  for (const std::string_view name : {"publishedAt", "date"}) {
    const storage::PredicateDefinition* predicate = context->view->catalog().FindPredicate(name);
    if (predicate == nullptr) continue;
    PropertyAccess access;
    access.key = name;
    access.predicates = {predicate->id};
    access.many = false;
    SL_ASSIGN_OR_RETURN(Datum published,
                        ReadProperty(document, access, context->query_scope_index, context));
    if (!published.is_null()) return published;
  }
  return Datum();
}

StatusOr<Datum> StatementField(const Statement& statement, std::string_view name,
                               EvaluationContext* context) {
  const storage::StatementDraft& content = statement.content;
  const storage::StatementContext& said = content.context;
  if (name == "source" || name == "claimant") {
    return NodeOrNull(context->CanonicalOf(said.claimant));
  }
  if (name == "document") return NodeOrNull(context->CanonicalOf(said.document));
  if (name == "dataset") return NodeOrNull(context->CanonicalOf(said.dataset));
  if (name == "via") {
    std::vector<TermId> via = said.via;
    for (TermId& node : via) node = context->CanonicalOf(node);
    return NodeList(via);
  }
  if (name == "quote") return TextOrNull(content.quote);
  if (name == "span") {
    if (!content.span) return Datum();
    return Datum(DatumList{Datum::OfInteger(static_cast<int64_t>(content.span->begin)),
                           Datum::OfInteger(static_cast<int64_t>(content.span->end))});
  }
  if (name == "polarity") return TextOrNull(storage::PolarityName(content.polarity));
  if (name == "mode") return TextOrNull(storage::ModeName(said.mode));
  if (name == "credibility") {
    return content.credibility == 0 ? Datum() : Datum::OfInteger(content.credibility);
  }
  if (name == "reliability") return TextOrNull(storage::ReliabilityName(said.reliability));
  if (name == "credibility_score")
    return IntegerOrNull(storage::CredibilityScore(content.credibility));
  if (name == "reliability_score")
    return IntegerOrNull(storage::ReliabilityScore(said.reliability));
  if (name == "said") return IntervalDatum(said.said);
  if (name == "from") return BoundDatum(content.valid.from, false);
  if (name == "to") return BoundDatum(content.valid.to, true);
  if (name == "valid") return IntervalDatum(content.valid);
  if (name == "recorded_at") return InstantDatum(statement.recorded_at_micros);
  if (name == "published") return PublishedOf(said.document, context);
  if (name == "derived_from") {
    DatumList list;
    for (const StatementId id : content.derived_from) {
      const StatusOr<Statement> parent = context->view->GetStatement(id);
      if (parent.status().code() == StatusCode::kNotFound) continue;  // Above the clearance.
      if (!parent.ok()) return parent.status();
      list.push_back(Datum::OfNode(StatementTerm(id)));
    }
    return Datum(std::move(list));
  }
  if (name == "marking") return TextOrNull(storage::TlpLabelName(said.marking.tlp));
  if (name == "access") return TextOrNull(said.marking.access);
  if (name == "retracted") return Datum::OfBoolean(statement.retraction.has_value());
  if (name == "retracted_at") {
    if (!statement.retraction) return Datum();
    return InstantDatum(statement.retraction->recorded_at_micros);
  }
  if (name == "reason") {
    return statement.retraction ? TextOrNull(statement.retraction->reason) : Datum();
  }
  if (name == "revision") {
    // Revisions count what everybody has written.
    if (!context->view->clearance().unrestricted) return Datum();
    return Datum::OfInteger(static_cast<int64_t>(statement.revision.value));
  }
  if (name == "facts") {
    SL_ASSIGN_OR_RETURN(const std::vector<storage::Fact> facts,
                        context->view->FactsOf(statement.id));
    SL_RETURN_IF_ERROR(context->TouchFacts(facts.size()));
    DatumList list;
    for (const storage::Fact& fact : facts) list.emplace_back(FactDatum{fact, 0});
    return Datum(std::move(list));
  }
  // id
  SL_ASSIGN_OR_RETURN(std::string id, context->view->ExternalIdOf(StatementTerm(statement.id)));
  return Datum::OfText(std::move(id));
}

bool Names(const PropertyAccess& access, TermId predicate) {
  return std::find(access.predicates.begin(), access.predicates.end(), predicate) !=
         access.predicates.end();
}

// The values of the statement's qualifiers with one of the predicates, in the order of the record.
StatusOr<DatumList> QualifiersOf(const Statement& statement, const PropertyAccess& access,
                                 const EvaluationContext& context) {
  DatumList values;
  for (const storage::Qualifier& qualifier : statement.content.qualifiers) {
    if (!Names(access, qualifier.predicate)) continue;
    SL_ASSIGN_OR_RETURN(Datum value, TermDatum(context.CanonicalOf(qualifier.value), context));
    values.push_back(std::move(value));
  }
  return values;
}

StatusOr<Datum> ReadStatement(TermId node, const PropertyAccess& access,
                              EvaluationContext* context) {
  StatusOr<Statement> statement =
      ReadRated(StatementId{node.payload()}, context->query_scope_index, context);
  if (statement.status().code() == StatusCode::kNotFound) return Datum();
  if (!statement.ok()) return statement.status();
  SL_RETURN_IF_ERROR(context->TouchFacts(1));
  if (const Field* field = FindField(StatementFields(), access.key)) {
    return StatementField(*statement, field->name, context);
  }
  SL_ASSIGN_OR_RETURN(DatumList qualifiers, QualifiersOf(*statement, access, *context));
  if (!qualifiers.empty()) {
    if (ReadsList(access, *context)) return Datum(std::move(qualifiers));
    return qualifiers.front();
  }
  return ReadProperty(node, access, context->query_scope_index, context);
}

// --- Facts ---------------------------------------------------------------------------------------

// The statements from best to worst supported, each on its own.
Status SortBySupport(std::vector<Statement>* statements) {
  std::stable_sort(
      statements->begin(), statements->end(), [](const Statement& a, const Statement& b) {
        const auto key = [](const Statement& s) {
          return std::tuple{ReliabilityRank(s.content.context.reliability),
                            CredibilityRank(s.content.credibility), -s.recorded_at_micros};
        };
        return key(a) < key(b);
      });
  return OkStatus();
}

Datum WidestBound(const std::vector<Statement>& statements, bool is_end) {
  TimeBound widest;
  for (const Statement& statement : statements) {
    const TimeBound& bound = is_end ? statement.content.valid.to : statement.content.valid.from;
    if (bound.kind == storage::BoundKind::kUnknown) continue;
    if (widest.kind == storage::BoundKind::kOpen) break;
    if (widest.kind == storage::BoundKind::kUnknown || bound.kind == storage::BoundKind::kOpen ||
        (is_end ? bound.micros > widest.micros : bound.micros < widest.micros)) {
      widest = bound;
    }
  }
  return BoundDatum(widest, is_end);
}

StatusOr<Datum> FactField(const FactDatum& fact, std::string_view name,
                          EvaluationContext* context) {
  if (name == "subject") return TermDatum(fact.fact.subject, *context);
  if (name == "object") return TermDatum(fact.fact.object, *context);
  if (name == "predicate") {
    SL_ASSIGN_OR_RETURN(std::string id, context->view->ExternalIdOf(fact.fact.predicate));
    return Datum::OfText(std::move(id));
  }
  SL_ASSIGN_OR_RETURN(FactSupport support, SupportOf(fact, context));
  // Of a fact that is only denied, the denials are all there is to tell.
  const std::vector<Statement>& told =
      support.asserting.empty() ? support.denying : support.asserting;
  if (name == "sources" || name == "asserted_by" || name == "denied_by") {
    std::set<TermId> nodes;
    for (const TermId node :
         ClaimantsOf(name == "denied_by" ? support.denying : support.asserting)) {
      nodes.insert(context->CanonicalOf(node));
    }
    DatumList claimants = *NodeList({nodes.begin(), nodes.end()}).list();
    SL_RETURN_IF_ERROR(SortData(&claimants, context));
    return Datum(std::move(claimants));
  }
  if (name == "disputed") {
    return Datum::OfBoolean(!support.asserting.empty() && !support.denying.empty());
  }
  if (name == "denied") return Datum::OfBoolean(!support.denying.empty());
  if (name == "statements") return StatementList(support.asserting);
  if (name == "denials") return StatementList(support.denying);
  if (name == "count") return Datum::OfInteger(static_cast<int64_t>(support.asserting.size()));
  if (name == "origins") {
    SL_ASSIGN_OR_RETURN(const auto origins, OriginsOf(support.asserting, context));
    return Datum::OfInteger(static_cast<int64_t>(origins.size()));
  }
  if (name.starts_with("credibility") || name.starts_with("reliability")) {
    const Statement* best = nullptr;
    for (const Statement& statement : told) {
      const auto rank = [&](const Statement& s) {
        return name.starts_with("credibility") ? CredibilityRank(s.content.credibility)
                                               : ReliabilityRank(s.content.context.reliability);
      };
      if (best == nullptr || rank(statement) < rank(*best)) best = &statement;
    }
    return best == nullptr ? StatusOr<Datum>(Datum()) : StatementField(*best, name, context);
  }
  return WidestBound(told, name == "to");
}

StatusOr<Datum> ReadFact(const FactDatum& fact, const PropertyAccess& access,
                         EvaluationContext* context) {
  if (const Field* field = FindField(FactFields(), access.key)) {
    return FactField(fact, field->name, context);
  }
  if (access.predicates.empty()) return Datum();
  SL_ASSIGN_OR_RETURN(FactSupport support, SupportOf(fact, context));
  std::vector<Statement>& statements =
      support.asserting.empty() ? support.denying : support.asserting;
  SL_RETURN_IF_ERROR(SortBySupport(&statements));
  DatumList values;
  std::set<std::string> seen;
  for (const Statement& statement : statements) {
    SL_ASSIGN_OR_RETURN(DatumList qualifiers, QualifiersOf(statement, access, *context));
    for (Datum& value : qualifiers) {
      if (!ReadsList(access, *context)) return value;
      if (seen.insert(IdentityKey(value)).second) values.push_back(std::move(value));
    }
  }
  if (values.empty()) return Datum();
  return Datum(std::move(values));
}

// --- Paths, dates, amounts -----------------------------------------------------------------------

Datum PathField(const PathDatum& path, std::string_view name) {
  if (name == "nodes") return NodeList(path.nodes);
  if (name == "length") return Datum::OfInteger(static_cast<int64_t>(path.facts.size()));
  if (name == "start") return path.nodes.empty() ? Datum() : NodeOrNull(path.nodes.front());
  if (name == "end") return path.nodes.empty() ? Datum() : NodeOrNull(path.nodes.back());
  if (name == "cost") {
    if (!path.cost) return Datum();
    // A sum of whole numbers is one, as far as a FLOAT counts exactly.
    constexpr double kExactMax = 9007199254740992.0;
    const bool whole = std::floor(*path.cost) == *path.cost && *path.cost <= kExactMax;
    return whole ? Datum::OfInteger(static_cast<int64_t>(*path.cost))
                 : Datum(storage::Value(*path.cost));
  }
  DatumList facts;
  for (const FactDatum& fact : path.facts) facts.emplace_back(fact);
  return Datum(std::move(facts));
}

// nullopt when a date has no such field; null when the date is not known that precisely.
std::optional<Datum> DateField(const PartialDate& date, std::string_view name) {
  using storage::DatePrecision;
  if (name == "year") return Datum::OfInteger(date.year);
  if (name == "quarter") {
    if (date.precision == DatePrecision::kYear) return Datum();
    return Datum::OfInteger((date.month - 1) / 3 + 1);
  }
  if (name == "month") {
    if (date.precision < DatePrecision::kMonth) return Datum();
    return Datum::OfInteger(date.month);
  }
  if (name == "day") {
    return date.precision < DatePrecision::kDay ? Datum() : Datum::OfInteger(date.day);
  }
  if (name == "from") return Datum(Value(PartialDate::FromDays(date.FirstDay())));
  if (name == "to") return Datum(Value(PartialDate::FromDays(date.LastDay())));
  return std::nullopt;
}

std::optional<Datum> InstantField(const Instant& instant, std::string_view name) {
  const int64_t day = FloorDay(instant.micros);
  const int64_t second = (instant.micros - day * kDayMicros) / kSecondMicros;
  if (name == "hour") return Datum::OfInteger(second / 3600);
  if (name == "minute") return Datum::OfInteger(second / 60 % 60);
  if (name == "second") return Datum::OfInteger(second % 60);
  if (day < kFirstDay || day > kLastDay) return Datum();
  const PartialDate date = PartialDate::FromDays(day);
  if (name == "date") return Datum(Value(date));
  if (name == "from" || name == "to") return std::nullopt;
  return DateField(date, name);
}

std::optional<Datum> ValueField(const Value& value, std::string_view name) {
  if (const auto* date = value.get_if<PartialDate>()) return DateField(*date, name);
  if (const auto* instant = value.get_if<Instant>()) return InstantField(*instant, name);
  if (const auto* money = value.get_if<storage::Money>()) {
    if (name == "amount") return Datum(Value(money->amount, value.comparator()));
    if (name == "currency") return Datum::OfText(money->currency);
  }
  if (const auto* quantity = value.get_if<storage::Quantity>()) {
    if (name == "amount") return Datum(Value(quantity->amount, value.comparator()));
    if (name == "unit") return Datum::OfText(quantity->unit);
  }
  if (const auto* percentage = value.get_if<storage::Percentage>()) {
    if (name == "amount" || name == "percent") {
      return Datum(Value(percentage->percent, value.comparator()));
    }
  }
  if (const auto* point = value.get_if<storage::GeoPoint>()) {
    if (name == "latitude") return Datum(Value(point->latitude));
    if (name == "longitude") return Datum(Value(point->longitude));
  }
  return std::nullopt;
}

Status NoSuchField(const Datum& object) {
  return RuntimeError("SL2015", fmt::format("{} has no such field", DatumTypeName(object)));
}

}  // namespace

std::span<const Field> StatementFields() { return kStatementFields; }
std::span<const Field> FactFields() { return kFactFields; }
std::span<const Field> PathFields() { return kPathFields; }
std::span<const Field> ValueFields() { return kValueFields; }

const Field* FindField(std::span<const Field> fields, std::string_view name) {
  for (const Field& field : fields) {
    if (field.name == name) return &field;
  }
  const std::string folded = Folded(name);
  for (const Field& field : fields) {
    // Only recordedAt for recorded_at: a change of case alone is another name.
    if (field.name.find('_') != std::string_view::npos && Folded(field.name) == folded) {
      return &field;
    }
  }
  return nullptr;
}

StatusOr<Datum> ReadMember(const Datum& object, const PropertyAccess& access,
                           EvaluationContext* context) {
  if (object.is_null()) return Datum();
  if (const TermId node = object.node(); !node.is_none()) {
    if (node.is_statement()) return ReadStatement(node, access, context);
    return ReadProperty(node, access, context->query_scope_index, context);
  }
  if (const FactDatum* fact = object.fact()) return ReadFact(*fact, access, context);
  if (const DatumMap* map = object.map()) {
    SL_RETURN_IF_ERROR(context->Work(1 + map->size() / 16));
    for (const auto& [key, value] : *map) {
      if (key == access.key) return value;
    }
    return Datum();
  }
  if (const PathDatum* path = object.path()) {
    const Field* field = FindField(kPathFields, access.key);
    if (field == nullptr) return NoSuchField(object);
    return PathField(*path, field->name);
  }
  if (object.list() != nullptr) {
    return RuntimeError("SL3011", "a LIST has no properties",
                        {"read them from its items: [x IN list | x.name]"});
  }
  if (std::optional<Datum> field = ValueField(*object.value(), access.key)) return *field;
  switch (object.value()->type()) {
    case storage::ValueType::kDate:
    case storage::ValueType::kInstant:
    case storage::ValueType::kMoney:
    case storage::ValueType::kQuantity:
    case storage::ValueType::kPercentage:
    case storage::ValueType::kGeoPoint:
      return NoSuchField(object);
    default:
      return RuntimeError("SL3011", fmt::format("{} has no properties", DatumTypeName(object)));
  }
}

Datum IntervalDatum(const TimeInterval& interval) {
  if (interval.undated()) return Datum();
  if (interval.from.kind == storage::BoundKind::kAt &&
      interval.to.kind == storage::BoundKind::kAt) {
    const int64_t from = interval.from.micros, to = interval.to.micros;
    if (to - from == 1) return InstantDatum(from);
    const int64_t first = FloorDay(from), last = FloorDay(to) - 1;
    if (first * kDayMicros == from && (last + 1) * kDayMicros == to && first >= kFirstDay &&
        last <= kLastDay && first <= last) {
      PartialDate date = PartialDate::FromDays(first);
      using storage::DatePrecision;
      for (const DatePrecision precision : {DatePrecision::kDay, DatePrecision::kMonth,
                                            DatePrecision::kQuarter, DatePrecision::kYear}) {
        date.precision = precision;
        if (date.FirstDay() == first && date.LastDay() == last) return Datum(Value(date));
      }
    }
  }
  return Datum(
      DatumMap{{"from", BoundDatum(interval.from, false)}, {"to", BoundDatum(interval.to, true)}});
}

Datum BoundDatum(const TimeBound& bound, bool is_end) {
  if (bound.kind == storage::BoundKind::kUnknown) return Datum();
  if (bound.kind == storage::BoundKind::kOpen) return Datum::OfText("open");
  const int64_t day = FloorDay(bound.micros);
  if (day * kDayMicros == bound.micros) {
    // As people write it, the last day belongs to the interval.
    const int64_t shown = is_end ? day - 1 : day;
    if (shown >= kFirstDay && shown <= kLastDay) return Datum(Value(PartialDate::FromDays(shown)));
  }
  return InstantDatum(bound.micros);
}

Datum NodeList(const std::vector<TermId>& nodes) {
  DatumList list;
  list.reserve(nodes.size());
  for (const TermId node : nodes) list.push_back(Datum::OfNode(node));
  return Datum(std::move(list));
}

std::vector<TermId> ClaimantsOf(const std::vector<Statement>& statements) {
  std::set<TermId> claimants;
  for (const Statement& statement : statements) {
    claimants.insert(statement.content.context.claimant);
  }
  return {claimants.begin(), claimants.end()};
}

}  // namespace sightline::query
