// OrderCircles: whether a fact of a bulk load would put a kind above itself, or make something a
// part of itself, by way of others: those that the load has told so far, and those on record.
//
// Keeps the facts that order things, and of what is on record as much as it had to look at: some
// hundred bytes a thing. Beyond `bytes_max` it keeps no more, and is_partial says that circles may
// have gone by.
//
// Thread-compatible.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/base/status.h"
#include "storage/catalog/catalog.h"
#include "storage/txn/read_view.h"

namespace sightline::server {

class OrderCircles {
 public:
  static constexpr uint64_t kBytesMax = uint64_t{256} << 20;

  // `on_record`: the store before the load; null: it is empty. `order`: a predicate that leads from
  // the lower thing to the upper one; those under it do as well.
  OrderCircles(std::shared_ptr<const storage::ReadView> on_record, std::string_view order,
               uint64_t bytes_max = kBytesMax)
      : on_record_(std::move(on_record)), order_(order), bytes_max_(bytes_max) {}

  // Whether `lower` is above `upper` already, or is it. If not, it is below from now on. Errors:
  // the store's.
  StatusOr<bool> Closes(std::string_view lower, std::string_view upper);

  bool is_partial() const { return is_partial_; }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Thing {
    uint32_t first_link = kNone;
    uint32_t search = 0;   // The last one that came by.
    bool is_read = false;  // What is on record above it is known.
  };
  struct Link {
    uint32_t upper;
    uint32_t next;  // Of the same thing.
  };
  using Numbers = std::unordered_map<std::string, uint32_t>;

  // kNone when there is no room.
  uint32_t NumberOf(std::string_view external_id);
  void AddLink(uint32_t lower, uint32_t upper);
  // Adds what is on record above it.
  Status Read(uint32_t thing);
  bool HasRoom(uint64_t bytes);

  const std::shared_ptr<const storage::ReadView> on_record_;
  const std::string order_;
  const uint64_t bytes_max_;
  uint64_t bytes_ = 0;
  bool is_partial_ = false;
  Numbers numbers_;
  std::vector<const std::string*> names_;  // Of the things, which are the keys of numbers_.
  std::vector<Thing> things_;
  std::vector<Link> links_;
  uint32_t search_ = 0;
};

}  // namespace sightline::server
