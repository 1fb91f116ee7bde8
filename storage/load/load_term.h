// Provisional terms: what stands for a term while a load runs.
//
// A load gives numbers to terms only when it commits. Until then a TermRef is either a TermId that
// is known already (an inline value, a term of the store) or a provisional one, which has the tag
// it will keep and, in bit 59 of the payload, a mark; numbers of the dictionary and of statements
// never come so far. Valid in all streams of its load, and nowhere else.

#pragma once

#include <cstdint>

#include "storage/base/ids.h"
#include "storage/dictionary/dictionary.h"
#include "storage/model/term_id.h"

namespace sightline::storage {

using TermRef = TermId;
// A StatementId, of the store or provisional. TermRef of it: StatementTerm.
using StatementRef = StatementId;

inline constexpr uint64_t kProvisionalBit = uint64_t{1} << 59;
inline constexpr int kChunkBits = 27;

// REQUIRES: chunk < 2^27.
constexpr TermRef MakeProvisional(TermTag tag, uint32_t chunk, uint32_t local) {
  return TermId::Make(tag, kProvisionalBit | uint64_t{chunk} << 32 | local);
}
constexpr bool IsProvisional(TermRef term) {
  return (term.bits & kProvisionalBit) != 0 &&
         (HasDictionaryEntry(term.tag()) || term.is_statement());
}
constexpr uint32_t ChunkOf(TermRef provisional) {
  return static_cast<uint32_t>((provisional.payload() & ~kProvisionalBit) >> 32);
}
constexpr uint32_t LocalOf(TermRef provisional) { return static_cast<uint32_t>(provisional.bits); }

// `ordinal`: from 0, in the order of opening in the whole load.
constexpr StatementRef MakeProvisionalStatement(uint32_t ordinal) {
  return StatementRef{kProvisionalBit | ordinal};
}
constexpr bool IsProvisional(StatementRef statement) {
  return (statement.value & kProvisionalBit) != 0;
}
constexpr uint32_t OrdinalOf(StatementRef provisional) {
  return static_cast<uint32_t>(provisional.value);
}
// The statement as a subject or object.
constexpr TermRef StatementTerm(StatementRef statement) {
  return TermId::Make(TermTag::kStatement, statement.value);
}

}  // namespace sightline::storage
