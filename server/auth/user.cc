#include "server/auth/user.h"

#include <algorithm>
#include <utility>

#include "storage/base/encoding.h"

namespace sightline::server {
namespace {

using storage::AppendByte;
using storage::AppendLengthPrefixed;
using storage::AppendSignedVarint;
using storage::AppendVarint;
using storage::ByteReader;

constexpr uint8_t kRecordVersion = 1;
// Of a user with limits, which end the record.
constexpr uint8_t kLimitedRecordVersion = 2;

template <typename Texts>
void AppendTexts(const Texts& texts, std::string* out) {
  AppendVarint(texts.size(), out);
  for (const std::string& text : texts) AppendLengthPrefixed(text, out);
}

StatusOr<std::vector<std::string>> ReadTexts(ByteReader* reader) {
  SL_ASSIGN_OR_RETURN(const uint64_t count, reader->ReadVarint());
  std::vector<std::string> texts;
  for (uint64_t i = 0; i < count; ++i) {
    SL_ASSIGN_OR_RETURN(const std::string_view text, reader->ReadLengthPrefixed());
    texts.emplace_back(text);
  }
  return texts;
}

// The number of an enumeration's value, plus one; 0 is none.
template <typename Enum>
void AppendOptional(const std::optional<Enum>& value, std::string* out) {
  AppendByte(value ? static_cast<uint8_t>(static_cast<uint8_t>(*value) + 1) : uint8_t{0}, out);
}

template <typename Enum>
StatusOr<std::optional<Enum>> ReadOptional(ByteReader* reader, Enum last) {
  SL_ASSIGN_OR_RETURN(const uint8_t number, reader->ReadByte());
  if (number == 0) return std::optional<Enum>();
  if (number - 1 > static_cast<uint8_t>(last)) {
    return DataLoss("A record of access control has an unknown value: {}", number);
  }
  return std::optional<Enum>(static_cast<Enum>(number - 1));
}

template <typename Enum>
StatusOr<Enum> ReadEnum(ByteReader* reader, Enum last) {
  SL_ASSIGN_OR_RETURN(const std::optional<Enum> value, ReadOptional(reader, last));
  if (!value) return DataLoss("A record of access control lacks a value");
  return *value;
}

StatusOr<uint8_t> ReadVersion(ByteReader* reader, uint8_t newest) {
  SL_ASSIGN_OR_RETURN(const uint8_t version, reader->ReadByte());
  if (version >= kRecordVersion && version <= newest) return version;
  return DataLoss("A record of access control is of version {}, which is not known", version);
}

}  // namespace

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kReader:
      return "reader";
    case Role::kWriter:
      return "writer";
    case Role::kAdministrator:
      return "administrator";
  }
  return "";
}

std::optional<Role> ParseRole(std::string_view name) {
  for (const Role role : {Role::kReader, Role::kWriter, Role::kAdministrator}) {
    if (name == RoleName(role)) return role;
  }
  return std::nullopt;
}

storage::Clearance ClearanceOf(const User& user, const AccessToken& token) {
  storage::Clearance clearance = user.clearance;
  if (token.tlp_max) clearance.tlp_max = std::min(clearance.tlp_max, *token.tlp_max);
  if (token.authorizations) {
    std::erase_if(clearance.authorizations, [&](const std::string& authorization) {
      return !token.authorizations->contains(authorization);
    });
  }
  return clearance;
}

Role RoleOf(const User& user, const AccessToken& token) {
  return token.role ? std::min(user.role, *token.role) : user.role;
}

Status CheckUserName(std::string_view name) {
  const bool has_good_bytes = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '@';
  });
  if (has_good_bytes && !name.empty() && name.size() <= 64) return OkStatus();
  return InvalidArgument(
      "A user's name is 1 to 64 letters, digits and . _ - @, which this is not: {}",
      name.substr(0, 80));
}

std::string EncodeUser(const User& user) {
  std::string record;
  const bool has_limits = user.limits != UsageLimits();
  AppendByte(has_limits ? kLimitedRecordVersion : kRecordVersion, &record);
  AppendOptional<Role>(user.role, &record);
  AppendOptional<storage::TlpLabel>(user.clearance.tlp_max, &record);
  AppendTexts(user.clearance.authorizations, &record);
  AppendTexts(user.certificate_names, &record);
  AppendByte(user.disabled ? 1 : 0, &record);
  if (has_limits) AppendUsageLimits(user.limits, &record);
  return record;
}

StatusOr<User> DecodeUser(std::string_view name, std::string_view record) {
  ByteReader reader(record);
  SL_ASSIGN_OR_RETURN(const uint8_t version, ReadVersion(&reader, kLimitedRecordVersion));
  User user;
  user.name = name;
  SL_ASSIGN_OR_RETURN(user.role, ReadEnum(&reader, Role::kAdministrator));
  SL_ASSIGN_OR_RETURN(user.clearance.tlp_max, ReadEnum(&reader, storage::TlpLabel::kRed));
  SL_ASSIGN_OR_RETURN(std::vector<std::string> authorizations, ReadTexts(&reader));
  user.clearance.authorizations.insert(std::make_move_iterator(authorizations.begin()),
                                       std::make_move_iterator(authorizations.end()));
  SL_ASSIGN_OR_RETURN(user.certificate_names, ReadTexts(&reader));
  SL_ASSIGN_OR_RETURN(const uint8_t disabled, reader.ReadByte());
  user.disabled = disabled != 0;
  if (version == kLimitedRecordVersion) {
    SL_ASSIGN_OR_RETURN(user.limits, ReadUsageLimits(&reader));
  }
  SL_RETURN_IF_ERROR(reader.ExpectEnd());
  return user;
}

std::string EncodeToken(const AccessToken& token) {
  std::string record;
  AppendByte(kRecordVersion, &record);
  AppendLengthPrefixed(token.user, &record);
  AppendLengthPrefixed(token.label, &record);
  AppendLengthPrefixed(token.secret_hash, &record);
  AppendSignedVarint(token.create_micros, &record);
  AppendSignedVarint(token.expire_micros, &record);
  AppendOptional(token.role, &record);
  AppendOptional(token.tlp_max, &record);
  AppendByte(token.authorizations ? 1 : 0, &record);
  if (token.authorizations) AppendTexts(*token.authorizations, &record);
  return record;
}

StatusOr<AccessToken> DecodeToken(std::string_view id, std::string_view record) {
  ByteReader reader(record);
  SL_RETURN_IF_ERROR(ReadVersion(&reader, kRecordVersion).status());
  AccessToken token;
  token.id = id;
  SL_ASSIGN_OR_RETURN(token.user, reader.ReadLengthPrefixed());
  SL_ASSIGN_OR_RETURN(token.label, reader.ReadLengthPrefixed());
  SL_ASSIGN_OR_RETURN(token.secret_hash, reader.ReadLengthPrefixed());
  SL_ASSIGN_OR_RETURN(token.create_micros, reader.ReadSignedVarint());
  SL_ASSIGN_OR_RETURN(token.expire_micros, reader.ReadSignedVarint());
  SL_ASSIGN_OR_RETURN(token.role, ReadOptional(&reader, Role::kAdministrator));
  SL_ASSIGN_OR_RETURN(token.tlp_max, ReadOptional(&reader, storage::TlpLabel::kRed));
  SL_ASSIGN_OR_RETURN(const uint8_t has_authorizations, reader.ReadByte());
  if (has_authorizations != 0) {
    SL_ASSIGN_OR_RETURN(std::vector<std::string> authorizations, ReadTexts(&reader));
    token.authorizations.emplace(std::make_move_iterator(authorizations.begin()),
                                 std::make_move_iterator(authorizations.end()));
  }
  SL_RETURN_IF_ERROR(reader.ExpectEnd());
  return token;
}

}  // namespace sightline::server
