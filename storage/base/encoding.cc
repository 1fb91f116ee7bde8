#include "storage/base/encoding.h"

namespace sightline::storage {
namespace {

template <typename T>
void AppendBigEndian(T value, std::string* out) {
  char bytes[sizeof(T)];
  for (size_t i = 0; i < sizeof(T); ++i) {
    bytes[i] = static_cast<char>(value >> (8 * (sizeof(T) - 1 - i)));
  }
  out->append(bytes, sizeof(T));
}

template <typename T>
T LoadBigEndian(const char* bytes) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>((value << 8) | static_cast<uint8_t>(bytes[i]));
  }
  return value;
}

Status EndsTooEarly(uint64_t wanted, size_t left) {
  return DataLoss("The record ends too early: {} bytes wanted, {} left", wanted, left);
}

}  // namespace

void AppendByte(uint8_t value, std::string* out) { out->push_back(static_cast<char>(value)); }
void AppendFixed16(uint16_t value, std::string* out) { AppendBigEndian(value, out); }
void AppendFixed32(uint32_t value, std::string* out) { AppendBigEndian(value, out); }
void AppendFixed64(uint64_t value, std::string* out) { AppendBigEndian(value, out); }

void AppendVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(0x80 | (value & 0x7F)));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

void AppendSignedVarint(int64_t value, std::string* out) {
  const uint64_t bits = static_cast<uint64_t>(value);
  AppendVarint((bits << 1) ^ (value < 0 ? UINT64_MAX : 0), out);
}

void AppendLengthPrefixed(std::string_view bytes, std::string* out) {
  AppendVarint(bytes.size(), out);
  out->append(bytes);
}

uint16_t LoadFixed16(const char* bytes) { return LoadBigEndian<uint16_t>(bytes); }
uint32_t LoadFixed32(const char* bytes) { return LoadBigEndian<uint32_t>(bytes); }
uint64_t LoadFixed64(const char* bytes) { return LoadBigEndian<uint64_t>(bytes); }

StatusOr<std::string_view> ByteReader::ReadBytes(uint64_t byte_count) {
  if (byte_count > rest_.size()) return EndsTooEarly(byte_count, rest_.size());
  const std::string_view bytes = rest_.substr(0, byte_count);
  rest_.remove_prefix(byte_count);
  return bytes;
}

StatusOr<uint8_t> ByteReader::ReadByte() {
  SL_ASSIGN_OR_RETURN(const std::string_view bytes, ReadBytes(1));
  return static_cast<uint8_t>(bytes[0]);
}

StatusOr<uint16_t> ByteReader::ReadFixed16() {
  SL_ASSIGN_OR_RETURN(const std::string_view bytes, ReadBytes(2));
  return LoadFixed16(bytes.data());
}

StatusOr<uint32_t> ByteReader::ReadFixed32() {
  SL_ASSIGN_OR_RETURN(const std::string_view bytes, ReadBytes(4));
  return LoadFixed32(bytes.data());
}

StatusOr<uint64_t> ByteReader::ReadFixed64() {
  SL_ASSIGN_OR_RETURN(const std::string_view bytes, ReadBytes(8));
  return LoadFixed64(bytes.data());
}

StatusOr<uint64_t> ByteReader::ReadVarint() {
  uint64_t value = 0;
  for (size_t i = 0; i < rest_.size(); ++i) {
    const uint8_t byte = static_cast<uint8_t>(rest_[i]);
    // The tenth byte holds the 64th bit alone.
    if (i == 9 && byte > 1) return DataLoss("The record holds a varint of more than 64 bits");
    value |= static_cast<uint64_t>(byte & 0x7F) << (7 * i);
    if ((byte & 0x80) != 0) continue;
    // One number has one form: equal records are equal bytes.
    if (i > 0 && byte == 0) return DataLoss("The record holds a varint with needless bytes");
    rest_.remove_prefix(i + 1);
    return value;
  }
  return EndsTooEarly(rest_.size() + 1, rest_.size());
}

StatusOr<int64_t> ByteReader::ReadSignedVarint() {
  SL_ASSIGN_OR_RETURN(const uint64_t zigzag, ReadVarint());
  return static_cast<int64_t>((zigzag >> 1) ^ ((zigzag & 1) != 0 ? UINT64_MAX : 0));
}

StatusOr<std::string_view> ByteReader::ReadLengthPrefixed() {
  SL_ASSIGN_OR_RETURN(const uint64_t byte_count, ReadVarint());
  return ReadBytes(byte_count);
}

Status ByteReader::ExpectEnd() const {
  if (rest_.empty()) return OkStatus();
  return DataLoss("The record has bytes left over: {}", rest_.size());
}

}  // namespace sightline::storage
