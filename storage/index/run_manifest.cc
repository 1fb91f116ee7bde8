#include "storage/index/run_manifest.h"

#include "storage/base/encoding.h"

namespace sightline::storage {
namespace {

constexpr uint8_t kLayout = 1;

StatusOr<uint32_t> ReadNumber(ByteReader* reader) {
  SL_ASSIGN_OR_RETURN(const uint64_t number, reader->ReadVarint());
  if (number == 0 || number >= UINT32_MAX) return DataLoss("A run has no such number: {}", number);
  return static_cast<uint32_t>(number);
}

}  // namespace

uint64_t RunManifest::quad_count() const {
  uint64_t count = 0;
  for (const RunInfo& run : runs) count += run.quad_count;
  return count;
}

std::string EncodeRunManifest(const RunManifest& manifest) {
  std::string out;
  AppendByte(kLayout, &out);
  AppendVarint(manifest.folded_through.value, &out);
  AppendVarint(manifest.next.value, &out);
  AppendVarint(manifest.runs.size(), &out);
  for (const RunInfo& run : manifest.runs) {
    AppendVarint(run.number.value, &out);
    AppendVarint(run.quad_count, &out);
    AppendVarint(run.block_count, &out);
    AppendVarint(run.bytes, &out);
  }
  return out;
}

StatusOr<RunManifest> DecodeRunManifest(std::string_view bytes) {
  ByteReader reader(bytes);
  SL_ASSIGN_OR_RETURN(const uint8_t layout, reader.ReadByte());
  if (layout != kLayout) return DataLoss("The list of runs has an unknown layout: {}", layout);
  RunManifest manifest;
  SL_ASSIGN_OR_RETURN(manifest.folded_through.value, reader.ReadVarint());
  SL_ASSIGN_OR_RETURN(manifest.next.value, ReadNumber(&reader));
  SL_ASSIGN_OR_RETURN(const uint64_t run_count, reader.ReadVarint());
  for (uint64_t i = 0; i < run_count; ++i) {
    RunInfo run;
    SL_ASSIGN_OR_RETURN(run.number.value, ReadNumber(&reader));
    SL_ASSIGN_OR_RETURN(run.quad_count, reader.ReadVarint());
    SL_ASSIGN_OR_RETURN(run.block_count, reader.ReadVarint());
    SL_ASSIGN_OR_RETURN(run.bytes, reader.ReadVarint());
    const bool ascends = manifest.runs.empty() || manifest.runs.back().number < run.number;
    if (!ascends || !(run.number < manifest.next)) return DataLoss("The list of runs is damaged");
    manifest.runs.push_back(run);
  }
  SL_RETURN_IF_ERROR(reader.ExpectEnd());
  return manifest;
}

}  // namespace sightline::storage
