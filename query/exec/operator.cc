#include "query/exec/operator.h"

#include <fmt/format.h>

#include <algorithm>

#include "query/diagnostics/diagnostic.h"

namespace sightline::query {
namespace {

// Whatever the limit, this many facts may be read for the values in rows that were found.
constexpr uint64_t kShowingFacts = 10'000;
// A thread takes so many facts of the shared ones at a time, or that part of them when they are
// few.
constexpr uint64_t kStepsTaken = 4096;
constexpr uint64_t kStepsPart = 256;

Status Full(std::string message) {
  Diagnostic full;
  full.code = "SL5005";
  full.message = std::move(message);
  full.help = {"ask for fewer rows (a narrower pattern, a LIMIT before sorting or collecting)"};
  return ToStatus(std::move(full));
}

}  // namespace

Status ExecutionContext::CheckRunning() const {
  ShowMemory();
  if (long_run != nullptr) long_run->Check();
  if (stopped != nullptr && stopped->load(std::memory_order_relaxed)) {
    return MakeStatus(StatusCode::kCancelled, "Nobody wants these rows any more");
  }
  if (cancellation == nullptr) return OkStatus();
  Status status = cancellation->Check();
  if (status.code() != StatusCode::kDeadlineExceeded) return status;
  Diagnostic late;
  late.code = "SL5002";
  late.message = "the query ran into its time limit before it was finished";
  late.help = {"ask for less (a narrower pattern, a LIMIT), or allow more time"};
  return ToStatus(std::move(late));
}

Status ExecutionContext::CheckEvaluation() {
  SL_RETURN_IF_ERROR(CheckRunning());
  if (evaluation.facts_touched > steps_max) StepsFor(0);
  const uint64_t beyond =
      evaluation.facts_touched > steps_max ? evaluation.facts_touched - steps_max : 0;
  const uint64_t most = shared_limits != nullptr ? shared_limits->steps_max : steps_max;
  if (beyond <= most || beyond <= kShowingFacts) return OkStatus();
  return OutOfSteps("the values in its rows were read");
}

uint64_t ExecutionContext::TakeSteps(uint64_t wanted) {
  const uint64_t touched = evaluation.facts_touched;
  if (shared_limits != nullptr) {
    std::atomic<uint64_t>& shared = shared_limits->steps_left;
    uint64_t held = shared.load(std::memory_order_relaxed), taken = 0;
    do {
      const uint64_t more = std::clamp<uint64_t>(held / kStepsPart, 1, kStepsTaken);
      taken = std::min(held, touched + wanted - steps_max + more);
    } while (!shared.compare_exchange_weak(held, held - taken, std::memory_order_relaxed));
    steps_max += taken;
  }
  return std::min(wanted, steps_max > touched ? steps_max - touched : 0);
}

Status ExecutionContext::Reserve(uint64_t bytes) {
  if (bytes > memory_bytes_max || memory_bytes > memory_bytes_max - bytes) {
    return Full(
        fmt::format("the query needs more memory than its limit of {} bytes", memory_bytes_max));
  }
  if (!query_memory.Cover(memory_bytes + bytes)) {
    return Full(
        fmt::format("the threads of the query together need more memory than its limit of {} bytes",
                    memory_bytes_max));
  }
  if (!shared_memory.Cover(memory_bytes + bytes)) {
    Diagnostic crowded;
    crowded.code = "SL5005";
    crowded.message = fmt::format(
        "all queries together would need more memory than the server's cap of {} bytes; this one "
        "holds {}",
        shared_memory.budget()->bytes_max(), memory_bytes);
    crowded.help = {"run it again when other queries have ended, or ask for fewer rows"};
    return ToStatus(std::move(crowded));
  }
  memory_bytes += bytes;
  return OkStatus();
}

bool ExecutionContext::HasRoom(uint64_t held, uint64_t bytes) {
  return held == 0 || (held + bytes <= spill_after_bytes && MayHold(bytes));
}

bool ExecutionContext::HasRoomForTable(uint64_t bytes) {
  return (memory_bytes + bytes) / 2 <= spill_after_bytes && MayHold(bytes);
}

bool ExecutionContext::MayHold(uint64_t bytes) {
  const uint64_t wanted = memory_bytes + bytes;
  return wanted <= memory_bytes_max && query_memory.Cover(wanted) && shared_memory.Cover(wanted);
}

bool ExecutionContext::TakeSpillSpace(uint64_t bytes) {
  const bool has_space = shared_limits != nullptr ? shared_limits->spilled.Take(bytes)
                                                  : bytes <= spill_bytes_max - spilled_bytes;
  if (!has_space) return false;
  spilled_bytes += bytes;
  spilled_bytes_total += bytes;
  return true;
}

void ExecutionContext::ReturnSpillSpace(uint64_t bytes) {
  spilled_bytes -= bytes;
  if (shared_limits != nullptr) shared_limits->spilled.GiveBack(bytes);
}

Status ExecutionContext::OutOfSteps(std::string_view what) const {
  Diagnostic spent;
  spent.code = "SL5001";
  spent.message =
      fmt::format("the query touched its limit of {} facts before {}",
                  shared_limits != nullptr ? shared_limits->steps_max : steps_max, what);
  spent.help = {"ask for less (a narrower pattern), or allow more facts"};
  return ToStatus(std::move(spent));
}

void ExecutionContext::ShareLimits() {
  if (shared_limits != nullptr) return;
  shared_limits = std::make_shared<SharedLimits>(steps_max, memory_bytes_max, spill_bytes_max);
  shared_limits->spilled.Take(spilled_bytes);
  query_memory = storage::MemoryShare(&shared_limits->memory);
  steps_max = std::min(steps_max, evaluation.facts_touched);
  shared_limits->steps_left -= steps_max;
}

void ExecutionContext::StartThread(ExecutionContext* thread) const {
  EvaluationContext& own = thread->evaluation;
  own.view = evaluation.view;
  own.scopes = evaluation.scopes;
  own.parameters = evaluation.parameters;
  if (evaluation.term_order != nullptr) own.term_order = std::make_shared<TermOrder>(own.view);
  own.query_scope_index = evaluation.query_scope_index;
  own.base_scope_index = evaluation.base_scope_index;
  own.cypher = evaluation.cypher;
  own.now_micros = evaluation.now_micros;
  own.may_go_on = [thread] { return thread->CheckEvaluation(); };
  own.present_evidence = evaluation.present_evidence;
  thread->cancellation = cancellation;
  thread->memory_shown = memory_shown;
  thread->steps_max = 0;
  thread->memory_bytes_max = memory_bytes_max;
  thread->spill_after_bytes = spill_after_bytes;
  thread->spill_directory = spill_directory;
  thread->spill_bytes_max = spill_bytes_max;
  thread->shared_memory = storage::MemoryShare(shared_memory.budget());
  thread->batch_rows = batch_rows;
  thread->ranked_rows_min = ranked_rows_min;
  thread->neighbours = neighbours;
  thread->shared_limits = shared_limits;
  thread->query_memory = storage::MemoryShare(&shared_limits->memory);
}

}  // namespace sightline::query
