// Numbers on the wire: what nodes, statements and revisions are called by clients that do not use
// external ids. Images of the store's own numbers (storage/base/id_cipher.h), which tell nothing of
// what the store holds besides.
//
// Thread-safe: pure functions.

#pragma once

#include <cstdint>

#include "storage/base/id_cipher.h"
#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/model/term_id.h"

namespace sightline::server {

// The number in "s/<number>".
inline uint64_t StatementNumber(storage::StatementId id, const storage::IdCipher& ids) {
  return ids.Hide(id.value - 1, storage::kPublicNumberBits) + 1;
}
// REQUIRES: number > 0.
inline storage::StatementId StatementOfNumber(uint64_t number, const storage::IdCipher& ids) {
  return storage::StatementId{ids.Show(number - 1, storage::kPublicNumberBits) + 1};
}

// What a request names a statement by: 17, or the node number of s/17. Errors: kInvalidArgument for
// what no statement is called by.
inline StatusOr<storage::StatementId> DecodeStatementNumber(uint64_t number,
                                                            const storage::IdCipher& ids) {
  const storage::TermId term{number};
  const uint64_t id = term.is_statement() ? term.payload() : number;
  if (id == 0 || (!term.is_statement() && term.tag() != storage::TermTag::kNone)) {
    return InvalidArgument("{} is no statement's number", number);
  }
  return StatementOfNumber(id, ids);
}

// A node's number has its tag in the top bits, as the TermId has; any other term stays as it is.
inline uint64_t NodeNumber(storage::TermId node, const storage::IdCipher& ids) {
  using storage::TermId;
  if (node.is_statement()) {
    const uint64_t number = StatementNumber(storage::StatementId{node.payload()}, ids);
    return TermId::Make(node.tag(), number).bits;
  }
  if (!node.is_entity()) return node.bits;
  return TermId::Make(node.tag(), ids.Hide(node.payload(), TermId::kPayloadBits)).bits;
}
inline storage::TermId NodeOfNumber(uint64_t number, const storage::IdCipher& ids) {
  using storage::TermId;
  const TermId image{number};
  if (image.is_statement() && image.payload() > 0) {
    return TermId::Make(image.tag(), StatementOfNumber(image.payload(), ids).value);
  }
  if (!image.is_entity()) return image;
  return TermId::Make(image.tag(), ids.Show(image.payload(), TermId::kPayloadBits));
}

}  // namespace sightline::server
