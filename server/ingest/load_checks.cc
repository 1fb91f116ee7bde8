#include "server/ingest/load_checks.h"

#include <algorithm>

#include "storage/txn/origin_finder.h"

namespace sightline::server {

LoadChecks::Order LoadChecks::Order::Of(std::string_view predicate,
                                        const storage::Catalog& catalog) {
  return {.derives = catalog.IsPredicateAtOrBelow(predicate, storage::kDerivedFrom),
          .is_kind = catalog.IsPredicateAtOrBelow(predicate, storage::kBroader),
          .is_part = catalog.IsPredicateAtOrBelow(predicate, storage::kPartOf)};
}

Status LoadChecks::CheckOrder(std::string_view subject, const Order& order,
                              std::string_view object) {
  if (order.derives && subject == object) {
    return InvalidArgument("SL6006: a document does not derive from itself");
  }
  const storage::MutexLock lock(&mutex_);
  if (order.is_kind) {
    SL_ASSIGN_OR_RETURN(const bool closes, kinds_.Closes(subject, object));
    if (closes) return InvalidArgument("SL6007: this would put a kind above itself");
  }
  if (order.is_part) {
    SL_ASSIGN_OR_RETURN(const bool closes, parts_.Closes(subject, object));
    if (closes) return InvalidArgument("SL6007: this would make something a part of itself");
  }
  return OkStatus();
}

bool LoadChecks::missed_circles() {
  const storage::MutexLock lock(&mutex_);
  return kinds_.is_partial() || parts_.is_partial();
}

void LoadChecks::AddTextLength(std::string_view document, int64_t bytes) {
  const storage::MutexLock lock(&mutex_);
  const auto known = lengths_.find(document);
  if (known == lengths_.end()) {
    lengths_.emplace(document, bytes);
  } else {
    known->second = std::max(known->second, bytes);
  }
}

Status LoadChecks::CheckSpan(const ImportedStatement& header) {
  if (!header.text_span || header.document.empty()) return OkStatus();
  const storage::MutexLock lock(&mutex_);
  const auto known = lengths_.find(header.document);
  if (known == lengths_.end() || known->second < 0 ||
      header.text_span->end <= static_cast<uint64_t>(known->second)) {
    return OkStatus();
  }
  return InvalidArgument("SL6008: the span ends at byte {}, and the document's text has {}",
                         header.text_span->end, known->second);
}

}  // namespace sightline::server
