// What the store takes for an external id and for text: importers look, so that a reject has a
// place in the file, and sinks need not look again.

#pragma once

#include <cstddef>
#include <string_view>

namespace sightline::server {

inline constexpr size_t kExternalIdBytesMax = 1 << 10;
inline constexpr size_t kTextBytesMax = 64 << 10;

// What is wrong with an external id; empty when nothing is. See ImportSink for what is right.
std::string_view FaultOfExternalId(std::string_view id);

// As storage::IsValidUtf8, quick on ASCII.
bool IsUtf8(std::string_view text);

}  // namespace sightline::server
