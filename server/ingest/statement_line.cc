#include "server/ingest/statement_line.h"

#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include "server/ingest/term_check.h"

namespace sightline::server {
namespace {

using storage::Comparator;
using storage::Decimal;
using storage::Instant;
using storage::kQuoteBytesMax;
using storage::TimeBound;
using storage::TimeInterval;
using storage::Value;

// Methods that read return false after they have set the fault.
class StatementLineReader {
 public:
  StatementLineReader(const JsonReader& reader, const StatementLineContext& context,
                      StatementLine* line, ParseFault* fault)
      : reader_(reader),
        context_(context),
        options_(context.options),
        line_(*line),
        header_(line->header),
        fault_(fault) {
    header_.claimant = options_.claimant;
    header_.document = options_.document;
    header_.dataset = options_.dataset;
    header_.marking = options_.marking;
  }

  bool Read(const JsonNode& record) {
    bool has_claimant = false;
    bool has_dataset = false;
    size_t member_count = 0;
    for (const JsonNode* member = reader_.FirstChild(record); member != nullptr;
         member = reader_.Next(*member)) {
      if (!ReadMember(*member)) return false;
      has_claimant |= member->key == "claimant";
      has_dataset |= member->key == "dataset";
      ++member_count;
    }
    // A line that names its dataset speaks for that, unless the user said who speaks.
    if (!has_claimant && has_dataset && options_.claimant == options_.dataset) {
      header_.claimant = header_.dataset;
    }
    if (line_.facts.empty()) {
      return Fail(record, "\"facts\": a statement needs at least one", RejectReason::kMissingField);
    }
    if (!line_.continued.empty() && member_count != 2) {
      return Fail(record, "\"continue\": only facts go on", RejectReason::kBadField);
    }
    header_.via = line_.via;
    header_.derived_from = line_.derived_from;
    header_.qualifiers = line_.qualifiers;
    return true;
  }

 private:
  bool Fail(const JsonNode& node, std::string message,
            RejectReason reason = RejectReason::kBadField) {
    if (!node.key.empty() && !message.starts_with('"')) {
      message = fmt::format("\"{}\": {}", node.key, message);
    }
    *fault_ = {node.offset, reason, std::move(message)};
    return false;
  }

  bool ReadMember(const JsonNode& member) {
    const std::string_view key = member.key;
    if (key == "id") return ReadText(member, &line_.label);
    if (key == "continue") return ReadText(member, &line_.continued);
    if (key == "claimant") return ReadId(member, &header_.claimant);
    if (key == "document") return ReadId(member, &header_.document);
    if (key == "dataset") return ReadId(member, &header_.dataset);
    if (key == "via") return ReadIds(member, &line_.via);
    if (key == "polarity") {
      std::string_view text;
      if (!ReadText(member, &text)) return false;
      if (text != "asserts" && text != "denies") return Fail(member, "asserts or denies");
      header_.polarity =
          text == "denies" ? storage::Polarity::kDenies : storage::Polarity::kAsserts;
      return true;
    }
    if (key == "mode") {
      if (member.text == "unspecified") {
        header_.mode = storage::Mode::kUnspecified;
        return true;
      }
      return ReadNamed(member, storage::ParseMode, &header_.mode);
    }
    if (key == "reliability") {
      return ReadNamed(member, storage::ParseReliability, &header_.reliability);
    }
    if (key == "credibility") {
      int64_t grade = 0;
      if (!ReadInteger(member, &grade)) return false;
      if (grade < 1 || grade > 6) return Fail(member, "1 to 6");
      header_.credibility = static_cast<storage::Credibility>(grade);
      return true;
    }
    if (key == "said") return ReadInterval(member, &header_.said);
    if (key == "valid") return ReadInterval(member, &header_.valid);
    if (key == "marking") return ReadNamed(member, storage::ParseTlpLabel, &header_.marking.tlp);
    if (key == "access") return ReadAccess(member);
    if (key == "span") return ReadSpan(member);
    if (key == "quote") {
      if (!ReadText(member, &header_.quote)) return false;
      return header_.quote.size() <= kQuoteBytesMax || Fail(member, "more than 4 KiB");
    }
    if (key == "derivedFrom") return ReadDerivedFrom(member);
    if (key == "qualifiers") return ReadQualifiers(member);
    if (key == "facts") return ReadFacts(member);
    return Fail(member, "there is no such field");
  }

  bool ReadText(const JsonNode& node, std::string_view* text) {
    if (node.type != JsonNode::Type::kString) return Fail(node, "it must be text");
    *text = node.text;
    return true;
  }

  bool ReadId(const JsonNode& node, std::string_view* id) {
    if (!ReadText(node, id)) return false;
    const std::string_view fault = FaultOfNodeId(*id);
    return fault.empty() || Fail(node, std::string(fault), RejectReason::kBadId);
  }

  // A dump names statements wherever nodes can stand.
  std::string_view FaultOfNodeId(std::string_view id) const {
    StatementHandle statement = 0;
    if (context_.is_dump && id.starts_with("s/") && context_.find(id, &statement)) return {};
    return FaultOfExternalId(id);
  }

  bool ReadIds(const JsonNode& node, std::vector<std::string_view>* ids) {
    if (node.type != JsonNode::Type::kArray) return Fail(node, "it must be a list");
    for (const JsonNode* item = reader_.FirstChild(node); item != nullptr;
         item = reader_.Next(*item)) {
      if (!ReadId(*item, &ids->emplace_back())) return false;
    }
    return true;
  }

  template <typename Parse, typename T>
  bool ReadNamed(const JsonNode& node, const Parse& parse, T* value) {
    std::string_view text;
    if (!ReadText(node, &text)) return false;
    const auto parsed = parse(text);
    if (!parsed) return Fail(node, fmt::format("there is no '{}'", text));
    *value = *parsed;
    return true;
  }

  bool ReadInteger(const JsonNode& node, int64_t* integer) {
    const std::string_view text = node.text;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *integer);
    if (node.type != JsonNode::Type::kNumber || error != std::errc() ||
        end != text.data() + text.size()) {
      return Fail(node, "it must be a whole number of 64 bits");
    }
    return true;
  }

  // "2023-Q4", "2024-03-10T15:36:30Z", "@-5" (microseconds since 1970), or two of them as
  // "2022/..":
  // ".." is open, "?" not known.
  bool ReadInterval(const JsonNode& node, TimeInterval* interval) {
    std::string_view text;
    if (!ReadText(node, &text)) return false;
    const auto parse = [](std::string_view part) -> std::optional<TimeInterval> {
      if (part == "?") return TimeInterval();
      if (part.starts_with('@')) {
        Instant instant;
        const auto [end, error] =
            std::from_chars(part.data() + 1, part.data() + part.size(), instant.micros);
        if (error != std::errc() || end != part.data() + part.size()) return std::nullopt;
        return TimeInterval::Of(instant);
      }
      if (part == "..") {
        const TimeBound open{storage::BoundKind::kOpen, 0};
        return TimeInterval{open, open};
      }
      if (const auto date = storage::PartialDate::Parse(part); date.ok()) {
        return TimeInterval::Of(*date);
      }
      if (const auto instant = Instant::Parse(part); instant.ok()) {
        return TimeInterval::Of(*instant);
      }
      return std::nullopt;
    };
    const size_t slash = text.find('/');
    const auto first = parse(text.substr(0, slash));
    const auto last = slash == std::string_view::npos ? first : parse(text.substr(slash + 1));
    if (!first || !last) return Fail(node, fmt::format("not a time or two: '{}'", text));
    *interval = {first->from, last->to};
    const bool both_at = interval->from.kind == storage::BoundKind::kAt &&
                         interval->to.kind == storage::BoundKind::kAt;
    if (both_at && interval->to.micros <= interval->from.micros) {
      return Fail(node, "it ends before it begins");
    }
    return true;
  }

  bool ReadAccess(const JsonNode& node) {
    std::string_view text;
    if (!ReadText(node, &text)) return false;
    const auto expression = storage::AccessExpression::Parse(text);
    if (!expression.ok()) return Fail(node, MessageOf(expression.status()));
    if (text.size() > kQuoteBytesMax) return Fail(node, "more than 4 KiB");
    header_.marking.access = std::string(text);
    return true;
  }

  bool ReadSpan(const JsonNode& node) {
    const JsonNode* begin = reader_.FirstChild(node);
    const JsonNode* end = begin == nullptr ? nullptr : reader_.Next(*begin);
    int64_t first = 0;
    int64_t last = 0;
    if (node.type != JsonNode::Type::kArray || end == nullptr || reader_.Next(*end) != nullptr) {
      return Fail(node, "it must be [first byte, byte behind the last]");
    }
    if (!ReadInteger(*begin, &first) || !ReadInteger(*end, &last)) return false;
    if (first < 0 || last < first) return Fail(node, "it ends before it begins");
    header_.text_span = {static_cast<uint64_t>(first), static_cast<uint64_t>(last)};
    return true;
  }

  bool FindLabel(const JsonNode& node, StatementHandle* handle) {
    std::string_view label;
    if (!ReadText(node, &label)) return false;
    if (context_.find(label, handle)) return true;
    return Fail(node, fmt::format("no statement before this line has the id '{}'", label));
  }

  bool ReadDerivedFrom(const JsonNode& node) {
    if (node.type != JsonNode::Type::kArray) return Fail(node, "it must be a list");
    for (const JsonNode* item = reader_.FirstChild(node); item != nullptr;
         item = reader_.Next(*item)) {
      if (!FindLabel(*item, &line_.derived_from.emplace_back())) return false;
    }
    return true;
  }

  // {"predicate": value, "another": [value, value]}
  bool ReadQualifiers(const JsonNode& node) {
    if (node.type != JsonNode::Type::kObject) return Fail(node, "it must be an object");
    for (const JsonNode* member = reader_.FirstChild(node); member != nullptr;
         member = reader_.Next(*member)) {
      if (const std::string_view fault = FaultOfNodeId(member->key); !fault.empty()) {
        return Fail(*member, std::string(fault), RejectReason::kBadId);
      }
      const bool many = member->type == JsonNode::Type::kArray;
      for (const JsonNode* item = many ? reader_.FirstChild(*member) : member; item != nullptr;
           item = many ? reader_.Next(*item) : nullptr) {
        ImportedQualifier& qualifier = line_.qualifiers.emplace_back();
        qualifier.predicate = member->key;
        if (!ReadObject(*item, &qualifier.value)) return false;
      }
    }
    return true;
  }

  // [["subject", "predicate", object], ...]
  bool ReadFacts(const JsonNode& node) {
    if (node.type != JsonNode::Type::kArray) return Fail(node, "it must be a list");
    for (const JsonNode* item = reader_.FirstChild(node); item != nullptr;
         item = reader_.Next(*item)) {
      const JsonNode* subject = reader_.FirstChild(*item);
      const JsonNode* predicate = subject == nullptr ? nullptr : reader_.Next(*subject);
      const JsonNode* object = predicate == nullptr ? nullptr : reader_.Next(*predicate);
      if (item->type != JsonNode::Type::kArray || object == nullptr ||
          reader_.Next(*object) != nullptr) {
        return Fail(*item, "a fact must be [subject, predicate, object]");
      }
      StatementLine::FactLine& fact = line_.facts.emplace_back();
      if (subject->type == JsonNode::Type::kObject) {
        const JsonNode* label = reader_.FirstChild(*subject);
        if (label == nullptr || label->key != "statement") {
          return Fail(*subject, "a subject is an id or {\"statement\": id}");
        }
        if (!FindLabel(*label, &fact.subject.statement)) return false;
      } else if (!ReadId(*subject, &fact.subject.external_id)) {
        return false;
      }
      if (!ReadId(*predicate, &fact.predicate) || !ReadObject(*object, &fact.object)) return false;
    }
    return true;
  }

  bool SetValue(Value value, ImportedObject* object) {
    // Not by OfValue: a text that stands here has a comparator.
    object->kind = ImportedObject::Kind::kValue;
    object->value = &line_.values.emplace_back(std::move(value));
    return true;
  }

  bool SetText(const JsonNode& node, std::string_view text, std::string_view language,
               Comparator comparator, ImportedObject* object) {
    if (text.size() > kTextBytesMax) {
      return Fail(node, "a text of more than 64 KiB", RejectReason::kTextTooLong);
    }
    const bool lower_case = language.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
                            std::string_view::npos;
    if (!lower_case && !context_.is_dump)
      return Fail(node, "a language is lower-case letters, digits and '-'");
    if (comparator != Comparator::kExactly) {
      return SetValue(Value(storage::Text{std::string(text), std::string(language)}, comparator),
                      object);
    }
    *object = ImportedObject::OfText(text, language);
    return true;
  }

  // Text, a number, true, or an object whose first key is the type: {"date": "2023-Q4"}.
  bool ReadObject(const JsonNode& node, ImportedObject* object) {
    switch (node.type) {
      case JsonNode::Type::kString:
        return SetText(node, node.text, options_.language, Comparator::kExactly, object);
      case JsonNode::Type::kBoolean:
        return SetValue(Value(node.text == "true"), object);
      case JsonNode::Type::kNumber:
        return ReadNumber(
            node, node.text.find_first_of(".eE") == std::string_view::npos ? "integer" : "decimal",
            Comparator::kExactly, object);
      case JsonNode::Type::kObject:
        return ReadTyped(node, object);
      case JsonNode::Type::kNull:
      case JsonNode::Type::kArray:
        break;
    }
    return Fail(node, "not a value");
  }

  bool ReadTyped(const JsonNode& node, ImportedObject* object) {
    const JsonNode* content = reader_.FirstChild(node);
    if (content == nullptr) return Fail(node, "an object without a type");
    Comparator comparator = Comparator::kExactly;
    std::string_view language = options_.language;
    for (const JsonNode* member = reader_.Next(*content); member != nullptr;
         member = reader_.Next(*member)) {
      if (member->key == "comparator") {
        if (!ReadNamed(*member, storage::ParseComparator, &comparator)) return false;
      } else if (member->key == "language" && content->key == "text") {
        if (!ReadText(*member, &language)) return false;
      } else {
        return Fail(*member, "there is no such field");
      }
    }
    const std::string_view type = content->key;
    if (type == "node") {
      object->kind = ImportedObject::Kind::kNode;
      return ReadId(*content, &object->node.external_id);
    }
    if (type == "statement") {
      object->kind = ImportedObject::Kind::kNode;
      return FindLabel(*content, &object->node.statement);
    }
    if (type == "point") return ReadPoint(*content, comparator, object);
    if (type == "integer" || type == "decimal" || type == "double" || type == "percentage") {
      return ReadNumber(*content, type, comparator, object);
    }
    if (type == "boolean" && content->type == JsonNode::Type::kBoolean) {
      return SetValue(Value(content->text == "true", comparator), object);
    }
    if (type == "instant" && content->type == JsonNode::Type::kNumber) {
      // Microseconds since 1970, for years beyond 1 to 9999.
      int64_t micros = 0;
      return ReadInteger(*content, &micros) && SetValue(Value(Instant{micros}, comparator), object);
    }
    std::string_view text;
    if (!ReadText(*content, &text)) return false;
    if (type == "text") return SetText(*content, text, language, comparator, object);
    if (type == "date") {
      const auto date = storage::PartialDate::Parse(text);
      if (!date.ok()) return Fail(*content, MessageOf(date.status()));
      return SetValue(Value(*date, comparator), object);
    }
    if (type == "instant") {
      const auto instant = Instant::Parse(text);
      if (!instant.ok()) return Fail(*content, MessageOf(instant.status()));
      return SetValue(Value(*instant, comparator), object);
    }
    if (type == "money" || type == "quantity") {
      // "500000000 USD": the amount and what it is an amount of.
      const size_t space = text.find(' ');
      const auto amount = Decimal::Parse(text.substr(0, space));
      if (space == std::string_view::npos || !amount.ok() ||
          (space + 1 == text.size() && !context_.is_dump)) {
        return Fail(*content, "an amount, a space, and the currency or unit");
      }
      std::string unit(text.substr(space + 1));
      if (type == "quantity") {
        return SetValue(Value(storage::Quantity{*amount, std::move(unit)}, comparator), object);
      }
      const bool is_currency =
          unit.size() == 3 &&
          unit.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos;
      if (!is_currency && !context_.is_dump) {
        return Fail(*content, "a currency is three capitals");
      }
      return SetValue(Value(storage::Money{*amount, std::move(unit)}, comparator), object);
    }
    return Fail(*content, "there is no such type");
  }

  // A JSON number, or text that holds one.
  bool ReadNumber(const JsonNode& node, std::string_view type, Comparator comparator,
                  ImportedObject* object) {
    const std::string_view text = node.text;
    if (node.type != JsonNode::Type::kNumber && node.type != JsonNode::Type::kString) {
      return Fail(node, "not a number");
    }
    const auto is_whole = [&text](const std::from_chars_result& result) {
      return result.ec == std::errc() && result.ptr == text.data() + text.size();
    };
    if (type == "integer") {
      int64_t integer = 0;
      if (!is_whole(std::from_chars(text.data(), text.data() + text.size(), integer))) {
        return Fail(node, "not a whole number of 64 bits");
      }
      return SetValue(Value(integer, comparator), object);
    }
    if (type == "double") {
      double number = 0;
      if (!is_whole(std::from_chars(text.data(), text.data() + text.size(), number))) {
        return Fail(node, "not a number");
      }
      return SetValue(Value(number, comparator), object);
    }
    const auto decimal = Decimal::Parse(text);
    if (!decimal.ok()) return Fail(node, MessageOf(decimal.status()));
    if (type == "percentage") {
      return SetValue(Value(storage::Percentage{*decimal}, comparator), object);
    }
    return SetValue(Value(*decimal, comparator), object);
  }

  bool ReadPoint(const JsonNode& node, Comparator comparator, ImportedObject* object) {
    double degrees[2] = {0, 0};
    size_t count = 0;
    for (const JsonNode* item = node.type == JsonNode::Type::kArray ? reader_.FirstChild(node)
                                                                    : nullptr;
         item != nullptr; item = reader_.Next(*item), ++count) {
      const std::string_view text = item->text;
      if (count == 2 || item->type != JsonNode::Type::kNumber ||
          std::from_chars(text.data(), text.data() + text.size(), degrees[count]).ec !=
              std::errc()) {
        count = 3;
        break;
      }
    }
    const bool on_earth =
        degrees[0] >= -90 && degrees[0] <= 90 && degrees[1] >= -180 && degrees[1] <= 180;
    if (count != 2 || !on_earth) return Fail(node, "it must be [latitude, longitude], in degrees");
    return SetValue(Value(storage::GeoPoint{degrees[0], degrees[1]}, comparator), object);
  }

  const JsonReader& reader_;
  const StatementLineContext& context_;
  const ImportOptions& options_;
  StatementLine& line_;
  ImportedStatement& header_;
  ParseFault* const fault_;
};

// Names from a list of texts.
bool ReadNames(const JsonReader& reader, const JsonNode& list, std::vector<std::string>* names) {
  if (list.type != JsonNode::Type::kArray) return false;
  for (const JsonNode* name = reader.FirstChild(list); name != nullptr; name = reader.Next(*name)) {
    if (name->type != JsonNode::Type::kString || !FaultOfExternalId(name->text).empty()) {
      return false;
    }
    names->emplace_back(name->text);
  }
  return true;
}

bool ReadFlag(const JsonNode& node, bool* flag) {
  *flag = node.text == "true";
  return node.type == JsonNode::Type::kBoolean;
}

bool ReadRemark(const JsonNode& node, std::string* remark) {
  *remark = node.text;
  return node.type == JsonNode::Type::kString;
}

bool ReadMember(const JsonReader& reader, const JsonNode& member,
                storage::ClassDefinition* definition) {
  if (member.key == "under") return ReadNames(reader, member, &definition->parents);
  if (member.key == "label") return ReadRemark(member, &definition->label);
  if (member.key == "note") return ReadRemark(member, &definition->note);
  return false;
}

bool ReadMember(const JsonReader& reader, const JsonNode& member,
                storage::PredicateDefinition* definition) {
  if (member.key == "under") return ReadNames(reader, member, &definition->parents);
  if (member.key == "label") return ReadRemark(member, &definition->label);
  if (member.key == "note") return ReadRemark(member, &definition->note);
  if (member.key == "domain") return ReadNames(reader, member, &definition->domain);
  if (member.key == "range") return ReadNames(reader, member, &definition->range);
  if (member.key == "inverse") return ReadRemark(member, &definition->inverse);
  if (member.key == "symmetric") return ReadFlag(member, &definition->symmetric);
  if (member.key == "transitive") return ReadFlag(member, &definition->transitive);
  if (member.key == "taxonomic") return ReadFlag(member, &definition->taxonomic);
  if (member.key == "one") {
    bool is_one = false;
    if (!ReadFlag(member, &is_one)) return false;
    definition->cardinality = is_one ? storage::Cardinality::kOne : storage::Cardinality::kMany;
    return true;
  }
  if (member.key == "types") {
    if (member.type != JsonNode::Type::kArray) return false;
    for (const JsonNode* name = reader.FirstChild(member); name != nullptr;
         name = reader.Next(*name)) {
      const auto type = storage::ParseValueType(name->text);
      if (name->type != JsonNode::Type::kString || !type) return false;
      definition->range_types.push_back(*type);
    }
    return true;
  }
  return false;
}

template <typename AnyDefinition>
bool ReadMembers(const JsonReader& reader, const JsonNode& name, AnyDefinition definition,
                 storage::Definition* out, ParseFault* fault) {
  definition.name = name.text;
  for (const JsonNode* member = reader.Next(name); member != nullptr;
       member = reader.Next(*member)) {
    if (ReadMember(reader, *member, &definition)) continue;
    *fault = {member->offset, RejectReason::kBadField,
              fmt::format("\"{}\": a {} has no such field, or it holds something else", member->key,
                          name.key)};
    return false;
  }
  *out = std::move(definition);
  return true;
}

}  // namespace

bool IsDefinition(const JsonReader& reader, const JsonNode& record) {
  const JsonNode* first = reader.FirstChild(record);
  return first != nullptr && (first->key == "class" || first->key == "predicate");
}

bool ReadDefinition(const JsonReader& reader, const JsonNode& record,
                    storage::Definition* definition, ParseFault* fault) {
  const JsonNode& name = *reader.FirstChild(record);
  const std::string_view name_fault = name.type == JsonNode::Type::kString
                                          ? FaultOfExternalId(name.text)
                                          : std::string_view("it must be text");
  if (!name_fault.empty()) {
    *fault = {name.offset, RejectReason::kBadField,
              fmt::format("\"{}\": {}", name.key, name_fault)};
    return false;
  }
  return name.key == "class"
             ? ReadMembers(reader, name, storage::ClassDefinition(), definition, fault)
             : ReadMembers(reader, name, storage::PredicateDefinition(), definition, fault);
}

bool ReadStatementLine(const JsonReader& reader, const JsonNode& record,
                       const StatementLineContext& context, StatementLine* line,
                       ParseFault* fault) {
  return StatementLineReader(reader, context, line, fault).Read(record);
}

}  // namespace sightline::server
