// The exporters of FollowTheMoney data: what the importers took, as they found it.
//
// They write what `view` may see of statements that the FollowTheMoney importers made and nobody
// has retracted, in the order in which they were recorded.

#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "storage/base/status.h"
#include "storage/txn/read_view.h"

namespace sightline::server {

// Takes a line, line end included. An error ends the export with it.
using LineSink = std::function<Status(std::string_view line)>;

// Entities as JSON lines: the records of the "ftm" importer, key order aside. `dataset`: the
// external id of one, or empty for all; one that nobody has imported has no entities. The number of
// entities. Errors: the view's, the sink's.
StatusOr<uint64_t> ExportFtmEntities(const storage::ReadView& view, std::string_view dataset,
                                     const LineSink& sink);

// Rows of a statement pack: those of the "statement-pack" and "statement-csv" importers. The number
// of rows. Errors: as above.
StatusOr<uint64_t> ExportStatementPack(const storage::ReadView& view, std::string_view dataset,
                                       const LineSink& sink);

}  // namespace sightline::server
