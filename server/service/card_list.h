// CardList: the nodes that a reply names by number, each with one card.
//
// Thread-compatible.

#pragma once

#include <google/protobuf/repeated_field.h>

#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <vector>

#include "query/explore/explore_context.h"
#include "sightline/v1/types.pb.h"
#include "storage/base/status.h"
#include "storage/model/term_id.h"

namespace sightline::server {

void EncodeCard(query::NodeCard card, const storage::IdCipher& ids, v1::NodeCard* out);

class CardList {
 public:
  // Borrows both. Cards are appended to `*out`.
  CardList(const query::ExploreContext* context,
           google::protobuf::RepeatedPtrField<v1::NodeCard>* out)
      : context_(*context), out_(out) {}
  // For a stream: from now on into another message.
  void WriteTo(google::protobuf::RepeatedPtrField<v1::NodeCard>* out) { out_ = out; }

  // What the node is called by on the wire; it gets a card. 0 for none.
  uint64_t NumberOf(storage::TermId node);
  // Appends the cards of the nodes that were named since the last time; their bytes. Errors: the
  // store's.
  StatusOr<size_t> AddCards();
  // Takes back what AddCards appended last.
  void TakeBack();

 private:
  const query::ExploreContext& context_;
  google::protobuf::RepeatedPtrField<v1::NodeCard>* out_;
  std::unordered_set<storage::TermId> seen_;
  std::vector<storage::TermId> fresh_;  // Without a card yet.
  int added_ = 0;                       // Cards, the last time.
};

}  // namespace sightline::server
