// Revision tokens: a Revision as clients see it, opaque bytes.
//
// Thread-safe: pure functions.

#pragma once

#include "sightline/v1/types.pb.h"
#include "storage/base/id_cipher.h"
#include "storage/base/ids.h"
#include "storage/base/status.h"

namespace sightline::server {

v1::Revision ToProto(storage::Revision revision, const storage::IdCipher& ids);
// Errors: kInvalidArgument for bytes that no server of ours gives out.
StatusOr<storage::Revision> RevisionFromProto(const v1::Revision& token,
                                              const storage::IdCipher& ids);

}  // namespace sightline::server
