#include "storage/index/run_key.h"

#include "storage/base/check.h"
#include "storage/base/encoding.h"

namespace sightline::storage {
namespace {

std::string Prefix(RunNumber run) {
  std::string key;
  key.reserve(kRunKeyBytes);
  AppendFixed32(run.value, &key);
  return key;
}

}  // namespace

std::string EncodeRunKey(RunNumber run, Permutation permutation, const QuadKey& last) {
  std::string key = Prefix(run);
  AppendByte(static_cast<uint8_t>(permutation), &key);
  for (const uint64_t part : last) AppendFixed64(part, &key);
  return key;
}

StatusOr<QuadKey> DecodeLastOfBlock(std::string_view key) {
  if (key.size() != kRunKeyBytes) return DataLoss("The key of a block has a wrong length");
  QuadKey last;
  for (size_t i = 0; i < last.size(); ++i) last[i] = LoadFixed64(key.data() + 5 + 8 * i);
  return last;
}

RunKeyRange KeysOf(RunNumber run, Permutation permutation) {
  RunKeyRange range{Prefix(run), Prefix(run)};
  AppendByte(static_cast<uint8_t>(permutation), &range.lower);
  AppendByte(static_cast<uint8_t>(permutation) + 1, &range.upper);
  return range;
}

RunKeyRange KeysOf(RunNumber run) {
  SL_CHECK(run.value < UINT32_MAX);
  return {Prefix(run), Prefix(RunNumber{run.value + 1})};
}

}  // namespace sightline::storage
