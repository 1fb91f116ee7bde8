// TlsFiles: a certificate for 127.0.0.1 and localhost that vouches for itself, with its key, for
// tests that talk TLS with a server on this machine. Good for two days; made by openssl(1).

#pragma once

#include <string>

namespace sightline::test {

struct TlsFiles {
  std::string certificate_file, key_file;  // PEM.
  std::string certificate;                 // The text of certificate_file: also what to believe.

  // Writes both files into `folder`. All members are empty when that does not work.
  static TlsFiles MakeIn(const std::string& folder);
};

}  // namespace sightline::test
