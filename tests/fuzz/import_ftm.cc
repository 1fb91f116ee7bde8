// Feeds arbitrary bytes to the importers of JSON lines. Holds them to the promises of ImportSink,
// and to reading the same whatever the seams of the stream.

#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/fuzz/checking_sink.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sightline::server::FileFormat;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  for (const FileFormat format : {FileFormat::kFtmEntities, FileFormat::kStatementJsonl}) {
    sightline::server::CheckImport(bytes, format);
  }
  return 0;
}
