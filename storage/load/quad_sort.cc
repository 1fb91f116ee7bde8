#include "storage/load/quad_sort.h"

#include <algorithm>
#include <bit>
#include <thread>
#include <utility>
#include <vector>

#include "storage/load/radix_sort.h"

namespace sightline::storage {
namespace {

constexpr size_t kSubject = 0, kPredicate = 1, kObject = 2, kStatement = 3;

// Rows and their order so far.
class RowSorter {
 public:
  RowSorter(std::span<const LoadRow> rows, const CancellationToken& token)
      : input_(rows), token_(token), rows_(rows) {
    LoadRow varying{};
    LoadRow before{};
    for (const LoadRow& row : rows) {
      for (size_t i = 0; i < varying.size(); ++i) varying[i] |= row[i];
      statements_ascend_ &= before[kStatement] <= row[kStatement];
      before = row;
    }
    for (size_t i = 0; i < varying.size(); ++i) bits_[i] = std::bit_width(varying[i]);
  }

  std::span<const LoadRow> rows() const { return rows_; }
  // Forgets the order.
  void StartAgain() { rows_ = input_; }

  // By one column; equal values in the order they had.
  Status By(size_t column) {
    if (column == kStatement && statements_ascend_ && rows_.data() == input_.data()) {
      return OkStatus();
    }
    const int passes = (bits_[column] + kRadixBitsMax - 1) / kRadixBitsMax;
    if (passes == 0) return OkStatus();
    const int digit_bits = (bits_[column] + passes - 1) / passes;
    const uint32_t mask = (uint32_t{1} << digit_bits) - 1;
    for (int pass = 0; pass < passes; ++pass) {
      std::vector<LoadRow>& to = rows_.data() == buffers_[0].data() ? buffers_[1] : buffers_[0];
      to.resize(input_.size());
      const int shift = pass * digit_bits;
      SL_RETURN_IF_ERROR(RadixPass(
          rows_, std::span<LoadRow>(to), size_t{mask} + 1,
          [column, shift, mask](const LoadRow& row) { return row[column] >> shift & mask; },
          token_));
      rows_ = to;
    }
    return OkStatus();
  }

 private:
  const std::span<const LoadRow> input_;
  const CancellationToken& token_;
  std::array<int, 4> bits_{};  // Of the greatest value of each column.
  bool statements_ascend_ = true;
  std::vector<LoadRow> buffers_[2];
  std::span<const LoadRow> rows_;
};

struct Step {
  bool start_again;
  std::array<size_t, 4> columns;  // The last is the most significant.
  size_t column_count;
  Permutation permutation;
};

// Half of the permutations each, with about the same number of passes.
constexpr Step kFirstHalf[] = {
    {true, {kStatement, kObject, kPredicate, kSubject}, 4, Permutation::kSpo},
    {false, {kPredicate}, 1, Permutation::kPso},
    {false, {kObject}, 1, Permutation::kOps},
};
constexpr Step kSecondHalf[] = {
    {true, {kStatement, kPredicate, kSubject, kObject}, 4, Permutation::kOsp},
    {false, {kPredicate}, 1, Permutation::kPos},
    {true, {kStatement, kPredicate, kObject, kSubject}, 4, Permutation::kSop},
};

Status RunSteps(std::span<const Step> steps, RowSorter* sorter, const SortedRowsSink& sink) {
  for (const Step& step : steps) {
    if (step.start_again) sorter->StartAgain();
    for (size_t i = 0; i < step.column_count; ++i) {
      SL_RETURN_IF_ERROR(sorter->By(step.columns[i]));
    }
    SL_RETURN_IF_ERROR(sink(step.permutation, sorter->rows()));
  }
  return OkStatus();
}

}  // namespace

Status SortQuads(std::span<const LoadRow> rows, int thread_count, const CancellationToken& token,
                 const SortedRowsSink& sink) {
  if (thread_count <= 1) {
    RowSorter sorter(rows, token);
    SL_RETURN_IF_ERROR(RunSteps(kFirstHalf, &sorter, sink));
    return RunSteps(kSecondHalf, &sorter, sink);
  }
  Status second = OkStatus();
  std::thread other([&] {
    RowSorter sorter(rows, token);
    second = RunSteps(kSecondHalf, &sorter, sink);
  });
  RowSorter sorter(rows, token);
  Status first = RunSteps(kFirstHalf, &sorter, sink);
  other.join();
  return first.ok() ? second : first;
}

}  // namespace sightline::storage
