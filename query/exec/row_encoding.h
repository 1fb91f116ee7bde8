// Rows as bytes, for temporary files: what one operator writes, the same query reads back. Not a
// persistent format.
//
// Thread-safe: free functions.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "query/functions/batch.h"
#include "storage/base/status.h"

namespace sightline::query {

// Appends the row's cells, those of unbound columns as such. Terms stay ids; of data, what
// composites share is written for each.
void AppendRowBytes(const Batch& batch, size_t row, std::string* out);

// Adds the row to `to`, whose columns are of the kinds that the row's batch had. Errors: kInternal
// when the bytes are not those of such a row.
Status ReadRowBytes(std::string_view bytes, Batch* to);

}  // namespace sightline::query
