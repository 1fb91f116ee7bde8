// Byte encoding: the forms in which keys and records are written, and a reader that checks them.
//
// Fixed-width integers are big-endian, so that their byte order is their number order and they can
// stand in keys. Varints hold seven bits a byte, the lowest first. A length-prefixed string is its
// length as a varint, then its bytes.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace sightline::storage {

void AppendByte(uint8_t value, std::string* out);
void AppendFixed16(uint16_t value, std::string* out);
void AppendFixed32(uint32_t value, std::string* out);
void AppendFixed64(uint64_t value, std::string* out);
void AppendVarint(uint64_t value, std::string* out);
// Zig-zag, so that small negative numbers are short too.
void AppendSignedVarint(int64_t value, std::string* out);
void AppendLengthPrefixed(std::string_view bytes, std::string* out);

// Reads what AppendFixed... wrote. REQUIRES: that many bytes at `bytes`.
uint16_t LoadFixed16(const char* bytes);
uint32_t LoadFixed32(const char* bytes);
uint64_t LoadFixed64(const char* bytes);

// Reads the forms above from front to back.
//
// Errors: every Read... gives kDataLoss when the bytes end too early or were not written by the
// Append... of the same name (a varint that is longer than it need be, or than 64 bits). After an
// error the position is unspecified. Borrows the bytes; the strings it returns point into them.
// Thread-compatible.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  StatusOr<uint8_t> ReadByte();
  StatusOr<uint16_t> ReadFixed16();
  StatusOr<uint32_t> ReadFixed32();
  StatusOr<uint64_t> ReadFixed64();
  StatusOr<uint64_t> ReadVarint();
  StatusOr<int64_t> ReadSignedVarint();
  StatusOr<std::string_view> ReadLengthPrefixed();
  StatusOr<std::string_view> ReadBytes(uint64_t byte_count);

  std::string_view rest() const { return rest_; }
  bool at_end() const { return rest_.empty(); }
  // kDataLoss when bytes are left over.
  Status ExpectEnd() const;

 private:
  std::string_view rest_;
};

}  // namespace sightline::storage
