// Value codec: a Datum of the engine as a v1.Value of the wire, and back.
//
// On the wire a node is a number (server/service/node_number.h), opaque to clients.
//
// Thread-safe: pure functions, as far as the resolvers are.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "query/functions/datum.h"
#include "sightline/v1/types.pb.h"
#include "storage/base/status.h"
#include "storage/model/marking.h"
#include "storage/model/term_id.h"
#include "storage/model/time_interval.h"
#include "storage/model/value.h"

namespace sightline::server {

// What a value refers to, as the reader sees it. REQUIRES: nodes and terms came from the result.
class TermReader {
 public:
  virtual ~TermReader() = default;
  virtual StatusOr<std::string> NameOf(storage::TermId term) = 0;
  virtual StatusOr<storage::Value> ValueOf(storage::TermId term) = 0;
  // What the node is called by on the wire.
  virtual uint64_t NumberOf(storage::TermId node) { return node.bits; }
  // Called for every node that a value holds, so that it gets a card.
  virtual void Saw(storage::TermId node) = 0;
};

// Errors: kOutOfRange for lists and maps nested deeper than `nesting_max`; the reader's.
Status EncodeDatum(const query::Datum& datum, int nesting_max, TermReader* reader, v1::Value* out);
// Any instant, also one before 1970.
void SetTimestamp(int64_t micros, google::protobuf::Timestamp* out);
// A node is encoded by its number. Does not touch `comparator`'s default.
void EncodeValue(const storage::Value& value, v1::Value* out);

// Where a request names a node: the node, or none when the caller can see no such node.
using NodeFinder = std::function<StatusOr<std::optional<storage::TermId>>(std::string_view)>;
// The node that a number from a request stands for, or none when it is not one of this store's.
using NodeChecker = std::function<StatusOr<std::optional<storage::TermId>>(storage::TermId)>;

struct NodeResolver {
  NodeFinder find;    // By external id.
  NodeChecker check;  // By number.
};

// A value that a client sent. Unset is null.
//
// Errors: kInvalidArgument, in words that continue "parameter x: ...", for what no Value can be: a
// scale outside 0..18, a date that is none, NaN and infinities, a comparator on text, a node nobody
// knows (or may know), a fact or path (results only), nesting deeper than `nesting_max`; the
// resolver's.
StatusOr<query::Datum> DecodeDatum(const v1::Value& value, int nesting_max,
                                   const NodeResolver& nodes);
// As DecodeDatum, for a place that takes no list and no map.
StatusOr<storage::Value> DecodeValue(const v1::Value& value, const NodeResolver& nodes);

// Unspecified: CLEAR. Empty when there is no such label.
std::optional<storage::TlpLabel> DecodeTlpLabel(v1::TlpLabel label);

// Errors: kInvalidArgument, with the part that is wrong in `*field` ("tlp", "access").
StatusOr<storage::Marking> DecodeMarking(const v1::Marking& marking, std::string* field);

// Errors: kInvalidArgument for years outside 1 to 9999 and for parts finer than a microsecond.
StatusOr<storage::Instant> DecodeInstant(const google::protobuf::Timestamp& timestamp);

// A bound that is neither given nor said to be open is unknown. Errors: kInvalidArgument for a
// bound that is both, and for an end that is not after the beginning.
StatusOr<storage::TimeInterval> DecodeInterval(const v1::TimeInterval& interval);
void EncodeInterval(const storage::TimeInterval& interval, v1::TimeInterval* out);

}  // namespace sightline::server
