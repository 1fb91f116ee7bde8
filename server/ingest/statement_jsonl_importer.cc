#include "server/ingest/statement_jsonl_importer.h"

#include <charconv>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "server/ingest/json_line_parser.h"
#include "server/ingest/json_reader.h"
#include "server/ingest/line_import.h"
#include "server/ingest/term_check.h"

namespace sightline::server {
namespace {

using storage::Comparator;
using storage::Decimal;
using storage::TimeBound;
using storage::TimeInterval;
using storage::Value;

using storage::kQuoteBytesMax;

// One line. Methods that read return false after they have set the fault.
class StatementLine {
 public:
  StatementLine(const JsonReader& reader, const ImportOptions& options,
                const std::map<std::string, StatementHandle, std::less<>>& labels,
                ParseFault* fault)
      : reader_(reader), options_(options), labels_(labels), fault_(fault) {
    header_.claimant = options.claimant;
    header_.document = options.document;
    header_.dataset = options.dataset;
    header_.marking = options.marking;
  }

  struct FactLine {
    ImportedNode subject;
    std::string_view predicate;
    ImportedObject object;
  };

  bool Read(const JsonNode& record) {
    bool has_claimant = false;
    bool has_dataset = false;
    for (const JsonNode* member = reader_.FirstChild(record); member != nullptr;
         member = reader_.Next(*member)) {
      if (!ReadMember(*member)) return false;
      has_claimant |= member->key == "claimant";
      has_dataset |= member->key == "dataset";
    }
    // A line that names its dataset speaks for that, unless the user said who speaks.
    if (!has_claimant && has_dataset && options_.claimant == options_.dataset) {
      header_.claimant = header_.dataset;
    }
    if (facts_.empty()) {
      return Fail(record, "\"facts\": a statement needs at least one", RejectReason::kMissingField);
    }
    header_.via = via_;
    header_.derived_from = derived_from_;
    header_.qualifiers = qualifiers_;
    return true;
  }

  const ImportedStatement& header() const { return header_; }
  const std::vector<FactLine>& facts() const { return facts_; }
  std::string_view label() const { return label_; }

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
    if (key == "id") return ReadText(member, &label_);
    if (key == "claimant") return ReadId(member, &header_.claimant);
    if (key == "document") return ReadId(member, &header_.document);
    if (key == "dataset") return ReadId(member, &header_.dataset);
    if (key == "via") return ReadIds(member, &via_);
    if (key == "polarity") {
      std::string_view text;
      if (!ReadText(member, &text)) return false;
      if (text != "asserts" && text != "denies") return Fail(member, "asserts or denies");
      header_.polarity =
          text == "denies" ? storage::Polarity::kDenies : storage::Polarity::kAsserts;
      return true;
    }
    if (key == "mode") return ReadNamed(member, storage::ParseMode, &header_.mode);
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
    const std::string_view fault = FaultOfExternalId(*id);
    return fault.empty() || Fail(node, std::string(fault), RejectReason::kBadId);
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

  // "2023-Q4", "2024-03-10T15:36:30Z", or two of them as "2022/..": ".." is open, "?" not known.
  bool ReadInterval(const JsonNode& node, TimeInterval* interval) {
    std::string_view text;
    if (!ReadText(node, &text)) return false;
    const auto parse = [](std::string_view part) -> std::optional<TimeInterval> {
      if (part == "?") return TimeInterval();
      if (part == "..") {
        const TimeBound open{storage::BoundKind::kOpen, 0};
        return TimeInterval{open, open};
      }
      if (const auto date = storage::PartialDate::Parse(part); date.ok()) {
        return TimeInterval::Of(*date);
      }
      if (const auto instant = storage::Instant::Parse(part); instant.ok()) {
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
    const auto found = labels_.find(label);
    if (found == labels_.end()) {
      return Fail(node, fmt::format("no statement before this line has the id '{}'", label));
    }
    *handle = found->second;
    return true;
  }

  bool ReadDerivedFrom(const JsonNode& node) {
    if (node.type != JsonNode::Type::kArray) return Fail(node, "it must be a list");
    for (const JsonNode* item = reader_.FirstChild(node); item != nullptr;
         item = reader_.Next(*item)) {
      if (!FindLabel(*item, &derived_from_.emplace_back())) return false;
    }
    return true;
  }

  // {"predicate": value, "another": [value, value]}
  bool ReadQualifiers(const JsonNode& node) {
    if (node.type != JsonNode::Type::kObject) return Fail(node, "it must be an object");
    for (const JsonNode* member = reader_.FirstChild(node); member != nullptr;
         member = reader_.Next(*member)) {
      if (const std::string_view fault = FaultOfExternalId(member->key); !fault.empty()) {
        return Fail(*member, std::string(fault), RejectReason::kBadId);
      }
      const bool many = member->type == JsonNode::Type::kArray;
      for (const JsonNode* item = many ? reader_.FirstChild(*member) : member; item != nullptr;
           item = many ? reader_.Next(*item) : nullptr) {
        ImportedQualifier& qualifier = qualifiers_.emplace_back();
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
      FactLine& fact = facts_.emplace_back();
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
    *object = ImportedObject::OfValue(values_.emplace_back(std::move(value)));
    return true;
  }

  bool SetText(const JsonNode& node, std::string_view text, std::string_view language,
               ImportedObject* object) {
    if (text.size() > kTextBytesMax) {
      return Fail(node, "a text of more than 64 KiB", RejectReason::kTextTooLong);
    }
    const bool lower_case = language.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
                            std::string_view::npos;
    if (!lower_case) return Fail(node, "a language is lower-case letters, digits and '-'");
    *object = ImportedObject::OfText(text, language);
    return true;
  }

  // Text, a number, true, or an object whose first key is the type: {"date": "2023-Q4"}.
  bool ReadObject(const JsonNode& node, ImportedObject* object) {
    switch (node.type) {
      case JsonNode::Type::kString:
        return SetText(node, node.text, options_.language, object);
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
    if (type == "point") return ReadPoint(*content, object);
    if (type == "integer" || type == "decimal" || type == "double" || type == "percentage") {
      return ReadNumber(*content, type, comparator, object);
    }
    std::string_view text;
    if (!ReadText(*content, &text)) return false;
    if (type == "text") return SetText(*content, text, language, object);
    if (type == "date") {
      const auto date = storage::PartialDate::Parse(text);
      if (!date.ok()) return Fail(*content, MessageOf(date.status()));
      return SetValue(Value(*date, comparator), object);
    }
    if (type == "instant") {
      const auto instant = storage::Instant::Parse(text);
      if (!instant.ok()) return Fail(*content, MessageOf(instant.status()));
      return SetValue(Value(*instant, comparator), object);
    }
    if (type == "money" || type == "quantity") {
      // "500000000 USD": the amount and what it is an amount of.
      const size_t space = text.find(' ');
      const auto amount = Decimal::Parse(text.substr(0, space));
      if (space == std::string_view::npos || space + 1 == text.size() || !amount.ok()) {
        return Fail(*content, "an amount, a space, and the currency or unit");
      }
      std::string unit(text.substr(space + 1));
      if (type == "quantity") {
        return SetValue(Value(storage::Quantity{*amount, std::move(unit)}, comparator), object);
      }
      if (unit.size() != 3 ||
          unit.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos) {
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

  bool ReadPoint(const JsonNode& node, ImportedObject* object) {
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
    return SetValue(Value(storage::GeoPoint{degrees[0], degrees[1]}), object);
  }

  const JsonReader& reader_;
  const ImportOptions& options_;
  const std::map<std::string, StatementHandle, std::less<>>& labels_;
  ParseFault* const fault_;

  ImportedStatement header_;
  std::string_view label_;
  std::vector<std::string_view> via_;
  std::vector<StatementHandle> derived_from_;
  std::vector<ImportedQualifier> qualifiers_;
  std::vector<FactLine> facts_;
  std::deque<Value> values_;  // What objects borrow.
};

class StatementJsonlParser : public JsonLineParser {
 public:
  using JsonLineParser::JsonLineParser;

 private:
  Status ParseRecord(const JsonNode& record) override {
    ParseFault fault;
    if (const std::string_view twice = reader_.RepeatedKey(record); !twice.empty()) {
      return lane_.Reject(RejectReason::kDuplicateKey,
                          fmt::format("the key \"{}\" stands here twice", twice));
    }
    const JsonNode* first = reader_.FirstChild(record);
    if (first != nullptr && (first->key == "class" || first->key == "predicate")) {
      return Define(*first);
    }
    StatementLine statement(reader_, lane_.options(), labels_, &fault);
    if (!statement.Read(record)) return lane_.RejectAt(fault);
    const std::string_view label = statement.label();
    if (!label.empty() && labels_.find(label) != labels_.end()) {
      return lane_.Reject(RejectReason::kBadField,
                          fmt::format("\"id\": '{}' is another statement's", label));
    }
    SL_ASSIGN_OR_RETURN(const std::optional<StatementHandle> handle,
                        lane_.Open(statement.header()));
    if (!handle) return OkStatus();
    if (!label.empty()) labels_.emplace(label, *handle);
    for (const StatementLine::FactLine& fact : statement.facts()) {
      SL_RETURN_IF_ERROR(lane_.AddFact(*handle, fact.subject, fact.predicate, fact.object));
    }
    return lane_.Close(*handle);
  }

  // {"class": "Company", "under": ["Organization"]} or {"predicate": "supplies"}
  Status Define(const JsonNode& name) {
    const std::string_view fault = name.type == JsonNode::Type::kString
                                       ? FaultOfExternalId(name.text)
                                       : std::string_view("it must be text");
    if (!fault.empty()) {
      return lane_.RejectAt(
          {name.offset, RejectReason::kBadField, fmt::format("\"{}\": {}", name.key, fault)});
    }
    std::vector<std::string_view> parents;
    for (const JsonNode* member = reader_.Next(name); member != nullptr;
         member = reader_.Next(*member)) {
      bool well_formed =
          name.key == "class" && member->key == "under" && member->type == JsonNode::Type::kArray;
      for (const JsonNode* parent = well_formed ? reader_.FirstChild(*member) : nullptr;
           parent != nullptr; parent = reader_.Next(*parent)) {
        well_formed = well_formed && parent->type == JsonNode::Type::kString &&
                      FaultOfExternalId(parent->text).empty();
        parents.push_back(parent->text);
      }
      if (!well_formed) {
        return lane_.RejectAt({member->offset, RejectReason::kBadField,
                               "a definition has a name and, of a class, \"under\": [names]"});
      }
    }
    return name.key == "class" ? lane_.DefineClass(name.text, parents).status()
                               : lane_.DefinePredicate(name.text).status();
  }

  std::map<std::string, StatementHandle, std::less<>> labels_;
};

}  // namespace

Status ImportStatementJsonl(ByteSource& source, ImportRun& run, ImportSink& sink) {
  return ImportLines(source, run, sink,
                     [](ImportLane& lane) { return std::make_unique<StatementJsonlParser>(lane); });
}

}  // namespace sightline::server
