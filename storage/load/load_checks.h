// What a writer may hand in: the rules for external ids, values and statements that need no look
// into the store. The same as Transaction's. Errors: kInvalidArgument, if not said otherwise.

#pragma once

#include <string_view>

#include "storage/base/status.h"
#include "storage/model/marking.h"
#include "storage/model/statement.h"
#include "storage/model/value.h"

namespace sightline::storage {

Status CheckExternalId(std::string_view external_id);
Status CheckText(std::string_view text);
// Of any value but a node.
Status CheckValue(const Value& value);
// All but the facts and whether the terms exist. kPermissionDenied when the marking is above the
// clearance.
Status CheckStatement(const StatementDraft& draft);
Status CheckContext(const StatementContext& context, const Clearance& clearance);

}  // namespace sightline::storage
