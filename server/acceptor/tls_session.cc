#include "server/acceptor/tls_session.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

namespace sightline::server {

// OpenSSL's way to bytes: a session's buffers, without a copy in between.
struct SessionBio {
  static TlsSession::Buffers* BuffersOf(BIO* bio) {
    return static_cast<TlsSession::Buffers*>(BIO_get_data(bio));
  }
  static int Read(BIO* bio, char* to, int byte_count) {
    BIO_clear_retry_flags(bio);
    std::string_view* const in = &BuffersOf(bio)->in;
    // Without more to read it ends what it is doing.
    if (*BuffersOf(bio)->failure != nullptr) return -1;
    if (in->empty()) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const size_t count = std::min(in->size(), static_cast<size_t>(std::max(byte_count, 0)));
    std::memcpy(to, in->data(), count);
    in->remove_prefix(count);
    return static_cast<int>(count);
  }
  static int Write(BIO* bio, const char* from, int byte_count) {
    BIO_clear_retry_flags(bio);
    std::string* const out = BuffersOf(bio)->out;
    if (out == nullptr || byte_count < 0) return -1;
    out->append(from, static_cast<size_t>(byte_count));
    return byte_count;
  }
  static long Control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static const BIO_METHOD* Method() {
    static const BIO_METHOD* const method = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "session");
      if (made == nullptr) std::abort();
      BIO_meth_set_read(made, &Read);
      BIO_meth_set_write(made, &Write);
      BIO_meth_set_ctrl(made, &Control);
      return made;
    }();
    return method;
  }
};

namespace {

// Of new keys, alerts and attempts to negotiate anew, which cost more than the few bytes that they
// take: so many, and one for each mebibyte besides. Who keeps to the limits of ciphers (RFC 8446,
// 5.5) changes keys after gigabytes.
constexpr uint64_t kOwnMessagesMax = 32;
constexpr int kBytesAMessageShift = 20;

std::string TextOf(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<size_t>(ASN1_STRING_length(text))};
}

// A name with a NUL byte is a trap for those to whom it ends there: it counts as none.
void AddName(std::string name, std::vector<std::string>* names) {
  if (name.empty() || name.find('\0') != std::string::npos) return;
  names->push_back(std::move(name));
}

void AddAlternativeNames(const X509* certificate, std::vector<std::string>* names) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> found(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  for (int i = 0; i < sk_GENERAL_NAME_num(found.get()); ++i) {
    int type = 0;
    const void* const value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(found.get(), i), &type);
    if (type == GEN_DNS || type == GEN_URI || type == GEN_EMAIL) {
      AddName(TextOf(static_cast<const ASN1_STRING*>(value)), names);
    } else if (type == GEN_IPADD) {
      const std::string bytes = TextOf(static_cast<const ASN1_STRING*>(value));
      const int family = bytes.size() == sizeof(in_addr)    ? AF_INET
                         : bytes.size() == sizeof(in6_addr) ? AF_INET6
                                                            : AF_UNSPEC;
      char text[INET6_ADDRSTRLEN] = "";
      if (::inet_ntop(family, bytes.data(), text, sizeof(text)) != nullptr) AddName(text, names);
    }
  }
}

void AddCommonNames(const X509* certificate, std::vector<std::string>* names) {
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) {
    unsigned char* utf8 = nullptr;
    const int byte_count =
        ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (byte_count < 0) continue;
    AddName({reinterpret_cast<const char*>(utf8), static_cast<size_t>(byte_count)}, names);
    OPENSSL_free(utf8);
  }
}

// 0 where its time cannot be read: it has ended.
int64_t EndSecondsOf(const X509* certificate) {
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return 0;
  return static_cast<int64_t>(::timegm(&end));
}

}  // namespace

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context)
    : context_(std::move(context)), ssl_(SSL_new(context_->get())) {
  BIO* const bio = BIO_new(SessionBio::Method());
  if (ssl_ == nullptr || bio == nullptr) std::abort();  // No memory, as operator new does.
  BIO_set_data(bio, &buffers_);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_accept_state(ssl_);
  SSL_set_msg_callback(ssl_, &OnMessage);
  SSL_set_msg_callback_arg(ssl_, this);
}

void TlsSession::OnMessage(int, int, int content_type, const void*, size_t, SSL*, void* session) {
  auto* const self = static_cast<TlsSession*>(session);
  const bool is_own = content_type == SSL3_RT_HANDSHAKE || content_type == SSL3_RT_ALERT;
  if (!self->is_established_ || !is_own) return;
  if (++self->own_messages_ <= kOwnMessagesMax + (self->plaintext_bytes_ >> kBytesAMessageShift)) {
    return;
  }
  self->failure_ = "its TLS is busy with itself";
}

TlsSession::~TlsSession() { SSL_free(ssl_); }

TlsSession::State TlsSession::Read(std::string_view ciphertext, std::string* plaintext,
                                   std::string* reply) {
  if (failure_ != nullptr) return State::kFailed;
  buffers_.in = ciphertext;
  buffers_.out = reply;
  // What others have left there would be taken for ours.
  ERR_clear_error();
  if (!is_established_) {
    if (const int result = SSL_do_handshake(ssl_); result != 1) {
      return SSL_get_error(ssl_, result) == SSL_ERROR_WANT_READ ? State::kGoesOn : Fail();
    }
    const unsigned char* protocol = nullptr;
    unsigned int protocol_bytes = 0;
    SSL_get0_alpn_selected(ssl_, &protocol, &protocol_bytes);
    if (protocol_bytes == 0) {
      failure_ = "its TLS does not ask for HTTP/2";
      return State::kFailed;
    }
    is_established_ = true;
  }
  char buffer[SSL3_RT_MAX_PLAIN_LENGTH];
  while (true) {
    size_t count = 0;
    if (SSL_read_ex(ssl_, buffer, sizeof(buffer), &count) == 1) {
      plaintext->append(buffer, count);
      plaintext_bytes_ += count;
      continue;
    }
    switch (SSL_get_error(ssl_, 0)) {
      case SSL_ERROR_WANT_READ:
        return State::kGoesOn;
      case SSL_ERROR_ZERO_RETURN:
        return State::kEnded;
      default:
        return Fail();
    }
  }
}

TlsSession::State TlsSession::Fail() {
  if (failure_ != nullptr) return State::kFailed;
  const unsigned long error = ERR_peek_last_error();
  const int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
  failure_ = is_established_ ? "its TLS is broken"
             : reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE ||
                     reason == SSL_R_CERTIFICATE_VERIFY_FAILED
                 ? "it shows no good certificate"
                 : "its TLS handshake fails";
  ERR_clear_error();
  return State::kFailed;
}

bool TlsSession::Write(std::string_view plaintext, std::string* ciphertext) {
  if (failure_ != nullptr || !is_established_) return false;
  if (plaintext.empty()) return true;
  buffers_.in = {};
  buffers_.out = ciphertext;
  plaintext_bytes_ += plaintext.size();
  ERR_clear_error();
  size_t written = 0;
  return SSL_write_ex(ssl_, plaintext.data(), plaintext.size(), &written) == 1 &&
         written == plaintext.size();
}

void TlsSession::End(std::string* ciphertext) {
  if (failure_ != nullptr || !is_established_) return;
  buffers_.in = {};
  buffers_.out = ciphertext;
  // That the other side has not said it too is as it should be.
  (void)SSL_shutdown(ssl_);
  ERR_clear_error();
}

std::vector<std::string> TlsSession::CertificateNames() const {
  std::vector<std::string> names;
  const X509* const certificate = SSL_get0_peer_certificate(ssl_);
  if (certificate == nullptr || SSL_get_verify_result(ssl_) != X509_V_OK) return names;
  AddAlternativeNames(certificate, &names);
  AddCommonNames(certificate, &names);
  return names;
}

std::optional<int64_t> TlsSession::CertificateEndSeconds() const {
  std::optional<int64_t> first;
  STACK_OF(X509)* const chain = SSL_get0_verified_chain(ssl_);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const int64_t end = EndSecondsOf(sk_X509_value(chain, i));
    first = std::min(first.value_or(end), end);
  }
  return first;
}

bool TlsSession::IsTrustedBy(const TlsContext& context) const {
  X509* const certificate = SSL_get0_peer_certificate(ssl_);
  if (certificate == nullptr) return true;
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> check(X509_STORE_CTX_new(),
                                                                              &X509_STORE_CTX_free);
  const bool is_good =
      X509_STORE_CTX_init(check.get(), SSL_CTX_get_cert_store(context.get()), certificate,
                          SSL_get_peer_cert_chain(ssl_)) == 1 &&
      // As in the handshake (RFC 5280, 4.2.1.12: what the certificate may be used for).
      X509_STORE_CTX_set_default(check.get(), "ssl_client") == 1 &&
      X509_verify_cert(check.get()) == 1;
  ERR_clear_error();
  return is_good;
}

}  // namespace sightline::server
