// Statement: one act of saying. A claimant, in a source document, at a time, asserts or denies one
// or more facts.
//
// Sources: reliability and credibility are the Admiralty grades of AJP-2.1 / STANAG 2511, judged
// independently of each other; F and 6 mean "cannot be judged", not "worst".

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/ids.h"
#include "storage/model/marking.h"
#include "storage/model/term_id.h"
#include "storage/model/time_interval.h"

namespace sightline::storage {

// What is said: subject and predicate are nodes, the object is a node or a value.
struct Fact {
  TermId subject;
  TermId predicate;
  TermId object;
  friend auto operator<=>(const Fact&, const Fact&) = default;
};

struct Quad {
  Fact fact;
  StatementId statement;
  friend auto operator<=>(const Quad&, const Quad&) = default;
};

// The enumerations of this file are part of the persistent format.
enum class Polarity : uint8_t { kAsserts = 0, kDenies = 1 };
std::string_view PolarityName(Polarity polarity);  // "asserts", "denies"

// How the claimant's words reached us.
enum class Mode : uint8_t {
  kUnspecified = 0,
  kDirectQuote = 1,
  kReported = 2,
  kEditorial = 3,
  kHeadline = 4,
  kImplied = 5,
  kBackground = 6,
  kNormalised = 7,
  kAnalyst = 8,
  kInferred = 9,
  kRecord = 10,
};
std::string_view ModeName(Mode mode);  // "direct-quote", ... ; "" for kUnspecified
std::optional<Mode> ParseMode(std::string_view name);

// Of the source, A (completely reliable) to E (unreliable); F cannot be judged.
enum class Reliability : uint8_t { kUnstated = 0, kA = 1, kB = 2, kC = 3, kD = 4, kE = 5, kF = 6 };
std::string_view ReliabilityName(Reliability reliability);  // "A".."F"; "" for kUnstated
std::optional<Reliability> ParseReliability(std::string_view name);

// Of the claim, 1 (confirmed by other sources) to 5 (improbable); 6 cannot be judged; 0 not stated.
using Credibility = uint8_t;

// Where in the document's UTF-8 text: bytes [begin, end).
struct TextSpan {
  uint64_t begin = 0;
  uint64_t end = 0;
  friend bool operator==(const TextSpan&, const TextSpan&) = default;
};

// A detail of this statement's facts: recipient, share, modality ...
struct Qualifier {
  TermId predicate;
  TermId value;
  friend auto operator<=>(const Qualifier&, const Qualifier&) = default;
};

// What many statements have in common. Interned, so that a statement stores four bytes of it.
struct StatementContext {
  TermId claimant;          // Who says it. Always set.
  TermId document;          // Where; none when the claimant speaks for himself, as an analyst does.
  TermId dataset;           // The collection it came with, or none.
  std::vector<TermId> via;  // Who passed it on, nearest to the claimant first.
  Marking marking;
  Reliability reliability = Reliability::kUnstated;  // Overrides the source's own rating.
  Mode mode = Mode::kUnspecified;
  TimeInterval said;  // When it was said; undated when not known.
  friend bool operator==(const StatementContext&, const StatementContext&) = default;
};

// A statement as a writer hands it in.
struct StatementDraft {
  Polarity polarity = Polarity::kAsserts;
  std::vector<Fact> facts;  // At least one.
  StatementContext context;
  Credibility credibility = 0;
  TimeInterval valid;  // When it held in the world.
  std::optional<TextSpan> span;
  std::string quote;  // At most 4 KiB.
  std::vector<StatementId> derived_from;
  std::vector<Qualifier> qualifiers;
};

struct Retraction {
  Revision revision;  // The commit that closed the recorded interval.
  int64_t recorded_at_micros = 0;
  std::string reason;
  friend bool operator==(const Retraction&, const Retraction&) = default;
};

// A statement as the store keeps it.
struct Statement {
  StatementId id;
  StatementDraft content;  // Of a bulk load's, without the facts: ask ReadView::FactsOf.
  Revision revision;       // The commit that recorded it.
  int64_t recorded_at_micros = 0;
  std::optional<Retraction> retraction;
};

}  // namespace sightline::storage
