// Messages by what they say: the same bytes for the same content, to know a request again.
//
// Thread-safe: pure functions.

#pragma once

#include <google/protobuf/message.h>

#include <cstddef>
#include <string>

namespace sightline::server {

inline constexpr size_t kHashBytes = 32;

// Serialized with maps in order, so that equal messages of one version give equal bytes.
std::string BytesOf(const google::protobuf::Message& message);
// SHA-256 of these.
std::string HashOf(const google::protobuf::Message& message);

}  // namespace sightline::server
