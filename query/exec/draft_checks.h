// What an ASSERT or DENY may not say, as far as the writer can see: rules about a statement as a
// whole, beside those for each of its facts.

#pragma once

#include "query/diagnostics/diagnostic.h"
#include "query/exec/operator.h"
#include "storage/model/statement.h"

namespace sightline::query {

// The predicate that tells how many bytes the text of a document has. Not built in.
inline constexpr std::string_view kTextLength = "textLength";

// SL6006: a document that derives from itself. SL6007: a kind or a part above itself, by whatever
// others. SL6008: a span behind the end of the document's text. What is denied may be anything.
// REQUIRES: a transaction.
Status CheckStatementDraft(const storage::StatementDraft& draft, const SourceSpan& span,
                           ExecutionContext* context);

}  // namespace sightline::query
