// LoadChecks: what a bulk load refuses beside what the store does, as ASSERT refuses it
// (query/exec/draft_checks.h): SL6006, a document that derives from itself; SL6007, a kind or a
// part above itself, by whatever others the load has told before or the store has on record;
// SL6008, a span behind the end of a text. What is denied may be anything.
//
// A text is as long as the facts before the span in the load have it.
//
// One a load, for all of its lanes. Thread-safe.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "server/ingest/import_sink.h"
#include "server/ingest/order_circles.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/catalog/catalog.h"
#include "storage/txn/read_view.h"

namespace sightline::server {

// How long a document's text is, as in query/exec/draft_checks.h.
inline constexpr std::string_view kTextLength = "textLength";

class LoadChecks {
 public:
  // `on_record`: the store before the load; null: it is empty.
  explicit LoadChecks(const std::shared_ptr<const storage::ReadView>& on_record)
      : kinds_(on_record, storage::kBroader), parts_(on_record, storage::kPartOf) {}

  // What facts of a predicate put things in order by; most do not.
  struct Order {
    bool derives = false, is_kind = false, is_part = false;
    bool is_none() const { return !derives && !is_kind && !is_part; }
    static Order Of(std::string_view predicate, const storage::Catalog& catalog);
  };
  // Of an asserted fact between two nodes. Errors: kInvalidArgument, with the code; the store's.
  Status CheckOrder(std::string_view subject, const Order& order, std::string_view object)
      SL_EXCLUDES(mutex_);
  // Whether the load has had so many kinds or parts that circles may have gone by.
  bool missed_circles() SL_EXCLUDES(mutex_);

  // A text is at least so long, in bytes.
  void AddTextLength(std::string_view document, int64_t bytes) SL_EXCLUDES(mutex_);
  // Errors: kInvalidArgument, with the code.
  Status CheckSpan(const ImportedStatement& header) SL_EXCLUDES(mutex_);

 private:
  storage::Mutex mutex_;
  OrderCircles kinds_ SL_GUARDED_BY(mutex_);
  OrderCircles parts_ SL_GUARDED_BY(mutex_);
  // By the document's external id.
  std::map<std::string, int64_t, std::less<>> lengths_ SL_GUARDED_BY(mutex_);
};

}  // namespace sightline::server
