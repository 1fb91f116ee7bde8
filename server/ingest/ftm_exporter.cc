#include "server/ingest/ftm_exporter.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "server/ingest/ftm_record.h"
#include "server/ingest/ftm_statement_key.h"
#include "server/ingest/json_reader.h"
#include "server/ingest/json_text.h"
#include "storage/catalog/catalog.h"

namespace sightline::server {
namespace {

using storage::ReadView;
using storage::Statement;
using storage::TermId;

struct ExportedFact {
  std::string property;
  std::string spelling;
  std::string language;

  auto Key() const { return std::tie(property, spelling, language); }
};

// A record of an importer, back from its statement.
struct ExportedRecord {
  std::string entity_id;
  std::string schema;
  std::string dataset;                       // The name of the FollowTheMoney dataset.
  std::vector<ExportedFact> facts;           // Sorted. Without the class.
  std::map<std::string, std::string> texts;  // Qualifiers: predicate -> text.

  std::string_view Text(const std::string& predicate) const {
    const auto found = texts.find(predicate);
    return found == texts.end() ? std::string_view() : std::string_view(found->second);
  }
  // The parts of a long text, put together.
  std::string LongText(std::string_view predicate) const {
    std::string whole;
    for (size_t part = 1;; ++part) {
      const auto found =
          texts.find(part == 1 ? std::string(predicate) : fmt::format("{}/{}", predicate, part));
      if (found == texts.end()) return whole;
      whole += found->second;
    }
  }
};

StatusOr<std::string> NameOfPredicate(const ReadView& view, TermId predicate) {
  if (const auto* definition = view.catalog().FindPredicate(predicate)) return definition->name;
  return view.ExternalIdOf(predicate);
}

StatusOr<ExportedRecord> ReadRecord(const ReadView& view, const Statement& statement) {
  ExportedRecord record;
  for (const storage::Qualifier& qualifier : statement.content.qualifiers) {
    if (qualifier.value.is_node()) continue;
    SL_ASSIGN_OR_RETURN(std::string predicate, NameOfPredicate(view, qualifier.predicate));
    SL_ASSIGN_OR_RETURN(const storage::Value value, view.ValueOf(qualifier.value));
    if (const storage::Text* text = value.get_if<storage::Text>()) {
      record.texts.emplace(std::move(predicate), text->text);
    }
  }
  SL_ASSIGN_OR_RETURN(const std::string dataset,
                      view.ExternalIdOf(statement.content.context.dataset));
  record.dataset = DatasetName(dataset);
  SL_ASSIGN_OR_RETURN(const std::vector<storage::Fact> facts, view.FactsOf(statement.id));
  for (const storage::Fact& fact : facts) {
    if (record.entity_id.empty()) {
      SL_ASSIGN_OR_RETURN(record.entity_id, view.ExternalIdOf(fact.subject));
    }
    SL_ASSIGN_OR_RETURN(const std::string predicate, NameOfPredicate(view, fact.predicate));
    ExportedFact exported;
    if (fact.object.is_node()) {
      SL_ASSIGN_OR_RETURN(exported.spelling, view.ExternalIdOf(fact.object));
    } else {
      SL_ASSIGN_OR_RETURN(const storage::Value value, view.ValueOf(fact.object));
      if (const storage::Text* text = value.get_if<storage::Text>()) {
        exported.language = text->language;
      }
      exported.spelling = value.get_if<storage::Text>() != nullptr
                              ? value.get_if<storage::Text>()->text
                              : value.ToString();
    }
    if (predicate == storage::kInstanceOf) {
      record.schema = std::move(exported.spelling);
      continue;
    }
    exported.property = PropertyOfPredicate(predicate);
    record.facts.push_back(std::move(exported));
  }
  std::sort(record.facts.begin(), record.facts.end(),
            [](const ExportedFact& a, const ExportedFact& b) { return a.Key() < b.Key(); });
  return record;
}

// Calls `write` for each record whose statement has a qualifier `marker`.
template <typename WriteRecord>
Status ForEachRecord(const ReadView& view, std::string_view dataset, std::string_view marker,
                     const WriteRecord& write) {
  const storage::PredicateDefinition* marking = view.catalog().FindPredicate(marker);
  if (marking == nullptr) return OkStatus();  // Nobody has imported any.
  for (const storage::StatementId id : view.default_scope()->Statements()) {
    SL_ASSIGN_OR_RETURN(const Statement statement, view.GetStatement(id));
    const auto& qualifiers = statement.content.qualifiers;
    const bool marked = std::any_of(
        qualifiers.begin(), qualifiers.end(),
        [&](const storage::Qualifier& qualifier) { return qualifier.predicate == marking->id; });
    if (!marked || statement.content.context.dataset.is_none()) continue;
    if (!dataset.empty()) {
      SL_ASSIGN_OR_RETURN(const std::string name,
                          view.ExternalIdOf(statement.content.context.dataset));
      if (name != dataset) continue;
    }
    SL_ASSIGN_OR_RETURN(const ExportedRecord record, ReadRecord(view, statement));
    SL_RETURN_IF_ERROR(write(record));
  }
  return OkStatus();
}

// The JSON of a qualifier. Ours, so that what cannot be read is damage.
StatusOr<const JsonNode*> ReadForm(const std::string& text, JsonReader* reader) {
  ParseFault fault;
  const JsonNode* form = reader->Read(text, &fault);
  if (form == nullptr || form->type != JsonNode::Type::kObject) {
    return DataLoss("A qualifier of an imported record is not the JSON that the import wrote");
  }
  return form;
}

// "[\"b\",\"a\"]": the values in the order that the record had them.
std::string PropertyValues(const std::vector<std::string_view>& sorted, const JsonNode* order,
                           const JsonReader& reader) {
  std::string text;
  const auto append = [&text](std::string_view value) {
    text += text.empty() ? '[' : ',';
    AppendJsonString(value, &text);
  };
  if (order == nullptr) {
    for (const std::string_view value : sorted) append(value);
  } else {
    for (const JsonNode* place = reader.FirstChild(*order); place != nullptr;
         place = reader.Next(*place)) {
      size_t index = sorted.size();
      std::from_chars(place->text.data(), place->text.data() + place->text.size(), index);
      if (index < sorted.size()) append(sorted[index]);
    }
  }
  return text + "]";
}

StatusOr<std::string> EntityLine(const ExportedRecord& record, JsonReader* form_reader,
                                 JsonReader* keys_reader) {
  const std::string form_text = record.LongText(kFtmRecord);
  SL_ASSIGN_OR_RETURN(const JsonNode* form, ReadForm(form_text, form_reader));
  const JsonNode* order = form_reader->Member(*form, "order");
  const JsonNode* raw = form_reader->Member(*form, "raw");

  JsonObjectText properties;
  for (size_t begin = 0; begin < record.facts.size();) {
    const std::string& property = record.facts[begin].property;
    std::vector<std::string_view> values;
    size_t end = begin;
    for (; end < record.facts.size() && record.facts[end].property == property; ++end) {
      values.push_back(record.facts[end].spelling);
    }
    begin = end;
    if (raw != nullptr && form_reader->Member(*raw, property) != nullptr) continue;
    const JsonNode* places = order == nullptr ? nullptr : form_reader->Member(*order, property);
    properties.Add(property, PropertyValues(values, places, *form_reader));
  }
  if (raw != nullptr) {
    for (const JsonNode* property = form_reader->FirstChild(*raw); property != nullptr;
         property = form_reader->Next(*property)) {
      properties.Add(property->key, property->raw);
    }
  }

  JsonObjectText entity;
  entity.AddString("id", record.entity_id);
  entity.AddString("schema", record.schema);
  if (form_reader->Member(*form, "properties") == nullptr) {
    entity.Add("properties", properties.Finish());
  }
  for (const std::string_view key : kFtmTextKeys) {
    const auto found = record.texts.find(FtmPredicate(key));
    if (found != record.texts.end()) entity.AddString(key, found->second);
  }
  const std::string keys_text = record.LongText(kFtmKeys);
  if (!keys_text.empty()) {
    SL_ASSIGN_OR_RETURN(const JsonNode* keys, ReadForm(keys_text, keys_reader));
    for (const JsonNode* key = keys_reader->FirstChild(*keys); key != nullptr;
         key = keys_reader->Next(*key)) {
      entity.Add(key->key, key->raw);
    }
  }
  return entity.Finish() + "\n";
}

// RFC 4180; quoted where it must be.
void AppendCsvField(std::string_view field, std::string* line) {
  if (!line->empty()) *line += ',';
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    *line += field;
    return;
  }
  *line += '"';
  for (const char byte : field) {
    if (byte == '"') *line += '"';
    *line += byte;
  }
  *line += '"';
}

class PackWriter {
 public:
  explicit PackWriter(const LineSink& sink) : sink_(sink) {}

  uint64_t row_count() const { return row_count_; }

  Status Write(const ExportedRecord& record) {
    const std::string form_text = record.LongText(kFtmRows);
    SL_ASSIGN_OR_RETURN(const JsonNode* form, ReadForm(form_text, &reader_));
    const JsonNode* rests = reader_.Member(*form, "facts");
    const bool has_dataset = reader_.Member(*form, "dataset") == nullptr;
    const std::string_view dataset = has_dataset ? std::string_view(record.dataset) : "";
    for (size_t index = 0; index < record.facts.size(); ++index) {
      const JsonNode* rest =
          rests == nullptr ? nullptr : reader_.Member(*rests, std::to_string(index));
      SL_RETURN_IF_ERROR(WriteRow(record, dataset, record.facts[index], rest));
    }
    if (const JsonNode* id_row = reader_.Member(*form, "id")) {
      return WriteRow(record, dataset, {"id", "", ""}, id_row);
    }
    return OkStatus();
  }

 private:
  // What the record's form says of a row's column; `otherwise` when it says nothing.
  std::string_view Rest(const JsonNode* rest, std::string_view column,
                        std::string_view otherwise) const {
    const JsonNode* member = rest == nullptr ? nullptr : reader_.Member(*rest, column);
    return member == nullptr ? otherwise : member->text;
  }

  Status WriteRow(const ExportedRecord& record, std::string_view dataset, const ExportedFact& fact,
                  const JsonNode* rest) {
    const std::string_view value = Rest(rest, "value", fact.spelling);
    const std::string_view language = Rest(rest, "lang", fact.language);
    const std::string_view external = record.Text(FtmPredicate("external"));
    const std::string id = FtmStatementId(
        {dataset, record.entity_id, fact.property, value, language,
         external == "t" || external == "true" || external == "True" || external == "1"});
    const std::string prop = fmt::format("{}:{}", record.schema, fact.property);
    std::string line;
    for (const std::string_view field :
         {std::string_view(record.entity_id), std::string_view(prop), value, dataset, language,
          Rest(rest, "original_value", ""), record.Text(FtmPredicate("origin")), external,
          record.Text(FtmPredicate("first_seen")), record.Text(FtmPredicate("last_seen")),
          Rest(rest, "id", id)}) {
      AppendCsvField(field, &line);
    }
    ++row_count_;
    return sink_(line + "\n");
  }

  const LineSink& sink_;
  JsonReader reader_;
  uint64_t row_count_ = 0;
};

}  // namespace

StatusOr<uint64_t> ExportFtmEntities(const ReadView& view, std::string_view dataset,
                                     const LineSink& sink) {
  uint64_t entity_count = 0;
  JsonReader form_reader;
  JsonReader keys_reader;
  SL_RETURN_IF_ERROR(
      ForEachRecord(view, dataset, kFtmRecord, [&](const ExportedRecord& record) -> Status {
        SL_ASSIGN_OR_RETURN(const std::string line, EntityLine(record, &form_reader, &keys_reader));
        ++entity_count;
        return sink(line);
      }));
  return entity_count;
}

StatusOr<uint64_t> ExportStatementPack(const ReadView& view, std::string_view dataset,
                                       const LineSink& sink) {
  PackWriter writer(sink);
  SL_RETURN_IF_ERROR(ForEachRecord(
      view, dataset, kFtmRows, [&](const ExportedRecord& record) { return writer.Write(record); }));
  return writer.row_count();
}

}  // namespace sightline::server
