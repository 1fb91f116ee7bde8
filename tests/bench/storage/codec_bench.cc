// What packing quads costs and saves: bytes a quad in each order, rows packed and unpacked a
// second, and the limit for the latter, adding up the same rows from plain columns in memory.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "storage/base/check.h"
#include "storage/index/quad_block.h"
#include "tests/bench/storage/generated_quads.h"

namespace sightline::storage {
namespace {

using bench::GeneratedStatements;
using bench::SortedQuads;

struct PackedQuads {
  SortedQuads rows;
  std::vector<std::string> blocks;
  size_t block_bytes = 0;
};

std::vector<std::string> Encode(const SortedQuads& rows) {
  std::vector<std::string> blocks;
  for (size_t row = 0; row < rows.size(); row += kBlockRows) {
    QuadRows block;
    for (size_t i = 0; i < rows.columns.size(); ++i)
      block.columns[i] = rows.columns[i].data() + row;
    block.row_count = std::min(kBlockRows, rows.size() - row);
    blocks.push_back(EncodeQuadBlock(block));
  }
  return blocks;
}

// The last order asked for stays in memory: benchmarks of one order follow one another.
const PackedQuads& QuadsFor(Permutation permutation, GeneratedStatements statements) {
  static PackedQuads packed;
  static Permutation packed_permutation;
  static GeneratedStatements packed_statements;
  if (packed.rows.size() == 0 || packed_permutation != permutation ||
      packed_statements != statements) {
    packed = {};
    packed.rows = bench::SortedGeneratedQuads({.statements = statements}, permutation);
    packed.blocks = Encode(packed.rows);
    for (const std::string& block : packed.blocks) packed.block_bytes += block.size();
    packed_permutation = permutation;
    packed_statements = statements;
  }
  return packed;
}

uint64_t Sum(const QuadRows& rows) {
  uint64_t sum = 0;
  for (size_t i = 0; i < rows.row_count; ++i) {
    sum += rows.columns[0][i] ^ rows.columns[1][i] ^ rows.columns[2][i] ^ rows.columns[3][i];
  }
  return sum;
}

void SetRows(benchmark::State& state, const PackedQuads& quads) {
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * quads.rows.size()));
  state.counters["bytes_a_quad"] =
      static_cast<double>(quads.block_bytes) / static_cast<double>(quads.rows.size());
}

void BM_SumPlainColumns(benchmark::State& state, Permutation permutation,
                        GeneratedStatements statements) {
  const PackedQuads& quads = QuadsFor(permutation, statements);
  for (auto _ : state) {
    uint64_t sum = 0;
    // As many rows at a time as a group has, as a scan would hand them on.
    for (size_t row = 0; row < quads.rows.size(); row += kGroupRows) {
      QuadRows rows;
      for (size_t i = 0; i < 4; ++i) rows.columns[i] = quads.rows.columns[i].data() + row;
      rows.row_count = std::min(kGroupRows, quads.rows.size() - row);
      sum += Sum(rows);
    }
    benchmark::DoNotOptimize(sum);
  }
  SetRows(state, quads);
}

void BM_UnpackAndSum(benchmark::State& state, Permutation permutation,
                     GeneratedStatements statements) {
  const PackedQuads& quads = QuadsFor(permutation, statements);
  GroupRows rows;
  for (auto _ : state) {
    uint64_t sum = 0;
    for (const std::string& bytes : quads.blocks) {
      const StatusOr<QuadBlock> block = QuadBlock::Open(bytes);
      SL_CHECK(block.ok());
      for (size_t group = 0; group < block->group_count(); ++group) {
        SL_CHECK(block->UnpackGroup(group, &rows).ok());
        sum += Sum(rows.rows());
      }
    }
    benchmark::DoNotOptimize(sum);
  }
  SetRows(state, quads);
}

void BM_Encode(benchmark::State& state, Permutation permutation, GeneratedStatements statements) {
  const PackedQuads& quads = QuadsFor(permutation, statements);
  for (auto _ : state) benchmark::DoNotOptimize(Encode(quads.rows));
  SetRows(state, quads);
}

// Opening a block and unpacking the group of a row: a look-up, without finding the block.
void BM_LookUp(benchmark::State& state, Permutation permutation, GeneratedStatements statements) {
  const PackedQuads& quads = QuadsFor(permutation, statements);
  GroupRows rows;
  size_t row = 0;
  for (auto _ : state) {
    row = (row + 7'654'321) % quads.rows.size();
    QuadKey key;
    for (size_t i = 0; i < key.size(); ++i) key[i] = quads.rows.columns[i][row];
    const StatusOr<QuadBlock> block = QuadBlock::Open(quads.blocks[row / kBlockRows]);
    SL_CHECK(block.ok());
    const size_t group = block->GroupFor(key);
    SL_CHECK(group == row % kBlockRows / kGroupRows);
    SL_CHECK(block->UnpackGroup(group, &rows).ok());
    SL_CHECK(rows.rows().Row(row % kGroupRows) == key);
  }
  state.SetItemsProcessed(state.iterations());
}

void RegisterAll() {
  for (const auto& [statements, statements_name] :
       {std::pair(GeneratedStatements::kOne, "OneStatement"),
        std::pair(GeneratedStatements::kOneASubject, "OneStatementASubject")}) {
    for (int i = 0; i < kPermutationCount; ++i) {
      const auto permutation = static_cast<Permutation>(i);
      const auto add = [&](const char* name, auto function) {
        const std::string full_name = std::string(name) + "/" +
                                      std::string(PermutationName(permutation)) + "/" +
                                      statements_name;
        return benchmark::RegisterBenchmark(full_name.c_str(), function, permutation, statements)
            ->Unit(benchmark::kMillisecond);
      };
      add("SumPlainColumns", BM_SumPlainColumns);
      add("UnpackAndSum", BM_UnpackAndSum);
      add("Encode", BM_Encode);
      add("LookUp", BM_LookUp)->Unit(benchmark::kNanosecond);
    }
  }
}

}  // namespace
}  // namespace sightline::storage

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  sightline::storage::RegisterAll();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
