#include "storage/base/id_cipher.h"

#include <bit>
#include <random>

#include "storage/base/encoding.h"

namespace sightline::storage {
namespace {

constexpr int kRounds = 8;
constexpr size_t kKeyBytes = 16;

// SipHash-2-4 of two words.
uint64_t SipHash(const std::array<uint64_t, 2>& key, uint64_t first, uint64_t second) {
  uint64_t v0 = key[0] ^ 0x736f6d6570736575u, v1 = key[1] ^ 0x646f72616e646f6du;
  uint64_t v2 = key[0] ^ 0x6c7967656e657261u, v3 = key[1] ^ 0x7465646279746573u;
  const auto mix = [&](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      v0 += v1;
      v2 += v3;
      v1 = std::rotl(v1, 13) ^ v0;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 = std::rotl(v0, 32);
      v2 += v1;
      v0 += v3;
      v1 = std::rotl(v1, 17) ^ v2;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 = std::rotl(v2, 32);
    }
  };
  // Sixteen bytes, and a last block with the length.
  for (const uint64_t word : {first, second, uint64_t{16} << 56}) {
    v3 ^= word;
    mix(2);
    v0 ^= word;
  }
  v2 ^= 0xff;
  mix(4);
  return v0 ^ v1 ^ v2 ^ v3;
}

uint64_t LowBits(int bits) { return bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1; }

}  // namespace

IdCipher IdCipher::Random() {
  std::random_device device;
  IdCipher cipher;
  for (uint64_t& word : cipher.key_) word = (uint64_t{device()} << 32) | device();
  cipher.hides_ = true;
  return cipher;
}

StatusOr<IdCipher> IdCipher::FromBytes(std::string_view key) {
  if (key.size() != kKeyBytes) return DataLoss("The key that hides numbers is damaged");
  IdCipher cipher;
  cipher.key_ = {LoadFixed64(key.data()), LoadFixed64(key.data() + 8)};
  cipher.hides_ = true;
  return cipher;
}

std::string IdCipher::ToBytes() const {
  std::string bytes;
  for (const uint64_t word : key_) AppendFixed64(word, &bytes);
  return bytes;
}

uint64_t IdCipher::Round(uint64_t half, int round, int bits) const {
  return SipHash(key_, half, (uint64_t{static_cast<uint8_t>(bits)} << 8) | uint64_t(round)) &
         LowBits(bits / 2);
}

uint64_t IdCipher::Hide(uint64_t number, int bits) const {
  if (!hides_ || (number & ~LowBits(bits)) != 0) return number;
  uint64_t left = number >> (bits / 2), right = number & LowBits(bits / 2);
  for (int round = 0; round < kRounds; ++round) {
    const uint64_t next = left ^ Round(right, round, bits);
    left = right;
    right = next;
  }
  return (left << (bits / 2)) | right;
}

uint64_t IdCipher::Show(uint64_t image, int bits) const {
  if (!hides_ || (image & ~LowBits(bits)) != 0) return image;
  uint64_t left = image >> (bits / 2), right = image & LowBits(bits / 2);
  for (int round = kRounds; round-- > 0;) {
    const uint64_t before = right ^ Round(left, round, bits);
    right = left;
    left = before;
  }
  return (left << (bits / 2)) | right;
}

}  // namespace sightline::storage
