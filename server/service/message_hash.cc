#include "server/service/message_hash.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <openssl/evp.h>

#include "storage/base/check.h"

namespace sightline::server {

std::string BytesOf(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    SL_CHECK(message.SerializeToCodedStream(&coded));
  }
  return bytes;
}

std::string HashOf(const google::protobuf::Message& message) {
  const std::string bytes = BytesOf(message);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int digest_bytes = 0;
  SL_CHECK(EVP_Digest(bytes.data(), bytes.size(), digest, &digest_bytes, EVP_sha256(), nullptr) ==
           1);
  SL_CHECK(digest_bytes == kHashBytes);
  return std::string(reinterpret_cast<const char*>(digest), digest_bytes);
}

}  // namespace sightline::server
