#include "server/daemon/tls_credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

namespace sightline::server {
namespace {

constexpr unsigned kRefreshSeconds = 2;

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

// gRPC finds out with the first client, and tells only him.
Status CheckPair(const std::string& certificate, const std::string& key) {
  using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
  const Bio certificate_bio(
      BIO_new_mem_buf(certificate.data(), static_cast<int>(certificate.size())), &BIO_free);
  const Bio key_bio(BIO_new_mem_buf(key.data(), static_cast<int>(key.size())), &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> x509(
      PEM_read_bio_X509(certificate_bio.get(), nullptr, nullptr, nullptr), &X509_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> private_key(
      PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  const bool go_together = x509 != nullptr && private_key != nullptr &&
                           X509_check_private_key(x509.get(), private_key.get()) == 1;
  ERR_clear_error();
  if (x509 == nullptr) return InvalidArgument("There is no certificate in the certificate's file");
  if (private_key == nullptr) return InvalidArgument("There is no key in the key's file");
  if (go_together) return OkStatus();
  return InvalidArgument("The certificate and the key do not go together");
}

}  // namespace

StatusOr<std::shared_ptr<grpc::ServerCredentials>> ReadTlsCredentials(
    const std::string& certificate_file, const std::string& key_file,
    const std::string& client_ca_file) {
  SL_ASSIGN_OR_RETURN(const std::string key, ReadPemFile(key_file, /*is_secret=*/true));
  SL_ASSIGN_OR_RETURN(const std::string certificate,
                      ReadPemFile(certificate_file, /*is_secret=*/false));
  SL_RETURN_IF_ERROR(CheckPair(certificate, key));
  if (!client_ca_file.empty()) {
    SL_RETURN_IF_ERROR(ReadPemFile(client_ca_file, /*is_secret=*/false).status());
  }
  grpc::experimental::TlsServerCredentialsOptions options(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
          key_file, certificate_file, client_ca_file, kRefreshSeconds));
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  if (!client_ca_file.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace sightline::server
