#include "server/ingest/ftm_importer.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/ingest/ftm_model.h"
#include "server/ingest/ftm_record.h"
#include "server/ingest/json_line_parser.h"
#include "server/ingest/json_reader.h"
#include "server/ingest/json_text.h"
#include "server/ingest/line_import.h"
#include "server/ingest/term_check.h"
#include "storage/catalog/catalog.h"

namespace sightline::server {
namespace {

// A fact to be: of which property, and the text it comes from.
struct FtmValue {
  std::string_view property;
  std::string_view text;
};

class FtmEntityParser : public JsonLineParser {
 public:
  using JsonLineParser::JsonLineParser;

 private:
  // The text of a member that must be there. Null: rejected.
  StatusOr<const JsonNode*> RequiredText(const JsonNode& record, std::string_view key) {
    const JsonNode* member = reader_.Member(record, key);
    if (member == nullptr) {
      SL_RETURN_IF_ERROR(
          lane_.Reject(RejectReason::kMissingField, fmt::format("there is no \"{}\"", key)));
      return nullptr;
    }
    const std::string_view id_fault = member->type == JsonNode::Type::kString
                                          ? FaultOfExternalId(member->text)
                                          : std::string_view("it must be text");
    if (id_fault.empty()) return member;
    SL_RETURN_IF_ERROR(lane_.RejectAt(
        {member->offset, RejectReason::kBadField, fmt::format("\"{}\": {}", key, id_fault)}));
    return nullptr;
  }

  size_t CountOf(const JsonNode& object, std::string_view key) const {
    size_t count = 0;
    for (const JsonNode* member = reader_.FirstChild(object); member != nullptr;
         member = reader_.Next(*member)) {
      count += member->key == key ? 1 : 0;
    }
    return count;
  }

  Status ParseRecord(const JsonNode& record) override {
    for (const std::string_view key : {"id", "schema", "properties"}) {
      if (CountOf(record, key) > 1) {
        return lane_.Reject(RejectReason::kDuplicateKey,
                            fmt::format("the key \"{}\" stands here twice", key));
      }
    }
    SL_ASSIGN_OR_RETURN(const JsonNode* id, RequiredText(record, "id"));
    if (id == nullptr) return OkStatus();
    SL_ASSIGN_OR_RETURN(const JsonNode* schema, RequiredText(record, "schema"));
    if (schema == nullptr) return OkStatus();
    const JsonNode* properties = reader_.Member(record, "properties");
    if (properties != nullptr && properties->type != JsonNode::Type::kObject) {
      return lane_.RejectAt(
          {properties->offset, RejectReason::kBadField, "\"properties\": it must be an object"});
    }

    values_.clear();
    JsonObjectText order;
    JsonObjectText raw;
    if (properties != nullptr) {
      // A property that stands there twice has the values of both, and is kept as it stands.
      const bool repeats = !reader_.RepeatedKey(*properties).empty();
      for (const JsonNode* property = reader_.FirstChild(*properties); property != nullptr;
           property = reader_.Next(*property)) {
        const bool alone = !repeats || CountOf(*properties, property->key) == 1;
        SL_RETURN_IF_ERROR(ReadProperty(schema->text, *property, alone, &order, &raw));
      }
    }
    JsonObjectText form;
    if (properties == nullptr) form.Add("properties", "false");
    if (!order.empty()) form.Add("order", order.Finish());
    if (!raw.empty()) form.Add("raw", raw.Finish());
    return WriteRecord(record, id->text, schema->text, form.Finish());
  }

  // Takes the values, and notes what the facts will not tell of them.
  Status ReadProperty(std::string_view schema, const JsonNode& property, bool alone,
                      JsonObjectText* order, JsonObjectText* raw) {
    const bool is_predicate =
        FaultOfExternalId(property.key).empty() && property.key.size() < kExternalIdBytesMax - 4;
    const std::string_view type = FtmModel::Get().TypeOf(schema, property.key);
    const size_t values_begin = values_.size();
    bool plain = alone && property.type == JsonNode::Type::kArray;
    if (!is_predicate) {
      raw->Add(property.key, property.raw);
      return OkStatus();
    }
    if (property.type == JsonNode::Type::kArray) {
      for (const JsonNode* item = reader_.FirstChild(property); item != nullptr;
           item = reader_.Next(*item)) {
        SL_RETURN_IF_ERROR(ReadValue(property, *item, type, &plain));
      }
    } else {
      SL_RETURN_IF_ERROR(ReadValue(property, property, type, &plain));
    }
    if (values_.size() == values_begin) plain = false;

    // The exporter has the values sorted; what it needs is where each one stood.
    sorted_.clear();
    for (size_t index = values_begin; index < values_.size(); ++index) {
      sorted_.push_back(values_[index].text);
    }
    std::vector<std::string_view> given = sorted_;
    std::sort(sorted_.begin(), sorted_.end());
    plain = plain && std::adjacent_find(sorted_.begin(), sorted_.end()) == sorted_.end();
    if (!plain) {
      raw->Add(property.key, property.raw);
    } else if (given != sorted_) {
      std::string places;
      for (const std::string_view text : given) {
        const auto place = std::lower_bound(sorted_.begin(), sorted_.end(), text);
        places += fmt::format("{}{}", places.empty() ? '[' : ',', place - sorted_.begin());
      }
      order->Add(property.key, places + "]");
    }
    return OkStatus();
  }

  // `*plain` becomes false when the value will not print as it stands.
  Status ReadValue(const JsonNode& property, const JsonNode& item, std::string_view type,
                   bool* plain) {
    if (item.type == JsonNode::Type::kNull) {
      *plain = false;
      return OkStatus();
    }
    if (item.text.size() > kTextBytesMax) {
      return lane_.RejectAt({item.offset, RejectReason::kTextTooLong,
                             fmt::format("a value of \"{}\" has {} bytes, more than {}; the record "
                                         "is taken without it",
                                         property.key, item.text.size(), kTextBytesMax)});
    }
    values_.push_back({property.key, item.text});
    storage::Value value;
    *plain = *plain && item.type == JsonNode::Type::kString &&
             SpellingOf(ObjectOfFtmValue(type, item.text, &value)) == item.text;
    return OkStatus();
  }

  Status WriteRecord(const JsonNode& record, std::string_view id, std::string_view schema,
                     const std::string& form) {
    std::vector<LongTextPart> texts = SplitLongText(kFtmRecord, form);
    JsonObjectText keys;
    std::string dataset = lane_.options().dataset;
    for (const JsonNode* member = reader_.FirstChild(record); member != nullptr;
         member = reader_.Next(*member)) {
      const std::string_view key = member->key;
      if (key == "id" || key == "schema" || key == "properties") continue;
      const bool is_text_key = std::find(std::begin(kFtmTextKeys), std::end(kFtmTextKeys), key) !=
                               std::end(kFtmTextKeys);
      if (is_text_key && member->type == JsonNode::Type::kString && CountOf(record, key) == 1 &&
          member->text.size() <= kTextBytesMax) {
        texts.push_back({FtmPredicate(key), member->text});
      } else {
        keys.Add(key, member->raw);
      }
      if (key == "datasets" && member->type == JsonNode::Type::kArray) {
        const JsonNode* first = reader_.FirstChild(*member);
        if (first != nullptr && first->type == JsonNode::Type::kString &&
            FaultOfExternalId(DatasetId(first->text)).empty()) {
          dataset = DatasetId(first->text);
        }
      }
    }
    const std::string keys_text = keys.Finish();
    if (!keys.empty()) {
      for (LongTextPart& part : SplitLongText(kFtmKeys, keys_text)) {
        texts.push_back(std::move(part));
      }
    }
    std::vector<ImportedQualifier> qualifiers;
    for (const LongTextPart& part : texts) {
      qualifiers.push_back({part.predicate, ImportedObject::OfText(part.text)});
    }

    SL_ASSIGN_OR_RETURN(const bool defined, DefineFtmSchema(lane_, schema));
    if (!defined) return OkStatus();
    ImportedStatement header;
    header.dataset = dataset;
    header.claimant = lane_.options().claimant == lane_.options().dataset
                          ? std::string_view(dataset)
                          : std::string_view(lane_.options().claimant);
    header.document = lane_.options().document;
    header.marking = lane_.options().marking;
    header.qualifiers = qualifiers;
    SL_ASSIGN_OR_RETURN(const std::optional<StatementHandle> statement, lane_.Open(header));
    if (!statement) return OkStatus();
    SL_RETURN_IF_ERROR(lane_.AddFact(*statement, id, storage::kInstanceOf,
                                     ImportedObject::OfNode(ImportedNode(schema))));
    for (const FtmValue& given : values_) {
      storage::Value value;
      const std::string_view type = FtmModel::Get().TypeOf(schema, given.property);
      SL_RETURN_IF_ERROR(lane_.AddFact(*statement, id, PredicateOfProperty(given.property),
                                       ObjectOfFtmValue(type, given.text, &value)));
    }
    return lane_.Close(*statement);
  }

  std::vector<FtmValue> values_;
  std::vector<std::string_view> sorted_;
};

}  // namespace

StatusOr<bool> DefineFtmSchema(ImportLane& lane, std::string_view schema) {
  const std::vector<std::string_view>* parents = FtmModel::Get().ParentsOf(schema);
  if (parents == nullptr) return lane.DefineClass(schema, {});
  for (const std::string_view parent : *parents) {
    SL_ASSIGN_OR_RETURN(const bool defined, DefineFtmSchema(lane, parent));
    if (!defined) return false;
  }
  return lane.DefineClass(schema, *parents);
}

Status ImportFtmEntities(ByteSource& source, ImportRun& run, ImportSink& sink) {
  return ImportLines(source, run, sink,
                     [](ImportLane& lane) { return std::make_unique<FtmEntityParser>(lane); });
}

}  // namespace sightline::server
