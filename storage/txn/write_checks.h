// What a writer may hand in, in a transaction or a bulk load: the rules for external ids, values
// and statements that need no look into the store. Errors: kInvalidArgument, if not said otherwise.

#pragma once

#include <cstddef>
#include <string_view>

#include "storage/base/status.h"
#include "storage/model/marking.h"
#include "storage/model/statement.h"
#include "storage/model/value.h"

namespace sightline::storage {

// Longest texts, in bytes.
inline constexpr size_t kExternalIdBytesMax = 1 << 10;
inline constexpr size_t kTextBytesMax = 64 << 10;
inline constexpr size_t kQuoteBytesMax = 4 << 10;
inline constexpr size_t kAccessBytesMax = 4 << 10;

Status CheckExternalId(std::string_view external_id);
Status CheckText(std::string_view text);
// Whether the value is one that can be read back. Says nothing of nodes.
Status CheckValue(const Value& value);
// All but the facts and whether the terms exist. kPermissionDenied when the marking is above the
// clearance.
Status CheckStatement(const StatementDraft& draft);
Status CheckContext(const StatementContext& context, const Clearance& clearance);

}  // namespace sightline::storage
