// Read consistency: which revision a request is to be read at.
//
// Thread-safe: a free function.

#pragma once

#include <optional>

#include "sightline/v1/types.pb.h"
#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/store.h"

namespace sightline::server {

// None: the newest. Errors: kUnavailable when the store has not reached the revision that the
// answer must be as fresh as; kInvalidArgument (SL8005) for a token that is none.
StatusOr<std::optional<storage::Revision>> RevisionToRead(const v1::Consistency& consistency,
                                                          const storage::Store& store);

}  // namespace sightline::server
