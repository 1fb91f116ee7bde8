#include "server/auth/token_secret.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "storage/base/hex.h"

namespace sightline::server {
namespace {

constexpr std::string_view kPrefix = "slt_";
constexpr size_t kIdDigits = 16;
constexpr size_t kSecretDigits = 64;

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

StatusOr<TokenText> MakeToken() {
  std::array<unsigned char, (kIdDigits + kSecretDigits) / 2> bytes;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return Unavailable("The system has no random numbers for a token");
  }
  const std::string_view view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  TokenText token{.id = storage::ToHex(view.substr(0, kIdDigits / 2)),
                  .secret = storage::ToHex(view.substr(kIdDigits / 2))};
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return token;
}

StatusOr<TokenText> ParseToken(std::string_view text) {
  constexpr size_t kSecretBegin = kPrefix.size() + kIdDigits + 1;
  if (text.size() == kSecretBegin + kSecretDigits && text.starts_with(kPrefix) &&
      text[kSecretBegin - 1] == '_') {
    const std::string_view id = text.substr(kPrefix.size(), kIdDigits);
    const std::string_view secret = text.substr(kSecretBegin);
    if (IsHex(id) && IsHex(secret)) return TokenText{std::string(id), std::string(secret)};
  }
  return MakeStatus(StatusCode::kUnauthenticated, "The access token is not one of this server");
}

std::string HashSecret(std::string_view secret) {
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
         reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

bool SecretMatches(std::string_view secret, std::string_view hash) {
  const std::string own = HashSecret(secret);
  return own.size() == hash.size() && CRYPTO_memcmp(own.data(), hash.data(), own.size()) == 0;
}

}  // namespace sightline::server
