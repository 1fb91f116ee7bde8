#include "server/service/revision_token.h"

#include <cstdint>
#include <string>

#include "server/service/request_error.h"

namespace sightline::server {
namespace {

// The form: this byte, then the number, big-endian. The byte leaves room for other forms.
constexpr char kForm = 1;

}  // namespace

v1::Revision ToProto(storage::Revision revision, const storage::IdCipher& ids) {
  const uint64_t number = ids.Hide(revision.value, 64);
  std::string bytes(1, kForm);
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>((number >> shift) & 0xFF));
  }
  v1::Revision token;
  token.set_token(std::move(bytes));
  return token;
}

StatusOr<storage::Revision> RevisionFromProto(const v1::Revision& token,
                                              const storage::IdCipher& ids) {
  const std::string& bytes = token.token();
  if (bytes.size() != 9 || bytes[0] != kForm) {
    return WithCode(kBadRevision,
                    InvalidArgument("This is not a revision that this server gave out"));
  }
  storage::Revision revision;
  for (size_t i = 1; i < bytes.size(); ++i) {
    revision.value = (revision.value << 8) | static_cast<uint8_t>(bytes[i]);
  }
  return storage::Revision{ids.Show(revision.value, 64)};
}

}  // namespace sightline::server
