// DecimalSum: the sum of DECIMALs and INTEGERs, wider than any of them, so that whether the total
// is in range does not depend on their order.
//
// Thread-compatible.

#pragma once

#include <cstdint>

#include "query/functions/exact_sum.h"
#include "storage/base/status.h"
#include "storage/model/value.h"

namespace sightline::query {

class DecimalSum {
 public:
  void Add(const storage::Decimal& number);
  void Add(int64_t number) { whole_ += number; }
  void Add(const DecimalSum& other) {
    whole_ += other.whole_;
    fraction_ += other.fraction_;
  }

  // In normal form. Errors: kOutOfRange when it does not fit, as storage::Add has it.
  StatusOr<storage::Decimal> Total() const;
  // SL5003 when there is a fraction, or it does not fit.
  StatusOr<int64_t> WholeTotal() const;
  // Adds the total, which is rounded once.
  void AddTo(ExactSum* sum) const;

 private:
  // What is added is at most 2^63 each time, so that 2^63 times fit.
  __int128 whole_ = 0;
  __int128 fraction_ = 0;  // In units of 10^-18; may be more than one, and of the other sign.
};

}  // namespace sightline::query
