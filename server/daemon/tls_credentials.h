// TLS for the server's port, from PEM files.
//
// Thread-safe: a pure function, but for the files it reads.

#pragma once

#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "storage/base/status.h"

namespace sightline::server {

// The files are looked at every two seconds: a certificate that is renewed counts for the next
// connection, without a restart. Whether a new key goes with a new certificate is not checked:
// until it does, new connections fail. With `client_ca_file`, who shows no certificate that one of
// its authorities has signed does not get past the handshake. Errors: kInvalidArgument for a file
// that cannot be read, a key that others than its owner may read, and a certificate and a key that
// do not go together.
StatusOr<std::shared_ptr<grpc::ServerCredentials>> ReadTlsCredentials(
    const std::string& certificate_file, const std::string& key_file,
    const std::string& client_ca_file);

}  // namespace sightline::server
