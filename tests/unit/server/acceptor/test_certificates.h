// TestCertificate: an authority or a certificate that lives as long as a test, made in memory.

#pragma once

#include <openssl/ossl_typ.h>

#include <string>
#include <vector>

namespace sightline::test {

struct TestCertificate {
  std::string certificate, key;  // PEM.
};

// One that vouches for itself.
TestCertificate MakeAuthority(const std::string& name);
// Signed by `authority`. `names` as openssl writes subject alternative names:
// "DNS:mia.example.org". Ends after `seconds`.
TestCertificate MakeCertificate(const TestCertificate& authority, const std::string& common_name,
                                const std::string& names, long seconds = 3'600);

// Shows it in the handshake.
void UseCertificate(const TestCertificate& certificate, SSL* ssl);

}  // namespace sightline::test
