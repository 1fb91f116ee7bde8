#include "storage/txn/request_log.h"

#include "storage/base/encoding.h"

namespace sightline::storage {
namespace {

enum class KeyKind : uint8_t { kReply = 1, kOfRevision = 2 };

constexpr int kForgottenPerCommitMax = 1000;
constexpr size_t kOfRevisionPrefixBytes = 9;

std::string ReplyKey(std::string_view request_id) {
  std::string key;
  AppendByte(static_cast<uint8_t>(KeyKind::kReply), &key);
  key.append(request_id);
  return key;
}

std::string OfRevisionKey(Revision revision, std::string_view request_id) {
  std::string key;
  AppendByte(static_cast<uint8_t>(KeyKind::kOfRevision), &key);
  AppendFixed64(revision.value, &key);
  key.append(request_id);
  return key;
}

}  // namespace

StatusOr<std::optional<RememberedReply>> FindReply(const KvStore& kv, const KvSnapshot* snapshot,
                                                   std::string_view request_id) {
  const StatusOr<std::string> bytes =
      kv.Get(ColumnFamily::kRequests, ReplyKey(request_id), snapshot);
  if (bytes.status().code() == StatusCode::kNotFound) return std::optional<RememberedReply>();
  if (!bytes.ok()) return bytes.status();
  ByteReader reader(*bytes);
  RememberedReply remembered;
  SL_ASSIGN_OR_RETURN(remembered.revision.value, reader.ReadVarint());
  remembered.reply = std::string(reader.rest());
  return std::optional<RememberedReply>(std::move(remembered));
}

std::vector<std::pair<std::string, std::string>> EntriesOfReply(std::string_view request_id,
                                                                std::string_view reply,
                                                                Revision revision) {
  std::string value;
  AppendVarint(revision.value, &value);
  value.append(reply);
  return {{ReplyKey(request_id), std::move(value)}, {OfRevisionKey(revision, request_id), ""}};
}

void AppendReply(std::string_view request_id, std::string_view reply, Revision revision,
                 KvBatch* batch) {
  for (const auto& [key, value] : EntriesOfReply(request_id, reply, revision)) {
    batch->Put(ColumnFamily::kRequests, key, value);
  }
}

StatusOr<Revision> AppendForgetting(const KvStore& kv, const KvSnapshot* snapshot,
                                    Revision forgotten, Revision last, KvBatch* batch) {
  if (last <= forgotten) return forgotten;
  const auto iterator =
      kv.NewIterator(ColumnFamily::kRequests, OfRevisionKey(Revision{forgotten.value + 1}, ""),
                     OfRevisionKey(Revision{last.value + 1}, ""), snapshot);
  int count = 0;
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    const std::string_view key = iterator->key();
    if (key.size() < kOfRevisionPrefixBytes) return DataLoss("A key of the requests is damaged");
    const Revision revision{LoadFixed64(key.data() + 1)};
    if (count++ == kForgottenPerCommitMax) return Revision{revision.value - 1};
    const std::string_view request_id = key.substr(kOfRevisionPrefixBytes);
    SL_ASSIGN_OR_RETURN(const auto remembered, FindReply(kv, snapshot, request_id));
    // Remembered again since: then only the trace of the first time goes.
    if (remembered && remembered->revision == revision) {
      batch->Delete(ColumnFamily::kRequests, ReplyKey(request_id));
    }
    batch->Delete(ColumnFamily::kRequests, key);
  }
  SL_RETURN_IF_ERROR(iterator->status());
  return last;
}

}  // namespace sightline::storage
