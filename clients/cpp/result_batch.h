// ResultBatch: some rows of a result, decoded from the Arrow-layout columns of a ColumnBatch.
//
// Decoding checks every buffer against the row count once; reading a cell is then a load. The batch
// owns its bytes; text cells are views into it. Thread-compatible.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "clients/cpp/error.h"
#include "sightline/v1/query_service.pb.h"

namespace sightline::client {

// An entity's or statement's number. Only meaningful with the store that gave it.
enum class NodeId : uint64_t {};

// One cell. std::monostate is unknown (null). Text and composite values are borrowed from the
// batch.
using Cell =
    std::variant<std::monostate, bool, int64_t, double, std::string_view, NodeId, const v1::Value*>;

class ResultBatch {
 public:
  ResultBatch() = default;

  // Errors: INTERNAL (MALFORMED_RESULT) when the buffers do not agree with the columns and the row
  // count, or a text is not within its buffer.
  static Result<ResultBatch> Decode(v1::ColumnBatch batch,
                                    const std::vector<v1::ColumnType>& types);

  size_t row_count() const { return static_cast<size_t>(batch_.row_count()); }
  size_t column_count() const { return types_.size(); }
  // REQUIRES: column < column_count(), row < row_count().
  Cell cell(size_t column, size_t row) const;

 private:
  v1::ColumnBatch batch_;
  std::vector<v1::ColumnType> types_;
};

// How to show the nodes of a result, as far as it has been read.
class NodeCards {
 public:
  void Add(const v1::NodeCard& card);
  // Null for a node that no card was sent for.
  const v1::NodeCard* Find(NodeId node) const;
  // Whether more than one node of the result so far has this caption.
  bool IsShared(const std::string& caption) const;

 private:
  std::unordered_map<uint64_t, v1::NodeCard> cards_;
  std::unordered_map<std::string, size_t> nodes_by_caption_;
};

}  // namespace sightline::client
