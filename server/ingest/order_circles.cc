#include "server/ingest/order_circles.h"

#include <optional>

namespace sightline::server {

using storage::TermId;

bool OrderCircles::HasRoom(uint64_t bytes) {
  if (bytes_ + bytes > bytes_max_) {
    is_partial_ = true;
    return false;
  }
  bytes_ += bytes;
  return true;
}

uint32_t OrderCircles::NumberOf(std::string_view external_id) {
  std::string name(external_id);
  if (const auto known = numbers_.find(name); known != numbers_.end()) return known->second;
  // An entry of the table, the name where it does not fit in, and the thing.
  if (!HasRoom(96 + name.size() + sizeof(Thing))) return kNone;
  const auto number = static_cast<uint32_t>(things_.size());
  const auto added = numbers_.emplace(std::move(name), number).first;
  names_.push_back(&added->first);
  things_.emplace_back();
  return number;
}

void OrderCircles::AddLink(uint32_t lower, uint32_t upper) {
  for (uint32_t link = things_[lower].first_link; link != kNone; link = links_[link].next) {
    if (links_[link].upper == upper) return;
  }
  if (!HasRoom(sizeof(Link))) return;
  links_.push_back({upper, things_[lower].first_link});
  things_[lower].first_link = static_cast<uint32_t>(links_.size() - 1);
}

Status OrderCircles::Read(uint32_t thing) {
  if (on_record_ == nullptr || things_[thing].is_read) return OkStatus();
  things_[thing].is_read = true;
  SL_ASSIGN_OR_RETURN(const std::optional<TermId> node, on_record_->FindNode(*names_[thing]));
  if (!node) return OkStatus();
  storage::ScanBatch batch;
  for (const TermId predicate : on_record_->catalog().PredicateIdsAtOrBelow(order_)) {
    SL_ASSIGN_OR_RETURN(const auto scan, on_record_->Scan(storage::Permutation::kSpo,
                                                          storage::KeyPrefix::Of(*node, predicate),
                                                          on_record_->default_scope()));
    while (true) {
      SL_ASSIGN_OR_RETURN(const size_t count, scan->Next(&batch));
      if (count == 0) break;
      for (const TermId above : batch.columns[2]) {
        if (!above.is_node()) continue;
        SL_ASSIGN_OR_RETURN(const std::string name, on_record_->ExternalIdOf(above));
        const uint32_t upper = NumberOf(name);
        if (upper != kNone) AddLink(thing, upper);
      }
    }
  }
  return OkStatus();
}

StatusOr<bool> OrderCircles::Closes(std::string_view lower, std::string_view upper) {
  if (lower == upper) return true;
  const uint32_t from = NumberOf(upper), to = NumberOf(lower);
  if (from == kNone || to == kNone) return false;
  ++search_;
  things_[from].search = search_;
  std::vector<uint32_t> pending = {from};
  while (!pending.empty()) {
    const uint32_t next = pending.back();
    pending.pop_back();
    if (next == to) return true;
    SL_RETURN_IF_ERROR(Read(next));
    for (uint32_t link = things_[next].first_link; link != kNone; link = links_[link].next) {
      Thing& above = things_[links_[link].upper];
      if (above.search == search_) continue;
      above.search = search_;
      pending.push_back(links_[link].upper);
    }
  }
  AddLink(to, from);
  return false;
}

}  // namespace sightline::server
