// Scripts of SLQL in files. No importer reads them: the query engine runs each whole, as one
// transaction.

#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "server/ingest/byte_source.h"
#include "storage/base/status.h"

namespace sightline::server {

// The text, decompressed when it is compressed. Errors: kInvalidArgument for one of more than
// `byte_count_max` bytes, and for compressed data that is damaged; else the source's.
StatusOr<std::string> ReadScript(std::unique_ptr<ByteSource> source, size_t byte_count_max);

}  // namespace sightline::server
