// What the store takes for an external id and for text: importers look, so that a reject has a
// place in the file, and sinks need not look again.

#pragma once

#include <cstddef>
#include <string_view>

#include "storage/txn/write_checks.h"

namespace sightline::server {

using storage::kExternalIdBytesMax;
using storage::kTextBytesMax;

// What is wrong with an external id; empty when nothing is. See ImportSink for what is right.
std::string_view FaultOfExternalId(std::string_view id);

// As storage::IsValidUtf8, quick on ASCII.
bool IsUtf8(std::string_view text);

}  // namespace sightline::server
