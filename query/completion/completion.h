// Completion: what may come at a place of a text that is being written, with names from the data.
//
// The grammar says which words and which sorts of names may stand there (parser/expected_syntax.h),
// what is written before says which fit best (written_context.h), and the names are those of the
// view's catalog and of its index of names: nothing comes from what its reader may not see.
//
// Thread safety: a free function; safe from any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/diagnostics/diagnostic.h"
#include "storage/base/cancellation.h"
#include "storage/base/status.h"
#include "storage/txn/read_view.h"

namespace sightline::query {

enum class CandidateKind : uint8_t {
  kKeyword,
  kClass,
  kPredicate,
  kProperty,  // A predicate or field, behind a dot or in braces.
  kFunction,
  kProcedure,  // Or a stored query.
  kVariable,
  kParameter,
  kEntity,
  kSource,
  kPrefix,
  kSetting,  // A word of a fixed list that is no keyword.
};

struct Candidate {
  std::string insert_text;  // With the quotes that the language wants.
  CandidateKind kind = CandidateKind::kKeyword;
  std::string detail{};  // "Person -> Company"; may be empty.
  // Facts with the predicate, instances of the class, statements of the source. Unset: not counted.
  std::optional<uint64_t> count{};
  bool count_is_least = false;  // There are more.
};

struct CompletionRequest {
  std::string_view text;
  size_t place = 0;  // Byte offset in `text`.
  size_t candidates_max = 50;
  std::vector<std::string> parameters{};  // That will be given, without the $.
};

struct Completion {
  SourceSpan replaces;                // What a candidate takes the place of.
  std::vector<Candidate> candidates;  // The most fitting first.
  bool incomplete = false;            // There are more, or the time was up.
};

// `deadline` ends the search for candidates; what was found until then is the answer. Errors:
// kInvalidArgument when the text is not UTF-8 or the place not between two of its characters;
// kCancelled; the store's.
StatusOr<Completion> Complete(const CompletionRequest& request, const storage::ReadView& view,
                              const storage::CancellationToken& deadline);

}  // namespace sightline::query
