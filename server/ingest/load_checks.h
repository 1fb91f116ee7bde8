// LoadChecks: what a bulk load refuses beside what the store does, as ASSERT refuses it
// (query/exec/draft_checks.h): SL6006, a document that derives from itself; SL6007, a kind or a
// part right above itself; SL6008, a span behind the end of a text. What is denied may be anything.
//
// A load does not know what the store and the rest of the file say: circles over several facts are
// taken, and read without harm, and a text is as long as the facts before the span in the file
// have it.
//
// One a load, for all of its lanes. Thread-safe.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "server/ingest/import_sink.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/catalog/catalog.h"

namespace sightline::server {

// How long a document's text is, as in query/exec/draft_checks.h.
inline constexpr std::string_view kTextLength = "textLength";

class LoadChecks {
 public:
  // Of an asserted fact from a node to itself. Errors: kInvalidArgument, with the code.
  static Status CheckLoop(std::string_view predicate, const storage::Catalog& catalog);

  // A text is at least so long, in bytes.
  void AddTextLength(std::string_view document, int64_t bytes) SL_EXCLUDES(mutex_);
  // Errors: kInvalidArgument, with the code.
  Status CheckSpan(const ImportedStatement& header) SL_EXCLUDES(mutex_);

 private:
  storage::Mutex mutex_;
  // By the document's external id.
  std::map<std::string, int64_t, std::less<>> lengths_ SL_GUARDED_BY(mutex_);
};

}  // namespace sightline::server
