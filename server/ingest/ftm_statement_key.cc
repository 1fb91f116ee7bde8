#include "server/ingest/ftm_statement_key.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "storage/base/check.h"
#include "storage/base/hex.h"

namespace sightline::server {

std::string FtmStatementId(const FtmStatementKey& key) {
  std::string text =
      fmt::format("{}.{}.{}.{}", key.dataset, key.entity_id, key.property, key.value);
  if (!key.language.empty()) text += fmt::format("@{}", key.language);
  if (key.external) text += ".ext";
  // An identifier, not a protection.
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int digest_bytes = 0;
  SL_CHECK(
      EVP_Digest(text.data(), text.size(), digest.data(), &digest_bytes, EVP_sha1(), nullptr) == 1);
  return storage::ToHex({reinterpret_cast<const char*>(digest.data()), digest_bytes});
}

}  // namespace sightline::server
