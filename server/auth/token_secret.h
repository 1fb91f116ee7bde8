// Token secrets: made at random, shown once, kept as a hash.
//
// A token is written "slt_ID_SECRET": 16 hexadecimal digits that name it and 64 that prove it. The
// secret is 256 random bits, so that one round of SHA-256 (FIPS 180-4) hides it: there is nothing
// to guess, and no list of words to try.
//
// Thread safety: may be called from any thread.

#pragma once

#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace sightline::server {

struct TokenText {
  std::string id;
  std::string secret;

  std::string ToString() const { return "slt_" + id + "_" + secret; }
};

// kUnavailable when the machine has no random numbers to give.
StatusOr<TokenText> MakeToken();

// kUnauthenticated for a text of another form; it does not repeat the text.
StatusOr<TokenText> ParseToken(std::string_view text);

// 32 bytes.
std::string HashSecret(std::string_view secret);

// Whether `secret` hashes to `hash`, in a time that does not depend on where they differ.
bool SecretMatches(std::string_view secret, std::string_view hash);

}  // namespace sightline::server
