#include "clients/cpp/fetched_rows.h"

#include <utility>

namespace sightline::client {

Result<FetchedRows> FetchedRows::Decode(v1::FetchRowsResponse response) {
  FetchedRows fetched;
  std::vector<v1::ColumnType> types;
  for (v1::ColumnSpec& column : *response.mutable_columns()) {
    types.push_back(column.type());
    fetched.columns.push_back(std::move(column));
  }
  for (const v1::NodeCard& card : response.batch().cards()) fetched.cards.Add(card);
  if (response.has_batch()) {
    Result<ResultBatch> rows = ResultBatch::Decode(std::move(*response.mutable_batch()), types);
    if (!rows.ok()) return rows.error();
    fetched.rows = *std::move(rows);
  }
  fetched.read_at = std::move(*response.mutable_read_at());
  fetched.truncation = response.truncation();
  for (v1::Diagnostic& notice : *response.mutable_notices()) {
    fetched.notices.push_back(std::move(notice));
  }
  fetched.next_cursor = std::move(*response.mutable_next_cursor());
  return fetched;
}

}  // namespace sightline::client
