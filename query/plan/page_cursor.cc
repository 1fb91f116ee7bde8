#include "query/plan/page_cursor.h"

#include "query/functions/datum_order.h"
#include "storage/base/encoding.h"
#include "storage/base/hex.h"

namespace sightline::query {
namespace {

constexpr uint8_t kFormatVersion = 1;

// FNV-1a, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv): tells mistakes apart, not attacks, which
// there is nothing to gain from.
uint64_t Hash(std::string_view bytes) {
  uint64_t hash = 14695981039346656037ull;
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<uint8_t>(byte)) * 1099511628211ull;
  }
  return hash;
}

}  // namespace

std::string EncodePageCursor(const PageCursor& cursor, const storage::IdCipher& ids) {
  std::string bytes;
  storage::AppendByte(kFormatVersion, &bytes);
  storage::AppendVarint(ids.Hide(cursor.revision.value, 64), &bytes);
  storage::AppendVarint(cursor.rows_before, &bytes);
  storage::AppendFixed64(cursor.query, &bytes);
  storage::AppendFixed32(static_cast<uint32_t>(Hash(bytes)), &bytes);
  return storage::ToHex(bytes);
}

std::optional<PageCursor> DecodePageCursor(std::string_view text, const storage::IdCipher& ids) {
  const std::optional<std::string> bytes = storage::FromHex(text);
  if (!bytes || bytes->size() < sizeof(uint32_t)) return std::nullopt;
  const std::string_view body = std::string_view(*bytes).substr(0, bytes->size() - 4);
  if (storage::LoadFixed32(bytes->data() + body.size()) != static_cast<uint32_t>(Hash(body))) {
    return std::nullopt;
  }
  storage::ByteReader reader(body);
  const StatusOr<uint8_t> version = reader.ReadByte();
  const StatusOr<uint64_t> revision = reader.ReadVarint();
  const StatusOr<uint64_t> rows_before = reader.ReadVarint();
  const StatusOr<uint64_t> query = reader.ReadFixed64();
  const bool complete = version.ok() && *version == kFormatVersion && revision.ok() &&
                        rows_before.ok() && query.ok() && reader.at_end();
  if (!complete) return std::nullopt;
  return PageCursor{storage::Revision{ids.Show(*revision, 64)}, *rows_before, *query};
}

uint64_t FingerprintOf(std::string_view text,
                       const std::map<std::string, Datum, std::less<>>& parameters,
                       std::string_view cursor_parameter, const storage::Clearance& clearance) {
  std::string bytes;
  storage::AppendLengthPrefixed(text, &bytes);
  for (const auto& [name, value] : parameters) {
    if (name == cursor_parameter) continue;
    storage::AppendLengthPrefixed(name, &bytes);
    storage::AppendLengthPrefixed(IdentityKey(value), &bytes);
  }
  storage::AppendByte(clearance.unrestricted ? 1 : 0, &bytes);
  storage::AppendByte(static_cast<uint8_t>(clearance.tlp_max), &bytes);
  for (const std::string& authorization : clearance.authorizations) {
    storage::AppendLengthPrefixed(authorization, &bytes);
  }
  return Hash(bytes);
}

}  // namespace sightline::query
