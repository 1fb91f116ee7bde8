#include "storage/index/quad_merge.h"

#include <algorithm>
#include <utility>

namespace sightline::storage {

QuadMerge::QuadMerge(std::vector<std::unique_ptr<QuadSource>> sources)
    : sources_(std::move(sources)) {
  for (const auto& source : sources_) running_.push_back(source.get());
  FindHead();
}

Status QuadMerge::Advance(size_t row_count) {
  SL_RETURN_IF_ERROR(least_->Advance(row_count));
  if (row_count < head_.row_count) {
    head_ = head_.From(row_count);
  } else {
    FindHead();
  }
  return OkStatus();
}

Status QuadMerge::SeekForward(const QuadKey& key) {
  for (QuadSource* const source : running_) SL_RETURN_IF_ERROR(source->SeekForward(key));
  FindHead();
  return OkStatus();
}

Status QuadMerge::Rebind(const KeyPrefix& prefix) {
  if (sources_.size() == 1) {
    SL_RETURN_IF_ERROR(sources_[0]->Rebind(prefix));
    running_.resize(1, sources_[0].get());
    FindHead();
    return OkStatus();
  }
  running_.clear();
  for (const auto& source : sources_) {
    SL_RETURN_IF_ERROR(source->Rebind(prefix));
    running_.push_back(source.get());
  }
  FindHead();
  return OkStatus();
}

void QuadMerge::FindHead() {
  if (running_.size() == 1) {
    // Look-ups in a store of one run come here each time.
    head_ = running_[0]->head();
    least_ = running_[0];
    if (head_.row_count > 0) return;
  }
  std::erase_if(running_, [](const QuadSource* source) { return source->head().row_count == 0; });
  least_ = nullptr;
  head_ = {};
  if (running_.empty()) return;
  least_ = running_[0];
  head_ = least_->head();
  if (running_.size() == 1) return;
  QuadKey least = head_.Row(0);
  QuadKey bound;  // The least row of the others.
  bound.fill(UINT64_MAX);
  for (size_t i = 1; i < running_.size(); ++i) {
    const QuadKey key = running_[i]->head().Row(0);
    if (key < least) {
      bound = std::min(bound, least);
      least = key;
      least_ = running_[i];
    } else {
      bound = std::min(bound, key);
    }
  }
  head_ = least_->head();
  head_.row_count = std::max<size_t>(1, CountBefore(head_, bound));
}

}  // namespace sightline::storage
