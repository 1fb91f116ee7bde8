#include "tests/e2e/tls_files.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace sightline::test {

TlsFiles TlsFiles::MakeIn(const std::string& folder) {
  TlsFiles files;
  files.certificate_file = folder + "/server.pem";
  files.key_file = folder + "/server.key";
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
      "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 "
      "-keyout '" +
      files.key_file + "' -out '" + files.certificate_file + "' 2>/dev/null && chmod 600 '" +
      files.key_file + "'";
  if (std::system(command.c_str()) != 0) return {};
  std::ifstream in(files.certificate_file);
  files.certificate = {std::istreambuf_iterator<char>(in), {}};
  return files;
}

}  // namespace sightline::test
