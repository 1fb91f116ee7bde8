#include "tests/unit/server/acceptor/test_certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>

namespace sightline::test {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

template <typename Write>
std::string PemOf(const Write& write) {
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  write(bio.get());
  char* text = nullptr;
  const long byte_count = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<size_t>(byte_count)};
}

Bio BioOf(const std::string& text) { return {BIO_new_mem_buf(text.data(), -1), &BIO_free}; }

Certificate ReadCertificate(const TestCertificate& made) {
  return {PEM_read_bio_X509(BioOf(made.certificate).get(), nullptr, nullptr, nullptr), &X509_free};
}

Key ReadKey(const TestCertificate& made) {
  return {PEM_read_bio_PrivateKey(BioOf(made.key).get(), nullptr, nullptr, nullptr),
          &EVP_PKEY_free};
}

void AddExtension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

TestCertificate Make(const TestCertificate* authority, const std::string& common_name,
                     const std::string& names, long seconds) {
  static long serial = 0;
  const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const Certificate made(X509_new(), &X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), seconds);
  X509_set_pubkey(made.get(), key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  Certificate issuer(nullptr, &X509_free);
  Key issuer_key(nullptr, &EVP_PKEY_free);
  if (authority != nullptr) {
    issuer = ReadCertificate(*authority);
    issuer_key = ReadKey(*authority);
  }
  X509* const signer = issuer != nullptr ? issuer.get() : made.get();
  X509_set_issuer_name(made.get(), X509_get_subject_name(signer));
  if (authority == nullptr) {
    AddExtension(made.get(), signer, NID_basic_constraints, "critical,CA:TRUE");
  }
  if (!names.empty()) AddExtension(made.get(), signer, NID_subject_alt_name, names);
  X509_sign(made.get(), issuer_key != nullptr ? issuer_key.get() : key.get(), EVP_sha256());
  return {PemOf([&](BIO* bio) { PEM_write_bio_X509(bio, made.get()); }), PemOf([&](BIO* bio) {
            PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace

TestCertificate MakeAuthority(const std::string& name) { return Make(nullptr, name, "", 3'600); }

TestCertificate MakeCertificate(const TestCertificate& authority, const std::string& common_name,
                                const std::string& names, long seconds) {
  return Make(&authority, common_name, names, seconds);
}

void UseCertificate(const TestCertificate& certificate, SSL* ssl) {
  SSL_use_certificate(ssl, ReadCertificate(certificate).get());
  SSL_use_PrivateKey(ssl, ReadKey(certificate).get());
}

}  // namespace sightline::test
