#include "server/service/load_transfers.h"

#include <fcntl.h>
#include <google/protobuf/util/message_differencer.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/hex.h"

namespace sightline::server {
namespace {

constexpr char kOpenEnding[] = ".open";
constexpr char kPartEnding[] = ".part";
constexpr int64_t kCountedBytesMin = 1 << 20;
constexpr size_t kNameBytes = 16;  // Of the hash: enough that no two meet.

// Nothing of a sender's or a load's name shows in it, and nobody finds another's by guessing.
std::string NameOf(std::string_view sender, std::string_view load_id) {
  std::string key(sender);
  key.push_back('\0');
  key += load_id;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int digest_bytes = 0;
  SL_CHECK(EVP_Digest(key.data(), key.size(), digest, &digest_bytes, EVP_sha256(), nullptr) == 1);
  return storage::ToHex({reinterpret_cast<const char*>(digest), kNameBytes});
}

int64_t ModifiedMicros(const struct stat& entry) {
  return static_cast<int64_t>(entry.st_mtim.tv_sec) * 1'000'000 + entry.st_mtim.tv_nsec / 1'000;
}

}  // namespace

// --- Lease

LoadTransfers::Lease::~Lease() {
  const int64_t byte_count = transfer_->byte_count();
  transfer_.reset();
  owner_->Release(name_, byte_count, is_discarded_);
}

Status LoadTransfers::Lease::Append(int64_t offset, std::string_view bytes, int64_t bytes_max) {
  const int64_t there = transfer_->byte_count();
  if (offset < 0 || offset > there) {
    return OutOfRange("A chunk is missing: bytes so far {}, the chunk's offset {}", there, offset);
  }
  const auto end = offset + static_cast<int64_t>(bytes.size());
  if (end <= there) return OkStatus();
  if (end > bytes_max) {
    return ResourceExhausted("The file is larger than the {} bytes that it may have", bytes_max);
  }
  bytes.remove_prefix(static_cast<size_t>(there - offset));
  SL_RETURN_IF_ERROR(owner_->Reserve(name_, static_cast<int64_t>(bytes.size())));
  return transfer_->Append(bytes);
}

// --- LoadTransfers

StatusOr<std::unique_ptr<LoadTransfers>> LoadTransfers::Open(std::string directory,
                                                             const ServerLimits& limits,
                                                             storage::Clock* clock) {
  auto transfers =
      std::unique_ptr<LoadTransfers>(new LoadTransfers(std::move(directory), limits, clock));
  SL_RETURN_IF_ERROR(transfers->Load());
  return transfers;
}

Status LoadTransfers::Load() {
  if (::mkdir(directory_.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return Unavailable("Cannot make the directory {}: {}", directory_, std::strerror(errno));
  }
  std::error_code error;
  std::filesystem::directory_iterator files(directory_, error);
  if (error) return Unavailable("Cannot read the directory {}: {}", directory_, error.message());
  storage::MutexLock lock(&mutex_);
  for (const auto& file : files) {
    const std::string name = file.path().stem().string();
    struct stat open_entry {
    }, part_entry{};
    const bool has_open = ::stat(PathOf(name, kOpenEnding).c_str(), &open_entry) == 0;
    const bool has_part = ::stat(PathOf(name, kPartEnding).c_str(), &part_entry) == 0;
    if (!has_open || !has_part) {
      // The process died while it made or removed them.
      ::unlink(file.path().c_str());
      continue;
    }
    entries_[name] = {static_cast<int64_t>(part_entry.st_size), ModifiedMicros(part_entry), {}};
  }
  RemoveExpired();
  return OkStatus();
}

std::string LoadTransfers::PathOf(const std::string& name, const char* ending) const {
  return directory_ + "/" + name + ending;
}

Status LoadTransfers::WriteOpen(const std::string& name, const v1::BulkLoadOpen& open) const {
  // Renamed when it is complete, so that there is none that is cut off.
  const std::string draft = PathOf(name, ".new");
  const int descriptor =
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  const bool is_written = descriptor >= 0 && open.SerializeToFileDescriptor(descriptor);
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!is_written || ::rename(draft.c_str(), PathOf(name, kOpenEnding).c_str()) != 0) {
    ::unlink(draft.c_str());
    return Unavailable("Cannot note what is being sent: {}", std::strerror(error));
  }
  return OkStatus();
}

StatusOr<std::unique_ptr<LoadTransfers::Lease>> LoadTransfers::Take(
    std::string_view sender, const v1::BulkLoadOpen& open, std::function<void()> give_way) {
  const std::string name = NameOf(sender, open.load_id());
  std::function<void()> other;
  {
    storage::MutexLock lock(&mutex_);
    RemoveExpired();
    const auto found = entries_.find(name);
    if (found != entries_.end() && found->second.give_way) {
      other = found->second.give_way;
    } else if (found == entries_.end()) {
      SL_RETURN_IF_ERROR(WriteOpen(name, open));
    } else {
      std::ifstream file(PathOf(name, kOpenEnding), std::ios::binary);
      v1::BulkLoadOpen earlier;
      // A power cut may have taken the words; then the bytes are worth nothing.
      if (!earlier.ParseFromIstream(&file) || earlier.load_id() != open.load_id()) {
        Remove(name);
        SL_RETURN_IF_ERROR(WriteOpen(name, open));
      } else if (!google::protobuf::util::MessageDifferencer::Equals(earlier, open)) {
        return MakeStatus(StatusCode::kAlreadyExists,
                          "load_id: stands for another file, or this one with other options");
      }
    }
    if (!other) {
      SL_ASSIGN_OR_RETURN(auto transfer, LoadTransfer::Open(PathOf(name, kPartEnding), open));
      entries_[name] = {transfer->byte_count(), clock_->NowMicros(), std::move(give_way)};
      if (Status status = MakeRoom(); !status.ok()) {
        Remove(name);
        return status;
      }
      return std::unique_ptr<Lease>(new Lease(this, name, std::move(transfer)));
    }
  }
  // Without the lock: it may end the other call, and with it his lease, on this thread.
  other();
  return Unavailable("An earlier call has this load; it is being ended, try again");
}

Status LoadTransfers::Reserve(const std::string& name, int64_t bytes) {
  storage::MutexLock lock(&mutex_);
  Entry& entry = entries_[name];
  entry.byte_count += bytes;
  entry.touched_micros = clock_->NowMicros();
  Status status = MakeRoom();
  if (!status.ok()) entry.byte_count -= bytes;
  return status;
}

Status LoadTransfers::MakeRoom() {
  while (Total() > limits_.load_spool_bytes_max) {
    auto oldest = entries_.end();
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (entry->second.give_way) continue;
      if (oldest == entries_.end() ||
          entry->second.touched_micros < oldest->second.touched_micros) {
        oldest = entry;
      }
    }
    if (oldest == entries_.end()) {
      return ResourceExhausted(
          "The server has no room for more: the files that are being sent may have {} bytes "
          "together",
          limits_.load_spool_bytes_max);
    }
    Remove(std::string(oldest->first));
  }
  return OkStatus();
}

void LoadTransfers::Release(const std::string& name, int64_t byte_count, bool is_discarded) {
  std::function<void()> give_way;  // Goes without the lock.
  storage::MutexLock lock(&mutex_);
  Entry& entry = entries_[name];
  give_way.swap(entry.give_way);
  entry.byte_count = byte_count;
  entry.touched_micros = clock_->NowMicros();
  if (is_discarded) Remove(name);
}

void LoadTransfers::Remove(const std::string& name) {
  // What cannot be removed now is when it expires after the next start.
  ::unlink(PathOf(name, kOpenEnding).c_str());
  ::unlink(PathOf(name, kPartEnding).c_str());
  entries_.erase(name);
}

void LoadTransfers::RemoveExpired() {
  const int64_t oldest = clock_->NowMicros() - limits_.load_keep_ms_max * 1'000;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const std::string name = entry->first;
    const bool is_expired = !entry->second.give_way && entry->second.touched_micros < oldest;
    ++entry;
    if (is_expired) Remove(name);
  }
}

int64_t LoadTransfers::Total() const {
  int64_t total = 0;
  for (const auto& [name, entry] : entries_) total += std::max(entry.byte_count, kCountedBytesMin);
  return total;
}

int64_t LoadTransfers::byte_count() const {
  storage::MutexLock lock(&mutex_);
  return Total();
}

}  // namespace sightline::server
