#include "clients/cpp/result_batch.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <utility>

namespace sightline::client {
namespace {

static_assert(std::endian::native == std::endian::little, "Buffers are read as they come");

template <typename T>
T Load(const std::string& buffer, size_t index) {
  T value;
  std::memcpy(&value, buffer.data() + index * sizeof(T), sizeof(T));
  return value;
}

bool Bit(const std::string& bits, size_t index) {
  return (static_cast<unsigned char>(bits[index / 8]) >> (index % 8) & 1) != 0;
}

// What is wrong with a column; empty when nothing is.
std::string Fault(const v1::Column& column, v1::ColumnType type, size_t rows) {
  const size_t bitmap_bytes = (rows + 7) / 8;
  if (!column.validity().empty() && column.validity().size() < bitmap_bytes) {
    return "its validity bitmap is too short";
  }
  switch (type) {
    case v1::COLUMN_TYPE_BOOL:
      return column.data().size() < bitmap_bytes ? "its data is too short" : "";
    case v1::COLUMN_TYPE_INT64:
    case v1::COLUMN_TYPE_DOUBLE:
    case v1::COLUMN_TYPE_NODE:
      return column.data().size() / 8 < rows ? "its data is too short" : "";
    case v1::COLUMN_TYPE_TEXT: {
      if (column.offsets().size() / 4 < rows + 1) return "its offsets are too short";
      int32_t previous = Load<int32_t>(column.offsets(), 0);
      if (previous < 0) return "an offset is negative";
      for (size_t row = 1; row <= rows; ++row) {
        const int32_t next = Load<int32_t>(column.offsets(), row);
        if (next < previous) return "its offsets do not ascend";
        previous = next;
      }
      return static_cast<size_t>(previous) > column.data().size() ? "its data is too short" : "";
    }
    case v1::COLUMN_TYPE_VALUE:
      return static_cast<size_t>(column.values_size()) < rows ? "it has too few values" : "";
    default:
      return "its type is not one that this client knows";
  }
}

}  // namespace

Result<ResultBatch> ResultBatch::Decode(v1::ColumnBatch batch,
                                        const std::vector<v1::ColumnType>& types) {
  const auto malformed = [](std::string what) {
    return Error{grpc::StatusCode::INTERNAL,
                 "the server sent a malformed batch: " + what,
                 kReasonMalformed,
                 {}};
  };
  if (batch.row_count() < 0) return malformed("negative row count");
  if (static_cast<size_t>(batch.columns_size()) != types.size()) {
    return malformed(fmt::format("{} columns instead of {}", batch.columns_size(), types.size()));
  }
  for (size_t i = 0; i < types.size(); ++i) {
    const std::string fault =
        Fault(batch.columns(static_cast<int>(i)), types[i], static_cast<size_t>(batch.row_count()));
    if (!fault.empty()) return malformed(fmt::format("column {}: {}", i + 1, fault));
  }
  ResultBatch result;
  result.batch_ = std::move(batch);
  result.types_ = types;
  return result;
}

Cell ResultBatch::cell(size_t column_index, size_t row) const {
  const v1::Column& column = batch_.columns(static_cast<int>(column_index));
  if (!column.validity().empty() && !Bit(column.validity(), row)) return std::monostate{};
  switch (types_[column_index]) {
    case v1::COLUMN_TYPE_BOOL:
      return Bit(column.data(), row);
    case v1::COLUMN_TYPE_INT64:
      return Load<int64_t>(column.data(), row);
    case v1::COLUMN_TYPE_DOUBLE:
      return Load<double>(column.data(), row);
    case v1::COLUMN_TYPE_NODE:
      return NodeId{Load<uint64_t>(column.data(), row)};
    case v1::COLUMN_TYPE_TEXT: {
      const auto begin = static_cast<size_t>(Load<int32_t>(column.offsets(), row));
      const auto end = static_cast<size_t>(Load<int32_t>(column.offsets(), row + 1));
      return std::string_view(column.data()).substr(begin, end - begin);
    }
    default: {
      const v1::Value& value = column.values(static_cast<int>(row));
      if (value.kind_case() == v1::Value::KIND_NOT_SET) return std::monostate{};
      return &value;
    }
  }
}

void NodeCards::Add(const v1::NodeCard& card) {
  const auto [place, is_new] = cards_.try_emplace(card.id(), card);
  if (is_new) ++nodes_by_caption_[card.caption()];
}

const v1::NodeCard* NodeCards::Find(NodeId node) const {
  const auto place = cards_.find(static_cast<uint64_t>(node));
  return place == cards_.end() ? nullptr : &place->second;
}

bool NodeCards::IsShared(const std::string& caption) const {
  const auto place = nodes_by_caption_.find(caption);
  return place != nodes_by_caption_.end() && place->second > 1;
}

}  // namespace sightline::client
