#include "storage/kv/log_damage.h"

#include <rocksdb/env.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>
#include <vector>

#include "storage/kv/rocks_status.h"

namespace sightline::storage {
namespace {

constexpr size_t kBlockBytes = 32 << 10;
constexpr size_t kHeaderBytes = 7;  // Checksum, length, type. We do not recycle logs.

constexpr size_t kEndBytes = 64;  // Of a record, more than a claim.

enum RecordType : uint8_t { kZero = 0, kFull = 1, kFirst = 2, kMiddlePart = 3, kLast = 4 };

constexpr std::array<uint32_t, 256> MakeCrcTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
    table[i] = crc;
  }
  return table;
}

// CRC-32C (Castagnoli), then masked as RocksDB stores it.
uint32_t MaskedCrc(std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = MakeCrcTable();
  uint32_t crc = 0xffffffff;
  for (const char byte : bytes) crc = kTable[(crc ^ static_cast<uint8_t>(byte)) & 0xff] ^ crc >> 8;
  crc ^= 0xffffffff;
  return (crc >> 15 | crc << 17) + 0xa282ead8;
}

uint64_t LittleEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

void AppendLittleEndian(uint64_t value, std::string* out) {
  for (int i = 0; i < 8; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

// What RocksDB writes before log data of kClaimBytes: the entry's type, the length.
constexpr std::string_view kEntryHead("\x03\x18", 2);
constexpr std::string_view kMagic = "durable\n";
constexpr size_t kClaimBytes = 24;
static_assert(kClaimBytes == 0x18);

}  // namespace

std::string EncodeDurableClaim(const LogPosition& durable) {
  std::string claim(kMagic);
  AppendLittleEndian(durable.log, &claim);
  AppendLittleEndian(durable.offset, &claim);
  return claim;
}

std::optional<LogPosition> DecodeDurableClaim(std::string_view record) {
  constexpr size_t kEntryBytes = kEntryHead.size() + kClaimBytes;
  if (record.size() < kEntryBytes) return std::nullopt;
  record.remove_prefix(record.size() - kEntryBytes);
  if (!record.starts_with(kEntryHead)) return std::nullopt;
  record.remove_prefix(kEntryHead.size());
  if (!record.starts_with(kMagic)) return std::nullopt;
  record.remove_prefix(kMagic.size());
  return LogPosition{LittleEndian(record.substr(0, 8)), LittleEndian(record.substr(8))};
}

LogDamage LogInspector::damage() const {
  if (!first_damage_) return LogDamage::kNone;
  return claimed_ > *first_damage_ ? LogDamage::kAcknowledged : LogDamage::kUnsynced;
}

void LogInspector::Damaged(const LogPosition& begin) {
  if (!first_damage_) first_damage_ = begin;
}

void LogInspector::RecordFound(std::string_view end) {
  if (const auto claim = DecodeDurableClaim(end)) claimed_ = std::max(claimed_, *claim);
}

void LogInspector::AddLog(uint64_t number, std::string_view bytes) {
  bool in_record = false;         // A kFirst has been read, and all parts since.
  LogPosition record{number, 0};  // Where the record began that is being read.
  std::string end;                // Of its bytes, enough for a claim.
  for (size_t block = 0; block < bytes.size(); block += kBlockBytes) {
    const std::string_view rest = bytes.substr(block, kBlockBytes);
    size_t place = 0;
    while (place + kHeaderBytes <= rest.size()) {
      const size_t length = LittleEndian(rest.substr(place + 4, 2));
      const auto type = static_cast<uint8_t>(rest[place + 6]);
      if (!in_record) record.offset = block + place;
      if (type == kZero && length == 0) {
        // Room that was made and not written. In a hole, the parts before and behind do not meet.
        if (in_record) Damaged(record);
        in_record = false;
        break;
      }
      if (place + kHeaderBytes + length > rest.size()) {
        // At the end of the log: cut off. Elsewhere: a damaged length.
        const bool is_cut_off = rest.size() < kBlockBytes;
        if (!is_cut_off) Damaged(record);
        in_record = false;
        break;
      }
      const bool is_intact =
          MaskedCrc(rest.substr(place + 6, 1 + length)) == LittleEndian(rest.substr(place, 4));
      const std::string_view part = rest.substr(place + kHeaderBytes, length);
      place += kHeaderBytes + length;
      if (!is_intact) {
        Damaged(record);
        in_record = false;
        continue;
      }
      // A part whose beginning is missing: the beginning is what is damaged.
      if ((type == kMiddlePart || type == kLast) && !in_record) Damaged(record);
      if (type == kFull || type == kFirst) end.clear();
      end.append(part.substr(part.size() - std::min(part.size(), kEndBytes)));
      end.erase(0, end.size() - std::min(end.size(), kEndBytes));
      if (type == kFull || (type == kLast && in_record)) RecordFound(end);
      in_record = type == kFirst || (type == kMiddlePart && in_record);
    }
  }
}

StatusOr<LogDamage> InspectLogs(rocksdb::Env* env, const std::string& directory) {
  std::vector<std::string> names;
  if (const rocksdb::Status listed = env->GetChildren(directory, &names); !listed.ok()) {
    return FromRocks("Reading the directory of the store", listed);
  }
  std::vector<std::pair<uint64_t, std::string>> logs;
  for (const std::string& name : names) {
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() && std::string_view(end) == ".log") logs.emplace_back(number, name);
  }
  std::sort(logs.begin(), logs.end());
  LogInspector inspector;
  for (const auto& [number, name] : logs) {
    std::string bytes;
    const rocksdb::Status read =
        rocksdb::ReadFileToString(env, fmt::format("{}/{}", directory, name), &bytes);
    if (!read.ok()) return FromRocks("Reading the log of the store", read);
    inspector.AddLog(number, bytes);
  }
  return inspector.damage();
}

}  // namespace sightline::storage
