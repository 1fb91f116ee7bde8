#include "server/service/batch_encoder.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "server/service/node_number.h"
#include "server/service/value_codec.h"

namespace sightline::server {
namespace {

using storage::TermId;

// Room for the message around a batch.
constexpr size_t kEnvelopeBytes = 64;

void AppendLittleEndian(uint64_t value, size_t bytes, std::string* out) {
  static_assert(std::endian::native == std::endian::little, "Arrow buffers are little-endian here");
  out->append(reinterpret_cast<const char*>(&value), bytes);
}

void SetBit(size_t index, std::string* bits) {
  (*bits)[index / 8] = static_cast<char>((*bits)[index / 8] | (1 << (index % 8)));
}

size_t EstimateValueBytes(const storage::Value& value) {
  const auto* text = value.get_if<storage::Text>();
  return text == nullptr ? 16 : 16 + text->text.size();
}

// Roughly what a cell takes on the wire. Composites are walked; they are bounded by the engine's
// memory budget.
size_t EstimateBytes(const query::Datum& datum) {
  if (const storage::Value* value = datum.value()) return EstimateValueBytes(*value);
  size_t bytes = 16;
  if (const query::DatumList* list = datum.list()) {
    for (const query::Datum& element : *list) bytes += EstimateBytes(element);
  } else if (const query::DatumMap* map = datum.map()) {
    for (const auto& [key, element] : *map) bytes += key.size() + EstimateBytes(element);
  } else if (const query::PathDatum* path = datum.path()) {
    bytes += path->nodes.size() * 8 + path->facts.size() * 64;
  } else {
    bytes += 64;
  }
  return bytes;
}

Status WrongCell() { return Internal("A cell of the result is not of its column's type"); }

}  // namespace

// Collects the nodes that need a card, in order of appearance.
class BatchEncoder::Reader final : public TermReader {
 public:
  Reader(const query::ResultCursor& cursor, const std::unordered_set<TermId>& carded)
      : cursor_(cursor), carded_(carded) {}

  StatusOr<std::string> NameOf(TermId term) override { return cursor_.ExternalIdOf(term); }
  StatusOr<storage::Value> ValueOf(TermId term) override { return cursor_.ValueOf(term); }
  uint64_t NumberOf(TermId node) override { return NodeNumber(node, cursor_.ids()); }
  void Saw(TermId node) override {
    if (carded_.count(node) == 0 && seen_.insert(node).second) fresh_.push_back(node);
  }

  const std::vector<TermId>& fresh() const { return fresh_; }

 private:
  const query::ResultCursor& cursor_;
  const std::unordered_set<TermId>& carded_;
  std::unordered_set<TermId> seen_;
  std::vector<TermId> fresh_;
};

v1::ColumnType ToProto(query::ColumnType type) {
  switch (type) {
    case query::ColumnType::kBoolean:
      return v1::COLUMN_TYPE_BOOL;
    case query::ColumnType::kInteger:
      return v1::COLUMN_TYPE_INT64;
    case query::ColumnType::kDouble:
      return v1::COLUMN_TYPE_DOUBLE;
    case query::ColumnType::kText:
      return v1::COLUMN_TYPE_TEXT;
    case query::ColumnType::kEntity:
    case query::ColumnType::kStatement:
      return v1::COLUMN_TYPE_NODE;
    case query::ColumnType::kAny:
      return v1::COLUMN_TYPE_VALUE;
  }
  return v1::COLUMN_TYPE_UNSPECIFIED;
}

BatchEncoder::BatchEncoder(const query::ResultCursor* cursor, const BatchEncoderOptions& options)
    : cursor_(cursor), options_(options) {}

StatusOr<size_t> BatchEncoder::Encode(const query::ResultBatch& batch, size_t first_row,
                                      v1::ColumnBatch* out) {
  size_t row_count = 0;
  for (size_t bytes = 0;
       first_row + row_count < batch.row_count && bytes < options_.batch_bytes_target;
       ++row_count) {
    for (const std::vector<query::Datum>& column : batch.columns) {
      bytes += EstimateBytes(column[first_row + row_count]);
    }
  }
  // The estimate leaves the cards out: where they make a message too large, fewer rows fit.
  while (true) {
    SL_RETURN_IF_ERROR(EncodeRows(batch, first_row, row_count, out));
    if (out->ByteSizeLong() + kEnvelopeBytes <= options_.message_bytes_max) break;
    if (row_count == 1) {
      return ResourceExhausted(
          "One row of the result needs {} bytes, more than a message may have: {}",
          out->ByteSizeLong(), options_.message_bytes_max);
    }
    row_count = std::max<size_t>(1, row_count / 2);
  }
  for (const v1::NodeCard& card : out->cards())
    carded_.insert(NodeOfNumber(card.id(), cursor_->ids()));
  return row_count;
}

Status BatchEncoder::EncodeRows(const query::ResultBatch& batch, size_t first_row, size_t row_count,
                                v1::ColumnBatch* out) {
  out->Clear();
  out->set_row_count(static_cast<int32_t>(row_count));
  Reader reader(*cursor_, carded_);
  const std::vector<query::Column>& columns = cursor_->columns();
  for (size_t i = 0; i < columns.size(); ++i) {
    SL_RETURN_IF_ERROR(EncodeColumn(columns[i].type, batch.columns[i], first_row, row_count,
                                    &reader, out->add_columns()));
  }
  for (const TermId node : reader.fresh()) {
    SL_ASSIGN_OR_RETURN(query::NodeCard card, cursor_->CardOf(node));
    v1::NodeCard* to = out->add_cards();
    to->set_id(reader.NumberOf(node));
    to->set_external_id(std::move(card.external_id));
    to->set_class_name(std::move(card.class_name));
    to->set_caption(std::move(card.caption));
  }
  return OkStatus();
}

Status BatchEncoder::EncodeColumn(query::ColumnType type, const std::vector<query::Datum>& cells,
                                  size_t first_row, size_t row_count, Reader* reader,
                                  v1::Column* out) {
  std::string* data = out->mutable_data();
  std::string validity((row_count + 7) / 8, '\0');
  size_t null_count = 0;
  if (type == query::ColumnType::kBoolean) data->assign(validity.size(), '\0');
  if (type == query::ColumnType::kText) AppendLittleEndian(0, 4, out->mutable_offsets());

  for (size_t row = 0; row < row_count; ++row) {
    const query::Datum& cell = cells[first_row + row];
    const storage::Value* value = cell.value();
    const bool is_null = cell.is_null();
    if (is_null) {
      ++null_count;
    } else {
      SetBit(row, &validity);
      if (value == nullptr && type != query::ColumnType::kAny) return WrongCell();
    }
    switch (type) {
      case query::ColumnType::kBoolean: {
        if (is_null) break;
        const bool* boolean = value->get_if<bool>();
        if (boolean == nullptr) return WrongCell();
        if (*boolean) SetBit(row, data);
        break;
      }
      case query::ColumnType::kInteger: {
        const int64_t* integer = is_null ? nullptr : value->get_if<int64_t>();
        if (!is_null && integer == nullptr) return WrongCell();
        AppendLittleEndian(is_null ? 0 : static_cast<uint64_t>(*integer), 8, data);
        break;
      }
      case query::ColumnType::kDouble: {
        const double* real = is_null ? nullptr : value->get_if<double>();
        if (!is_null && real == nullptr) return WrongCell();
        AppendLittleEndian(is_null ? 0 : std::bit_cast<uint64_t>(*real), 8, data);
        break;
      }
      case query::ColumnType::kText: {
        const auto* text = is_null ? nullptr : value->get_if<storage::Text>();
        if (!is_null && text == nullptr) return WrongCell();
        if (text != nullptr) data->append(text->text);
        if (data->size() > INT32_MAX) {
          return ResourceExhausted("The text of one batch is larger than 2 GiB");
        }
        AppendLittleEndian(data->size(), 4, out->mutable_offsets());
        break;
      }
      case query::ColumnType::kEntity:
      case query::ColumnType::kStatement: {
        const TermId node = cell.node();
        if (!is_null && node.is_none()) return WrongCell();
        if (!is_null) reader->Saw(node);
        AppendLittleEndian(is_null ? node.bits : reader->NumberOf(node), 8, data);
        break;
      }
      case query::ColumnType::kAny:
        SL_RETURN_IF_ERROR(
            EncodeDatum(cell, options_.value_nesting_max, reader, out->add_values()));
        break;
    }
  }
  // A comparator or a language has no place in a typed column: the engine gives such cells a column
  // of kAny.
  if (null_count > 0) out->set_validity(std::move(validity));
  return OkStatus();
}

}  // namespace sightline::server
