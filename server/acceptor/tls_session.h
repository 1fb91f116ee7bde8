// TlsSession: the server's side of one TLS connection, between bytes that come and bytes that are
// to be sent. It has no socket: who has one asks it what the bytes are, and bounds how many it is
// given at a time, and with that its work.
//
// Thread-compatible.

#pragma once

#include <openssl/ossl_typ.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/acceptor/tls_context.h"

namespace sightline::server {

class TlsSession {
 public:
  explicit TlsSession(std::shared_ptr<const TlsContext> context);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  enum class State {
    kGoesOn,
    kEnded,   // By the client, as one should.
    kFailed,  // failure() says why.
  };

  // Takes all of `ciphertext`; appends what it says to `plaintext`, and to `reply` what the client
  // is to be sent, also where it has failed. No plaintext before the handshake has ended.
  State Read(std::string_view ciphertext, std::string* plaintext, std::string* reply);
  // Appends `plaintext`, encrypted, to `ciphertext`. Not before the handshake has ended. False: the
  // connection cannot go on.
  bool Write(std::string_view plaintext, std::string* ciphertext);
  // Appends the words that end a connection.
  void End(std::string* ciphertext);

  // Whether the handshake has ended, and well: the client speaks HTTP/2, and has shown a good
  // certificate if one was asked for.
  bool is_established() const { return is_established_; }
  const std::shared_ptr<const TlsContext>& context() const { return context_; }
  // Text that lives for ever; null while it has not failed.
  const char* failure() const { return failure_; }
  // Of the client's certificate: subject alternative names (DNS, URI, e-mail, IP) and common names.
  // Empty without one.
  std::vector<std::string> CertificateNames() const;
  // When the first certificate ends of those by which the client is known, from its own up to the
  // authority's, in seconds since 1970. None where it has shown none.
  std::optional<int64_t> CertificateEndSeconds() const;
  // Whether the client would be let in if it came now, to who has this context: its certificate has
  // not ended, and is still signed by an authority there. True where it has shown none.
  bool IsTrustedBy(const TlsContext& context) const;

 private:
  // Where OpenSSL reads and writes in the meantime of a call.
  struct Buffers {
    std::string_view in;
    std::string* out = nullptr;
    const char* const* failure = nullptr;  // Null there: it may go on.
  };
  friend struct SessionBio;

  // A message of TLS itself has come or gone.
  static void OnMessage(int is_written, int version, int content_type, const void* bytes,
                        size_t byte_count, SSL* ssl, void* session);
  State Fail();

  const std::shared_ptr<const TlsContext> context_;
  Buffers buffers_{.in = {}, .out = nullptr, .failure = &failure_};
  SSL* ssl_ = nullptr;
  bool is_established_ = false;
  // Since then.
  uint64_t own_messages_ = 0, plaintext_bytes_ = 0;
  const char* failure_ = nullptr;
};

}  // namespace sightline::server
