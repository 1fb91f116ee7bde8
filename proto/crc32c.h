// Crc32c: the checksum that the chunks of BulkLoad carry, on either side of the wire.
//
// CRC-32C (Castagnoli's polynomial 0x1EDC6F41, reflected; RFC 3720, appendix B.4): "123456789"
// gives 0xE3069283. With the processor's own instruction where there is one.
//
// Thread-safe: a pure function.

#pragma once

#include <cstdint>
#include <string_view>

namespace sightline {

// Of the bytes that `crc` is of, followed by `bytes`. That of no bytes is 0.
uint32_t ExtendCrc32c(uint32_t crc, std::string_view bytes);

inline uint32_t Crc32c(std::string_view bytes) { return ExtendCrc32c(0, bytes); }

}  // namespace sightline
