#include "server/ingest/statement_csv_importer.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "server/ingest/ftm_importer.h"
#include "server/ingest/ftm_model.h"
#include "server/ingest/ftm_record.h"
#include "server/ingest/ftm_statement_key.h"
#include "server/ingest/json_text.h"
#include "server/ingest/row_reader.h"
#include "server/ingest/term_check.h"
#include "storage/catalog/catalog.h"

namespace sightline::server {
namespace {

// The columns that mean something here; others are kept with their row.
enum Column : size_t {
  kEntityId,
  kProp,
  kValue,
  kSchema,
  kDataset,
  kLang,
  kPropType,
  kId,
  kCanonicalId,
  kOrigin,
  kExternal,
  kFirstSeen,
  kLastSeen,
  kColumnCount
};
constexpr std::array<std::string_view, kColumnCount> kColumnNames = {
    "entity_id", "prop",         "value",  "schema",   "dataset",    "lang",     "prop_type",
    "id",        "canonical_id", "origin", "external", "first_seen", "last_seen"};

// Of a pack. Its prop is "Schema:prop". Older ones have in place of the origin whether the entity
// is a target; that column is kept as it stands.
constexpr std::array<std::string_view, 11> kPackColumns = {
    "entity_id", "prop",     "value",      "dataset",   "lang", "original_value",
    "origin",    "external", "first_seen", "last_seen", "id"};

// Facts of a statement at most: longer runs of rows are several statements.
constexpr size_t kRowsPerStatementMax = 1024;

bool IsLanguage(std::string_view text) {
  return !text.empty() && text.size() <= 35 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

bool IsTrue(std::string_view text) {
  return text == "t" || text == "true" || text == "True" || text == "1";
}

struct RowFact {
  std::string property;
  std::string value;
  std::string type;      // Of FtmModel.
  std::string language;  // Of the fact; empty unless it is text.
  std::string spelling;  // Of the object when nothing else is on record.
  std::string rest;      // JSON members: what the fact does not tell. Empty when there is nothing.

  auto Key() const { return std::tie(property, spelling, language); }
};

// What rows of one statement have in common.
struct RowGroup {
  std::string entity_id;
  std::string schema;
  std::string dataset;  // The name in the file; empty when it has none.
  std::array<std::string, std::size(kFtmRowColumns)> columns;
  friend bool operator==(const RowGroup&, const RowGroup&) = default;
};

class StatementRowWriter {
 public:
  StatementRowWriter(ImportLane& lane, std::vector<std::string> column_names)
      : lane_(lane), column_names_(std::move(column_names)) {
    places_.fill(kNoPlace);
    for (size_t index = 0; index < column_names_.size(); ++index) {
      for (size_t column = 0; column < kColumnCount; ++column) {
        if (column_names_[index] == kColumnNames[column]) places_[column] = index;
      }
    }
  }

  // "entity_id, value" when these are missing.
  std::string MissingColumns() const {
    std::vector<std::string_view> missing;
    for (const Column column : {kEntityId, kProp, kValue}) {
      if (places_[column] == kNoPlace) missing.push_back(kColumnNames[column]);
    }
    return fmt::format("{}", fmt::join(missing, ", "));
  }

  Status WriteRow(const CsvRow& row) {
    lane_.BeginRecord({row.line, 1, row.text});
    if (row.faulty) return lane_.RejectAt(row.fault);
    if (row.fields.size() != column_names_.size()) {
      return lane_.Reject(
          RejectReason::kSyntax,
          fmt::format("{} fields instead of {}", row.fields.size(), column_names_.size()));
    }
    RowGroup group;
    std::string_view property = Field(row, kProp);
    std::string_view schema = Field(row, kSchema);
    if (const size_t colon = property.find(':'); colon != std::string_view::npos) {
      if (schema.empty()) schema = property.substr(0, colon);
      property.remove_prefix(colon + 1);
    }
    group.entity_id = Field(row, kEntityId);
    group.schema = schema;
    group.dataset = Field(row, kDataset);
    for (size_t index = 0; index < group.columns.size(); ++index) {
      group.columns[index] = Field(row, static_cast<Column>(kCanonicalId + index));
    }
    const std::pair<std::string_view, std::string_view> ids[] = {
        {"entity_id", group.entity_id}, {"prop", property}, {"schema", schema}};
    for (const auto& [name, id] : ids) {
      if (const std::string_view fault = FaultOfExternalId(id); !fault.empty()) {
        return lane_.Reject(id.empty() ? RejectReason::kMissingField : RejectReason::kBadField,
                            fmt::format("{}: {}", name, fault));
      }
    }
    for (const std::string_view field : row.fields) {
      if (field.size() > kTextBytesMax) {
        return lane_.Reject(
            RejectReason::kTextTooLong,
            fmt::format("a field of {} bytes, more than {}", field.size(), kTextBytesMax));
      }
    }
    return TakeRow(row, std::move(group), property);
  }

  Status Flush() {
    if (facts_.empty() && id_row_.empty()) return OkStatus();
    const Status status = WriteStatement();
    facts_.clear();
    id_row_.clear();
    return status;
  }

 private:
  static constexpr size_t kNoPlace = SIZE_MAX;

  std::string_view Field(const CsvRow& row, Column column) const {
    return places_[column] == kNoPlace ? std::string_view() : row.fields[places_[column]];
  }

  Status TakeRow(const CsvRow& row, RowGroup group, std::string_view property) {
    RowFact fact;
    fact.property = property;
    fact.value = Field(row, kValue);
    const std::string_view model_type = FtmModel::Get().TypeOf(group.schema, property);
    const std::string_view given_type = Field(row, kPropType);
    fact.type = given_type.empty() ? model_type : given_type;
    storage::Value value;
    const ImportedObject object = ObjectOfFtmValue(fact.type, fact.value, &value);
    fact.spelling = SpellingOf(object);
    const std::string_view language = Field(row, kLang);
    const bool language_told = object.kind == ImportedObject::Kind::kText && IsLanguage(language);
    if (language_told) fact.language = language;

    const bool is_id_row = property == "id";
    JsonObjectText rest;
    if (is_id_row || fact.spelling != fact.value) rest.AddString("value", fact.value);
    if (!language.empty() && (is_id_row || !language_told)) rest.AddString("lang", language);
    if (!given_type.empty() && given_type != model_type) rest.AddString("prop_type", given_type);
    const std::string_view id = Field(row, kId);
    const std::string_view dataset = group.dataset;
    if (!id.empty() && id != FtmStatementId({dataset, group.entity_id, property, fact.value,
                                             language, IsTrue(Field(row, kExternal))})) {
      rest.AddString("id", id);
    }
    for (size_t index = 0; index < row.fields.size(); ++index) {
      const bool is_ours = std::find(kColumnNames.begin(), kColumnNames.end(),
                                     column_names_[index]) != kColumnNames.end();
      if (!is_ours && !row.fields[index].empty()) {
        rest.AddString(column_names_[index], row.fields[index]);
      }
    }
    if (!rest.empty()) fact.rest = rest.Finish();

    const auto same_fact = [&fact](const RowFact& other) { return other.Key() == fact.Key(); };
    const bool repeats =
        is_id_row ? !id_row_.empty() : std::any_of(facts_.begin(), facts_.end(), same_fact);
    if (group != group_ || repeats || facts_.size() >= kRowsPerStatementMax) {
      SL_RETURN_IF_ERROR(Flush());
      group_ = std::move(group);
    }
    if (is_id_row) {
      id_row_ = fact.rest;
    } else {
      facts_.push_back(std::move(fact));
    }
    return OkStatus();
  }

  Status WriteStatement() {
    std::sort(facts_.begin(), facts_.end(),
              [](const RowFact& a, const RowFact& b) { return a.Key() < b.Key(); });
    JsonObjectText rests;
    for (size_t index = 0; index < facts_.size(); ++index) {
      if (!facts_[index].rest.empty()) rests.Add(std::to_string(index), facts_[index].rest);
    }
    JsonObjectText form;
    if (!id_row_.empty()) form.Add("id", id_row_);
    if (!rests.empty()) form.Add("facts", rests.Finish());
    if (group_.dataset.empty()) form.Add("dataset", "false");

    SL_ASSIGN_OR_RETURN(const bool defined, DefineFtmSchema(lane_, group_.schema));
    if (!defined) return OkStatus();
    const std::string dataset =
        group_.dataset.empty() ? lane_.options().dataset : DatasetId(group_.dataset);
    const std::string form_text = form.Finish();
    std::vector<LongTextPart> texts = SplitLongText(kFtmRows, form_text);
    for (size_t index = 0; index < group_.columns.size(); ++index) {
      if (group_.columns[index].empty()) continue;
      texts.push_back({FtmPredicate(kFtmRowColumns[index]), group_.columns[index]});
    }
    std::vector<ImportedQualifier> qualifiers;
    for (const LongTextPart& part : texts) {
      qualifiers.push_back({part.predicate, ImportedObject::OfText(part.text)});
    }
    ImportedStatement header = Header(dataset);
    header.qualifiers = qualifiers;
    SL_ASSIGN_OR_RETURN(const std::optional<StatementHandle> statement, lane_.Open(header));
    if (!statement) return OkStatus();
    SL_RETURN_IF_ERROR(lane_.AddFact(*statement, ImportedNode(group_.entity_id),
                                     storage::kInstanceOf,
                                     ImportedObject::OfNode(ImportedNode(group_.schema))));
    for (const RowFact& fact : facts_) {
      storage::Value value;
      ImportedObject object = ObjectOfFtmValue(fact.type, fact.value, &value);
      if (object.kind == ImportedObject::Kind::kText) object.language = fact.language;
      SL_RETURN_IF_ERROR(lane_.AddFact(*statement, ImportedNode(group_.entity_id),
                                       PredicateOfProperty(fact.property), object));
    }
    SL_RETURN_IF_ERROR(lane_.Close(*statement));
    return WriteIdentity(dataset);
  }

  // That two ids are one entity is a claim of its own, which can be denied and retracted.
  Status WriteIdentity(const std::string& dataset) {
    const std::string& canonical_id = group_.columns[0];
    if (canonical_id.empty() || canonical_id == group_.entity_id ||
        !FaultOfExternalId(canonical_id).empty()) {
      return OkStatus();
    }
    std::pair<std::string, std::string> identity(group_.entity_id, canonical_id);
    if (identity == last_identity_) return OkStatus();
    last_identity_ = std::move(identity);
    SL_ASSIGN_OR_RETURN(const std::optional<StatementHandle> statement,
                        lane_.Open(Header(dataset)));
    if (!statement) return OkStatus();
    SL_RETURN_IF_ERROR(lane_.AddFact(*statement, ImportedNode(group_.entity_id), storage::kSameAs,
                                     ImportedObject::OfNode(ImportedNode(canonical_id))));
    return lane_.Close(*statement);
  }

  ImportedStatement Header(const std::string& dataset) const {
    ImportedStatement header;
    header.dataset = dataset;
    header.claimant = lane_.options().claimant == lane_.options().dataset
                          ? std::string_view(dataset)
                          : std::string_view(lane_.options().claimant);
    header.document = lane_.options().document;
    header.marking = lane_.options().marking;
    return header;
  }

  ImportLane& lane_;
  const std::vector<std::string> column_names_;
  std::array<size_t, kColumnCount> places_{};
  RowGroup group_;
  std::vector<RowFact> facts_;
  std::string id_row_;  // The rest of the row whose prop is "id"; empty when there was none.
  std::pair<std::string, std::string> last_identity_;
};

}  // namespace

Status ImportFtmStatements(ByteSource& source, ImportRun& run, ImportSink& sink) {
  constexpr uint64_t kProgressRows = 1 << 14;
  ImportLane lane(sink, run);
  RowReader reader(source);
  CsvRow row;
  std::vector<std::string> column_names(kPackColumns.begin(), kPackColumns.end());
  if (run.options.format == FileFormat::kStatementCsv) {
    SL_ASSIGN_OR_RETURN(const bool has_header, reader.Next(&row));
    if (!has_header) return OkStatus();
    column_names.assign(row.fields.begin(), row.fields.end());
  }
  StatementRowWriter writer(lane, std::move(column_names));
  if (const std::string missing = writer.MissingColumns(); !missing.empty()) {
    return InvalidArgument("The first line of the file names no column {}", missing);
  }
  for (uint64_t row_count = 1;; ++row_count) {
    SL_ASSIGN_OR_RETURN(const bool more, reader.Next(&row));
    if (!more) break;
    SL_RETURN_IF_ERROR(writer.WriteRow(row));
    if (row_count % kProgressRows == 0 && run.options.on_progress) {
      lane.FlushCounts();
      SL_RETURN_IF_ERROR(
          run.options.on_progress({source.bytes_taken(), run.records.load(), run.facts.load()}));
    }
  }
  return writer.Flush();
}

}  // namespace sightline::server
