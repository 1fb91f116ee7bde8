#include "server/acceptor/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>
#include <string_view>

namespace sightline::server {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// As ALPN writes a list of protocols: each with its length before it.
constexpr unsigned char kHttp2[] = {2, 'h', '2'};
// Of the certificates that a client sends; a chain of some length fits.
constexpr long kClientCertificateBytesMax = 32 << 10;
constexpr int kChainLengthMax = 8;
// Of TLS 1.2; those of TLS 1.3 are all good.
constexpr char kCiphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

// On the heap's terms of OpenSSL: reads from memory that is not copied.
Bio BioOf(std::string_view text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

// The next certificate; null at the end.
Certificate ReadCertificate(BIO* bio) {
  return {PEM_read_bio_X509(bio, nullptr, nullptr, nullptr), &X509_free};
}

// A key that is encrypted is not asked for its password, which would wait at a terminal.
int NoPassword(char*, int, int, void*) { return 0; }

int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_bytes,
                   const unsigned char* in, unsigned int in_bytes, void*) {
  const bool has_it = SSL_select_next_proto(const_cast<unsigned char**>(out), out_bytes, kHttp2,
                                            sizeof(kHttp2), in, in_bytes) == OPENSSL_NPN_NEGOTIATED;
  return has_it ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

StatusOr<int64_t> UseCertificate(SSL_CTX* context, const TlsPem& pem) {
  const Bio bio = BioOf(pem.certificate);
  const Certificate certificate = ReadCertificate(bio.get());
  if (certificate == nullptr || SSL_CTX_use_certificate(context, certificate.get()) != 1) {
    return InvalidArgument("There is no certificate in the certificate's file");
  }
  while (const Certificate next = ReadCertificate(bio.get())) {
    if (SSL_CTX_add1_chain_cert(context, next.get()) != 1) {
      return InvalidArgument("A certificate in the certificate's file cannot be used");
    }
  }
  const Bio key_bio = BioOf(pem.key);
  const Key key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, &NoPassword, nullptr),
                &EVP_PKEY_free);
  if (key == nullptr) return InvalidArgument("There is no key in the key's file");
  if (X509_check_private_key(certificate.get(), key.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return InvalidArgument("The certificate and the key do not go together");
  }
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) return 0;
  return static_cast<int64_t>(::timegm(&end));
}

Status TrustAuthorities(SSL_CTX* context, const std::string& authorities) {
  const Bio bio = BioOf(authorities);
  int count = 0;
  while (const Certificate authority = ReadCertificate(bio.get())) {
    // Named to clients, so that they choose among their certificates.
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()) != 1 ||
        SSL_CTX_add_client_CA(context, authority.get()) != 1) {
      return InvalidArgument("An authority in the file of clients' authorities cannot be used");
    }
    ++count;
  }
  if (count == 0) {
    return InvalidArgument("There is no certificate in the file of clients' authorities");
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_verify_depth(context, kChainLengthMax);
  return OkStatus();
}

}  // namespace

StatusOr<std::shared_ptr<const TlsContext>> TlsContext::Make(const TlsPem& pem) {
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr) return Unavailable("TLS cannot be set up");
  const std::shared_ptr<TlsContext> made(new TlsContext(context));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, kCiphers);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  // A connection that says nothing holds no buffers.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_max_cert_list(context, kClientCertificateBytesMax);
  SSL_CTX_set_alpn_select_cb(context, &SelectProtocol, nullptr);
  StatusOr<int64_t> expire_seconds = UseCertificate(context, pem);
  Status status = expire_seconds.status();
  if (status.ok() && !pem.client_ca.empty()) status = TrustAuthorities(context, pem.client_ca);
  // The reader's "no more to read" is noted there as an error.
  ERR_clear_error();
  SL_RETURN_IF_ERROR(status);
  made->expire_seconds_ = *expire_seconds;
  return std::shared_ptr<const TlsContext>(made);
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

}  // namespace sightline::server
