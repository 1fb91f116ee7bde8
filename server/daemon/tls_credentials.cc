#include "server/daemon/tls_credentials.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

namespace sightline::server {
namespace {

StatusOr<std::string> ReadPemFile(const std::string& path, bool is_secret) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return InvalidArgument("Cannot read {}: {}", path, std::strerror(errno));
  }
  if (is_secret && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return InvalidArgument("The key is open to others than its owner: chmod 600 {}", path);
  }
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad()) {
    return InvalidArgument("Cannot read {}: {}", path, std::strerror(errno));
  }
  if (text.find("-----BEGIN ") == std::string::npos) {
    return InvalidArgument("This is not a PEM file: {}", path);
  }
  return text;
}

}  // namespace

StatusOr<std::shared_ptr<grpc::ServerCredentials>> ReadTlsCredentials(
    const std::string& certificate_file, const std::string& key_file,
    const std::string& client_ca_file) {
  grpc::SslServerCredentialsOptions options(
      client_ca_file.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                             : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  grpc::SslServerCredentialsOptions::PemKeyCertPair pair;
  SL_ASSIGN_OR_RETURN(pair.private_key, ReadPemFile(key_file, /*is_secret=*/true));
  SL_ASSIGN_OR_RETURN(pair.cert_chain, ReadPemFile(certificate_file, /*is_secret=*/false));
  options.pem_key_cert_pairs.push_back(std::move(pair));
  if (!client_ca_file.empty()) {
    SL_ASSIGN_OR_RETURN(options.pem_root_certs, ReadPemFile(client_ca_file, /*is_secret=*/false));
  }
  return grpc::SslServerCredentials(options);
}

}  // namespace sightline::server
