#include "storage/dictionary/entity_ranks.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "storage/base/encoding.h"
#include "storage/dictionary/term_block.h"

namespace sightline::storage {
namespace {

// So many comparisons with names that are known cost as much as reading all names anew.
constexpr uint64_t kFewPart = 64;
constexpr std::chrono::milliseconds kWait{1};

// Entities in the order of their external ids, from one place where they are kept in that order.
class NameStream {
 public:
  virtual ~NameStream() = default;
  // False at the end.
  virtual StatusOr<bool> Next() = 0;
  const std::string& name() const { return name_; }
  uint64_t number() const { return number_; }

 protected:
  std::string name_;
  uint64_t number_ = 0;
};

// Those that transactions have made.
class KeyStream final : public NameStream {
 public:
  KeyStream(const KvStore& kv, const KvSnapshot* snapshot)
      : entries_(kv.NewIterator(ColumnFamily::kTermToId, Lower(0), Lower(1), snapshot)) {
    entries_->SeekToFirst();
  }

  StatusOr<bool> Next() override {
    if (!entries_->Valid()) {
      SL_RETURN_IF_ERROR(entries_->status());
      return false;
    }
    if (entries_->value().size() != 8) return DataLoss("A dictionary number has a wrong length");
    name_.assign(entries_->key().substr(1));
    number_ = LoadFixed64(entries_->value().data());
    entries_->Next();
    return true;
  }

 private:
  static std::string Lower(int beyond) {
    return std::string(1, static_cast<char>(static_cast<int>(TermTag::kEntity) + beyond));
  }

  const std::unique_ptr<KvIterator> entries_;
};

// Those of a bulk load, whose numbers ascend with their names.
class SegmentStream final : public NameStream {
 public:
  SegmentStream(const KvStore& kv, const TermSegment& segment)
      : segment_(segment),
        blocks_(kv.NewIterator(ColumnFamily::kTermBlocks, KeyOf(segment.first_number),
                               KeyOf(segment.last_number + 1))) {
    blocks_->SeekToFirst();
  }

  StatusOr<bool> Next() override {
    if (place_ == names_.size()) {
      if (!blocks_->Valid()) {
        SL_RETURN_IF_ERROR(blocks_->status());
        if (number_ == segment_.last_number) return false;
        return DataLoss("Blocks of terms are missing: those of entities up to number {}",
                        segment_.last_number);
      }
      const TermId last =
          TermId::Make(TermTag::kEntity, LoadFixed64(blocks_->key().substr(1).data()));
      SL_ASSIGN_OR_RETURN(const TermBlock block, TermBlock::Open(blocks_->value(), last));
      SL_ASSIGN_OR_RETURN(names_, block.Decode());
      number_ = block.first_number() - 1;
      place_ = 0;
      blocks_->Next();
    }
    name_ = std::move(names_[place_++]);
    ++number_;
    return true;
  }

 private:
  static std::string KeyOf(uint64_t last_number) {
    return IdToTermKey(TermId::Make(TermTag::kEntity, last_number));
  }

  const TermSegment segment_;
  const std::unique_ptr<KvIterator> blocks_;
  std::vector<std::string> names_;
  size_t place_ = 0;
};

struct Numbers {
  std::vector<uint32_t> named, unnamed;
};

// Merges the streams.
StatusOr<Numbers> ReadAll(const KvStore& kv, const Dictionary& dictionary,
                          const KvSnapshot* snapshot, uint64_t end,
                          const EntityRanks::MayGoOn& may_go_on) {
  std::vector<std::unique_ptr<NameStream>> streams;
  const auto add = [&streams](std::unique_ptr<NameStream> stream) -> Status {
    SL_ASSIGN_OR_RETURN(const bool found, stream->Next());
    if (found) streams.push_back(std::move(stream));
    return OkStatus();
  };
  SL_RETURN_IF_ERROR(add(std::make_unique<KeyStream>(kv, snapshot)));
  if (dictionary.segments() != nullptr) {
    for (const TermSegment& segment : dictionary.segments()->list()) {
      if (segment.tag != TermTag::kEntity || segment.first_number >= end) continue;
      SL_RETURN_IF_ERROR(add(std::make_unique<SegmentStream>(kv, segment)));
    }
  }
  const auto after = [](const auto& a, const auto& b) { return b->name() < a->name(); };
  std::make_heap(streams.begin(), streams.end(), after);
  Numbers numbers;
  numbers.named.reserve(end);
  for (uint64_t read = 0; !streams.empty(); ++read) {
    if (read % 1024 == 0 && may_go_on) SL_RETURN_IF_ERROR(may_go_on());
    std::pop_heap(streams.begin(), streams.end(), after);
    NameStream& least = *streams.back();
    if (least.number() < end) {
      const bool is_named = !least.name().starts_with(kUnnamedPrefix);
      (is_named ? numbers.named : numbers.unnamed).push_back(static_cast<uint32_t>(least.number()));
    }
    SL_ASSIGN_OR_RETURN(const bool more, least.Next());
    if (more) {
      std::push_heap(streams.begin(), streams.end(), after);
    } else {
      streams.pop_back();
    }
  }
  std::sort(numbers.unnamed.begin(), numbers.unnamed.end());
  return numbers;
}

// Puts those in [begin, end) among the known ones.
Status AddTo(Numbers* numbers, const Dictionary& dictionary, const KvSnapshot* snapshot,
             uint64_t begin, uint64_t end, const EntityRanks::MayGoOn& may_go_on) {
  const auto name_of = [&](uint64_t number) {
    return dictionary.BytesOf(TermId::Make(TermTag::kEntity, number), snapshot);
  };
  std::vector<std::pair<std::string, uint32_t>> added;
  for (uint64_t number = begin; number < end; ++number) {
    SL_ASSIGN_OR_RETURN(std::string name, name_of(number));
    if (name.starts_with(kUnnamedPrefix)) {
      numbers->unnamed.push_back(static_cast<uint32_t>(number));
    } else {
      added.emplace_back(std::move(name), static_cast<uint32_t>(number));
    }
  }
  std::sort(added.begin(), added.end());
  const std::vector<uint32_t> known = std::exchange(numbers->named, {});
  numbers->named.reserve(known.size() + added.size());
  size_t copied = 0;
  for (const auto& [name, number] : added) {
    if (may_go_on) SL_RETURN_IF_ERROR(may_go_on());
    size_t low = copied, high = known.size();
    while (low < high) {
      const size_t middle = low + (high - low) / 2;
      SL_ASSIGN_OR_RETURN(const std::string other, name_of(known[middle]));
      if (other < name) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    numbers->named.insert(numbers->named.end(), known.begin() + static_cast<ptrdiff_t>(copied),
                          known.begin() + static_cast<ptrdiff_t>(low));
    numbers->named.push_back(number);
    copied = low;
  }
  numbers->named.insert(numbers->named.end(), known.begin() + static_cast<ptrdiff_t>(copied),
                        known.end());
  return OkStatus();
}

}  // namespace

EntityRanks::EntityRanks(std::vector<uint32_t> named, std::vector<uint32_t> unnamed, uint64_t end)
    : named_(std::move(named)), unnamed_(std::move(unnamed)), ranks_(end, 0) {
  uint32_t rank = 0;
  for (const std::vector<uint32_t>* numbers : {&named_, &unnamed_}) {
    for (const uint32_t number : *numbers) ranks_[number] = rank++;
  }
}

StatusOr<EntityRanksPtr> EntityRanks::Make(const KvStore& kv, const Dictionary& dictionary,
                                           const KvSnapshot* snapshot, uint64_t end,
                                           const EntityRanks* known, const MayGoOn& may_go_on) {
  Numbers numbers;
  if (known != nullptr && end - known->end() <= known->end() / kFewPart) {
    numbers = {.named = known->named_, .unnamed = known->unnamed_};
    SL_RETURN_IF_ERROR(AddTo(&numbers, dictionary, snapshot, known->end(), end, may_go_on));
  } else {
    SL_ASSIGN_OR_RETURN(numbers, ReadAll(kv, dictionary, snapshot, end, may_go_on));
  }
  // Number 0 is no entity's.
  if (numbers.named.size() + numbers.unnamed.size() + 1 != end) {
    return DataLoss("The dictionary has {} entities, and {} were counted",
                    numbers.named.size() + numbers.unnamed.size(), end - 1);
  }
  return EntityRanksPtr(new EntityRanks(std::move(numbers.named), std::move(numbers.unnamed), end));
}

StatusOr<EntityRanksPtr> EntityRanksCache::Get(const KvStore& kv, const Dictionary& dictionary,
                                               const KvSnapshot* snapshot, uint64_t end,
                                               const EntityRanks::MayGoOn& may_go_on) {
  if (end > EntityRanks::kEntitiesMax) return EntityRanksPtr();
  EntityRanksPtr known;
  while (true) {
    {
      MutexLock lock(&mutex_);
      known = newest_;
      if (known != nullptr && known->end() >= end) return known;
      if (!is_making_) {
        is_making_ = true;
        break;
      }
    }
    std::this_thread::sleep_for(kWait);
    if (may_go_on) SL_RETURN_IF_ERROR(may_go_on());
  }
  StatusOr<EntityRanksPtr> made =
      EntityRanks::Make(kv, dictionary, snapshot, end, known.get(), may_go_on);
  MutexLock lock(&mutex_);
  is_making_ = false;
  if (made.ok()) newest_ = *made;
  return made;
}

}  // namespace sightline::storage
