#include "server/service/card_list.h"

#include <utility>

#include "server/service/node_number.h"

namespace sightline::server {

void EncodeCard(query::NodeCard card, const storage::IdCipher& ids, v1::NodeCard* out) {
  out->set_id(NodeNumber(card.id, ids));
  out->set_external_id(std::move(card.external_id));
  out->set_class_name(std::move(card.class_name));
  out->set_caption(std::move(card.caption));
}

uint64_t CardList::NumberOf(storage::TermId node) {
  if (node.is_none()) return 0;
  if (seen_.insert(node).second) fresh_.push_back(node);
  return NodeNumber(node, context_.view().ids());
}

StatusOr<size_t> CardList::AddCards() {
  size_t bytes = 0;
  added_ = 0;
  for (const storage::TermId node : fresh_) {
    SL_ASSIGN_OR_RETURN(query::NodeCard card, context_.CardOf(node));
    EncodeCard(std::move(card), context_.view().ids(), out_->Add());
    bytes += out_->rbegin()->ByteSizeLong();
    ++added_;
  }
  fresh_.clear();
  return bytes;
}

void CardList::TakeBack() {
  for (; added_ > 0; --added_) out_->RemoveLast();
}

}  // namespace sightline::server
