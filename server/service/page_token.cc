#include "server/service/page_token.h"

#include <google/protobuf/descriptor.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <map>
#include <utility>

#include "server/service/message_hash.h"
#include "server/service/request_error.h"
#include "storage/base/check.h"
#include "storage/base/encoding.h"
#include "storage/base/hex.h"

namespace sightline::server {
namespace {

constexpr std::string_view kKeyRecord = "page-token-key";
constexpr size_t kKeyBytes = 32;
constexpr size_t kTagBytes = 16;
constexpr uint8_t kForm = 1;

// What the request asks for, whichever page of it.
std::string BytesAsked(const google::protobuf::Message& request) {
  const std::unique_ptr<google::protobuf::Message> asked(request.New());
  asked->CopyFrom(request);
  for (const char* name : {"page_size", "page_token"}) {
    const auto* field = asked->GetDescriptor()->FindFieldByName(name);
    if (field != nullptr) asked->GetReflection()->ClearField(asked.get(), field);
  }
  return BytesOf(*asked);
}

Status NotOfThisList() {
  return WithCode(kBadPageToken,
                  InvalidArgument("page_token: it is not one of this list, of this request and of "
                                  "this caller; begin again without one"));
}

}  // namespace

StatusOr<std::unique_ptr<PageTokens>> PageTokens::Open(storage::Store* store) {
  SL_ASSIGN_OR_RETURN(const auto records, store->ServerRecords());
  const auto found = records.find(std::string(kKeyRecord));
  if (found != records.end() && found->second.size() == kKeyBytes) {
    return std::make_unique<PageTokens>(found->second, store->ids());
  }
  std::string key(kKeyBytes, '\0');
  SL_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), kKeyBytes) == 1);
  SL_RETURN_IF_ERROR(store->WriteServerRecords({{std::string(kKeyRecord), key}}));
  return std::make_unique<PageTokens>(std::move(key), store->ids());
}

PageTokens::PageTokens(std::string key, storage::IdCipher ids)
    : key_(std::move(key)), ids_(std::move(ids)) {}

std::string PageTokens::TagOf(std::string_view place, std::string_view method,
                              const google::protobuf::Message& request,
                              const storage::Clearance& clearance) const {
  std::string bytes;
  storage::AppendLengthPrefixed(place, &bytes);
  storage::AppendLengthPrefixed(method, &bytes);
  storage::AppendLengthPrefixed(BytesAsked(request), &bytes);
  storage::AppendByte(clearance.unrestricted ? 1 : 0, &bytes);
  storage::AppendByte(static_cast<uint8_t>(clearance.tlp_max), &bytes);
  for (const std::string& authorization : clearance.authorizations) {
    storage::AppendLengthPrefixed(authorization, &bytes);
  }
  unsigned char tag[EVP_MAX_MD_SIZE];
  unsigned int tag_bytes = 0;
  SL_CHECK(HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
                reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), tag,
                &tag_bytes) != nullptr);
  SL_CHECK(tag_bytes >= kTagBytes);
  return std::string(reinterpret_cast<const char*>(tag), kTagBytes);
}

std::string PageTokens::Seal(const PagePlace& place, std::string_view method,
                             const google::protobuf::Message& request,
                             const storage::Clearance& clearance) const {
  std::string bytes;
  storage::AppendByte(kForm, &bytes);
  // Revisions count what anybody has written.
  storage::AppendFixed64(ids_.Hide(place.revision.value, 64), &bytes);
  storage::AppendVarint(place.skip, &bytes);
  return storage::ToHex(bytes + TagOf(bytes, method, request, clearance));
}

StatusOr<PagePlace> PageTokens::Unseal(std::string_view token, std::string_view method,
                                       const google::protobuf::Message& request,
                                       const storage::Clearance& clearance) const {
  const std::optional<std::string> bytes = storage::FromHex(token);
  if (!bytes || bytes->size() <= kTagBytes) return NotOfThisList();
  const std::string_view body = std::string_view(*bytes).substr(0, bytes->size() - kTagBytes);
  const std::string tag = TagOf(body, method, request, clearance);
  if (CRYPTO_memcmp(tag.data(), bytes->data() + body.size(), kTagBytes) != 0) {
    return NotOfThisList();
  }
  storage::ByteReader reader(body);
  const StatusOr<uint8_t> form = reader.ReadByte();
  const StatusOr<uint64_t> revision = reader.ReadFixed64();
  const StatusOr<uint64_t> skip = reader.ReadVarint();
  const bool complete =
      form.ok() && *form == kForm && revision.ok() && skip.ok() && reader.at_end();
  if (!complete) return NotOfThisList();
  return PagePlace{storage::Revision{ids_.Show(*revision, 64)}, *skip};
}

}  // namespace sightline::server
