#include "storage/kv/log_damage.h"

#include <rocksdb/env.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "storage/kv/rocks_status.h"

namespace sightline::storage {
namespace {

constexpr size_t kBlockBytes = 32 << 10;
constexpr size_t kHeaderBytes = 7;  // Checksum, length, type. We do not recycle logs.

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

uint32_t LittleEndian(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

}  // namespace

void LogInspector::Damaged() {
  if (damage_ == LogDamage::kNone) damage_ = LogDamage::kLastRecord;
}

void LogInspector::RecordFound() {
  if (damage_ == LogDamage::kLastRecord) damage_ = LogDamage::kMiddle;
}

void LogInspector::AddLog(std::string_view bytes) {
  bool in_record = false;  // A kFirst has been read, and all parts since.
  for (size_t block = 0; block < bytes.size(); block += kBlockBytes) {
    const std::string_view rest = bytes.substr(block, kBlockBytes);
    size_t place = 0;
    while (place + kHeaderBytes <= rest.size()) {
      const uint32_t length = LittleEndian(rest.substr(place + 4, 2));
      const auto type = static_cast<uint8_t>(rest[place + 6]);
      if (type == kZero && length == 0) {
        // Room that was made and not written. In a hole, the parts before and behind do not meet.
        if (in_record) Damaged();
        in_record = false;
        break;
      }
      if (place + kHeaderBytes + length > rest.size()) {
        // At the end of the log: cut off. Elsewhere: a damaged length.
        const bool is_cut_off = rest.size() < kBlockBytes;
        if (!is_cut_off) Damaged();
        in_record = false;
        break;
      }
      const bool is_intact =
          MaskedCrc(rest.substr(place + 6, 1 + length)) == LittleEndian(rest.substr(place, 4));
      place += kHeaderBytes + length;
      if (!is_intact) {
        Damaged();
        in_record = false;
        continue;
      }
      if (type == kFull || (type == kLast && in_record)) RecordFound();
      // A part whose beginning is missing: the beginning is what is damaged.
      if ((type == kMiddlePart || type == kLast) && !in_record) Damaged();
      in_record = type == kFirst || (type == kMiddlePart && in_record);
    }
  }
}

StatusOr<LogDamage> InspectLogs(rocksdb::Env* env, const std::string& directory) {
  std::vector<std::string> names;
  if (const rocksdb::Status listed = env->GetChildren(directory, &names); !listed.ok()) {
    return FromRocks("Reading the directory of the store", listed);
  }
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(".log"); });
  std::sort(names.begin(), names.end());  // Six digits each.
  LogInspector inspector;
  for (const std::string& name : names) {
    std::string bytes;
    const rocksdb::Status read =
        rocksdb::ReadFileToString(env, fmt::format("{}/{}", directory, name), &bytes);
    if (!read.ok()) return FromRocks("Reading the log of the store", read);
    inspector.AddLog(bytes);
  }
  return inspector.damage();
}

}  // namespace sightline::storage
