// Batch: what operators hand to one another, up to some thousand rows as columns.
//
// A column of terms holds 64-bit ids and decodes nothing until a value is asked for; a column of
// data holds computed values. Thread-compatible.

#pragma once

#include <cstddef>
#include <vector>

#include "query/functions/datum.h"
#include "storage/model/term_id.h"

namespace sightline::query {

class Vector {
 public:
  enum class Kind : uint8_t { kTerms, kData };

  explicit Vector(Kind kind = Kind::kTerms) : kind_(kind) {}

  Kind kind() const { return kind_; }
  size_t size() const { return kind_ == Kind::kTerms ? terms_.size() : data_.size(); }
  // REQUIRES: the kind. A none term is null.
  std::vector<storage::TermId>& terms() { return terms_; }
  const std::vector<storage::TermId>& terms() const { return terms_; }
  std::vector<Datum>& data() { return data_; }
  const std::vector<Datum>& data() const { return data_; }
  void Clear() {
    terms_.clear();
    data_.clear();
  }

 private:
  Kind kind_;
  std::vector<storage::TermId> terms_;
  std::vector<Datum> data_;
};

// All columns have row_count entries. The number and kinds of the columns are the operator's.
struct Batch {
  std::vector<Vector> columns;
  size_t row_count = 0;
};

}  // namespace sightline::query
