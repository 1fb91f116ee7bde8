#include "query/exec/operator.h"

#include <fmt/format.h>

#include "query/diagnostics/diagnostic.h"

namespace sightline::query {
namespace {

// Whatever the limit, this many facts may be read for the values in rows that were found.
constexpr uint64_t kShowingFacts = 10'000;

}  // namespace

Status ExecutionContext::CheckRunning() const {
  if (cancellation == nullptr) return OkStatus();
  Status status = cancellation->Check();
  if (status.code() != StatusCode::kDeadlineExceeded) return status;
  Diagnostic late;
  late.code = "SL5002";
  late.message = "the query ran into its time limit before it was finished";
  late.help = {"ask for less (a narrower pattern, a LIMIT), or allow more time"};
  return ToStatus(std::move(late));
}

Status ExecutionContext::CheckEvaluation() const {
  SL_RETURN_IF_ERROR(CheckRunning());
  const uint64_t beyond =
      evaluation.facts_touched > steps_max ? evaluation.facts_touched - steps_max : 0;
  if (beyond <= steps_max || beyond <= kShowingFacts) return OkStatus();
  return OutOfSteps("the values in its rows were read");
}

Status ExecutionContext::Reserve(uint64_t bytes) {
  if (bytes > memory_bytes_max || memory_bytes > memory_bytes_max - bytes) {
    Diagnostic full;
    full.code = "SL5005";
    full.message =
        fmt::format("the query needs more memory than its limit of {} bytes", memory_bytes_max);
    full.help = {"ask for fewer rows (a narrower pattern, a LIMIT before sorting or collecting)"};
    return ToStatus(std::move(full));
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
  if (held == 0) return true;
  const uint64_t wanted = memory_bytes + bytes;
  return held + bytes <= spill_after_bytes && wanted <= memory_bytes_max &&
         shared_memory.Cover(wanted);
}

Status ExecutionContext::OutOfSteps(std::string_view what) const {
  Diagnostic spent;
  spent.code = "SL5001";
  spent.message = fmt::format("the query touched its limit of {} facts before {}", steps_max, what);
  spent.help = {"ask for less (a narrower pattern), or allow more facts"};
  return ToStatus(std::move(spent));
}

}  // namespace sightline::query
