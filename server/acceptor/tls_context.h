// TlsContext: what all TLS connections that begin at one time share: the server's certificate and
// key, and the authorities that sign those of clients.
//
// TLS 1.2 and 1.3 (RFC 8446) for HTTP/2 (RFC 9113, 9.2): ALPN "h2", ciphers with forward secrecy
// and AEAD, no renegotiation, no compression. Sessions are not resumed: a ticket would carry a
// client's identity past the end of his certificate or of his authority.
//
// Thread-safe: does not change.

#pragma once

#include <openssl/ossl_typ.h>

#include <cstdint>
#include <memory>
#include <string>

#include "storage/base/status.h"

namespace sightline::server {

// Texts in PEM.
struct TlsPem {
  std::string certificate;  // With those between it and its authority after it.
  std::string key;
  std::string client_ca;  // Empty: clients need no certificate.
  friend bool operator==(const TlsPem&, const TlsPem&) = default;
};

class TlsContext {
 public:
  // Errors: kInvalidArgument for a text that holds no certificate or no key, and for a certificate
  // and a key that do not go together.
  static StatusOr<std::shared_ptr<const TlsContext>> Make(const TlsPem& pem);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  SSL_CTX* get() const { return context_; }
  // When the server's certificate ends, in seconds since 1970.
  int64_t expire_seconds() const { return expire_seconds_; }

 private:
  explicit TlsContext(SSL_CTX* context) : context_(context) {}

  SSL_CTX* const context_;
  int64_t expire_seconds_ = 0;
};

}  // namespace sightline::server
